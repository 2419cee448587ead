"""Makes the plan of a pilot, makes it anew, and closes its phases. An old plan is never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pilots.access.models import Movement
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.phases import find_phases_again
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Phase, Pilot, Plan
from pilots.plans import Template, phases_of, template_for

# Beyond these a first day is a slip of the pen. Day 1 of a plan somebody states may lie well back.
FURTHEST_BACK, FURTHEST_AHEAD = timedelta(days=3 * 366), timedelta(days=366)
PLANNED = (Stage.TRANSITION, Stage.LIMITED)
AGAIN = f"It came to “{Stage.TRANSITION.label}” again."


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """Somebody asks for a plan.

    `start` is None for today, `template` for the one that fits how it is built.
    """

    pilot: Pilot
    start: date | None = None
    template: Template | None = None
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ClosePhase:
    """Somebody says that a phase is over. `finished_on` is None for today."""

    phase: Phase
    note: str
    finished_on: date | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReopenPhase:
    phase: Phase
    reason: str
    version: int | None = None


# --- Plans -------------------------------------------------------------------------


def make_plan(new: NewPlan, *, by: By) -> Plan:
    return make_plans([new], by=by)[0]


def make_plans(plans: Sequence[NewPlan], *, by: By) -> list[Plan]:
    """Make the first plan of each pilot, or the next one in place of what it had, or none of them."""
    versions = {new.pilot.pk: new.version for new in plans if new.version is not None}
    with changing([new.pilot for new in plans], deed=Deed.PLAN, by=by, versions=versions) as change:
        live = _live_plans(change.pilots)
        for new in plans:
            pilot = change.pilots[new.pilot.pk]
            _check_plan(new, pilot, live.get(pilot.pk), today=by.today(pilot.program))
        return _write(change, plans, live)


def begin_plans(change: Change, starts: dict[int, date]) -> None:
    """Make a plan for each pilot that just came to its 90 days; `starts` is day 1 by pilot id."""
    if starts:
        live = _live_plans(starts)
        plans = [
            NewPlan(pilot=change.pilots[pk], start=start, reason=AGAIN if pk in live else "")
            for pk, start in starts.items()
        ]
        _write(change, plans, live)


def _live_plans(ids: Iterable[int]) -> dict[int, Plan]:
    return {plan.pilot_id: plan for plan in Plan.objects.live().filter(pilot__in=list(ids)).order_by("pk")}


def _check_plan(new: NewPlan, pilot: Pilot, live: Plan | None, *, today: date) -> None:
    refuse_unstorable({"reason": new.reason})
    reasons = []
    if pilot.at_stage not in PLANNED:
        sentence = (
            f"It is at “{pilot.at_stage.label}”. A plan is made while it is at "
            f"“{PLANNED[0].label}” or “{PLANNED[1].label}”; move it there first."
        )
        reasons.append(Reason(sentence, "", "stage"))
    if live is not None and not new.reason.strip():
        reasons.append(
            Reason("Say why it is planned anew: the old plan stays to be seen.", "reason", "reason")
        )
    if new.start and not today - FURTHEST_BACK <= new.start <= today + FURTHEST_AHEAD:
        sentence = (
            f"{Day(new.start)} is too far away for day 1. Choose a day of the last three years or the next."
        )
        reasons.append(Reason(sentence, "start", "far"))
    if reasons:
        raise Refused(reasons)


def _write(change: Change, plans: Sequence[NewPlan], live: dict[int, Plan]) -> list[Plan]:
    """Put the new plans in place of the live ones, in a few statements for any number of pilots."""
    by = change.by
    old = [live[new.pilot.pk] for new in plans if new.pilot.pk in live]
    Plan.objects.filter(pk__in=[plan.pk for plan in old]).update(replaced_at=by.at)
    made = Plan.objects.bulk_create(
        [_plan(new, change.pilots[new.pilot.pk], live.get(new.pilot.pk), by=by) for new in plans]
    )
    phases = [
        Phase(plan=plan, number=part.number, title=part.title, planned_start=part.start, planned_end=part.end)
        for plan in made
        for part in phases_of(Template(plan.template), plan.start)
    ]
    Phase.objects.bulk_create(phases, batch_size=1000)
    find_phases_again(plan.pilot_id for plan in made)
    for plan in made:
        before = live.get(plan.pilot_id)
        change.record(
            change.pilots[plan.pilot_id],
            "plan.replaced" if before else "plan.made",
            before=_told(before) if before else None,
            after=_told(plan),
            reason=plan.reason,
        )
    return made


def _plan(new: NewPlan, pilot: Pilot, live: Plan | None, *, by: By) -> Plan:
    return Plan(
        pilot=pilot,
        number=live.number + 1 if live else 1,
        template=(new.template or template_for(pilot.how_built, pilot.risk)).value,
        start=new.start or by.today(pilot.program),
        reason=new.reason.strip(),
        made_at=by.at,
        made_by=by.user,
    )


def _told(plan: Plan) -> dict[str, Any]:
    return {"plan": plan.number, "start": plan.start.isoformat(), "template": plan.template}


# --- Phases ------------------------------------------------------------------------


def close_phase(close: ClosePhase, *, by: By) -> Phase:
    """Record that a phase is over, when, and what was there; it counts as movement."""
    pilot = close.phase.plan.pilot
    versions = {pilot.pk: close.version} if close.version is not None else None
    with changing([pilot], deed=Deed.PLAN, by=by, versions=versions) as change:
        now = change.pilots[pilot.pk]
        phase = _again(close.phase)
        today = by.today(now.program)
        finished_on = close.finished_on or today
        _check_closing(close, phase, now, finished_on, today=today)
        phase.finished_on, phase.finished_by, phase.note = finished_on, by.user, close.note.strip()
        phase.save(update_fields=["finished_on", "finished_by", "note"])
        change.record(
            now,
            "phase.closed",
            after={**_named(phase), "finished_on": finished_on.isoformat()},
            reason=phase.note,
            movement=Movement.MOVED,
        )
    return phase


def _check_closing(close: ClosePhase, phase: Phase, pilot: Pilot, finished_on: date, *, today: date) -> None:
    refuse_unstorable({"note": close.note})
    _refuse_replaced(phase)
    reasons = []
    first = Phase.objects.filter(plan=phase.plan, finished_on__isnull=True).order_by("number").first()
    if pilot.is_ended:
        sentence = f"It is {pilot.at_stage.label.lower()}, so its plan is not followed any longer."
        reasons.append(Reason(sentence, "", "ended"))
    if phase.finished_on is not None:
        reasons.append(Reason(f"{_title(phase)} was closed on {Day(phase.finished_on)}.", "", "closed"))
    elif first is not None and first.number < phase.number:
        reasons.append(Reason(f"{_title(first)} is still open. Close it first.", "", "order"))
    if not close.note.strip():
        reasons.append(Reason("Say what is there now: two lines or a link.", "note", "note"))
    if finished_on > today:
        reasons.append(Reason(f"{Day(finished_on)} has not come yet.", "finished_on", "future"))
    elif finished_on < phase.plan.start:
        sentence = f"The plan begins on {Day(phase.plan.start)}. Write that day or a later one."
        reasons.append(Reason(sentence, "finished_on", "before-plan"))
    if reasons:
        raise Refused(reasons)


def reopen_phase(reopen: ReopenPhase, *, by: By) -> Phase:
    """Take back that a phase was closed; what was said then stays in the events."""
    pilot = reopen.phase.plan.pilot
    versions = {pilot.pk: reopen.version} if reopen.version is not None else None
    with changing([pilot], deed=Deed.PLAN, by=by, versions=versions) as change:
        phase = _again(reopen.phase)
        _check_reopening(reopen, phase)
        before = {**_named(phase), "finished_on": str(phase.finished_on), "note": phase.note}
        phase.finished_on, phase.finished_by, phase.note = None, None, ""
        phase.save(update_fields=["finished_on", "finished_by", "note"])
        change.record(
            change.pilots[pilot.pk],
            "phase.reopened",
            before=before,
            after=_named(phase),
            reason=reopen.reason.strip(),
        )
    return phase


def _check_reopening(reopen: ReopenPhase, phase: Phase) -> None:
    refuse_unstorable({"reason": reopen.reason})
    _refuse_replaced(phase)
    reasons = []
    closed = Phase.objects.filter(plan=phase.plan, finished_on__isnull=False).order_by("-number").first()
    if phase.finished_on is None:
        reasons.append(Reason(f"{_title(phase)} is open already.", "", "open"))
    elif closed is not None and closed.number > phase.number:
        reasons.append(Reason(f"{_title(closed)} was closed after it. Reopen that one first.", "", "order"))
    if not reopen.reason.strip():
        reasons.append(Reason("Say why it is open again.", "reason", "reason"))
    if reasons:
        raise Refused(reasons)


def _again(phase: Phase) -> Phase:
    """Read a phase once more, now that its pilot is locked."""
    return Phase.objects.select_related("plan").get(pk=phase.pk)


def _refuse_replaced(phase: Phase) -> None:
    if phase.plan.replaced_at is not None:
        sentence = f"Plan {phase.plan.number} was replaced by a newer one. Load the page again."
        raise Refused.because(sentence, code="replaced")


def _title(phase: Phase) -> str:
    return f"Phase {phase.number}, {phase.title},"


def _named(phase: Phase) -> dict[str, Any]:
    return {"plan": phase.plan.number, "phase": phase.number, "title": phase.title}
