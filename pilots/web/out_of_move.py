"""Where what keeps a pilot from a stage can be put right: the ways out, by the code of the refusal."""

from django.urls import reverse
from django.utils import timezone

from pilots.access.models import User
from pilots.access.permissions import Deed, Relation, may
from pilots.approving import approving_roles
from pilots.gates import GateStanding
from pilots.lifecycle import THIRTY_DAYS, Stage
from pilots.models import Pilot
from pilots.playbook import GATES_BEFORE
from pilots.readiness import playbooks_of, readiness_of

Exits = dict[str, list[tuple[str, str]]]


def exits(pilot: Pilot, relation: Relation, to: Stage | None, *, reader: User) -> Exits:
    """Return the words and addresses of the ways out; where gates stand before the stage, as many queries
    as reading them takes.
    """
    people = reverse("pilots:pilot_people", args=[pilot.key])
    history = reverse("pilots:pilot_history", args=[pilot.key])
    waive = reverse("pilots:pilot_waive", args=[pilot.key]) if may(Deed.WAIVE, relation) else ""
    found: Exits = {
        "production-owner": [("Name one", people)],
        "run-owner": [("Name one", people)],
        "on-hold": [("Resume it", reverse("pilots:pilot_resume", args=[pilot.key]))],
        "before-last": [("Correct it", history)],
        "ended": [("See its history", history)],
        THIRTY_DAYS: _waiver(waive, THIRTY_DAYS),
    }
    if to in GATES_BEFORE:
        found |= _of_gates(pilot, relation, waive, reader)
        found["production-owner"] = [("Name one", people)]  # the stage itself needs one: no waiver helps
    return {code: ways for code, ways in found.items() if ways}


def _of_gates(pilot: Pilot, relation: Relation, waive: str, reader: User) -> Exits:
    readiness = reverse("pilots:pilot_readiness", args=[pilot.key])
    codes = playbooks_of([pilot.program_id])[pilot.program_id].requirements
    found = {code: [("Settle it", f"{readiness}#{code}"), *_waiver(waive, code)] for code in codes}
    if may(Deed.APPROVE_GATE, relation):
        gates = readiness_of([pilot], at=timezone.now())[pilot.pk].gates
        for gate, item in gates.items():
            way = _approval(pilot, item, relation, reader)
            found[f"approval-{gate.value}"] = [way, *_waiver(waive, gate.value)]
    return found


def _approval(pilot: Pilot, item: GateStanding, relation: Relation, reader: User) -> tuple[str, str]:
    """Offer the approval to whoever can give it; say beforehand that it is for somebody else."""
    shown = f"{reverse('pilots:pilot_readiness', args=[pilot.key])}#{item.gate.value}"
    if reader.pk in item.brought_by:
        return ("You brought evidence for it, so somebody else approves it", shown)
    if item.open or not approving_roles(item, relation):
        return ("See who approves it", shown)
    return ("Approve…", reverse("pilots:gate_approve", args=[pilot.key, item.gate.value]))


def _waiver(address: str, subject: str) -> list[tuple[str, str]]:
    return [("Waive…", f"{address}?subject={subject}")] if address else []
