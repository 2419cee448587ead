"""Reads the facts that rules judge as they are today, from the derived columns.

Those of a past day are `pilots.replays`. Both cost a fixed number of queries for any number of pilots.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.utils import timezone

from pilots.access.permissions import OwnerRole
from pilots.columns import read_holds
from pilots.floors import FLOORS, Floor, readers_of, with_floors
from pilots.lifecycle import Stage
from pilots.models.ownership import Ownership, OwnershipQuerySet
from pilots.models.pilot import PilotQuerySet
from pilots.pauses import Pauses
from pilots.replays import facts_on
from pilots.rules.facts import Facts
from pilots.running import read_phases, running_plan
from pilots.workdays import read_calendars, read_freezes

__all__ = ["FLOORS", "Floor", "facts_on", "facts_today"]

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


def _leads() -> OwnershipQuerySet:
    return Ownership.objects.principals().there().filter(role=OwnerRole.PRODUCTION_OWNER.value)


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
    phases = read_phases(planned) if planned else {}
    facts = []
    for fact in found:
        day = programs[fact.program_id].day
        held = holds.get(fact.pilot_id, [])
        pauses = Pauses(held, freezes[fact.program_id])
        rows = phases.get(fact.pilot_id)
        facts.append(
            replace(
                fact,
                stage_clock=pauses.thawed(fact.stage_clock, day),
                proven_clock=pauses.thawed(fact.proven_clock, day),
                silence_clock=pauses.thawed(fact.silence_clock, day),
                moved_clock=pauses.thawed(fact.moved_clock, day),
                plan=running_plan(rows, pauses, day) if rows else None,
                calendar=calendars[fact.program_id],
            )
        )
    days = {fact.pilot_id: programs[fact.program_id].day for fact in facts}
    return with_floors(facts, days, readers_of(floors))
