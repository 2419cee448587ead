"""Reads the facts that rules judge: today from the derived columns, a past day from history.

Both cost a fixed number of queries for any number of pilots. What cannot be replayed is listed in
`rules.facts.NOT_REPLAYED`, and a replay says so.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from pilots.access.permissions import OwnerRole
from pilots.columns import derived, last_words, read_histories, read_holds
from pilots.lifecycle import Entry, Stage, effective, stand
from pilots.models.ownership import Ownership, OwnershipQuerySet
from pilots.models.pilot import Pilot, PilotQuerySet
from pilots.models.plan import Phase
from pilots.pauses import Pauses, Period
from pilots.rules.facts import Facts, OpenPhase, RunningPlan
from pilots.workdays import read_calendars, read_freezes

# Groups of facts beside the named ones, here (`pilots.known`) and on upper floors: registered when the site
# starts. Each takes the facts so far and the day it is in each pilot's program, and returns its own by
# pilot; one that is left out knows nothing.
Floor = Callable[[Sequence[Facts], Mapping[int, date]], Mapping[int, object]]
FLOORS: dict[type, Floor] = {}

COLUMNS = (
    "pk",
    "program_id",
    "stage",
    "reached_mask",
    "held_since",
    "is_confidential",
    "stage_clock_on",
    "proven_clock_on",
    "silence_clock_on",
    "moved_clock_on",
    "decide_by",
    "quiet_until",
    "created_at",
    "program__zone",
    "program__working_days",
    "has_lead",
)


def facts_today(
    pilots: PilotQuerySet, *, at: datetime | None = None, floors: Container[type] | None = None
) -> list[Facts]:
    """Return the facts of these pilots as they are at a moment, now unless said.

    Six queries at most, and those of `floors`, the groups that are asked for; all of them unless said.
    """
    at = at or timezone.now()
    lead = Exists(_leads().filter(pilot=OuterRef("pk"), until__isnull=True))
    rows = list(pilots.annotate(has_lead=lead).order_by("pk").values_list(*COLUMNS))
    found = [
        Facts(
            pilot_id=pk,
            program_id=program_id,
            stage=Stage(stage),
            reached=reached,
            is_held=held_since is not None,
            is_confidential=is_confidential,
            here_since=created_at.astimezone(ZoneInfo(zone)).date(),
            stage_clock=stage_clock,
            proven_clock=proven_clock,
            silence_clock=silence_clock,
            moved_clock=moved_clock,
            decide_by=decide_by,
            quiet_until=quiet_until,
            has_production_owner=has_lead,
        )
        for (
            pk,
            program_id,
            stage,
            reached,
            held_since,
            is_confidential,
            stage_clock,
            proven_clock,
            silence_clock,
            moved_clock,
            decide_by,
            quiet_until,
            created_at,
            zone,
            _,
            has_lead,
        ) in rows
    ]
    programs = {row[1]: _Program(row[-2], at.astimezone(ZoneInfo(row[-3])).date()) for row in rows}
    return _with_calendars(found, programs, floors=floors)


def facts_on(pilots: PilotQuerySet, day: date, *, floors: Container[type] | None = None) -> list[Facts]:
    """Return the facts of these pilots as they were at the end of a past day; nine queries at most.

    A pilot whose history begins later was not there yet and is left out.
    """
    there = list(pilots.select_related("program").order_by("pk"))
    ids = [pilot.pk for pilot in there]
    histories, holds = read_histories(ids), read_holds(ids)
    led = set(
        _leads()
        .filter(Q(until__isnull=True) | Q(until__gt=day), pilot__in=ids, since__lte=day)
        .values_list("pilot_id", flat=True)
    )
    words = last_words(ids, before=_end_of(day, "UTC"))
    found = []
    for pilot in there:
        entries = [entry for entry in effective(histories[pilot.pk]) if entry.latest_on <= day]
        if entries and pilot.program.today(pilot.created_at) <= day:
            heard = [moment for moment in words[pilot.pk].values() if moment]
            moved = words[pilot.pk]["moved_at"] or pilot.created_at
            found.append(
                _replayed(
                    pilot,
                    entries,
                    _until(holds[pilot.pk], day),
                    silence_from=pilot.program.today(max([pilot.created_at, *heard])),
                    moved_from=pilot.program.today(max(moved, pilot.created_at)),
                    has_lead=pilot.pk in led,
                )
            )
    programs = {pilot.program_id: _Program(pilot.program.working_days, day) for pilot in there}
    return _with_calendars(found, programs, is_past=True, floors=floors)


def _replayed(
    pilot: Pilot,
    entries: Sequence[Entry],
    periods: Sequence[Period],
    *,
    silence_from: date,
    moved_from: date,
    has_lead: bool,
) -> Facts:
    standing = stand(entries)
    columns = derived(standing, periods, silence_from=silence_from, moved_from=moved_from)
    return Facts(
        pilot_id=pilot.pk,
        program_id=pilot.program_id,
        stage=standing.stage,
        reached=standing.mask,
        is_held=columns["held_since"] is not None,
        is_confidential=pilot.is_confidential,
        here_since=pilot.program.today(pilot.created_at),
        stage_clock=columns["stage_clock_on"],
        proven_clock=columns["proven_clock_on"],
        silence_clock=columns["silence_clock_on"],
        moved_clock=columns["moved_clock_on"],
        decide_by=pilot.decide_by,
        quiet_until=pilot.quiet_until,
        has_production_owner=has_lead,
    )


def _leads() -> OwnershipQuerySet:
    return Ownership.objects.principals().there().filter(role=OwnerRole.PRODUCTION_OWNER.value)


def _end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))


def _until(holds: Iterable[Period], day: date) -> list[Period]:
    """Return the holds as they were at the end of a day: one that ended later still lasted."""
    return [
        period if period.until is not None and period.until <= day else replace(period, until=None)
        for period in holds
        if period.since <= day
    ]


# --- Calendars and plans ------------------------------------------------------------


@dataclass(frozen=True)
class _Program:
    """The days of the week a program works, and which day it is there."""

    weekdays: str
    day: date


def _with_calendars(
    found: Sequence[Facts],
    programs: Mapping[int, _Program],
    *,
    is_past: bool = False,
    floors: Container[type] | None = None,
) -> list[Facts]:
    """Add working days and running plans, and take the frozen days out of every clock."""
    if not found:
        return []
    calendars = read_calendars({pk: program.weekdays for pk, program in programs.items()})
    freezes = read_freezes(programs)
    planned = {fact.pilot_id for fact in found if fact.stage is Stage.TRANSITION}
    paused = [fact.pilot_id for fact in found if fact.pilot_id in planned or freezes[fact.program_id]]
    holds = read_holds(paused) if paused else {}
    phases = _phases(planned) if planned else {}
    facts = []
    for fact in found:
        day = programs[fact.program_id].day
        held = holds.get(fact.pilot_id, [])
        pauses = Pauses(_until(held, day) if is_past else held, freezes[fact.program_id])
        rows = phases.get(fact.pilot_id)
        facts.append(
            replace(
                fact,
                stage_clock=pauses.thawed(fact.stage_clock, day),
                proven_clock=pauses.thawed(fact.proven_clock, day),
                silence_clock=pauses.thawed(fact.silence_clock, day),
                moved_clock=pauses.thawed(fact.moved_clock, day),
                plan=_running(rows, pauses, day) if rows else None,
                calendar=calendars[fact.program_id],
            )
        )
    return _with_floors(facts, {fact.pilot_id: programs[fact.program_id].day for fact in facts}, floors)


def _with_floors(
    facts: Sequence[Facts], days: Mapping[int, date], floors: Container[type] | None
) -> list[Facts]:
    """Add the groups of facts that are asked for."""
    known: dict[int, dict[type, object]] = {fact.pilot_id: {} for fact in facts}
    for kind, read in FLOORS.items():
        if floors is None or kind in floors:
            for pk, found in read(facts, days).items():
                known[pk][kind] = found
    return [replace(fact, floors=known[fact.pilot_id]) for fact in facts]


def _phases(pilots: Iterable[int]) -> dict[int, list[Phase]]:
    phases: dict[int, list[Phase]] = {}
    live = Phase.objects.filter(plan__pilot__in=list(pilots), plan__replaced_at__isnull=True)
    for phase in live.select_related("plan").order_by("plan__pilot", "number"):
        phases.setdefault(phase.plan.pilot_id, []).append(phase)
    return phases


def _running(phases: Sequence[Phase], pauses: Pauses, day: date) -> RunningPlan:
    """Return the plan with its days moved by what paused it since it began, as the page moves them."""
    start = phases[0].plan.start
    opened = next((phase for phase in phases if phase.finished_on is None), None)
    open_phase = None
    if opened is not None:
        first, last = (pauses.moved(on, start, day) for on in (opened.planned_start, opened.planned_end))
        open_phase = OpenPhase(opened.number, opened.title, first, last)
    began = start + timedelta(days=pauses.days(start, day))
    return RunningPlan(began, pauses.moved(phases[-1].planned_end, start, day), open_phase)
