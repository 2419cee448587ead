"""Which pilots belong to a cohort and where they stand, today or on a past day (docs/flow-method.md).

Today is read from the derived columns, a past day from history. Both give the same aliases, so
counts, charts and the lists behind them are one queryset.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.functions import TruncQuarter
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from pilots.calendar import Precision, months_before
from pilots.lifecycle import MAIN_PATH, Stage, implied_by
from pilots.models.pilot import ENDED, PilotQuerySet
from pilots.models.stage import Hold, StageTransition, StageTransitionQuerySet

# Reaching a stage of the main path implies the ones before it, so these bits fill from below:
# "reached" is "at least this bit", and "no further" is "below the next one".
PATH_BITS = sum(stage.bit for stage in MAIN_PATH)
DAY = timedelta(days=1)
# A dated row that follows a rough one keeps its place by a later `latest_on`; its day is known all the same.
LAST_POSSIBLE = Case(When(precision=Precision.DAY.value, then=F("happened_on")), default=F("latest_on"))


class Part(StrEnum):
    """How a pilot that reached the entry stage stands to the cohort."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNDATED = "undated"
    YOUNG = "young"


class Now(StrEnum):
    """What a pilot is doing, wherever it is."""

    OPEN = "open"
    ON_HOLD = "on_hold"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return {"open": "Still open", "on_hold": "On hold", "ended": "Stopped or retired"}[self.value]


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The pilots that entered `entry` between two days, both included, as of a day.

    `as_of` None reads the columns, which say how things stand on `today`. With a day every row of
    history counts that had happened by then: as it is known today, or as it was recorded at
    `known_at`. `matured_months` keeps pilots that entered at least so many months before.
    """

    today: date
    entry: Stage = Stage.PILOTING
    cohort_from: date | None = None
    cohort_to: date | None = None
    matured_months: int | None = None
    as_of: date | None = None
    known_at: datetime | None = None

    @property
    def day(self) -> date:
        """The day the cohort is looked at."""
        return self.as_of or self.today

    @property
    def reads_history(self) -> bool:
        return self.known_at is not None or self.as_of is not None

    @property
    def known_on(self) -> date:
        """The day that tells of holds and owners: they carry no moment of recording.

        It is a day of the reader's zone, as `as_of` is; at that moment UTC can have another.
        """
        return min(self.day, timezone.localdate(self.known_at)) if self.known_at else self.day

    @property
    def matured_by(self) -> date | None:
        """The last day on which a matured pilot can have entered."""
        return None if self.matured_months is None else months_before(self.day, self.matured_months)

    def place(self, pilots: PilotQuerySet) -> PilotQuerySet:
        """Keep the pilots that reached the entry stage, with aliases to filter and group by.

        Confidential pilots leave here, whoever asks: they are in no total, so behind none either.
        `path_mask`: the stages of the main path they reached, as bits. `stage_then`: where they are.
        `held_then`. `part`: how they stand to the cohort, a `Part`. `entered_first`: the first day on
        which they can have entered, or None.
        """
        placed = _from_history(pilots, self) if self.reads_history else _from_columns(pilots, self)
        return self._counted(placed, by_history=self.reads_history)

    def place_settled(self, pilots: PilotQuerySet) -> PilotQuerySet:
        """Place a past day's pilots from their columns; start from `settled`. The same aliases as `place`."""
        placed = _from_columns(pilots, self).alias(
            held_then=Exists(self.holds().filter(pilot=OuterRef("pk")))
        )
        return self._counted(placed, by_history=False)

    def _counted(self, placed: PilotQuerySet, *, by_history: bool) -> PilotQuerySet:
        counted = placed.filter(Q(path_mask__gte=self.entry.bit), is_confidential=False)
        return counted.alias(part=self._part(by_history=by_history))

    def settled(self, pilots: PilotQuerySet, *, are: bool = True) -> PilotQuerySet:
        """Keep the pilots whose columns tell how they stood on the day: nothing came after it.

        With `are` False the others. What was recorded by a moment is in no column, so then none is settled.
        """
        if self.known_at is not None:
            return pilots.none() if are else pilots
        later = Exists(StageTransition.objects.filter(pilot=OuterRef("pk"), latest_on__gt=self.day))
        return pilots.filter(~later if are else later)

    def there(self, pilots: PilotQuerySet) -> PilotQuerySet:
        """Keep the pilots that were there on the day, with the same aliases but the part.

        It is a list and no total, so confidential pilots stay for those who see them.
        """
        placed = _from_history(pilots, self) if self.reads_history else _from_columns(pilots, self)
        return placed.filter(Q(stage_then__isnull=False))

    def reached_on(self, stage: Stage) -> Combinable:
        """Return the first known day on which a placed pilot reached a stage; NULL if unknown or never."""
        if not self.reads_history:
            return F(f"reached_{stage.value}_on")
        return _first_known(self.rows(), stage, F("happened_on"))

    def rows(self) -> StageTransitionQuerySet:
        """Return the rows of history that count, of the pilot of an outer query."""
        rows = StageTransition.objects.filter(pilot=OuterRef("pk"))
        if self.reads_history:
            rows = rows.filter(latest_on__lte=self.day)
        return rows.effective() if self.known_at is None else self._recorded(rows)

    def rows_of(self, pilots: PilotQuerySet) -> StageTransitionQuerySet:
        """Return the rows of history that count, of very many pilots at once."""
        rows = StageTransition.objects.filter(pilot__in=pilots.values("pk"), latest_on__lte=self.day)
        return rows.effective_among_all() if self.known_at is None else self._recorded(rows)

    def _recorded(self, rows: StageTransitionQuerySet) -> StageTransitionQuerySet:
        """Keep what counted at the moment of `known_at`."""
        return rows.naming_a_stage().filter(
            Q(superseded_by__isnull=True) | Q(superseded_by__recorded_at__gt=self.known_at),
            Q(voided_by__isnull=True) | Q(voided_by__recorded_at__gt=self.known_at),
            recorded_at__lte=self.known_at,
        )

    def holds(self) -> QuerySet[Hold]:
        """Return the holds that last on the day; they carry no moment of recording, so their days speak."""
        known = self.known_on
        return Hold.objects.filter(Q(until__isnull=True) | Q(until__gt=known), since__lte=known)

    def part_of(self, first: date | None, last: date | None) -> Part:
        """Tell how a pilot stands to the cohort that entered between two days; the same as the alias `part`.

        Both are the same but for a rough day, and None where nobody knows.
        """
        start, end, matured_by = self.cohort_from, self.cohort_to, self.matured_by
        if first is None or last is None:
            return Part.UNDATED
        if end and first > end:
            return Part.OUTSIDE
        if start and first < start:
            return Part.UNDATED if last >= start else Part.OUTSIDE
        if end and last > end:
            return Part.UNDATED
        return Part.YOUNG if matured_by and last > matured_by else Part.INSIDE

    def _part(self, *, by_history: bool) -> Case:
        """A rough entry date belongs to a period that holds all of it, and is as young as it can be."""
        start, end, matured_by = self.cohort_from, self.cohort_to, self.matured_by
        branches = [_when(Q(entered_first__isnull=True), Part.UNDATED)]
        if end:
            branches.append(_when(Q(entered_first__gt=end), Part.OUTSIDE))
        if start:
            branches.append(_when(self._straddles(start - DAY, by_history=by_history), Part.UNDATED))
            branches.append(_when(Q(entered_first__lt=start), Part.OUTSIDE))
        if end:
            branches.append(_when(self._straddles(end, by_history=by_history), Part.UNDATED))
        if matured_by:
            branches.append(_when(Q(entered_first__gt=matured_by), Part.YOUNG))
            branches.append(_when(self._straddles(matured_by, by_history=by_history), Part.YOUNG))
        return Case(*branches, default=Value(Part.INSIDE.value), output_field=CharField())

    def _straddles(self, day: date, *, by_history: bool) -> Q:
        """Keep the pilots whose entry date is rough and can be this day as well as a later one."""
        if by_history:
            latest = _first_known(self.rows(), self.entry, LAST_POSSIBLE)
            return Q(entered_first__lte=day) & Q(GreaterThan(latest, day))
        # The rough dates around one day are few; asked for as a set, they cost one look for all pilots.
        rough = self._rough_entries().filter(happened_on__lte=day).filter(latest_on__gt=day)
        return Q(pk__in=rough.values("pilot"))

    def across_quarters(self) -> Q:
        """Keep the pilots, placed by their columns, whose rough entry date reaches over a quarter's end."""
        over = TruncQuarter("latest_on")
        rough = self._rough_entries().annotate(begun=TruncQuarter("happened_on"), over=over)
        return Q(pk__in=rough.filter(over__gt=F("begun")).values("pilot"))

    def _rough_entries(self) -> StageTransitionQuerySet:
        """Return the rows that tell a pilot's first entry by a period, where no row tells it better."""
        rows = StageTransition.objects.effective().filter(to_stage=self.entry.value)
        better = rows.filter(
            pilot=OuterRef("pilot"), happened_on=OuterRef("happened_on"), latest_on__lt=OuterRef("latest_on")
        )
        # An index holds the rough rows alone; SQLite takes it when it reads the index's own condition.
        return rows.exclude(precision=Precision.DAY.value).filter(
            ~Exists(better),
            latest_on__gt=F("happened_on"),
            happened_on=F(f"pilot__reached_{self.entry.value}_on"),
        )


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The pilots behind one number of a cohort; what is left empty does not narrow."""

    cohort: Cohort
    part: Part = Part.INSIDE
    reached: Stage | None = None
    furthest: tuple[Stage, ...] = ()
    there_now: Stage | None = None
    at: tuple[Stage, ...] = ()
    now: tuple[Now, ...] = ()

    def apply(self, pilots: PilotQuerySet) -> PilotQuerySet:
        """Narrow a queryset that starts from `visible_to`."""
        found = self.cohort.place(pilots).filter(Q(part=self.part.value))
        if self.reached:
            found = found.filter(Q(path_mask__gte=self.reached.bit))
        if self.furthest:
            found = found.filter(Q(path_mask__in=[path_mask(stage) for stage in self.furthest]))
        if self.there_now:
            found = found.filter(Q(stage_then__in=[stage.value for stage in from_here_on(self.there_now)]))
        if self.at:
            found = found.filter(Q(stage_then__in=[stage.value for stage in self.at]))
        if self.now:
            asked = Q()
            for now in self.now:
                asked |= _NOW[now]
            found = found.filter(asked)
        return found


_NOW = {
    Now.OPEN: ~Q(stage_then__in=ENDED) & Q(held_then=False),
    Now.ON_HOLD: ~Q(stage_then__in=ENDED) & Q(held_then=True),
    Now.ENDED: Q(stage_then__in=ENDED),
}


def _when(condition: Q, part: Part) -> When:
    return When(condition, then=Value(part.value))


def path_mask(furthest: Stage) -> int:
    """Return the bits of the main path that a pilot has reached with `furthest`, ends left out."""
    return sum(stage.bit for stage in implied_by(furthest)) & PATH_BITS


def reached_then(pilots: PilotQuerySet, stage: Stage) -> PilotQuerySet:
    """Keep the placed pilots that had reached a stage; whether one had ended, its stage then says."""
    if stage.value in ENDED:
        return pilots.filter(Q(stage_then=stage.value))
    return pilots.filter(Q(path_mask__gte=stage.bit))


def from_here_on(stage: Stage) -> tuple[Stage, ...]:
    """Return a stage of the main path and those after it, ends left out."""
    return MAIN_PATH[MAIN_PATH.index(stage) :]


def _from_columns(pilots: PilotQuerySet, cohort: Cohort) -> PilotQuerySet:
    return pilots.alias(
        path_mask=F("reached_mask").bitand(PATH_BITS),
        stage_then=F("stage"),
        held_then=ExpressionWrapper(Q(held_since__isnull=False), BooleanField()),
        entered_first=F(f"reached_{cohort.entry.value}_on"),
    )


def _from_history(pilots: PilotQuerySet, cohort: Cohort) -> PilotQuerySet:
    rows = cohort.rows()
    bits = Case(*(When(to_stage=stage.value, then=Value(path_mask(stage))) for stage in Stage))
    last = rows.order_by("-latest_on", "-id").values("to_stage")[:1]
    return pilots.alias(
        path_mask=Subquery(rows.order_by().values("pilot").annotate(mask=Max(bits)).values("mask")),
        stage_then=Subquery(last),
        held_then=Exists(cohort.holds().filter(pilot=OuterRef("pk"))),
        entered_first=_first_known(rows, cohort.entry, F("happened_on")),
    )


def _first_known(rows: StageTransitionQuerySet, stage: Stage, what: F | Case) -> Subquery:
    dated = rows.filter(to_stage=stage.value, happened_on__isnull=False)
    return Subquery(dated.annotate(told=what).order_by("latest_on", "id").values("told")[:1])
