"""The facts of pilots on past days: their rows are read once, each day is then worked out in memory.

Between two days on which something happened nothing changes, so a pilot's facts are made anew only then.
What cannot be replayed is listed in `rules.facts.NOT_REPLAYED`, and a replay says so.
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max

from pilots.access.models import Event, Movement
from pilots.access.permissions import OwnerRole
from pilots.calendar import WorkCalendar
from pilots.columns import derived, read_histories, read_holds
from pilots.floors import prepared_readers, readers_of, with_floors
from pilots.lifecycle import Entry, Stage, effective, stand
from pilots.models.ownership import Ownership
from pilots.models.pilot import PilotQuerySet
from pilots.models.plan import Phase
from pilots.pauses import ONE, Frozen, Pauses, Period
from pilots.rules.facts import Facts
from pilots.running import read_phases, running_plan
from pilots.workdays import read_calendars, read_freezes

_COLUMNS = (
    "pk",
    "program_id",
    "is_confidential",
    "decide_by",
    "quiet_until",
    "created_at",
    "program__zone",
    "program__working_days",
)


class _Row(NamedTuple):
    pk: int
    program_id: int
    is_confidential: bool
    decide_by: date | None
    quiet_until: date | None
    created_at: datetime
    zone: str
    weekdays: str


class Then:
    """The facts of some pilots on any day from `first` to `last`; ten queries, however many of either.

    A day is each program's own. A pilot that was not logged here yet is left out. With `from_history` it
    counts from the first day its history tells: an imported register is else empty before its import. Then
    nobody was asked for a word before it came, so its silence is not known; its stages are its moves.
    """

    def __init__(
        self,
        pilots: PilotQuerySet,
        *,
        first: date,
        last: date,
        floors: Container[type] | None = None,
        from_history: bool = False,
    ) -> None:
        self.first, self.last = first, last
        rows = [_Row(*row) for row in pilots.order_by("pk").values_list(*_COLUMNS)]
        ids = [row.pk for row in rows]
        self._weekdays = {row.program_id: row.weekdays for row in rows}
        self._freezes: dict[int, tuple[Frozen, ...]] = read_freezes(self._weekdays) if rows else {}
        self._calendars = read_calendars(self._weekdays) if rows else {}
        self._pasts = _read_pasts(rows, ids, first=first, last=last, from_history=from_history)
        for past in self._pasts:
            past.calendar = self._calendars[past.row.program_id]
            past.freezes = self._freezes[past.row.program_id]
        is_one = first == last
        self._readers = readers_of(floors) if is_one else prepared_readers(floors, ids, first, last)

    def on(self, day: date) -> list[Facts]:
        """Return the facts at the end of a day, by pilot; `ValueError` for a day that was not read."""
        if not self.first <= day <= self.last:
            raise ValueError(f"{day} is not between {self.first} and {self.last}.")
        frozen = {pk: _frozen_before(freezes, day) for pk, freezes in self._freezes.items()}
        found = [past.on(day, frozen[past.row.program_id]) for past in self._pasts]
        facts = [fact for fact in found if fact is not None]
        if not facts or not self._readers:
            return facts
        return with_floors(facts, {fact.pilot_id: day for fact in facts}, self._readers)


def facts_on(pilots: PilotQuerySet, day: date, *, floors: Container[type] | None = None) -> list[Facts]:
    """Return the facts of these pilots as they were at the end of a past day; ten queries at most.

    A pilot whose history begins later was not there yet and is left out.
    """
    return Then(pilots, first=day, last=day, floors=floors).on(day)


# --- One pilot ----------------------------------------------------------------------


@dataclass(slots=True)
class _Past:
    """All that is known of one pilot's past; `breaks` are the days on which its facts change."""

    row: _Row
    entries: Sequence[Entry]  # those that count, oldest first
    holds: Sequence[Period]
    leads: Sequence[tuple[date, date | None]]  # since and until when somebody was its production owner
    heard: Sequence[date]  # days of words and moves, oldest first
    moved: Sequence[date]
    phases: Sequence[Phase]
    came: date  # when it was logged here
    from_history: bool
    calendar: WorkCalendar = field(init=False)
    freezes: Sequence[Frozen] = field(init=False)
    breaks: list[date] = field(init=False)
    _kept: tuple[int, int] | None = None
    _facts: Facts | None = None

    def __post_init__(self) -> None:
        days = chain(
            [self.came],
            (entry.latest_on for entry in self.entries),
            (day for hold in self.holds for day in (hold.since, hold.until) if day),
            (day for lead in self.leads for day in lead if day),
            self.heard,
            self.moved,
        )
        self.breaks = sorted(set(days))

    def on(self, day: date, frozen: int) -> Facts | None:
        """Return the facts at the end of a day; `frozen` is how many days its program was frozen before."""
        # Holds, freezes and the plan count whole days that are over, so nothing else moves them.
        key = (bisect_right(self.breaks, day), frozen)
        if key != self._kept:
            self._kept, self._facts = key, self._made(day)
        return self._facts

    def _made(self, day: date) -> Facts | None:
        entries = [entry for entry in self.entries if entry.latest_on <= day]
        if not entries or (self.came > day and not self.from_history):
            return None
        here = min(self.came, entries[0].latest_on) if self.from_history else self.came
        if self.came <= day:
            silence_from: date | None = max([self.came, *_until_day(self.heard, day)])
            moved_from = max([self.came, *_until_day(self.moved, day)])
        else:
            silence_from, moved_from = None, entries[-1].latest_on
        holds = _as_known(self.holds, day)
        standing = stand(entries)
        columns = derived(standing, holds, silence_from=silence_from, moved_from=moved_from)
        pauses = Pauses(holds, self.freezes)
        has_plan = self.phases and standing.stage is Stage.TRANSITION
        return Facts(
            pilot_id=self.row.pk,
            program_id=self.row.program_id,
            stage=standing.stage,
            reached=standing.mask,
            is_held=columns["held_since"] is not None,
            is_confidential=self.row.is_confidential,
            here_since=here,
            stage_clock=pauses.thawed(columns["stage_clock_on"], day),
            proven_clock=pauses.thawed(columns["proven_clock_on"], day),
            silence_clock=pauses.thawed(columns["silence_clock_on"], day),
            moved_clock=pauses.thawed(columns["moved_clock_on"], day),
            decide_by=self.row.decide_by,
            quiet_until=None if self.from_history else self.row.quiet_until,
            has_production_owner=any(
                since <= day and (until is None or until > day) for since, until in self.leads
            ),
            plan=running_plan(self.phases, pauses, day) if has_plan else None,
            calendar=self.calendar,
        )


def _until_day(days: Sequence[date], day: date) -> Sequence[date]:
    """Return the last of these days that is not after a day, if any."""
    place = bisect_right(days, day)
    return days[place - 1 : place]


def _as_known(holds: Iterable[Period], day: date) -> list[Period]:
    """Return the holds as they were at the end of a day: one that ended later still lasted."""
    return [
        hold if hold.until is not None and hold.until <= day else replace(hold, until=None)
        for hold in holds
        if hold.since <= day
    ]


def _frozen_before(freezes: Iterable[Frozen], day: date) -> int:
    """Return how many days of freezes lie before a day; a day in two of them counts twice."""
    return sum(max((min(frozen.last + ONE, day) - frozen.first).days, 0) for frozen in freezes)


# --- Reading ------------------------------------------------------------------------


def _read_pasts(
    rows: Sequence[_Row], ids: Sequence[int], *, first: date, last: date, from_history: bool
) -> list[_Past]:
    if not rows:
        return []
    histories = {pk: effective(entries) for pk, entries in read_histories(ids).items()}
    holds, leads = read_holds(ids), _read_leads(ids)
    words = _read_words(rows, ids, first=first, last=last)
    planned = [
        pk
        for pk, entries in histories.items()
        if any(entry.to_stage is Stage.TRANSITION and entry.latest_on <= last for entry in entries)
    ]
    phases = read_phases(planned) if planned else {}
    return [
        _Past(
            row=row,
            entries=histories[row.pk],
            holds=holds[row.pk],
            leads=leads.get(row.pk, ()),
            heard=sorted(words[row.pk].heard),
            moved=sorted(words[row.pk].moved),
            phases=phases.get(row.pk, ()),
            came=row.created_at.astimezone(ZoneInfo(row.zone)).date(),
            from_history=from_history,
        )
        for row in rows
    ]


def _read_leads(ids: Sequence[int]) -> dict[int, list[tuple[date, date | None]]]:
    rows = Ownership.objects.principals().there().filter(role=OwnerRole.PRODUCTION_OWNER.value, pilot__in=ids)
    found: dict[int, list[tuple[date, date | None]]] = {}
    for pk, since, until in rows.order_by("pk").values_list("pilot_id", "since", "until"):
        found.setdefault(pk, []).append((since, until))
    return found


@dataclass(slots=True)
class _Words:
    """The days on which somebody said a word of a pilot or moved it, and those of moves alone."""

    heard: set[date] = field(default_factory=set)
    moved: set[date] = field(default_factory=set)


def _read_words(rows: Sequence[_Row], ids: Sequence[int], *, first: date, last: date) -> Mapping[int, _Words]:
    """Return the days of the last word and move before `first`, and of all up to `last`; two queries."""
    found = {pk: _Words() for pk in ids}
    zones = {row.pk: ZoneInfo(row.zone) for row in rows}
    # No zone is a whole day away from UTC; which day an event is of, its own zone says.
    begin, end = (
        datetime.combine(day, time(), tzinfo=UTC) for day in (first - ONE, last + timedelta(days=2))
    )
    told = Event.objects.filter(pilot_id__in=ids).exclude(movement=Movement.NONE.value)
    before = told.filter(at__lt=begin).values_list("pilot_id", "movement").annotate(last=Max("at"))
    since = told.filter(at__gte=begin, at__lt=end).values_list("pilot_id", "movement", "at")
    for pk, movement, at in chain(before.order_by("pilot_id", "movement"), since.order_by("pk").iterator()):
        if pk is None or at is None:
            continue
        day = at.astimezone(zones[pk]).date()
        found[pk].heard.add(day)
        if movement == Movement.MOVED.value:
            found[pk].moved.add(day)
    return found
