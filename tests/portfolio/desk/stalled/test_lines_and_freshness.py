from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Role
from pilots.actions.account import add_member
from pilots.actions.owner import Contact
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Flag, Heartbeat, Pilot, ProgramLine
from pilots.rules import RULES
from pilots.rules.registry import Severity
from portfolio.desk.stalled.beside import Link, how_many
from tests.conftest import NOW, TODAY
from tests.portfolio.desk.stalled.reading import PAGE, TOMORROW, groups, names

# --- Program lines ------------------------------------------------------------------------------


@pytest.fixture
def shared(make_pilot, make_flag, program, other_program, manager, by_system):
    """Two programs with a line for R-08 each: two of ten here, one of twelve there; one stands alone."""
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    for where, hit, eligible in ((program, 2, 10), (other_program, 1, 12)):
        for number in range(hit):
            make_flag(make_pilot(f"{where.prefix} {number}", program=where), rule="R-08", is_widespread=True)
        ProgramLine.objects.create(program=where, rule="R-08", eligible=eligible, hit=hit, counted_at=NOW)
    make_flag(make_pilot("By itself"), rule="R-08", health="stalled")


def test_lines_are_summed_over_the_programs_a_reader_sees_and_open_their_pilots(client, shared, viewer):
    line = client.get(PAGE).context["page"].lines[0]
    listing = client.get(line.url).context["listing"]
    client.force_login(viewer)
    to_viewer = client.get(PAGE).context["page"].lines[0]

    assert (line.hit, line.eligible, line.where) == (3, 22, "Claims AI and Finance AI")
    assert line.title == f"{RULES.get('R-08').shared(3, 22)}: fix it once"
    assert sorted(row.pilot.name for row in listing.rows) == ["CLM 0", "CLM 1", "FIN 0"]
    assert (to_viewer.hit, to_viewer.eligible, to_viewer.where) == (2, 10, "Claims AI")


def test_line_of_one_program_stays_in_it(client, shared):
    line = client.get(PAGE, {"program": "finance"}).context["page"].lines[0]

    assert (line.hit, line.eligible) == (1, 12)
    assert len(client.get(line.url).context["listing"].rows) == 1


def test_line_whose_pilots_have_all_recovered_is_gone(client, shared):
    Flag.objects.filter(is_widespread=True).update(closed_at=NOW)

    assert client.get(PAGE).context["page"].lines == []


# --- How fresh --------------------------------------------------------------------------------------


def test_it_says_as_of_when_and_when_that_is_too_long_ago(client, stuck):
    stuck()
    never = client.get(PAGE).content.decode()
    Heartbeat.objects.create(job="rules", beat_at=NOW - timedelta(hours=2))
    fresh = client.get(PAGE).content.decode()
    Heartbeat.objects.update(beat_at=NOW - timedelta(hours=2, seconds=1))
    late = client.get(PAGE).content.decode()
    Heartbeat.objects.update(beat_at=NOW - timedelta(days=3))
    dead = client.get(PAGE).content.decode()

    assert "has not run to its end yet" in never
    assert "Flags as of Wed 18 Nov 2026, 07:00" in fresh
    assert "notice warn" not in fresh
    assert "The rules last looked 2 hours ago" in late
    assert "The rules last looked 3 days ago" in dead


def test_nothing_stalled_says_as_of_when_and_of_how_many(client, make_pilot):
    make_pilot("Well")
    Pilot.objects.update(health="on_track", quiet_until=None)
    unseen = client.get(PAGE).content.decode()
    Heartbeat.objects.create(job="rules", beat_at=NOW)
    seen = client.get(PAGE).content.decode()

    assert "Nobody has looked yet: the rules have not run" in unseen
    assert "Your only active pilot that counts is not stalled or blocked" in seen
    assert "as of Wed 18 Nov 2026, 09:00" in seen


def test_no_word_of_all_well_while_pilots_are_quiet_not_known_or_new(client, make_pilot, by_system):
    Heartbeat.objects.create(job="rules", beat_at=NOW - timedelta(hours=1))
    before = replace(by_system, at=NOW - timedelta(days=30))
    for name in ("Quiet", "Quiet too", "Unknown", "Well", "Ended", "Hidden"):
        make_pilot(name, by=before)
    make_pilot("New")
    Pilot.objects.update(health="on_track", quiet_until=TODAY - timedelta(days=1))
    Pilot.objects.filter(name="Quiet").update(quiet_until=TODAY)
    Pilot.objects.filter(name="Quiet too").update(quiet_until=date(2026, 12, 4))
    Pilot.objects.filter(name="Unknown").update(health="not_known")
    Pilot.objects.filter(name="Ended").update(health="not_known", stage="stopped")
    Pilot.objects.filter(name="Hidden").update(health="not_known", is_confidential=True)

    content = client.get(PAGE).content.decode()

    assert (
        "Two pilots came here lately; nothing is judged before Thu 19 Nov. One pilot is not known. "
        "One pilot has come since the rules last looked. None of the others"
    ) in content
    assert "Nothing is known to be stalled" in content
    assert 'href="/stalled/?show=not_known"' in content
    assert 'data-icon="check"' not in content


def test_pilots_that_are_only_quiet_are_led_to_as_the_active_ones(client, make_pilot):
    make_pilot("Quiet")
    Pilot.objects.update(health="on_track", quiet_until=TODAY)

    page = client.get(PAGE).context["page"]

    assert page.unjudged_said == "One pilot came here lately; nothing is judged before Thu 19 Nov."
    assert page.not_known_url == "/pilots/?state=active"
    Heartbeat.objects.create(job="rules", beat_at=NOW)
    assert "None of the others" not in client.get(PAGE).content.decode()


def test_no_active_pilot_is_said_without_a_zero(client, make_pilot, stranger):
    make_pilot("Ended", stage=Stage.STOPPED)

    response = client.get(PAGE)
    client.force_login(stranger)
    to_stranger = client.get(PAGE)

    assert response.context["page"].sentence == "No pilot is active."
    assert "Nothing is stalled" not in response.content.decode()
    assert to_stranger.context["page"].sentence == ""


def test_narrowed_list_gives_its_own_count_and_the_whole(client, stuck, program):
    stuck("One")
    stuck("Two", rule="R-10")
    stuck("Three", rule="R-10", health="blocked")

    def said(**query):
        return client.get(PAGE, query).context["page"].sentence

    assert said(rule="R-10") == (
        "By these filters, one stalled and one blocked; in all, three pilots are stalled or blocked."
    )
    assert said(pattern="roi_fog") == (
        "By these filters, none stalled or blocked; in all, three pilots are stalled or blocked."
    )
    assert said(program=program.slug) == said()
    assert said().startswith("Three of 3 active pilots are stalled or blocked")


@pytest.mark.parametrize(
    ("show", "words"),
    [
        ("at_risk", "Nothing is at risk"),
        ("snoozed", "Nothing is snoozed"),
        ("not_known", "Something is known of every pilot"),
    ],
)
def test_each_empty_state_has_its_own_words(client, make_pilot, show, words):
    make_pilot("Well")

    assert words in client.get(PAGE, {"show": show}).content.decode()


def test_stranger_is_told_that_there_is_no_pilot(client, stuck, stranger):
    stuck()
    client.force_login(stranger)

    content = client.get(PAGE).content.decode()

    assert "No pilot here yet" in content
    assert "Stuck" not in content


def test_days_say_what_they_count_and_the_longest_blocked_stands_first(client, stuck, make_pilot):
    stuck("Warned and blocked today", severity=Severity.WARNING, health="blocked")
    make_pilot("Blocked for long")
    stuck("Stalled")
    blocked = Pilot.objects.exclude(name="Stalled")
    blocked.update(health="blocked", blocked_on=TODAY)
    blocked.filter(name="Blocked for long").update(blocked_on=TODAY - timedelta(days=8))
    Pilot.objects.filter(name="Stalled").update(health_since=TODAY - timedelta(days=256))

    response = client.get(PAGE)

    said = {row.pilot.name: (row.days_of, row.days) for row in response.context["page"].rows}
    assert said == {
        "Stalled": ("stalled for", 256),
        "Blocked for long": ("blocked for", 8),
        "Warned and blocked today": ("blocked for", 0),
    }
    assert {title: who for title, _, who in groups(response)}["Blocked"] == [
        "Blocked for long",
        "Warned and blocked today",
    ]
    assert "<small>stalled for</small> <b>256 d</b>" in response.content.decode()


def test_large_numbers_are_told_in_thousands():
    assert (Link("At risk", "", 1986).counted, Link("At risk", "").counted) == ("1,986", "")


def test_rules_to_choose_are_those_that_flag_here_with_counts_and_codes(client, stuck):
    stuck("One")
    stuck("Two", rule="R-10")
    stuck("Three", rule="R-10")

    menu = next(menu for menu in client.get(PAGE).context["page"].menus if menu.label == "Rule")

    assert [(link.note, link.count) for link in menu.links] == [("R-10", 2), ("R-01", 1)]
    assert len(menu.others) == len(RULES) - 2


def test_filters_that_find_nothing_here_lead_to_where_they_do(client, stuck):
    stuck("Warned", health="at_risk", severity=Severity.WARNING)
    Pilot.objects.update(pattern="purgatory")

    content = client.get(PAGE, {"pattern": "purgatory"}).content.decode()

    assert (
        '<a class="link" href="/stalled/?pattern=purgatory&amp;show=at_risk">1 does under “At risk”</a>'
        in content
    )


def test_what_is_so_across_the_portfolio_is_folded_into_a_line(client, stuck):
    for number in range(3):
        stuck(f"Stuck {number}", rule="R-08")
    Pilot.objects.update(quiet_until=None)

    response = client.get(PAGE)
    content = response.content.decode()

    assert '<summary class="link">Across the portfolio: 1 to know</summary>' in content
    [(words, count, url)] = response.context["findings"].found[0].ways
    assert (words, count) == ("Never proven", 3)
    assert len(names(client.get(url))) == 3
    assert response.context["page"].sentence == "Three of 3 active pilots are stalled."


def test_line_says_of_how_many_it_can_judge_at_all(client, shared, make_pilot, program):
    ProgramLine.objects.filter(program=program).update(eligible=2)

    line = client.get(PAGE, {"program": program.slug}).context["page"].lines[0]

    assert line.judged == "It can judge 2 of 3 active pilots there."


# --- Many ---------------------------------------------------------------------------------------------


def test_pages_hold_fifty_and_a_group_says_how_many_it_has(client, stuck, program, manager, by):
    log_pilots([NewPilot(program=program, name=f"Pilot {n}", problem="…") for n in range(60)], by=by)
    for pilot in Pilot.objects.all():
        stuck(pilot=pilot)

    first, second = client.get(PAGE), client.get(PAGE, {"page": "2"})

    assert [len(group[2]) for group in groups(first) + groups(second)] == [50, 10]
    assert groups(second)[0][1] == 60
    assert "60, 10 of them here" in second.content.decode()
    assert "Snooze these 10…" in second.content.decode()
    assert "51–60 of 60, worst and oldest first" in second.content.decode()


@pytest.mark.parametrize("count", [1, 45])
@pytest.mark.parametrize(("show", "queries"), [("stalled", 34), ("snoozed", 34)])
def test_page_costs_the_same_for_any_number_of_pilots(client, stuck, program, by, count, show, queries):
    news = [
        NewPilot(
            program=program,
            name=f"Pilot {n}",
            problem="…",
            stage=Stage.PILOTING,
            since=Day(date(2026, 9, 1)),
            owner=Contact(name=f"Owner {n}"),
        )
        for n in range(count)
    ]
    log_pilots(news, by=by)
    rests = {"snoozed_until": TOMORROW, "snooze_reason": "known"} if show == "snoozed" else {}
    for pilot in Pilot.objects.all():
        stuck(pilot=pilot, **rests)
        stuck(pilot=pilot, rule="R-08", **rests)

    with CaptureQueriesContext(connection) as asked:
        response = client.get(PAGE, {"show": show})

    assert len(names(response)) == count
    assert len(asked) == queries


def test_none_is_stalled_is_not_said_where_nobody_can_say():
    assert how_many(0, 0, active=1, not_known=1) == "Nobody can say how the active pilot is."
    assert how_many(0, 0, active=2481, not_known=2481) == "Nobody can say how the 2,481 active pilots are."
    assert how_many(0, 0, active=9, not_known=8) == (
        "No pilot of 9 active pilots is stalled or blocked; of eight nobody can say how they are."
    )
