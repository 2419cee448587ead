"""The chance of a pilot in words: whole percents, and by how many points each fact moves them.

None of so many is no chance of 0: it is told as “under” the high end of Wilson's 95 % interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from pilots.rules.scorecard import wilson
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
    before: Sequence[float | None] = ()
    for step in found.steps:
        if step.refused and step.refused == found.refused:
            continue  # it is said above them all
        numbers = step.told
        told = [
            _signed(share, old) if _shows(share) and _shows(old) else _told(share, step.of)
            for share, old in zip(numbers, before or (None, None), strict=True)
        ]
        of = "1 pilot" if step.of == 1 else f"{step.of:,} pilots"
        lines.append(Line(step.words, of, () if step.refused else told, step.refused))
        if not step.refused:
            before = numbers
    together = [_of(one.chance, one.high) if one else NOT_KNOWN for one in found.told]
    return ChanceTold(
        found.basis, lines, () if found.refused else together, _range(found.told), found.refused
    )


def percent(share: float) -> int:
    return round(100 * share)


def _shows(share: float | None) -> TypeGuard[float]:
    """Whether there is a whole percent to count from."""
    return share is not None and percent(share) > 0


def _told(share: float | None, of: int) -> str:
    """Return a chance in full; `of` is how many pilots it was counted from."""
    if share is None:
        return NOT_KNOWN
    return _of(share, 0 if share else wilson(0, of).high)


def _of(share: float, high: float) -> str:
    """Return “29 %”, or “under 14 %” where none came; `high` is how much a chance of 0 could be."""
    if not percent(share):
        return f"under {max(percent(high) if not share else 1, 1)} %"
    return f"{percent(share)} %"


def _signed(share: float, old: float) -> str:
    """Return by how many points a chance moved; neither is 0."""
    points = percent(share) - percent(old)
    return "±0" if not points else f"+{points}" if points > 0 else f"−{-points}"


def _range(told: Sequence[Estimate | None]) -> str:
    parts, none = [], []
    for span, one in zip(SPANS, told, strict=True):
        if one and one.chance:
            parts.append(f"{percent(one.low)} to {percent(one.high)} % within {span} days")
        elif one:
            none.append(f"{span}")
    said = f"80 % interval: {', '.join(parts)}." if parts else ""
    if none:
        said += (
            f" None of those it rests on arrived within {' or '.join(none)} days; “under” is the high end "
            "of a 95 % interval."
        )
    return said.strip()
