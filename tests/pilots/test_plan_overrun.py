"""R-03 from end to end: a real plan, the facts of today, the rule and its limits."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pilots.access.models import Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.phase import ClosePhase, ReopenPhase, close_phase, reopen_phase
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.facts import facts_today
from pilots.lifecycle import Stage
from pilots.models import Phase, Pilot
from pilots.rules import RULES
from pilots.rules.registry import Look


@pytest.fixture(autouse=True)
def nothing_is_asked(monkeypatch):
    """What a phase has to show before it is closed is proved in test_phase_criteria."""
    monkeypatch.setattr("pilots.actions.phase.open_criteria", lambda phase, pilot, *, by: [])


START = date(2026, 10, 12)  # a Monday; phase 1 ends on Mon 26 Oct, the plan on Sat 9 Jan 2027
RULE = RULES.get("R-03")


def _by(day: date, user=None) -> By:
    return By(user=user, at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC), source=Source.COMMAND)


@pytest.fixture
def planned(make_pilot, by_system):
    """Make a pilot whose plan begins on a day."""

    def make(start: date = START) -> Pilot:
        pilot = make_pilot(stage=Stage.PROVEN, by=_by(date(2026, 9, 2)))
        lead = NewOwnership(pilot=pilot, contact=Contact(name="Tomasz"), role=OwnerRole.PRODUCTION_OWNER)
        add_owner(lead, by=_by(date(2026, 9, 2)))
        return move_pilot(
            Move(pilot=pilot, to=Stage.TRANSITION, happened=Day(start), reason="Go"), by=_by(start)
        )

    return make


def _hit(day: date):
    [facts] = facts_today(Pilot.objects.all(), at=_by(day).at)
    return RULE.judge(facts, Look(day, RULE.default_limits)) if RULE.eligible(facts) else None


def _severity(day: date) -> str | None:
    hit = _hit(day)
    return hit.severity.value if hit else None


def _phase(number: int) -> Phase:
    return Phase.objects.select_related("plan__pilot__program").get(
        number=number, plan__replaced_at__isnull=True
    )


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        pytest.param(date(2026, 10, 26), None, id="its last day"),
        pytest.param(date(2026, 10, 27), None, id="the first day over"),
        pytest.param(date(2026, 10, 29), None, id="the third working day after"),
        pytest.param(date(2026, 10, 30), "warning", id="the day after the grace"),
        pytest.param(date(2026, 11, 2), "warning", id="half its length over"),
        pytest.param(date(2026, 11, 3), "high", id="more than half its length over"),
        pytest.param(date(2027, 1, 9), "high", id="day 90"),
        pytest.param(date(2027, 1, 10), "critical", id="day 91"),
    ],
)
def test_overrun_rises_on_the_exact_days(planned, day, severity):
    planned()

    assert _severity(day) == severity


def test_overrun_names_the_phase_and_its_end(planned):
    planned()

    hit = _hit(date(2026, 11, 3))

    assert (hit.since, hit.crossed_on, hit.limit) == (date(2026, 10, 26), date(2026, 11, 3), "over_percent")
    assert (hit.details["phase"], hit.details["title"], hit.details["end"]) == (
        1,
        "Scope and define",
        "2026-10-26",
    )


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        (date(2026, 11, 2), None),  # Mon, the first working day after
        (date(2026, 11, 4), None),  # Wed, the third
        (date(2026, 11, 5), "warning"),
    ],
)
def test_grace_holds_over_a_weekend(planned, day, severity):
    planned(date(2026, 10, 16))  # phase 1 ends on Fri 30 Oct
    assert _phase(1).planned_end == date(2026, 10, 30)

    assert _severity(day) == severity


def test_days_on_hold_shift_the_ends(planned):
    pilot = planned()
    held = date(2026, 10, 20)
    hold_pilot(
        NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=_by(held)
    )
    assert _severity(date(2027, 3, 1)) is None
    resume_pilot(Resume(pilot=pilot), by=_by(held + timedelta(days=10)))

    [facts] = facts_today(Pilot.objects.all(), at=_by(date(2026, 11, 2)).at)

    assert (facts.plan.open_phase.start, facts.plan.open_phase.end) == (date(2026, 10, 22), date(2026, 11, 5))
    days = [date(2026, 11, 10), date(2026, 11, 11), date(2026, 11, 12), date(2026, 11, 13)]
    assert [_severity(day) for day in days] == [None, "warning", "warning", "high"]
    assert [_severity(day) for day in (date(2027, 1, 19), date(2027, 1, 20))] == ["high", "critical"]


def test_closing_the_phase_clears_it_and_reopening_brings_it_back(planned):
    planned()
    day = date(2026, 11, 3)
    assert _severity(day) == "high"

    close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=_by(day))
    assert _severity(day) is None
    assert _severity(date(2026, 11, 30)) is None
    assert _severity(date(2026, 12, 1)) == "warning"  # phase 2 ended on Wed 25 Nov

    reopen_phase(ReopenPhase(phase=_phase(1), reason="Not done"), by=_by(day))
    assert _severity(day) == "high"


def test_a_new_plan_is_judged_by_its_own_days(planned):
    pilot = planned()

    make_plan(NewPlan(pilot=pilot, start=date(2026, 11, 3), reason="New team"), by=_by(date(2026, 11, 3)))

    assert _severity(date(2026, 11, 20)) is None
    assert _severity(date(2026, 11, 21)) == "warning"


def test_with_every_phase_closed_only_the_whole_plan_is_left(planned):
    planned()
    for number in range(1, 5):
        close_phase(ClosePhase(phase=_phase(number), note="Done."), by=_by(date(2026, 12, 1)))

    assert [_severity(day) for day in (date(2027, 1, 9), date(2027, 1, 10))] == [None, "critical"]
