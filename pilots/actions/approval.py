"""Approves a gate on what is there now, and takes that back. Nobody approves their own evidence."""

from dataclasses import dataclass

from pilots.access.models import Movement, Role
from pilots.access.permissions import Deed, OwnerRole, Relation
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.approving import asked_roles
from pilots.gates import GateStanding
from pilots.models import Approval, Pilot
from pilots.models.pilot import relations
from pilots.models.readiness import ApprovalQuerySet
from pilots.playbook import Gate
from pilots.readiness import readiness_of

LONGEST_NOTE = 1000
OWN_EVIDENCE = "You brought evidence for this gate yourself, so somebody else has to approve it."


@dataclass(frozen=True, kw_only=True)
class NewApproval:
    """`role` is that under which somebody approves, None for a manager of the program."""

    pilot: Pilot
    gate: Gate
    role: OwnerRole | None = None
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ApprovalTakenBack:
    approval: Approval
    version: int | None = None


def approve_gate(new: NewApproval, *, by: By) -> Approval:
    """Record that somebody who may agrees that a gate is passed, on the evidence there is now.

    Raises `Forbidden` for a role the person has not accepted; `Refused` for what they brought themselves,
    a gate that is not there yet, and a role that the program does not ask.
    """
    versions = {new.pilot.pk: new.version} if new.version is not None else None
    with changing([new.pilot], deed=Deed.APPROVE_GATE, by=by, versions=versions) as change:
        pilot = change.pilots[new.pilot.pk]
        refuse_unstorable({"note": new.note})
        _require_role(new, relations(by.user, [pilot])[pilot.pk])
        gate = readiness_of([pilot], at=by.at)[pilot.pk].gates[new.gate]
        _check(new, pilot, gate, by=by)
        # What an earlier one rested on has changed since: this one takes its place.
        _own(new, by=by).update(revoked_at=by.at, revoked_by=by.user)
        row = Approval.objects.create(
            pilot=pilot,
            gate=new.gate.value,
            role=new.role.value if new.role else "",
            note=new.note.strip(),
            basis=gate.basis,
            approved_by=by.user,
            approved_at=by.at,
        )
        change.record(
            pilot,
            "gate.approved",
            after={"gate": row.gate, "role": row.role},
            reason=row.note,
            movement=Movement.MOVED,
        )
    return row


def _require_role(new: NewApproval, relation: Relation) -> None:
    if relation.is_system:
        return
    if new.role is None and relation.program_role is not Role.MANAGER:
        raise Forbidden("Only a manager of the program approves without a role. Choose yours.")
    if new.role is not None and new.role not in relation.owner_roles:
        raise Forbidden(f"You are not its {new.role.label.lower()}, so you cannot approve as that.")


def _check(new: NewApproval, pilot: Pilot, gate: GateStanding, *, by: By) -> None:
    reasons = []
    if pilot.is_ended:
        sentence = f"It is {pilot.at_stage.label.lower()}, so there is nothing to approve."
        reasons.append(Reason(sentence, "", "ended"))
    if by.user and by.user.pk in gate.brought_by:
        reasons.append(Reason(OWN_EVIDENCE, "", "own-evidence"))
    if any(row.basis == gate.basis for row in _own(new, by=by)):
        reasons.append(Reason("You approved it already.", "", "repeated"))
    else:
        reasons += faults_of_gate(gate) or _faults_of_role(new, gate)
    if len(new.note.strip()) > LONGEST_NOTE:
        reasons.append(Reason(f"Write at most {LONGEST_NOTE:,} characters.", "note", "length"))
    if reasons:
        raise Refused(reasons)


def faults_of_gate(gate: GateStanding) -> list[Reason]:
    """Return why nobody can approve a gate as it stands: something is open, or nobody is asked to."""
    name = f"{gate.gate.value} {gate.gate.label}"
    if gate.open:
        first, rest = gate.open[0].requirement.missing, len(gate.open) - 1
        more = f" And {rest} more." if rest else ""
        sentence = f"{name} is not there yet: {first[:1].lower()}{first[1:]}{more}"
        return [Reason(sentence, "", "not-there")]
    if not gate.lacking:
        asked = "has the approval it needs" if gate.approvals else "is passed on its evidence alone"
        return [Reason(f"{name} {asked}, so nobody has to approve it.", "", "not-asked")]
    return []


def _faults_of_role(new: NewApproval, gate: GateStanding) -> list[Reason]:
    if new.role in asked_roles(gate):
        return []
    wanted = (" or " if gate.any_of else " and ").join(role.label.lower() for role in gate.lacking)
    return [
        Reason(f"For {gate.gate.value} {gate.gate.label} this is asked of {wanted}.", "role", "not-asked")
    ]


def _own(new: NewApproval, *, by: By) -> ApprovalQuerySet:
    """Return the standing approvals that this one repeats or takes the place of."""
    role = new.role.value if new.role else ""
    standing = Approval.objects.standing().filter(pilot=new.pilot, gate=new.gate.value, role=role)
    return standing.filter(approved_by=by.user)


def revoke_approval(taken: ApprovalTakenBack, *, by: By) -> Approval:
    """Take an approval back: whoever gave it can, and a manager."""
    pilot = taken.approval.pilot
    versions = {pilot.pk: taken.version} if taken.version is not None else None
    with changing([pilot], deed=Deed.APPROVE_GATE, by=by, versions=versions) as change:
        row = Approval.objects.get(pk=taken.approval.pk)
        relation = relations(by.user, [pilot])[pilot.pk]
        own = by.user is not None and row.approved_by_id == by.user.pk
        if not (own or relation.is_system or relation.program_role is Role.MANAGER):
            raise Forbidden("Only whoever approved it, or a manager, can take it back.")
        if row.revoked_at is not None:
            raise Refused.because("It was taken back before.", code="revoked")
        row.revoked_at, row.revoked_by = by.at, by.user
        row.save(update_fields=["revoked_at", "revoked_by"])
        before = {"gate": row.gate, "role": row.role}
        change.record(change.pilots[pilot.pk], "gate.approval_revoked", before=before)
    return row
