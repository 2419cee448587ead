from datetime import timedelta

import pytest
import time_machine

from pilots.access.permissions import OwnerRole
from pilots.actions.owner import NewOwnership, add_owner
from pilots.models import Owner
from portfolio.outbox.deliver import deliver
from portfolio.outbox.drain import drain_events
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def owner(program) -> Owner:
    return Owner.objects.create(program=program, name="Aoife Byrne", email="aoife@example.com")


@pytest.fixture
def named(owner, make_pilot, by):
    """Name the contact on an ordinary pilot and on a confidential one."""
    ordinary, hidden = make_pilot("Claims triage"), make_pilot("Secret merger", is_confidential=True)
    return [
        add_owner(NewOwnership(pilot=pilot, owner=owner, role=OwnerRole.RUN_OWNER), by=by)
        for pilot in (ordinary, hidden)
    ]


@pytest.fixture
def post(mailoutbox):
    """Do what a ring does with the outbox; return every mail sent so far."""

    def ring(at=NOW):
        drain_events(at)
        deliver(now=lambda: at, budget=timedelta(seconds=30))
        return mailoutbox

    return ring
