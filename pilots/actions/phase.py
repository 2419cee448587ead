"""Begins, closes and reopens the phases of a plan. A phase closes when its exit criteria hold."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pilots.access.models import Movement
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.calendar import Day
from pilots.models import Milestone, Phase, Pilot
from pilots.readiness import readiness_of


@dataclass(frozen=True, kw_only=True)
class StartPhase:
    """Somebody says that work on a phase has begun. `started_on` is None for today."""

    phase: Phase
    started_on: date | None = None
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


# --- Beginning ---------------------------------------------------------------------


def start_phase(start: StartPhase, *, by: By) -> Phase:
    """Record when work on a phase began, where that is not the day after the phase before it."""
    pilot = start.phase.plan.pilot
    versions = {pilot.pk: start.version} if start.version is not None else None
    with changing([pilot], deed=Deed.PLAN, by=by, versions=versions) as change:
        now = change.pilots[pilot.pk]
        phase = _again(start.phase)
        today = by.today(now.program)
        started_on = start.started_on or today
        _check_starting(phase, now, started_on, today=today)
        if phase.started_on != started_on:
            was, phase.started_on = phase.started_on, started_on
            phase.save(update_fields=["started_on"])
            change.record(
                now,
                "phase.started",
                before={"started_on": was.isoformat()} if was else None,
                after={**_named(phase), "started_on": started_on.isoformat()},
            )
    return phase


def _check_starting(phase: Phase, pilot: Pilot, started_on: date, *, today: date) -> None:
    _refuse_replaced(phase)
    reasons = _ended(pilot)
    if started_on > today:
        reasons.append(Reason(f"{Day(started_on)} has not come yet.", "started_on", "future"))
    elif started_on < phase.plan.start:
        sentence = f"The plan begins on {Day(phase.plan.start)}. Write that day or a later one."
        reasons.append(Reason(sentence, "started_on", "before-plan"))
    elif phase.finished_on is not None and started_on > phase.finished_on:
        sentence = f"It was closed on {Day(phase.finished_on)}. Write that day or an earlier one."
        reasons.append(Reason(sentence, "started_on", "after-end"))
    if reasons:
        raise Refused(reasons)


# --- Closing -----------------------------------------------------------------------


def close_phase(close: ClosePhase, *, by: By) -> Phase:
    """Record that a phase is over, when, and what was there; it counts as movement."""
    pilot = close.phase.plan.pilot
    versions = {pilot.pk: close.version} if close.version is not None else None
    with changing([pilot], deed=Deed.PLAN, by=by, versions=versions) as change:
        now = change.pilots[pilot.pk]
        phase = _again(close.phase)
        finished_on = close.finished_on or by.today(now.program)
        _check_closing(close, phase, now, finished_on, by=by)
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


def _check_closing(close: ClosePhase, phase: Phase, pilot: Pilot, finished_on: date, *, by: By) -> None:
    refuse_unstorable({"note": close.note})
    _refuse_replaced(phase)
    reasons = _ended(pilot)
    first = Phase.objects.filter(plan=phase.plan, finished_on__isnull=True).order_by("number").first()
    if phase.finished_on is not None:
        reasons.append(Reason(f"{_title(phase)} was closed on {Day(phase.finished_on)}.", "", "closed"))
    elif first is not None and first.number < phase.number:
        reasons.append(Reason(f"{_title(first)} is still open. Close it first.", "", "order"))
    elif not reasons:
        reasons += open_criteria(phase, pilot, by=by)
    if not close.note.strip():
        reasons.append(Reason("Say what is there now: two lines or a link.", "note", "note"))
    if finished_on > by.today(pilot.program):
        reasons.append(Reason(f"{Day(finished_on)} has not come yet.", "finished_on", "future"))
    elif finished_on < (phase.started_on or phase.plan.start):
        begun = f"It began on {Day(phase.started_on)}" if phase.started_on else ""
        sentence = f"{begun or f'The plan begins on {Day(phase.plan.start)}'}. Write that day or a later one."
        reasons.append(Reason(sentence, "finished_on", "before-plan"))
    if reasons:
        raise Refused(reasons)


def open_criteria(phase: Phase, pilot: Pilot, *, by: By) -> list[Reason]:
    """Return what keeps a phase from being closed: exit criteria neither met nor waived, milestones."""
    found = []
    if phase.code:
        readiness = readiness_of([pilot], at=by.at)[pilot.pk]
        found = [Reason(item.sentence, "", item.code) for item in readiness.missing_in(phase.code)]
    for row in Milestone.objects.waiting().filter(phase=phase, is_required=True).by_day():
        found.append(Reason(f"“{row.title}” is not done, and the phase needs it.", "", f"milestone-{row.pk}"))
    return found


def _ended(pilot: Pilot) -> list[Reason]:
    if not pilot.is_ended:
        return []
    sentence = f"It is {pilot.at_stage.label.lower()}, so its plan is not followed any longer."
    return [Reason(sentence, "", "ended")]


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
