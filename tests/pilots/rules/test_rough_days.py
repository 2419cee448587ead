"""A day that is known to the month counts as the last it can have been, so it never accuses."""

from datetime import date, timedelta

import pytest

from pilots.actions.pilot import NewPilot, log_pilot
from pilots.calendar import Day, month, quarter
from pilots.facts import facts_today
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.pilots.rules.test_time import severity


@pytest.mark.parametrize(
    ("since", "latest"),
    [
        (Day(date(2026, 1, 10)), date(2026, 1, 10)),
        (month(2026, 1), date(2026, 1, 31)),
        (quarter(2026, 1), date(2026, 3, 31)),
    ],
)
def test_rough_day_counts_from_the_end_of_its_period(program, by_system, since, latest):
    new = NewPilot(program=program, name="A", problem="B", stage=Stage.PROVEN, since=since)
    log_pilot(new, by=by_system)

    [found] = facts_today(Pilot.objects.all())

    assert (found.stage_clock, found.proven_clock) == (latest, latest)
    days = [89, 90, 180]
    assert [severity("R-01", found, latest + timedelta(days=count)) for count in days] == [
        None,
        "warning",
        "critical",
    ]
    assert [severity("R-07", found, latest + timedelta(days=count)) for count in (30, 31)] == [None, "high"]
