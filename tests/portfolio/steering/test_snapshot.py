"""What a pack reads is of one moment, and nobody waits for it to be read. On the engine the suite runs on."""

import pytest

from pilots.models import Pilot
from portfolio.steering.snapshot import one_moment
from tests.pilots.test_concurrency import at_once


@pytest.mark.django_db(transaction=True)
def test_one_moment_is_what_its_first_query_saw_while_others_write(make_pilot):
    make_pilot("First")
    with one_moment():
        assert Pilot.objects.count() == 1
        [second] = at_once(lambda: make_pilot("Second"))
        assert isinstance(second, Pilot), second
        assert Pilot.objects.count() == 1
    assert Pilot.objects.count() == 2
