"""Moves a pilot from stage to stage, and corrects or takes back what its history says."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pilots.access.models import Movement
from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.calendar import Day
from pilots.lifecycle import ENDS, Candidate, Missing, Request, Stage, effective, missing_for_move
from pilots.models import Hold, Origin, Ownership, Pilot, StageTransition

DECIDE_WITHIN = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Move:
    """Somebody asks to move a pilot. `happened` is None for today."""

    pilot: Pilot
    to: Stage
    happened: Day | None = None
    reason: str = ""
    evidence: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Past:
    """Something a register or a person says has happened, outside Headway's rules.

    `latest_on` is the day by which it had happened when `happened` is None: the register's day.
    """

    stage: Stage
    happened: Day | None
    latest_on: date
    origin: Origin
    supersedes: StageTransition | None = None


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A better date for one row of a pilot's history, or None to take the row back."""

    transition: StageTransition
    happened: Day | None
    reason: str
    version: int | None = None


def move_pilot(move: Move, *, by: By) -> Pilot:
    return move_pilots([move], by=by)[0]


def move_pilots(moves: Sequence[Move], *, by: By) -> list[Pilot]:
    """Move each pilot by the rules of `lifecycle`, or none of them.

    Raises `Refused` with everything that is missing, in words.
    """
    versions = {move.pilot.pk: move.version for move in moves if move.version is not None}
    with changing([move.pilot for move in moves], deed=Deed.SEE, by=by, versions=versions) as change:
        roles = _active_roles([move.pilot.pk for move in moves])
        entered = {pilot.pk: pilot.at_stage for pilot in change.pilots.values()}
        rows = []
        for move in moves:
            pilot = change.pilots[move.pilot.pk]
            change.require(Deed.STOP if move.to is Stage.STOPPED else Deed.MOVE, pilot)
            refuse_unstorable({"reason": move.reason, "evidence": move.evidence})
            today = by.today(pilot.program)
            request = Request(
                to=move.to,
                happened=move.happened or Day(today),
                today=today,
                reason=move.reason,
                evidence=move.evidence,
            )
            missing = missing_for_move(_candidate(pilot, roles.get(pilot.pk, set())), request)
            if missing:
                raise Refused.missing(missing)
            rows.append(_transition(pilot, request, by=by))
        StageTransition.objects.bulk_create(rows)
        _end_holds(change, [move for move in moves if move.to in ENDS])
        for pilot in change.pilots.values():
            change.set(pilot, moved_at=by.at)
        change.apply_history()
        for row in rows:
            _after_move(change, change.pilots[row.pilot_id], row, frm=entered[row.pilot_id])
    return [change.pilots[move.pilot.pk] for move in moves]


def missing_beforehand(pilot: Pilot, to: Stage, *, today: date) -> list[Missing]:
    """Return what would keep a pilot from a stage today, whatever reason and evidence were given."""
    request = Request(to=to, happened=Day(today), today=today, reason="given", evidence="given")
    return missing_for_move(_candidate(pilot, _active_roles([pilot.pk]).get(pilot.pk, set())), request)


def _active_roles(ids: Sequence[int]) -> dict[int, set[OwnerRole]]:
    roles: dict[int, set[OwnerRole]] = {}
    active = Ownership.objects.active().filter(pilot__in=ids, owner__is_active=True)
    for pilot_id, role in active.values_list("pilot_id", "role"):
        roles.setdefault(pilot_id, set()).add(OwnerRole(role))
    return roles


def _candidate(pilot: Pilot, roles: set[OwnerRole]) -> Candidate:
    live = pilot.reached_on(Stage.PRODUCTION)
    return Candidate(
        stage=pilot.at_stage,
        on_hold=pilot.is_on_hold,
        has_production_owner=OwnerRole.PRODUCTION_OWNER in roles,
        has_run_owner=OwnerRole.RUN_OWNER in roles,
        entered=pilot.since,
        in_production_since=Day(live) if live else None,
    )


def _transition(pilot: Pilot, request: Request, *, by: By) -> StageTransition:
    return StageTransition(
        pilot=pilot,
        to_stage=request.to.value,
        happened_on=request.happened.first,
        precision=request.happened.precision.value,
        latest_on=min(request.happened.latest, request.today),
        recorded_at=by.at,
        actor=by.user,
        origin=Origin.MADE.value,
        reason=request.reason.strip(),
        evidence=request.evidence.strip(),
    )


def _end_holds(change: Change, endings: Sequence[Move]) -> None:
    """A pilot that ends needs no hold any longer."""
    for move in endings:
        pilot = change.pilots[move.pilot.pk]
        if pilot.held_since:
            until = max(pilot.held_since, change.by.today(pilot.program))
            Hold.objects.filter(pilot=pilot, until__isnull=True).update(until=until)


def _after_move(change: Change, pilot: Pilot, row: StageTransition, *, frm: Stage) -> None:
    change.record(
        pilot,
        "pilot.stopped" if row.to_stage == Stage.STOPPED.value else "pilot.moved",
        before={"stage": frm.value},
        after={"stage": row.to_stage, "happened_on": str(row.happened_on), "precision": row.precision},
        reason=row.reason or row.evidence,
        movement=Movement.MOVED,
    )
    if row.to_stage == Stage.PILOTING.value and pilot.decide_by is None:
        before, after = change.set(pilot, decide_by=change.by.today(pilot.program) + DECIDE_WITHIN)
        change.record(
            pilot, "pilot.edited", before=before, after=after, reason="90 days after piloting began"
        )


def past_row(pilot: Pilot, past: Past, *, by: By) -> StageTransition:
    """Return an unsaved row for something stated or imported."""
    return StageTransition(
        pilot=pilot,
        to_stage=past.stage.value,
        happened_on=past.happened.first if past.happened else None,
        precision=past.happened.precision.value if past.happened else "",
        latest_on=max(min(past.happened.latest, past.latest_on), past.happened.first)
        if past.happened
        else past.latest_on,
        recorded_at=by.at,
        actor=by.user,
        origin=past.origin.value,
        supersedes=past.supersedes,
    )


def record_past(
    pasts: Sequence[tuple[Pilot, Sequence[Past]]], *, by: By, batch: uuid.UUID | None = None
) -> list[Pilot]:
    """Add what others say has happened to the history of several pilots; it resets no clock."""
    with changing([pilot for pilot, _ in pasts], deed=Deed.IMPORT, by=by, batch=batch) as change:
        rows = [past_row(change.pilots[pilot.pk], past, by=by) for pilot, items in pasts for past in items]
        before = {pk: pilot.stage for pk, pilot in change.pilots.items()}
        StageTransition.objects.bulk_create(rows, batch_size=1000)
        change.apply_history()
        for pilot, items in pasts:
            now = change.pilots[pilot.pk]
            change.record(
                now,
                "pilot.history_added",
                before={"stage": before[now.pk]},
                after={
                    "stage": now.stage,
                    "history": [
                        {"stage": past.stage.value, "on": str(past.happened or "not known")} for past in items
                    ],
                },
            )
    return [change.pilots[pilot.pk] for pilot, _ in pasts]


def correct_transition(correction: Correction, *, by: By) -> Pilot:
    """Supersede a row of history with a better date, or void it; the old row stays to be seen."""
    row = correction.transition
    versions = {row.pilot_id: correction.version} if correction.version is not None else None
    with changing([row.pilot], deed=Deed.MOVE, by=by, versions=versions) as change:
        pilot = change.pilots[row.pilot_id]
        refuse_unstorable({"reason": correction.reason})
        history = effective(item.as_entry() for item in pilot.transitions.order_by("pk"))
        _check_correction(correction, {entry.id for entry in history}, today=by.today(pilot.program))
        StageTransition.objects.create(**_correcting_fields(correction, pilot, by=by))
        stage_before = pilot.stage
        change.apply_history()
        change.record(
            pilot,
            "transition.corrected" if correction.happened else "transition.voided",
            before={
                "stage": stage_before,
                "to": row.to_stage,
                "happened_on": str(row.happened or "not known"),
            },
            after={"stage": pilot.stage, "happened_on": str(correction.happened or "taken back")},
            reason=correction.reason.strip(),
        )
    return pilot


def _check_correction(correction: Correction, effective_ids: set[int | None], *, today: date) -> None:
    row, reasons = correction.transition, []
    if not correction.reason.strip():
        reasons.append(Reason("Say why the history is corrected.", "reason", "reason"))
    if row.pk not in effective_ids:
        reasons.append(Reason("This row was corrected before. Correct the newer one.", "", "superseded"))
    elif correction.happened is None and len(effective_ids) == 1:
        reasons.append(
            Reason("It is the only row of this history, so it cannot be taken back.", "", "only-row")
        )
    if correction.happened and correction.happened.first > today:
        reasons.append(Reason(f"{correction.happened} has not come yet.", "happened_on", "future"))
    if reasons:
        raise Refused(reasons)


def _correcting_fields(correction: Correction, pilot: Pilot, *, by: By) -> dict[str, object]:
    row, happened = correction.transition, correction.happened
    common = {
        "pilot": pilot,
        "recorded_at": by.at,
        "actor": by.user,
        "origin": Origin.STATED.value,
        "reason": correction.reason.strip(),
    }
    if happened is None:
        return {**common, "to_stage": "", "latest_on": row.latest_on, "voids": row}
    return {
        **common,
        "to_stage": row.to_stage,
        "happened_on": happened.first,
        "precision": happened.precision.value,
        "latest_on": min(happened.latest, by.today(pilot.program)),
        "evidence": row.evidence,
        "supersedes": row,
    }
