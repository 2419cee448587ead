"""How many pilots of a cohort came how far, and where the others are now (docs/flow-method.md).

`count_funnel` asks the database once for groups of like pilots and once for the days they took, for a past
day also for the history of those that moved since; `Funnel` is arithmetic over those. The page and the API
show the same object.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from statistics import median

from django.db.models import Count, F, Q

from kpis.deployed import is_deployed
from pilots.lifecycle import ENDS, MAIN_PATH, Stage
from pilots.models import PilotQuerySet
from pilots.models.cohort import Cohort, Now, Part, path_mask
from pilots.models.days import DaysBetween
from portfolio.dashboards.past import grouped, stood_then

STEPS = (Stage.PILOTING, Stage.PROVEN, Stage.LIMITED, Stage.PRODUCTION, Stage.SUSTAINED)
FURTHEST = {path_mask(stage): stage for stage in MAIN_PATH}
Days = tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """So many pilots that came equally far, are in the same stage and stand alike to the cohort."""

    furthest: Stage
    at: Stage
    is_held: bool = False
    is_imported: bool = False
    part: Part = Part.INSIDE
    count: int = 1

    @property
    def now(self) -> Now:
        if self.at in ENDS:
            return Now.ENDED
        return Now.ON_HOLD if self.is_held else Now.OPEN


@dataclass(frozen=True)
class Median:
    """The middle number of days from the entry to a stage, and of how many pilots both days are known."""

    days: float
    of: int


@dataclass(frozen=True)
class Bar:
    """One step of the funnel. moved_on + open + on_hold + ended = reached.

    `stages` are the stages from here up to the next step. `everyone` tells those that reached it apart
    by what they do now and where they are, `rest` only those that did not move on. `before` is how many
    reached the step before; None for the first. `deployed`: of those in production now, how many are
    only deployed; None for another step, and where it was not counted.
    """

    stage: Stage
    following: Stage | None
    stages: tuple[Stage, ...]
    everyone: Mapping[tuple[Now, Stage], int]
    rest: Mapping[tuple[Now, Stage], int]
    before: int | None
    entered: int
    median: Median | None
    deployed: int | None = None

    @property
    def reached(self) -> int:
        return sum(self.everyone.values())

    @property
    def there_now(self) -> int:
        """How many are at this stage or further on today; neither ended nor gone back."""
        return sum(
            count
            for (now, at), count in self.everyone.items()
            if now is not Now.ENDED and _place(at) >= _place(self.stage)
        )

    @property
    def moved_on(self) -> int:
        return self.reached - sum(self.rest.values())

    def resting(self, now: Now) -> int:
        return sum(count for (doing, _), count in self.rest.items() if doing is now)

    @property
    def open(self) -> int:
        return self.resting(Now.OPEN)

    @property
    def on_hold(self) -> int:
        return self.resting(Now.ON_HOLD)

    @property
    def ended(self) -> int:
        return self.resting(Now.ENDED)

    @property
    def from_previous(self) -> Decimal | None:
        return None if self.before is None else share(self.reached, self.before)

    @property
    def from_entry(self) -> Decimal | None:
        return share(self.reached, self.entered)


@dataclass(frozen=True)
class Funnel:
    """The bars of one cohort and what stands beside them."""

    entry: Stage
    groups: Sequence[Group]
    medians: Mapping[Stage, Median]
    deployed: int | None = None

    @cached_property
    def inside(self) -> list[Group]:
        return [group for group in self.groups if group.part is Part.INSIDE]

    @property
    def denominator(self) -> int:
        return _sum(self.inside)

    @property
    def undated(self) -> int:
        return _sum(group for group in self.groups if group.part is Part.UNDATED)

    @property
    def young(self) -> int:
        return _sum(group for group in self.groups if group.part is Part.YOUNG)

    @property
    def imported(self) -> int:
        return _sum(group for group in self.inside if group.is_imported)

    @property
    def goal(self) -> Stage | None:
        """The stage that the one rate is about: production, or what comes after it."""
        return goal_of(self.entry)

    @property
    def arrived(self) -> int:
        return sum(bar.reached for bar in self.bars if bar.stage is self.goal)

    def undecided(self, now: Now) -> int:
        """Return how many neither arrived nor ended, at work (`OPEN`) or on hold."""
        short = [bar for bar in self.bars if self.goal and _place(bar.stage) < _place(self.goal)]
        return sum(bar.resting(now) for bar in short)

    @property
    def still_open(self) -> int:
        return self.undecided(Now.OPEN) + self.undecided(Now.ON_HOLD)

    @property
    def decided(self) -> int:
        return self.denominator - self.still_open

    @cached_property
    def bars(self) -> list[Bar]:
        """One bar per step from the entry on; the first is the whole cohort."""
        steps = steps_from(self.entry)
        bars: list[Bar] = []
        for step, following in zip(steps, (*steps[1:], None), strict=True):
            bars.append(self._bar(step, following, bars[-1].reached if bars else None))
        return bars

    def _bar(self, step: Stage, following: Stage | None, before: int | None) -> Bar:
        here = [group for group in self.inside if _place(group.furthest) >= _place(step)]
        left = [group for group in here if not (following and _place(group.furthest) >= _place(following))]
        return Bar(
            stage=step,
            following=following,
            stages=MAIN_PATH[_place(step) : _place(following) if following else None],
            everyone=_whereabouts(here),
            rest=_whereabouts(left),
            before=before,
            entered=self.denominator,
            median=self.medians.get(step),
            deployed=self.deployed if step is Stage.PRODUCTION else None,
        )


def count_funnel(pilots: PilotQuerySet, cohort: Cohort) -> Funnel:
    """Count a queryset that starts from `visible_to(user).countable(user)`.

    Two queries today. A past day takes four: the pilots to which nothing happened since are counted from
    their columns likewise, the others replayed from history.
    """
    later = steps_from(cohort.entry)[1:]
    if not cohort.reads_history:
        placed = cohort.place(pilots)
        return Funnel(cohort.entry, _groups(placed), _medians(_days(placed, cohort, later), later))
    groups: list[Group] = []
    days: list[Days] = []
    if cohort.known_at is None:
        placed = cohort.place_settled(cohort.settled(pilots))
        groups, days = _groups(placed), _days(placed, cohort, later)
    counts, inside = grouped(stood_then(pilots, cohort, later))
    groups += [
        Group(furthest=FURTHEST[mask], at=Stage(at), is_held=held, is_imported=imported, part=part, count=n)
        for (mask, at, held, imported, part), n in counts.items()
        if part is not Part.OUTSIDE
    ]
    days += [one.days for one in inside]
    return Funnel(cohort.entry, groups, _medians(days, later))


def count_apart(pilots: PilotQuerySet, cohort: Cohort) -> Funnel:
    """Count, and tell apart those in production that are only deployed; one query more.

    Of a past day nobody kept which part of a loop was there: then it is None.
    """
    funnel = count_funnel(pilots, cohort)
    if cohort.reads_history:
        return funnel
    deployed = cohort.place(pilots).filter(Q(part=Part.INSIDE.value), is_deployed())
    return replace(funnel, deployed=deployed.count())


def _groups(placed: PilotQuerySet) -> list[Group]:
    rows = (
        placed.order_by()
        .values(
            "is_imported",
            how=F("part"),
            mask=F("path_mask"),
            at=F("stage_then"),
            held=F("held_then"),
        )
        .annotate(n=Count("pk"))
    )
    return [
        Group(
            furthest=FURTHEST[row["mask"]],
            at=Stage(row["at"]),
            is_held=bool(row["held"]),
            is_imported=row["is_imported"],
            part=Part(row["how"]),
            count=row["n"],
        )
        for row in rows
        if row["how"] != Part.OUTSIDE.value
    ]


def _days(placed: PilotQuerySet, cohort: Cohort, later: Sequence[Stage]) -> list[Days]:
    """Return the days from the entry to each later step, of the pilots that moved on, from columns."""
    if not later:
        return []
    moved = placed.filter(Q(part=Part.INSIDE.value), Q(path_mask__gte=later[0].bit))
    # The database subtracts: turning two dates a pilot into objects takes longer than all the rest.
    taken = [DaysBetween(F("entered_first"), F(f"reached_{stage.value}_on")) for stage in later]
    return list(moved.order_by().values_list(*taken))


def _medians(days: Sequence[Days], later: Sequence[Stage]) -> dict[Stage, Median]:
    """Rough days count from the first day of their period, at both ends."""
    medians = {}
    for place, stage in enumerate(later):
        taken = [row[place] for row in days]
        known = [count for count in taken if count is not None and count >= 0]
        if known:
            medians[stage] = Median(float(median(known)), len(known))
    return medians


def goal_of(entry: Stage) -> Stage | None:
    """Return what pilots are on their way to that entered a stage; None where nothing comes after it."""
    if entry is Stage.SUSTAINED:
        return None
    return Stage.SUSTAINED if entry is Stage.PRODUCTION else Stage.PRODUCTION


def steps_from(entry: Stage) -> tuple[Stage, ...]:
    """Return the entry stage and the steps of the funnel after it."""
    return (entry, *(step for step in STEPS if _place(step) > _place(entry)))


def share(part: int, whole: int) -> Decimal | None:
    """Return part of whole to four places; None when there is nothing to share."""
    if whole == 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _whereabouts(groups: Iterable[Group]) -> dict[tuple[Now, Stage], int]:
    found: dict[tuple[Now, Stage], int] = {}
    for group in groups:
        found[group.now, group.at] = found.get((group.now, group.at), 0) + group.count
    return found


def _sum(groups: Iterable[Group]) -> int:
    return sum(group.count for group in groups)


def _place(stage: Stage) -> int:
    return MAIN_PATH.index(stage)
