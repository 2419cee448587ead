"""The days on which a clock turns: at midnight of the program, and later by what paused it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from pilots.access.models import Program, Source
from pilots.actions.account import create_programs
from pilots.actions.by import By
from pilots.actions.calendar import NewFreeze, add_freeze
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.judge import scan
from pilots.actions.pilot import NewPilot, log_pilot
from pilots.calendar import Day
from pilots.facts import facts_today
from pilots.lifecycle import Stage
from pilots.models import Flag, Pilot
from tests.pilots.rules.test_time import severity

PROVEN_ON = date(2026, 8, 20)
LOGGED = datetime(2026, 8, 20, 8, tzinfo=UTC)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(8), tzinfo=UTC)


def by_on(day: date) -> By:
    return By(user=None, at=morning(day), source=Source.COMMAND)


@pytest.fixture
def proven(program):
    new = NewPilot(program=program, name="A", problem="B", stage=Stage.PROVEN, since=Day(PROVEN_ON))
    return log_pilot(new, by=By(user=None, at=LOGGED, source=Source.COMMAND))


def told_on(count: int) -> str | None:
    """Return what R-01 says so many days after it was proven, as all is known then."""
    day = PROVEN_ON + timedelta(days=count)
    [found] = facts_today(Pilot.objects.all(), at=morning(day))
    return severity("R-01", found, day)


def test_limit_waits_for_the_days_of_a_hold(proven):
    begun, over = PROVEN_ON + timedelta(days=20), PROVEN_ON + timedelta(days=31)
    hold = NewHold(pilot=proven, reason="Storm", agreed_by="M.", review_on=over)
    hold_pilot(hold, by=by_on(begun))
    resume_pilot(Resume(pilot=proven), by=by_on(over))

    assert [told_on(count) for count in (90, 90 + 10, 90 + 11)] == [None, None, "warning"]


def test_limit_waits_for_the_days_of_a_freeze(proven):
    first, last = PROVEN_ON + timedelta(days=40), PROVEN_ON + timedelta(days=46)
    freeze = NewFreeze(program=proven.program, first_on=first, last_on=last, reason="Fair")
    add_freeze(freeze, by=by_on(PROVEN_ON + timedelta(days=1)))

    assert [told_on(count) for count in (90, 90 + 6, 90 + 7)] == [None, None, "warning"]


@pytest.mark.parametrize(
    ("zone", "minute_before"),
    [
        ("UTC", datetime(2026, 11, 18, 23, 59, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 11, 18, 10, 59, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 19, 7, 59, tzinfo=UTC)),
    ],
)
def test_flag_opens_at_midnight_of_the_program(db, by_system, zone, minute_before):
    named = Program(name="Far AI", slug="far", prefix="FAR", zone=zone)
    program = create_programs([named], by=by_system)[0]
    new = NewPilot(program=program, name="A", problem="B", stage=Stage.IDEA, decide_by=date(2026, 11, 18))
    log_pilot(new, by=By(user=None, at=datetime(2026, 9, 1, 8, tzinfo=UTC), source=Source.COMMAND))
    found = []

    for at in (minute_before, minute_before + timedelta(minutes=1)):
        scan(at=at)
        found.append([flag.rule_key for flag in Flag.objects.open()])

    assert found == [[], ["R-79"]]
