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
from pilots.design import RolloutKind
from pilots.facts import facts_today
from pilots.lifecycle import Stage
from pilots.models import Decision, Flag, Pilot, RolloutStep
from pilots.rules import RULES
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


# --- Rules that count from a day of their own -------------------------------------------------

BEGAN_ON = date(2026, 1, 1)


def began(count: int) -> date:
    return BEGAN_ON + timedelta(days=count)


def nothing(pilot):
    """Its stage alone is judged."""


def asked_on_day_10(pilot):
    Decision.objects.create(
        program=pilot.program, pilot=pilot, question="Go on?", asked_at=morning(began(10))
    )


def decided_on_day_5(pilot):
    Decision.objects.create(
        program=pilot.program,
        pilot=pilot,
        question="Go on?",
        asked_at=morning(began(5)),
        decided_at=morning(began(5)),
        decided_on=began(5),
        choice="Yes",
    )


def given_to_more_on_day_10(pilot):
    for number, (kind, share) in enumerate([(RolloutKind.LIMITED, 5), (RolloutKind.EXPANDED, 40)]):
        RolloutStep.objects.create(
            pilot=pilot,
            number=number + 1,
            kind=kind.value,
            share_percent=share,
            starts_on=began(10 * number),
        )


def held_from_day_20_to_31(pilot):
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=began(31)), by=by_on(began(20)))
    resume_pilot(Resume(pilot=pilot), by=by_on(began(31)))


def frozen_from_day_20_to_31(pilot):
    freeze = NewFreeze(program=pilot.program, first_on=began(20), last_on=began(30), reason="Fair")
    add_freeze(freeze, by=by_on(began(1)))


@pytest.mark.parametrize("pause", [held_from_day_20_to_31, frozen_from_day_20_to_31])
@pytest.mark.parametrize(
    ("key", "stage", "furnish", "turns", "before", "after"),
    [
        ("R-07", Stage.PROVEN, nothing, 31, None, "high"),
        ("R-08", Stage.PILOTING, nothing, 91, None, "warning"),
        ("R-16", Stage.PILOTING, asked_on_day_10, 25, None, "high"),
        ("R-62", Stage.LIMITED, given_to_more_on_day_10, 30, "high", None),
        ("R-63", Stage.LIMITED, nothing, 61, None, "high"),
        ("R-63", Stage.LIMITED, decided_on_day_5, 66, None, "high"),
    ],
)
def test_rule_waits_for_eleven_days_of_a_pause(program, pause, key, stage, furnish, turns, before, after):
    logged = By(user=None, at=morning(BEGAN_ON), source=Source.COMMAND)
    new = NewPilot(program=program, name="A", problem="B", stage=stage, since=Day(BEGAN_ON))
    pilot = log_pilot(new, by=logged)
    furnish(pilot)

    def told(count):
        floor = RULES.get(key).floor
        floors = frozenset({floor} if floor else ())
        [found] = facts_today(Pilot.objects.all(), at=morning(began(count)), floors=floors)
        return severity(key, found, began(count))

    assert [told(turns - 1), told(turns)] == [before, after]
    pause(pilot)
    assert [told(turns + 10), told(turns + 11)] == [before, after]


# --- Midnight ---------------------------------------------------------------------------------


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
