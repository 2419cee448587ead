"""Words the comparison of two packs: the page, print, PDF and PowerPoint say it from here."""

from dataclasses import dataclass

from portfolio.steering.compare import Number

HEADS = ("Counted", "Last pack", "This pack", "Change")


@dataclass(frozen=True)
class Compared:
    """One number in words: in the last pack, in this one, and what changed."""

    label: str
    then: str
    now: str
    change: str


def words_of(number: Number) -> Compared:
    """Return a number in words. What is not counted in one of the two has no change: “–”."""
    return Compared(
        number.label, told(number, number.then), told(number, number.now), _change(number, number.change)
    )


def told(number: Number, value: float | None) -> str:
    """Return a value as this number is written: “36”, “17.0 %”, “not counted”."""
    if value is None:
        return "not counted"
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%" if number.is_share else f"{value:,.0f}"


def _change(number: Number, change: float | None) -> str:
    if change is None:
        return "–"
    if not change:
        return "same"
    size = f"{100 * abs(change):.1f} points" if number.is_share else f"{abs(change):,.0f}"
    return f"{'+' if change > 0 else '−'}{size}"
