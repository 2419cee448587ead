"""Holds kept forecasts against what came, as it is known on the day looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q

from pilots.access.models import Program, User
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.models.cohort import Cohort
from portfolio.flow.lives import FEWEST
from portfolio.flow.scores import brier
from portfolio.pace.models import Forecast
from portfolio.pace.quarters import Quarter


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

    `constant` is what they would have had if each pilot had been given the chance of one rate for all ages.
    """

    pilots: int
    came: int
    brier: float
    constant: float


@dataclass(frozen=True)
class Record:
    """The kept forecasts a reader may see, newest first, and how they did."""

    rows: Sequence[Scored]
    chances: Chances | None

    @property
    def told(self) -> Sequence[Scored]:
        """Those of which it is known whether they held."""
        return [scored for scored in self.rows if scored.is_held is not None]

    @property
    def held(self) -> int:
        return sum(bool(scored.is_held) for scored in self.told)

    @property
    def is_enough(self) -> bool:
        """Whether a share of them says anything."""
        return len(self.told) >= FEWEST


def read_record(user: User, cohort: Cohort, program: Program | None) -> Record:
    """Return the forecasts of a program, or of all that count for this reader, scored; five queries.

    A past day shows those that were about days after then, or before: made by then, scored as known then.
    """
    kept = Forecast.objects.visible_to(user).filter(as_of__lte=cohort.day).select_related("program")
    if program:
        kept = kept.filter(program=program)
    elif Pilot.objects.visible_to(user).filter(program__is_sample=False).exists():
        kept = kept.exclude(program__is_sample=True)
    rows = list(kept.order_by("-quarter", F("program__name").asc(nulls_first=True), "pk"))
    if not any(row.when.last < cohort.day for row in rows):
        return Record([Scored(row) for row in rows], None)
    arrivals, known = _outcomes(user, cohort, {pk for row in rows for pk in row.program_ids})
    pairs: list[Told] = []
    scored = []
    for row in rows:
        if row.when.last < cohort.day:
            one, told = score(row, arrivals, known)
            scored.append(one)
            pairs += told
        else:
            scored.append(Scored(row))
    return Record(scored, chances_of(pairs))


def score(row: Forecast, arrivals: dict[int, date | None], known: set[int]) -> tuple[Scored, list[Told]]:
    """Return how one forecast did, and of each pilot the chances it had with whether it came.

    `arrivals` are the days of arrival by pilot, None where nobody knows; `known` all pilots that count.
    """
    quarter = Quarter(row.quarter)
    pairs: list[Told] = []
    unsure = 0
    for pk, chance in ((int(pk), float(chance)) for pk, chance in row.chances.items()):
        if pk not in known or (pk in arrivals and arrivals[pk] is None):
            unsure += 1
            continue
        day = arrivals.get(pk)
        pairs.append(Told(chance, row.constant, day is not None and quarter.first <= day <= quarter.last))
    came = sum(told.came for told in pairs)
    ends = {row.low <= count <= row.high for count in range(came, came + unsure + 1)}
    return Scored(row, came, unsure, ends.pop() if len(ends) == 1 else None), pairs


def chances_of(told: Sequence[Told]) -> Chances | None:
    """Return how the chances of single pilots did; None below ten."""
    if len(told) < FEWEST:
        return None
    outcomes = [one.came for one in told]
    return Chances(
        len(told),
        sum(outcomes),
        brier([one.chance for one in told], outcomes),
        brier([one.constant for one in told], outcomes),
    )


def _outcomes(user: User, cohort: Cohort, programs: set[int]) -> tuple[dict[int, date | None], set[int]]:
    """Return the days of arrival, and all pilots that count, of whole programs the reader sees."""
    pilots = Pilot.objects.visible_to(user).filter(program__in=programs, is_confidential=False)
    looked = Cohort(today=cohort.today, as_of=cohort.as_of, known_at=cohort.known_at)
    placed = looked.place(pilots).order_by()
    came = placed.filter(Q(path_mask__gte=Stage.PRODUCTION.bit))
    arrivals = dict(came.values_list("pk", looked.reached_on(Stage.PRODUCTION)))
    return arrivals, set(placed.values_list("pk", flat=True))
