from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from pilots.access.models import Source
from pilots.actions.by import By
from portfolio.steering.actions.freeze import NewPack, freeze
from tests.conftest import NOW

MEETING = date(2026, 11, 24)


@pytest.fixture
def clock():
    """Let it be the day of the invented pilots; `clock(days)` goes on from there, at nine."""
    with time_machine.travel(NOW, tick=False) as travel:

        def go(days):
            travel.move_to(NOW + timedelta(days=days))
            return timezone.now()

        yield go


@pytest.fixture
def frozen(manager, clock):
    """Freeze a pack as the manager, now."""

    def make(title="Steering", by=manager, **fields):
        fields.setdefault("meeting_on", MEETING)
        return freeze(NewPack(title=title, **fields), by=acting(by))

    return make


def acting(user):
    return By(user=user, at=timezone.now(), source=Source.WEB)
