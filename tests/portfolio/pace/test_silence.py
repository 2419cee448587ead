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
from portfolio.dashboards.lives import inside, read_lives
from portfolio.dashboards.silence import Silence, count_silence, is_silent, silent_days
from portfolio.flow.lives import End
from portfolio.pace.scopes import read_scopes
from portfolio.pace.sections import flow
from portfolio.pace.sections.ends_count import count_runs
from portfolio.pace.sections.ends_words import runs_points
from portfolio.pace.sections.silent import silent_points
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


def test_what_somebody_says_later_changes_nothing_of_what_was_known(three, by_system):
    first = datetime(2026, 4, 1, 9, tzinfo=UTC)
    spoken = Pilot.objects.get(name="Spoken of")
    check_in(
        NewLine(pilot=Pilot.objects.get(name="Logged here"), kind=LogKind.CHECK_IN, text="Well."),
        by=replace(by_system, at=first),
    )
    then = replace(NOW, as_of=date(2026, 6, 1), known_at=datetime(2026, 6, 1, 23, tzinfo=UTC))
    before = (read_lives(Pilot.objects.all(), then), set(Pilot.objects.filter(is_silent(then))))
    assert spoken in before[1]
    assert Pilot.objects.get(name="Logged here") not in before[1]

    for name in ("Logged here", "Spoken of"):
        pilot = Pilot.objects.get(name=name)
        check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Still well."), by=by_system)

    assert (read_lives(Pilot.objects.all(), then), set(Pilot.objects.filter(is_silent(then)))) == before


def test_register_of_a_day_after_the_moment_had_not_spoken(three):
    then = replace(NOW, as_of=TODAY, known_at=datetime(2026, 3, 1, 12, tzinfo=UTC))

    assert silent_days(Pilot.objects.all(), then) == {}
    assert count_silence(inside(Pilot.objects.all(), NOW), then) == Silence()
    assert silent_days(Pilot.objects.all(), replace(then, known_at=datetime(2026, 3, 2, 12, tzinfo=UTC)))


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


def test_flow_calls_months_without_news_what_they_are(named, reading, today):
    named("Silent")
    charts = {chart.code: chart.finding for chart in flow.shown(reading()).charts}

    assert charts["progress"] == f"One is in progress, as far as anybody told by {Day(NAMED)}"
    assert charts["turns"] == f"Nobody has told since {Day(NAMED)} who came in and who left"
    assert flow.shown(reading()).charts[0].points[-1] == (
        f"Of one open pilot nobody has spoken here since a register named it on {Day(NAMED)}; "
        "how far it came since, nobody knows."
    )


def test_flow_says_none_came_where_somebody_tells(three, reading, today):
    charts = {chart.code: chart.finding for chart in flow.shown(reading()).charts}

    assert "none came in and none left" in charts["turns"]
    assert "as far as anybody" not in charts["progress"]


def test_what_runs_is_not_said_to_have_run_on_where_nobody_tells(named, reading, today):
    named("Runs", stage=Stage.PRODUCTION)
    runs = count_runs(reading("entry=production"))

    assert (runs.lives, runs.lost) == (Counter({(KNOWN, End.OPEN): 1}), 1)
    assert runs_points(runs)[2] == (
        "Of one nobody has spoken here since a register named it: it counts as running to that day and no "
        "further."
    )


def test_funnel_says_it_of_what_was_imported(three, executive, client, today):
    client.force_login(executive)
    said = "Of one open pilot nobody has spoken here since a register named it"

    assert said not in client.get("/funnel/").content.decode()
    Pilot.objects.filter(pk=three.pk).update(is_imported=True)
    assert (
        f"{said} on {Day(NAMED)}; how far it came since, nobody knows."
        in client.get("/funnel/").content.decode()
    )
