"""Pilots of which nobody has spoken since a register named them: open until that day, as far as is known."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pilots.actions.log import NewLine, check_in
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import LogKind, Pilot
from pilots.models.cohort import Cohort
from pilots.models.register import RegisterEntry
from portfolio.flow.lives import End
from portfolio.pace.lives import inside, read_lives
from portfolio.pace.scopes import read_scopes
from portfolio.pace.sections.silent import silent_points
from portfolio.pace.silence import Silence, count_silence, is_silent
from portfolio.pace.stays import read_stays
from tests.conftest import TODAY

BEGUN, NAMED = date(2026, 1, 1), date(2026, 3, 2)
NOW, THEN = Cohort(today=TODAY), Cohort(today=TODAY, as_of=TODAY)
KNOWN, WHOLE = (NAMED - BEGUN).days, (TODAY - BEGUN).days


@pytest.fixture
def named(make_pilot):
    """Log a pilot that a register names."""

    def make(name, **fields):
        pilot = make_pilot(name, since=BEGUN, **fields)
        RegisterEntry.objects.create(
            pilot=pilot, register="list", reference=name, family="f", digest="d", as_of=NAMED, values={}
        )
        return pilot

    return make


@pytest.fixture
def three(named, make_pilot, by_system):
    """One that only a register names, one of which somebody spoke since, one that no register names."""
    silent, spoken = named("Silent"), named("Spoken of")
    check_in(NewLine(pilot=spoken, kind=LogKind.CHECK_IN, text="Going well."), by=by_system)
    make_pilot("Logged here", since=BEGUN)
    return silent


@pytest.mark.parametrize("cohort", [NOW, THEN], ids=["today", "history"])
def test_lives_and_stays_of_silent_pilots_end_with_their_register(three, cohort):
    lives = read_lives(Pilot.objects.all(), cohort)
    stays = {stay.pilot_id: stay.days(TODAY) for stay in read_stays(Pilot.objects.all(), cohort)}

    assert lives.counts == Counter({(KNOWN, End.OPEN): 1, (WHOLE, End.OPEN): 2})
    assert (lives.lost, lives.open_ages) == ({KNOWN: 1}, [WHOLE, WHOLE])
    assert sorted(stays.values()) == [KNOWN, WHOLE, WHOLE]
    assert stays[three.pk] == KNOWN


def test_before_its_register_a_pilot_was_open(three, by_system):
    earlier = replace(NOW, as_of=date(2026, 2, 1))

    assert read_lives(Pilot.objects.all(), earlier).lost == {}


def test_a_word_spoken_after_the_moment_was_not_known_then(three):
    before = Pilot.objects.filter(is_silent(replace(NOW, known_at=datetime(2020, 1, 1, tzinfo=UTC))))

    assert before.count() == 3
    assert count_silence(inside(Pilot.objects.all(), NOW), NOW) == Silence(1, NAMED)


def test_silent_pilots_are_not_waited_for(three, program):
    scope = read_scopes(Pilot.objects.all(), NOW)[program.pk]

    assert (scope.total, sorted(scope.ages.values())) == (3, [WHOLE, WHOLE])


def test_an_end_that_a_register_told_is_an_end(named, by_system):
    named("Stopped", stage=Stage.STOPPED)

    assert read_lives(Pilot.objects.all(), NOW).lost == {}


def test_page_says_of_how_many_nobody_has_spoken(three, reading, today):
    (said,) = silent_points(reading())
    assert said == (
        f"Of one open pilot nobody has spoken here since a register named it on {Day(NAMED)}; "
        "it is followed to that day and no further."
    )
    assert silent_points(reading("as_of=2026-03-02")) == []
