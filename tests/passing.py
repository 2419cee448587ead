"""Lets pilots pass the gates in tests that are about something else."""

from datetime import timedelta

from pilots.access.models import Source
from pilots.actions.by import By
from pilots.actions.waiver import NewWaiver, waive
from pilots.lifecycle import THIRTY_DAYS
from pilots.models import Phase, Pilot
from pilots.playbook import GATES_BEFORE
from pilots.readiness import readiness_of
from tests.conftest import NOW, TODAY

ALL_GATES = tuple(gate.value for gates in GATES_BEFORE.values() for gate in gates)


def waive_gates(pilot: Pilot, *subjects: str) -> None:
    """Waive these gates, or all that a move meets, and the thirty days before production."""
    for subject in subjects or (*ALL_GATES, THIRTY_DAYS):
        waive(
            NewWaiver(
                pilot=pilot,
                subject=subject,
                reason="Not what this is about.",
                until=TODAY + timedelta(days=30),
            ),
            by=By(user=None, at=NOW, source=Source.COMMAND),
        )


def settle_phase(phase: Phase) -> None:
    """Waive every exit criterion of a phase, and ask for none of its milestones."""
    pilot = Pilot.objects.select_related("program").get(plans__phases=phase)
    readiness = readiness_of([pilot], at=NOW)[pilot.pk]
    waive_gates(pilot, *[missing.code for missing in readiness.missing_in(phase.code)])
    phase.milestones.update(is_required=False)
