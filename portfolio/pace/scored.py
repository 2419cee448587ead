"""Holds kept forecasts against what came, as it is known on the day looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import F, Q

from pilots.access.models import Program, User
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.models.cohort import Cohort
from portfolio.flow import scores
from portfolio.flow.lives import FEWEST
from portfolio.pace.models import Forecast
from portfolio.pace.quarters import Quarter

QUARTERS = 12  # that are over are held against what came; older ones stay kept


@dataclass(frozen=True)
class Scored:
    """One kept forecast. `came` is None until its quarter is over.

    `unsure` of its pilots came on a day nobody knows, or are counted no longer; `is_held` is None where
    that leaves open whether the interval held.
    """

    row: Forecast
    came: int | None = None
    unsure: int = 0
    is_held: bool | None = None


@dataclass(frozen=True)
class Told:
    """The chance one pilot was given, the one of the constant rate, and whether it came."""

    chance: float
    constant: float
    came: bool


@dataclass(frozen=True)
class Chances:
    """How well the chances of single pilots did: the mean squared distance from what came, 0 at best.

    `constant` is what they would have had if each pilot had been given the chance of one rate for all ages;
    `skill` by which part they are better than that, None where nothing could be.
    """

    pilots: int
    came: int
    brier: float
    constant: float
    skill: float | None


@dataclass(frozen=True)
class Record:
    """The kept forecasts a reader may see, newest first, and how they did."""

    rows: Sequence[Scored]
    chances: Chances | None

    @property
    def counted(self) -> Sequence[Scored]:
        """Those to be counted: not the one over all programs where it stands beside those of its programs."""
        by_program = {scored.row.quarter for scored in self.rows if scored.row.program_id}
        return [one for one in self.rows if one.row.program_id or one.row.quarter not in by_program]

    @property
    def told(self) -> Sequence[Scored]:
        """Those of them of which it is known whether they held."""
        return [scored for scored in self.counted if scored.is_held is not None]

    @cached_property
    def coverage(self) -> scores.Share:
        """In how many of those told what came lay in the interval; pilots that are unsure change none."""
        return scores.coverage(
            scores.Scored(one.row.low, one.row.high, one.came) for one in self.told if one.came is not None
        )

    @property
    def is_enough(self) -> bool:
        """Whether a share of them says anything."""
        return self.coverage.of >= FEWEST


def read_record(user: User, cohort: Cohort, program: Program | None) -> Record:
    """Return the forecasts of a program, or of all that count for this reader, scored; six queries.

    A past day shows those that were about days after then, or before: made by then, scored as known then.
    Those that were over more than `QUARTERS` before are left out.
    """
    present = Quarter.of(cohort.day)
    recent = Forecast.objects.filter(quarter__gte=present.back(QUARTERS).first, as_of__lte=cohort.day)
    kept = recent.visible_to(user).select_related("program")
    if program:
        kept = kept.filter(program=program)
    elif Pilot.objects.visible_to(user).filter(program__is_sample=False).exists():
        kept = kept.exclude(program__is_sample=True)
    kept = kept.order_by("-quarter", F("program__name").asc(nulls_first=True), "pk")
    # A chance for each pilot is much to read; until its quarter is over nothing asks for it.
    scored = [Scored(row) for row in kept.filter(quarter__gte=present.first).defer("chances")]
    over = list(kept.filter(quarter__lt=present.first))
    if not over:
        return Record(scored, None)
    arrivals, known = _outcomes(user, cohort, {pk for row in over for pk in row.program_ids})
    pairs: dict[tuple[date, int], Told] = {}
    for row in over:
        one, told = score(row, arrivals, known)
        scored.append(one)
        for pk, pair in told.items():
            # Once a quarter: the chance its program told, before the one told over all programs.
            if row.program_id or (row.quarter, pk) not in pairs:
                pairs[row.quarter, pk] = pair
    return Record(scored, chances_of(list(pairs.values())))


def score(row: Forecast, arrivals: dict[int, date | None], known: set[int]) -> tuple[Scored, dict[int, Told]]:
    """Return how one forecast did, and by pilot the chances it had with whether it came.

    `arrivals` are the days of arrival by pilot, None where nobody knows; `known` all pilots that count.
    """
    quarter = Quarter(row.quarter)
    pairs: dict[int, Told] = {}
    unsure = 0
    for pk, chance in ((int(pk), float(chance)) for pk, chance in row.chances.items()):
        if pk not in known or (pk in arrivals and arrivals[pk] is None):
            unsure += 1
            continue
        day = arrivals.get(pk)
        pairs[pk] = Told(chance, row.constant, day is not None and quarter.first <= day <= quarter.last)
    came = sum(told.came for told in pairs.values())
    ends = {row.low <= count <= row.high for count in range(came, came + unsure + 1)}
    return Scored(row, came, unsure, ends.pop() if len(ends) == 1 else None), pairs


def chances_of(told: Sequence[Told]) -> Chances | None:
    """Return how the chances of single pilots did; None below ten."""
    if len(told) < FEWEST:
        return None
    outcomes = [one.came for one in told]
    chances, constants = [one.chance for one in told], [one.constant for one in told]
    return Chances(
        len(told),
        sum(outcomes),
        scores.brier(chances, outcomes),
        scores.brier(constants, outcomes),
        scores.brier_skill(chances, outcomes, constants),
    )


def _outcomes(user: User, cohort: Cohort, programs: set[int]) -> tuple[dict[int, date | None], set[int]]:
    """Return the days of arrival, and all pilots that count, of whole programs the reader sees."""
    pilots = Pilot.objects.visible_to(user).filter(program__in=programs, is_confidential=False)
    looked = Cohort(today=cohort.today, as_of=cohort.as_of, known_at=cohort.known_at)
    placed = looked.place(pilots).order_by()
    came = placed.filter(Q(path_mask__gte=Stage.PRODUCTION.bit))
    arrivals = dict(came.values_list("pk", looked.reached_on(Stage.PRODUCTION)))
    return arrivals, set(placed.values_list("pk", flat=True))
