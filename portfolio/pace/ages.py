"""How long the pilots that are in a stage have been there, against those that passed it. Plain functions.

Days as `Stay.days` counts them: ended holds left out, and the clock of a pilot on hold stands since the day
the hold began. What most took is estimated with the stays that still last (`pace_facts.curve`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cached_property

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.rules.pace_facts import PACED, Curve, curve
from portfolio.pace.stays import Stay

HALF, SLOW, SLOWEST = 50, 85, 95  # per cent that moved on by a day


class Late(IntEnum):
    """How a pilot stands to those that passed its stage."""

    USUAL = 0
    SLOW = 1  # longer than 85 % took
    SLOWEST = 2  # longer than 95 % took


@dataclass(frozen=True, slots=True)
class Age:
    """One pilot in one stage. Its clock stands while it is on hold."""

    pilot_id: int
    stage: Stage
    days: int
    is_held: bool


@dataclass(frozen=True)
class StageAges:
    """The pilots in one stage, longest there first. `undated_*` are there since a day nobody knows."""

    stage: Stage
    curve: Curve
    ages: Sequence[Age]
    undated_open: int = 0
    undated_held: int = 0

    @cached_property
    def half_by(self) -> int | None:
        return self._by(HALF)

    @cached_property
    def slow_by(self) -> int | None:
        return self._by(SLOW)

    @cached_property
    def slowest_by(self) -> int | None:
        return self._by(SLOWEST)

    def _by(self, percent: int) -> int | None:
        return self.curve.day_by(percent) if self.curve.is_enough else None

    @cached_property
    def open(self) -> list[Age]:
        return [age for age in self.ages if not age.is_held]

    @cached_property
    def held(self) -> list[Age]:
        return [age for age in self.ages if age.is_held]

    @property
    def open_count(self) -> int:
        return len(self.open) + self.undated_open

    @property
    def held_count(self) -> int:
        return len(self.held) + self.undated_held

    def late(self, age: Age) -> Late:
        """Say how slow a pilot is; one on hold is never called late."""
        if age.is_held:
            return Late.USUAL
        if self.slowest_by is not None and age.days > self.slowest_by:
            return Late.SLOWEST
        return Late.SLOW if self.slow_by is not None and age.days > self.slow_by else Late.USUAL

    @cached_property
    def late_ones(self) -> list[Age]:
        """The open pilots that are there longer than 85 % took."""
        return [age for age in self.open if self.late(age)]

    @cached_property
    def over_half(self) -> list[Age]:
        """The open pilots that are there longer than half of those that passed their stage took."""
        return [age for age in self.open if self.over(age) > 0]

    def over(self, age: Age) -> float:
        """Return how often the days that half of them took go into those of a pilot, from 1 on; 0 else."""
        if self.half_by is None or age.days <= self.half_by:
            return 0
        return age.days / max(self.half_by, 1)


@dataclass(frozen=True)
class Ages:
    """All stages in which pilots are to move on, in their order.

    `earlier` are pilots that went back before the stage with which their cohort begins: all of the cohort
    passed those stages, so there is nobody to compare them with.
    """

    stages: Sequence[StageAges]
    earlier: int = 0

    @property
    def open_count(self) -> int:
        return sum(stage.open_count for stage in self.stages)

    @property
    def held_count(self) -> int:
        return sum(stage.held_count for stage in self.stages)

    @property
    def undated(self) -> int:
        return sum(stage.undated_open + stage.undated_held for stage in self.stages)

    @property
    def moved_on(self) -> int:
        """How many stays the bands rest on."""
        return sum(stage.curve.moved_on for stage in self.stages if stage.slow_by is not None)

    @property
    def has_band(self) -> bool:
        return any(stage.slow_by is not None for stage in self.stages)

    @property
    def has_half(self) -> bool:
        return any(stage.half_by is not None for stage in self.stages)

    @property
    def over_half(self) -> int:
        """How many open pilots are there longer than half of those that passed their stage took."""
        return sum(len(stage.over_half) for stage in self.stages)

    @property
    def late_count(self) -> int:
        return sum(len(stage.late_ones) for stage in self.stages)

    @property
    def longest(self) -> int:
        return max((stage.ages[0].days for stage in self.stages if stage.ages), default=0)

    @cached_property
    def oldest(self) -> list[tuple[StageAges, Age]]:
        """Open pilots, those that are slowest for their stage first, then by how much, then by days."""
        found = [(stage, age) for stage in self.stages for age in stage.open]
        return sorted(found, key=lambda one: (-one[0].late(one[1]), -one[0].over(one[1]), -one[1].days))

    @property
    def waits_longest(self) -> StageAges | None:
        """The stage with the largest share of late pilots; None where no pilot is late."""
        late = [stage for stage in self.stages if stage.late_ones]
        return max(
            late, key=lambda stage: (len(stage.late_ones) / stage.open_count, stage.open_count), default=None
        )


def stages_from(entry: Stage) -> tuple[Stage, ...]:
    """Return the stages in which pilots of a cohort are to move on."""
    return tuple(stage for stage in PACED if MAIN_PATH.index(stage) >= MAIN_PATH.index(entry))


def count_ages(stays: Iterable[Stay], day: date, entry: Stage = Stage.PILOTING) -> Ages:
    """Return the pilots of each stage by the days they have been there."""
    paced = stages_from(entry)
    lasted: dict[Stage, Counter[tuple[int, bool]]] = {stage: Counter() for stage in paced}
    ages: dict[Stage, list[Age]] = {stage: [] for stage in paced}
    undated: Counter[tuple[Stage, bool]] = Counter()
    earlier = 0
    for stay in stays:
        if stay.stage not in lasted:
            is_before = stay.stage in MAIN_PATH and MAIN_PATH.index(stay.stage) < MAIN_PATH.index(entry)
            earlier += stay.to is None and is_before
            continue
        days = stay.days(day)
        if days is not None:
            lasted[stay.stage][days, stay.is_forward] += 1
        if stay.to is not None:
            continue
        is_held = stay.held_since is not None
        if days is None:
            undated[stay.stage, is_held] += 1
        else:
            ages[stay.stage].append(Age(stay.pilot_id, stay.stage, days, is_held))
    return Ages(
        [
            StageAges(
                stage,
                curve(lasted[stage]),
                sorted(ages[stage], key=lambda age: (-age.days, age.pilot_id)),
                undated[stage, False],
                undated[stage, True],
            )
            for stage in paced
        ],
        earlier,
    )
