"""How long the stays in each paced stage last, and how they ended: counted once for page, API and file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pilots.lifecycle import ENDS, Stage
from pilots.rules.pace_facts import PACED, Curve, curve
from portfolio.pace.stays import Stay

HALF, SLOW, SLOWEST = 50, 85, 95  # percent of the stays
PLAN_DAYS = 90


@dataclass(frozen=True)
class StageTime:
    """The stays in one stage: moved_on + ended + back + there = `stays`, `unknown` of them in no curve."""

    stage: Stage
    curve: Curve
    moved_on: int
    ended: int
    back: int
    there: int
    unknown: int

    @property
    def stays(self) -> int:
        return self.moved_on + self.ended + self.back + self.there

    @property
    def is_enough(self) -> bool:
        return self.curve.is_enough

    def day_by(self, percent: int) -> int | None:
        """Return the day by which this share moved on, stops left aside; None where it cannot be told."""
        return self.curve.day_by(percent) if self.is_enough else None

    def over_by(self, day: int) -> float:
        """Return the share, 0 to 1, that is estimated to have moved on by a day."""
        reached = [over for at, over in zip(self.curve.days, self.curve.over, strict=True) if at <= day]
        return float(reached[-1]) if reached else 0.0


def count_stages(stays: Iterable[Stay], day: date) -> list[StageTime]:
    """Return the paced stages in their order, each with its stays as of a day."""
    ways: dict[Stage, Counter[str]] = {stage: Counter() for stage in PACED}
    lasted: dict[Stage, Counter[tuple[int, bool]]] = {stage: Counter() for stage in PACED}
    for stay in stays:
        if stay.stage not in ways:
            continue
        ways[stay.stage][_way(stay)] += 1
        days = stay.days(day)
        if days is None:
            ways[stay.stage]["unknown"] += 1
        else:
            lasted[stay.stage][days, stay.is_forward] += 1
    return [
        StageTime(
            stage,
            curve(lasted[stage]),
            **{way: ways[stage][way] for way in ("moved_on", "ended", "back", "there", "unknown")},
        )
        for stage in PACED
    ]


def _way(stay: Stay) -> str:
    if stay.to is None:
        return "there"
    if stay.is_forward:
        return "moved_on"
    return "ended" if stay.to in ENDS else "back"
