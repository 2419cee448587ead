"""The facts of past days, worked out in memory: what a single day says, on every day, at the same price."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By, Refused
from pilots.actions.calendar import NewFreeze, add_freeze
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.facts import facts_today
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import LogKind, Pilot
from pilots.replays import Then, facts_on
from tests.conftest import NOW, TODAY

ONE = timedelta(days=1)
FIRST = TODAY - timedelta(days=120)


def on(day: date, hour: int = 9) -> By:
    return By(user=None, at=datetime.combine(day, time(hour), tzinfo=UTC), source=Source.COMMAND)


def _live(pilot: Pilot, chance: Random) -> None:
    """Let something happen to a pilot every few days: words, moves, holds. What is refused did not happen."""
    held = False
    day = FIRST + ONE
    while day < TODAY:
        by = on(day, hour=chance.choice((0, 12, 23)))
        pilot.refresh_from_db()
        try:
            match chance.choice(("word", "move", "back", "hold", "owner")):
                case "word":
                    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="On its way."), by=by)
                case "move":
                    stage = MAIN_PATH[min(MAIN_PATH.index(Stage(pilot.stage)) + 1, 4)]
                    move_pilot(Move(pilot=pilot, to=stage, happened=Day(day), evidence="Measured."), by=by)
                case "back":
                    move_pilot(Move(pilot=pilot, to=Stage.IDEA, happened=Day(day), reason="Anew"), by=by)
                case "hold" if held:
                    resume_pilot(Resume(pilot=pilot), by=by)
                    held = False
                case "hold":
                    review = day + timedelta(days=30)
                    hold_pilot(NewHold(pilot=pilot, reason="x", agreed_by="M.", review_on=review), by=by)
                    held = True
                case _:
                    who = NewOwnership(
                        pilot=pilot, contact=Contact(name="Ines"), role=OwnerRole.PRODUCTION_OWNER
                    )
                    add_owner(who, by=by)
        except Refused:
            pass
        day += timedelta(days=chance.randint(2, 9))


@pytest.fixture
def lived(make_pilot, program, other_program):
    """Five pilots with a past of 120 days each, one of them on the other side of the world."""
    other_program.zone = "Pacific/Auckland"
    other_program.save(update_fields=["zone"])
    for place, stage in enumerate((Stage.IDEA, Stage.PILOTING, Stage.PROVEN, Stage.PROVEN, Stage.TRANSITION)):
        by = on(FIRST + place * ONE)
        pilot = make_pilot(
            f"Pilot {place}",
            stage=stage,
            since=FIRST - timedelta(days=40),
            program=other_program if place == 3 else program,
            by=by,
        )
        if stage is Stage.TRANSITION:
            make_plan(NewPlan(pilot=pilot, start=by.at.date()), by=by)
        _live(pilot, Random(place))
    freeze = NewFreeze(
        program=program,
        first_on=TODAY - timedelta(days=50),
        last_on=TODAY - timedelta(days=38),
        reason="Fair",
    )
    add_freeze(freeze, by=on(TODAY - timedelta(days=60)))


def test_every_day_of_many_says_what_that_day_alone_says(lived):
    pilots = Pilot.objects.all()
    then = Then(pilots, first=FIRST - ONE, last=TODAY)
    days = sorted(Random(7).sample([FIRST + place * ONE for place in range(-1, 120)], 40))

    found = {day: then.on(day) for day in days}

    assert found == {day: facts_on(pilots, day) for day in days}
    assert then.on(days[0]) == found[days[0]]  # also backwards
    assert {fact.stage for facts in found.values() for fact in facts} >= {Stage.IDEA, Stage.PROVEN}
    assert any(fact.plan for facts in found.values() for fact in facts)
    assert any(fact.is_held for facts in found.values() for fact in facts)
    assert {fact.has_production_owner for facts in found.values() for fact in facts} == {True, False}


def test_the_day_it_is_says_what_the_columns_say(lived):
    evening = datetime.combine(TODAY, time(10), tzinfo=UTC)  # the same day in both programs

    assert facts_on(Pilot.objects.all(), TODAY) == facts_today(Pilot.objects.all(), at=evening)


def test_word_counts_on_its_day_in_the_program(make_pilot, other_program):
    other_program.zone = "Pacific/Auckland"
    other_program.save(update_fields=["zone"])
    pilot = make_pilot(program=other_program, since=FIRST, by=on(FIRST))
    day = FIRST + timedelta(days=9)
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Late."), by=on(day, hour=20))

    [before], [after] = (facts_on(Pilot.objects.all(), then) for then in (day, day + ONE))

    assert (before.silence_clock, after.silence_clock) == (FIRST, day + ONE)


def test_days_cost_no_queries_and_pilots_no_more(make_pilot):
    counts = []
    for number in (1, 4):
        while Pilot.objects.count() < number:
            make_pilot(f"Pilot {Pilot.objects.count()}", stage=Stage.TRANSITION, since=FIRST, by=on(FIRST))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            then = Then(Pilot.objects.all(), first=FIRST, last=TODAY, floors=())
            for place in range(120):
                assert len(then.on(FIRST + place * ONE)) == number
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 10


def test_imported_pilot_is_there_from_the_first_day_its_history_tells(make_pilot):
    began = TODAY - timedelta(days=90)
    make_pilot(stage=Stage.PROVEN, since=began)
    pilots = Pilot.objects.all()

    then = Then(pilots, first=began - ONE, last=TODAY, floors=(), from_history=True)

    assert facts_on(pilots, TODAY - ONE) == []
    assert then.on(began - ONE) == []
    [early], [late] = then.on(TODAY - ONE), then.on(TODAY)
    assert (early.here_since, early.proven_clock, early.moved_clock) == (began, began, began)
    assert (early.silence_clock, late.silence_clock) == (None, TODAY)
    assert (early.quiet_until, late.quiet_until) == (None, None)


def test_day_that_was_not_read_is_refused():
    with pytest.raises(ValueError, match="is not between"):
        Then(Pilot.objects.none(), first=FIRST, last=TODAY).on(FIRST - ONE)


def test_nobody_at_all_is_no_fault(db):
    assert Then(Pilot.objects.all(), first=FIRST, last=TODAY).on(NOW.date()) == []
