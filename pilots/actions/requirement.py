"""Notes since when requirements and gates are met, and when they are open again. The system does it.

What a requirement is now always follows from the record; these rows say since when, so that “met late”
and “reopened” can be told. Nobody's version goes up by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from pilots.access.models import Event, Source
from pilots.actions.by import By
from pilots.actions.event import event_row
from pilots.gates import Readiness
from pilots.lifecycle import ENDS, Stage
from pilots.models import Evidence, Pilot, PilotQuerySet, RequirementState, Waiting
from pilots.readiness import readiness_of
from pilots.rows import insert_rows, update_rows

CHUNK = 200  # pilots locked at a time
# From here on requirements matter; before, only those are noted of whom somebody brought evidence.
WATCHED = (Stage.TRANSITION.value, Stage.LIMITED.value)
STALE = "What it rested on counts no longer."


@dataclass(frozen=True)
class _Found:
    """What is so now of one requirement or gate."""

    code: str
    title: str
    is_met: bool
    is_computed: bool
    is_told: bool


def settle_requirements(ids: Sequence[int] | None, *, at: datetime) -> int:
    """Note what became met or open again of these pilots, or of all; return how many rows changed."""
    wanted = _watched(Pilot.objects.all() if ids is None else Pilot.objects.filter(pk__in=ids))
    chosen = list(wanted.order_by("pk").values_list("pk", flat=True))
    return sum(_settle(chosen[start : start + CHUNK], at=at) for start in range(0, len(chosen), CHUNK))


def _watched(pilots: PilotQuerySet) -> PilotQuerySet:
    shown = Exists(Evidence.objects.filter(pilot=OuterRef("pk")))
    noted = Exists(RequirementState.objects.filter(pilot=OuterRef("pk")))
    waits = Exists(Waiting.objects.open().filter(pilot=OuterRef("pk")))
    ended = Q(stage__in=[stage.value for stage in ENDS])
    return pilots.filter(Q(waits) | ~ended & (Q(stage__in=WATCHED) | Q(shown) | Q(noted)))


def _settle(ids: Sequence[int], *, at: datetime) -> int:
    with transaction.atomic():
        locked = Pilot.objects.filter(pk__in=ids).select_related("program").order_by("pk")
        pilots = list(locked.select_for_update(of=("self",), no_key=True))
        noted = {
            (row.pilot_id, row.requirement): row
            for row in RequirementState.objects.filter(pilot__in=ids).order_by("pk")
        }
        readiness = readiness_of(pilots, at=at)
        by = By(user=None, at=at, source=Source.JOB)
        changed: list[RequirementState] = []
        events: list[dict[str, Any]] = []
        looked_at = {pk for pk, _ in noted}
        for pilot in pilots:
            today = by.today(pilot.program)
            # What the record shows at the first look was there before; evidence is as old as its bringing.
            before = today if pilot.pk in looked_at else min(pilot.stage_since or today, today)
            for found in () if pilot.is_ended else _found(readiness[pilot.pk]):
                row = noted.get((pilot.pk, found.code))
                if found.is_met == (row is not None and row.met_on is not None):
                    continue
                changed.append(
                    _noted(
                        row or RequirementState(pilot=pilot), found, before if found.is_computed else today
                    )
                )
                if found.is_told and (pilot.pk in looked_at or not found.is_computed):
                    events.append(_event(pilot, found, by=by))
        insert_rows(RequirementState, [_columns(row) for row in changed if row.pk is None])
        known = [row for row in changed if row.pk is not None]
        RequirementState.objects.bulk_update(known, ["met_on", "reopened_on", "reopened_because"])
        ended, told = _end_waits(pilots, readiness, by=by)
        insert_rows(Event, events + told)
    return len(changed) + ended


def _end_waits(
    pilots: Sequence[Pilot], readiness: Mapping[int, Readiness], *, by: By
) -> tuple[int, list[dict[str, Any]]]:
    """End the waits of what is met, waived or asked no longer; return how many, and their events.

    Of an ended pilot nothing is asked any longer.
    """
    known = {pilot.pk: pilot for pilot in pilots}
    over, told = [], []
    for row in Waiting.objects.open().filter(pilot__in=list(known)).order_by("pk"):
        pilot, standing = known[row.pilot_id], readiness[row.pilot_id].of(row.requirement)
        if standing is not None and not (standing.state.lets_pass or pilot.is_ended):
            continue
        row.until = max(row.since, by.today(pilot.program))
        over.append(row)
        before = {"requirement": row.requirement, "waits_for": row.on_role, "since": row.since.isoformat()}
        if standing is not None:
            before["title"] = standing.requirement.title
        verb = "requirement.waits_no_longer"
        told.append(event_row(verb, by=by, program=pilot.program, pilot=pilot, before=before))
    if over:
        update_rows(Waiting, over, ["until"])
    return len(over), told


def _found(readiness: Readiness) -> Iterable[_Found]:
    """Return what is so now. Met is met from the day it is noticed, whatever day the evidence is dated."""
    for standing in readiness.standings:
        # Evidence tells its own story; what the record shows by itself is told here.
        is_computed, is_met = standing.requirement.is_computed, standing.state.is_met
        yield _Found(
            standing.code, standing.requirement.title, is_met, is_computed, is_told=is_computed or not is_met
        )
    for gate in readiness.gates.values():
        is_met = bool(gate.standings) and gate.state.is_met
        yield _Found(gate.gate.value, gate.gate.label, is_met, is_computed=False, is_told=True)


def _noted(row: RequirementState, found: _Found, today: date) -> RequirementState:
    row.requirement = found.code
    if found.is_met:
        row.met_on, row.reopened_on, row.reopened_because = today, None, ""
    else:
        row.met_on, row.reopened_on, row.reopened_because = None, today, STALE
    return row


def _columns(row: RequirementState) -> dict[str, Any]:
    return {
        "pilot_id": row.pilot_id,
        "requirement": row.requirement,
        "met_on": row.met_on,
        "reopened_on": row.reopened_on,
        "reopened_because": row.reopened_because,
    }


def _event(pilot: Pilot, found: _Found, *, by: By) -> dict[str, Any]:
    if found.code.startswith("G") and found.code[1:].isdigit():
        verb = "gate.met" if found.is_met else "gate.reopened"
        return event_row(verb, by=by, program=pilot.program, pilot=pilot, after={"gate": found.code})
    verb = "requirement.met" if found.is_met else "requirement.reopened"
    after = {"requirement": found.code, "title": found.title}
    return event_row(verb, by=by, program=pilot.program, pilot=pilot, after=after)
