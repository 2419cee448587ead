"""The chance of a pilot in words: whole percents, and by how many points each fact moves them."""

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.flow.chance import Estimate
from portfolio.pace.chance import SPANS, PilotChance

NOT_KNOWN = "not known"
RESTS = (
    "It tells how pilots like this one fared, counting those still open and those stopped. "
    "It does not say what brought them there."
)


@dataclass(frozen=True)
class Line:
    """One fact: what it is, of how many pilots, a number for each span, or `refused` in their place."""

    words: str
    of: str
    numbers: Sequence[str] = ()
    refused: str = ""


@dataclass(frozen=True)
class ChanceTold:
    """What a page shows. `lines` are the facts in their order, `together` the number of each span."""

    basis: str
    lines: Sequence[Line]
    together: Sequence[str]
    range: str
    refused: str

    @property
    def spans(self) -> Sequence[str]:
        return [f"{span} days" for span in SPANS]

    @property
    def rests(self) -> str:
        return RESTS


def tell_chance(found: PilotChance) -> ChanceTold:
    lines = []
    before: Sequence[int | None] = ()
    for step in found.steps:
        if step.refused and step.refused == found.refused:
            continue  # it is said above them all
        numbers = [percent(one) for one in step.told]
        told = [_first(now) for now in numbers] if not before else _moved(before, numbers)
        of = "1 pilot" if step.of == 1 else f"{step.of:,} pilots"
        lines.append(Line(step.words, of, () if step.refused else told, step.refused))
        if not step.refused:
            before = numbers
    together = [f"{percent(one.chance)} %" if one else NOT_KNOWN for one in found.told]
    return ChanceTold(
        found.basis, lines, () if found.refused else together, _range(found.told), found.refused
    )


def percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _first(value: int | None) -> str:
    return NOT_KNOWN if value is None else f"{value} %"


def _moved(before: Sequence[int | None], now: Sequence[int | None]) -> list[str]:
    """Return by how many points each number moved, “=” where it did not, in full where it was not known."""
    return [
        _first(value) if old is None or value is None else _signed(value - old)
        for old, value in zip(before, now, strict=True)
    ]


def _signed(points: int) -> str:
    return "±0" if not points else f"+{points}" if points > 0 else f"−{-points}"


def _range(told: Sequence[Estimate | None]) -> str:
    parts = [
        f"{percent(one.low)} to {percent(one.high)} % within {span} days"
        for span, one in zip(SPANS, told, strict=True)
        if one
    ]
    return f"80 % interval: {', '.join(parts)}." if parts else ""
