"""Reads the facts that rules judge: today from the derived columns, a past day from history.

Both cost a fixed number of queries for any number of pilots. What cannot be replayed is listed in
`rules.facts.NOT_REPLAYED`, and a replay says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from pilots.access.permissions import OwnerRole
from pilots.columns import Period, derived, held_days, last_words, read_histories, read_holds
from pilots.lifecycle import Entry, Stage, effective, stand
from pilots.models.ownership import Ownership, OwnershipQuerySet
from pilots.models.pilot import Pilot, PilotQuerySet
from pilots.models.plan import Phase
from pilots.rules.facts import Facts, OpenPhase, RunningPlan

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
    "has_lead",
)


def facts_today(pilots: PilotQuerySet) -> list[Facts]:
    """Return the facts of these pilots as they are now; three queries at most."""
    lead = Exists(_leads().filter(pilot=OuterRef("pk"), until__isnull=True))
    rows = pilots.annotate(has_lead=lead).order_by("pk").values_list(*COLUMNS)
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
            has_lead,
        ) in rows
    ]
    return _with_plans(found)


def facts_on(pilots: PilotQuerySet, day: date) -> list[Facts]:
    """Return the facts of these pilots as they were at the end of a past day; six queries at most.

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
            periods = [_until(period, day) for period in holds[pilot.pk] if period.since <= day]
            heard = [moment for moment in words[pilot.pk].values() if moment]
            moved = words[pilot.pk]["moved_at"] or pilot.created_at
            found.append(
                _replayed(
                    pilot,
                    entries,
                    periods,
                    silence_from=pilot.program.today(max([pilot.created_at, *heard])),
                    moved_from=pilot.program.today(max(moved, pilot.created_at)),
                    has_lead=pilot.pk in led,
                )
            )
    return _with_plans(found)


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
    return Ownership.objects.filter(role=OwnerRole.PRODUCTION_OWNER.value, owner__is_active=True)


def _end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))


def _until(period: Period, day: date) -> Period:
    """Return a hold as it was at the end of a day: one that ended later still lasted."""
    ended = period.until is not None and period.until <= day
    return period if ended else replace(period, until=None)


def _with_plans(found: Iterable[Facts]) -> list[Facts]:
    """Add the running plan of each pilot that is in one, its days shifted by the holds since it began."""
    facts = list(found)
    planned = [fact.pilot_id for fact in facts if fact.stage is Stage.TRANSITION]
    if not planned:
        return facts
    phases: dict[int, list[Phase]] = {}
    live = Phase.objects.filter(plan__pilot__in=planned, plan__replaced_at__isnull=True)
    for phase in live.select_related("plan").order_by("plan__pilot", "number"):
        phases.setdefault(phase.plan.pilot_id, []).append(phase)
    holds = read_holds(list(phases))
    plans = {pilot_id: _running(rows, holds[pilot_id]) for pilot_id, rows in phases.items()}
    return [replace(fact, plan=plans.get(fact.pilot_id)) for fact in facts]


def _running(phases: Sequence[Phase], holds: Sequence[Period]) -> RunningPlan:
    start = phases[0].plan.start
    shift = timedelta(days=held_days(holds, start, None))
    first = next((phase for phase in phases if phase.finished_on is None), None)
    opened = None if first is None else _open_phase(first, shift)
    return RunningPlan(start + shift, phases[-1].planned_end + shift, opened)


def _open_phase(phase: Phase, shift: timedelta) -> OpenPhase:
    return OpenPhase(phase.number, phase.title, phase.planned_start + shift, phase.planned_end + shift)
