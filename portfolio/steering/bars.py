"""The bars of a pack's funnel as coordinates, so that a page, print and PDF draw them without a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.dashboards.words import percent

WIDTH = 100  # percent: a bar of all pilots is as wide as its place
NARROWEST = 5  # percent: a count is written into a part no narrower than this
PARTS = (("moved_on", "moved on"), ("open", "still open here"), ("on_hold", "on hold"), ("ended", "ended"))


@dataclass(frozen=True)
class Part:
    """One part of a bar: its kind, how many it stands for, from where and how wide, in percent."""

    kind: str
    label: str
    count: int
    left: float
    width: float

    @property
    def is_labelled(self) -> bool:
        return self.kind != "on_hold" and self.width >= NARROWEST

    @property
    def middle(self) -> float:
        return round(self.left + self.width / 2, 2)


@dataclass(frozen=True)
class BarRow:
    """One stage: its name, how many reached it, the shares in words, where the rest is, and its parts."""

    name: str
    reached: int
    of_previous: str
    of_entry: str
    rest: str
    parts: Sequence[Part]


def bar_rows(funnel: Mapping[str, Any]) -> list[BarRow]:
    """Return a row for each stage of a frozen funnel; no row while nobody is counted."""
    entered = funnel["denominator"]
    return [_row(stage, entered) for stage in funnel["stages"]] if entered else []


def _row(stage: Mapping[str, Any], entered: int) -> BarRow:
    rest = {kind: stage[kind] for kind in ("open", "on_hold", "ended")}
    counts = {"moved_on": stage["reached"] - sum(rest.values()), **rest}
    parts, left = [], 0
    for kind, label in PARTS:
        if counts[kind]:
            part = Part(kind, label, counts[kind], _percents(left, entered), _percents(counts[kind], entered))
            parts.append(part)
            left += counts[kind]
    return BarRow(
        stage["name"],
        stage["reached"],
        _percent(stage["conversion_from_previous"]),
        _percent(stage["conversion_from_entry"]),
        stage["rest"],
        parts,
    )


def _percents(count: int, entered: int) -> float:
    return round(WIDTH * count / entered, 2)


def _percent(share: float | None) -> str:
    return "" if share is None else percent(Decimal(str(share)))
