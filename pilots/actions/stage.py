"""Moves a pilot from stage to stage, and corrects or takes back what its history says."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from pilots.access.models import Movement
from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.plan import begin_plans
from pilots.calendar import Day, Precision
from pilots.gates import Readiness
from pilots.lifecycle import (
    Candidate,
    Entry,
    Missing,
    Request,
    Stage,
    effective,
    is_back,
    keeps_order,
    missing_for_move,
)
from pilots.models import Hold, Origin, Ownership, Pilot, StageTransition
from pilots.playbook import GATES_BEFORE
from pilots.readiness import readiness_of
from pilots.rows import insert_rows
from pilots.workdays import pauses_of

DECIDE_WITHIN = timedelta(days=90)
# The stages before which the playbook is asked; for production it is the thirty days that can be waived.
GATED = frozenset({*GATES_BEFORE, Stage.PRODUCTION})
LEAD = OwnerRole.PRODUCTION_OWNER.value.replace("_", "-")  # what `lifecycle` calls it where nobody is


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


class MoveRefused(Refused):
    """A move was not made. `lacks` is what stands in its way that no form can give; `noted` says that it is
    written down and blocks the pilot, "" while it does not.
    """

    move: Move
    in_the_way: list[Missing]
    noted: str = ""
    lacks: tuple[Missing, ...] = ()

    @classmethod
    def of(cls, move: Move, missing: Sequence[Missing], candidate: Candidate) -> "MoveRefused":
        own = {LEAD, *(item.code for item in candidate.lacks)}
        refused = cls(Reason(item.sentence, item.field, item.code) for item in missing)
        refused.in_the_way = list(missing)
        refused.move, refused.lacks = move, tuple(item for item in missing if item.code in own)
        return refused


def move_pilot(move: Move, *, by: By) -> Pilot:
    return move_pilots([move], by=by)[0]


def move_pilots(moves: Sequence[Move], *, by: By) -> list[Pilot]:
    """Move each pilot by the rules of `lifecycle`, or none of them.

    Raises `MoveRefused` with everything that is missing, in words.
    """
    versions = {move.pilot.pk: move.version for move in moves if move.version is not None}
    with changing([move.pilot for move in moves], deed=Deed.SEE, by=by, versions=versions) as change:
        roles = _active_roles([move.pilot.pk for move in moves])
        entered = {pilot.pk: pilot.at_stage for pilot in change.pilots.values()}
        last = _last_days(list(change.pilots))
        readiness = _readiness(change, moves)
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
            candidate = _candidate(
                pilot, roles.get(pilot.pk, set()), readiness.get(pilot.pk), to=move.to, today=today
            )
            missing = missing_for_move(candidate, request)
            if missing:
                raise MoveRefused.of(move, missing, candidate)
            rows.append(_transition(pilot, request, after=last.get(pilot.pk), by=by))
        StageTransition.objects.bulk_create(rows)
        for pilot in change.pilots.values():
            change.heard(pilot, Movement.MOVED)
            change.set(pilot, blocked_on=None, blocked_by="", wanted_stage="", wanted_on=None)
        change.apply_history()
        if _end_holds_of_ended(change):
            change.apply_history()
        for row in rows:
            _after_move(change, change.pilots[row.pilot_id], row, frm=entered[row.pilot_id])
        begin_plans(change, _first_days(change, rows))
    return [change.pilots[move.pilot.pk] for move in moves]


def missing_beforehand(pilot: Pilot, to: Stage, *, at: datetime) -> list[Missing]:
    """Return what would keep a pilot from a stage today, whatever reason and evidence were given."""
    return refusal_beforehand(pilot, to, at=at).in_the_way


def refusal_beforehand(pilot: Pilot, to: Stage, *, at: datetime) -> "MoveRefused":
    """Return how a move would be refused today; one without reasons where nothing is in its way."""
    today = pilot.program.today(at)
    request = Request(to=to, happened=Day(today), today=today, reason="given", evidence="given")
    readiness = readiness_of([pilot], at=at)[pilot.pk] if to in GATED else None
    roles = _active_roles([pilot.pk]).get(pilot.pk, set())
    candidate = _candidate(pilot, roles, readiness, to=to, today=today)
    return MoveRefused.of(Move(pilot=pilot, to=to), missing_for_move(candidate, request), candidate)


def _readiness(change: Change, moves: Sequence[Move]) -> dict[int, Readiness]:
    """Return where those pilots stand that ask to pass a gate on their way on."""
    asking = [
        pilot
        for move in moves
        if move.to in GATED and not is_back((pilot := change.pilots[move.pilot.pk]).at_stage, move.to)
    ]
    return readiness_of(asking, at=change.by.at) if asking else {}


def _active_roles(ids: Sequence[int]) -> dict[int, set[OwnerRole]]:
    roles: dict[int, set[OwnerRole]] = {}
    active = Ownership.objects.active().principals().there().filter(pilot__in=ids)
    for pilot_id, role in active.values_list("pilot_id", "role"):
        roles.setdefault(pilot_id, set()).add(OwnerRole(role))
    return roles


def _last_days(ids: Sequence[int]) -> dict[int, date]:
    """Return the `latest_on` of the last row of each history, by pilot id."""
    rows = StageTransition.objects.effective().filter(pilot__in=ids).order_by("pilot_id")
    return dict(rows.values_list("pilot_id").annotate(last=Max("latest_on")))


def _in_production_since(pilot: Pilot) -> Day | None:
    if not pilot.has_reached(Stage.PRODUCTION):
        return None
    rows = StageTransition.objects.effective().in_order()
    row = rows.filter(pilot=pilot, to_stage=Stage.PRODUCTION.value, happened_on__isnull=False).first()
    return row.happened if row else None


def _paused(pilot: Pilot, today: date) -> int:
    return pauses_of(pilot).days(pilot.stage_since, today) if pilot.stage_since else 0


def _candidate(
    pilot: Pilot, roles: set[OwnerRole], readiness: Readiness | None, *, to: Stage, today: date
) -> Candidate:
    return Candidate(
        stage=pilot.at_stage,
        on_hold=pilot.is_on_hold,
        has_production_owner=OwnerRole.PRODUCTION_OWNER in roles,
        has_run_owner=OwnerRole.RUN_OWNER in roles,
        entered=pilot.since,
        in_production_since=_in_production_since(pilot),
        lacks=tuple(readiness.missing_before(to)) if readiness else (),
        paused=_paused(pilot, today) if to is Stage.PRODUCTION else 0,
        waived=frozenset(readiness.passes) if readiness else frozenset(),
    )


def _transition(pilot: Pilot, request: Request, *, after: date | None, by: By) -> StageTransition:
    """Return the row of a move. It comes after what was there, however roughly that is dated."""
    latest_on = min(request.happened.latest, request.today)
    return StageTransition(
        pilot=pilot,
        to_stage=request.to.value,
        happened_on=request.happened.first,
        precision=request.happened.precision.value,
        latest_on=max(latest_on, after or latest_on),
        recorded_at=by.at,
        actor=by.user,
        origin=Origin.MADE.value,
        reason=request.reason.strip(),
        evidence=request.evidence.strip(),
    )


def _end_holds_of_ended(change: Change) -> bool:
    """End the open holds of pilots that have ended; return whether there was one."""
    ended = [pilot for pilot in change.pilots.values() if pilot.is_ended]
    holds = list(Hold.objects.filter(pilot__in=ended, until__isnull=True).select_related("pilot__program"))
    for hold in holds:
        hold.until = max(hold.since, change.by.today(hold.pilot.program))
    Hold.objects.bulk_update(holds, ["until"])
    return bool(holds)


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


def _first_days(change: Change, rows: Sequence[StageTransition]) -> dict[int, date]:
    """Return day 1 of each plan that begins: the day of the move where it is exact, else today."""
    return {
        row.pilot_id: row.happened_on
        if row.happened_on and row.precision == Precision.DAY.value
        else change.by.today(change.pilots[row.pilot_id].program)
        for row in rows
        if row.to_stage == Stage.TRANSITION.value
    }


def past_row(pilot: Pilot, past: Past, *, by: By) -> dict[str, Any]:
    """Return the columns of a row for something stated or imported."""
    return {
        "pilot_id": pilot.pk,
        "to_stage": past.stage.value,
        "happened_on": past.happened.first if past.happened else None,
        "precision": past.happened.precision.value if past.happened else "",
        "latest_on": _latest(past),
        "recorded_at": by.at,
        "actor_id": by.user.pk if by.user else None,
        "origin": past.origin.value,
        "supersedes_id": past.supersedes.pk if past.supersedes else None,
    }


def past_entry(past: Past) -> Entry:
    """Return what a history will say of it once it is stored."""
    return Entry(
        id=None,
        to_stage=past.stage,
        happened=past.happened,
        latest_on=_latest(past),
        supersedes=past.supersedes.pk if past.supersedes else None,
    )


def _latest(past: Past) -> date:
    if past.happened is None:
        return past.latest_on
    return max(min(past.happened.latest, past.latest_on), past.happened.first)


def record_past(
    pasts: Sequence[tuple[Pilot, Sequence[Past]]], *, by: By, batch: uuid.UUID | None = None
) -> list[Pilot]:
    """Add what others say has happened to the history of several pilots; it resets no clock."""
    with changing([pilot for pilot, _ in pasts], deed=Deed.IMPORT, by=by, batch=batch) as change:
        rows = [past_row(change.pilots[pilot.pk], past, by=by) for pilot, items in pasts for past in items]
        before = {pk: pilot.stage for pk, pilot in change.pilots.items()}
        insert_rows(StageTransition, rows)
        change.apply_history()
        if _end_holds_of_ended(change):
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
        history = [item.as_entry() for item in pilot.transitions.order_by("pk")]
        fields = _correcting_fields(correction, pilot, history, by=by)
        _check_correction(correction, history, fields, today=by.today(pilot.program))
        StageTransition.objects.create(**fields)
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


def _check_correction(
    correction: Correction, history: Sequence[Entry], fields: Mapping[str, Any], *, today: date
) -> None:
    row, reasons = correction.transition, []
    counting = effective(history)
    if not correction.reason.strip():
        reasons.append(Reason("Say why the history is corrected.", "reason", "reason"))
    if row.pk not in {entry.id for entry in counting}:
        reasons.append(Reason("This row was corrected before. Correct the newer one.", "", "superseded"))
    elif correction.happened is None and len(counting) == 1:
        sentence = "It is the only row of this history, so it cannot be taken back."
        reasons.append(Reason(sentence, "", "only-row"))
    elif correction.happened and not keeps_order(history, StageTransition(**fields).as_entry()):
        sentence = (
            f"{correction.happened} would change the order of this history. "
            "Write a day between the stages before and after it, or correct those first."
        )
        reasons.append(Reason(sentence, "happened_on", "order"))
    if correction.happened and correction.happened.first > today:
        reasons.append(Reason(f"{correction.happened} has not come yet.", "happened_on", "future"))
    if reasons:
        raise Refused(reasons)


def _correcting_fields(
    correction: Correction, pilot: Pilot, history: Sequence[Entry], *, by: By
) -> dict[str, Any]:
    row, happened = correction.transition, correction.happened
    common = {
        "pilot": pilot,
        "recorded_at": by.at,
        "actor": by.user,
        # A made move stays one; what a register said becomes what a person here states.
        "origin": Origin.MADE.value if row.origin == Origin.MADE.value else Origin.STATED.value,
        "reason": correction.reason.strip(),
    }
    if happened is None:
        return {**common, "to_stage": "", "latest_on": row.latest_on, "voids": row}
    return {
        **common,
        "to_stage": row.to_stage,
        "happened_on": happened.first,
        "precision": happened.precision.value,
        "latest_on": _between(row.pk, happened, history, today=by.today(pilot.program)),
        "evidence": row.evidence,
        "supersedes": row,
    }


def _between(pk: int, happened: Day, history: Sequence[Entry], *, today: date) -> date:
    """Return the last day of a rough date that keeps a row between its neighbours, where there is one."""
    counting = effective(history)
    place = next((number for number, entry in enumerate(counting) if entry.id == pk), 0)
    latest = min(happened.latest, today)
    if place > 0:
        latest = max(latest, counting[place - 1].latest_on)
    if place + 1 < len(counting):
        latest = min(latest, counting[place + 1].latest_on - timedelta(days=1))
    return max(latest, happened.first)
