from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Program, Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.owner import Contact
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Flag, Heartbeat, LogEntry, Owner, Ownership, Pilot, ProgramLine
from pilots.rules import RULES
from pilots.rules.registry import Severity
from portfolio.desk.stalled.beside import Link
from tests.conftest import NOW, TODAY

PAGE = "/stalled/"
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def stuck(make_pilot, make_flag):
    def make(name="Stuck", *, rule="R-01", health="stalled", pilot=None, **fields):
        of = {
            key: fields.pop(key) for key in ("program", "owner", "is_confidential", "stage") if key in fields
        }
        pilot = pilot or make_pilot(name, **of)
        make_flag(pilot, rule=rule, health=health, **fields)
        return pilot

    return make


def names(response) -> list[str]:
    return [row.pilot.name for row in response.context["page"].rows]


def groups(response) -> list[tuple[str, int, list[str]]]:
    return [
        (group.title, group.sum.count, [row.pilot.name for row in group.rows])
        for group in response.context["page"].groups
    ]


def states(response) -> dict[str, int]:
    return {state.words: state.count for state in response.context["page"].states}


# --- What is listed ------------------------------------------------------------------------


def test_patterns_follow_their_worst_then_oldest_and_so_do_their_pilots(client, stuck):
    stuck("No owner", rule="R-10", crossed_on=date(2026, 9, 1))
    stuck("High, old", crossed_on=date(2026, 10, 1))
    stuck("High, new", crossed_on=date(2026, 11, 10))
    stuck("Critical, new", severity=Severity.CRITICAL, crossed_on=date(2026, 11, 17))

    response = client.get(PAGE)

    assert groups(response) == [
        ("Pilot purgatory", 3, ["Critical, new", "High, old", "High, new"]),
        ("Ownership vacuum", 1, ["No owner"]),
    ]
    assert response.context["page"].groups[0].note == "works, but does not move"


def test_row_says_fact_age_severity_next_action_and_who(client, stuck):
    stuck("Sorting", owner=Contact(name="Tomasz"), since=date(2026, 6, 30))
    Pilot.objects.update(quiet_until=None)

    row = client.get(PAGE).context["page"].rows[0]

    assert (row.fact, row.days, row.word, row.next_action, row.who) == (
        "Proven 141 days ago, no go-live (limit 180 days).",
        15,
        "high",
        "Start the 90-day plan with one accountable owner, or decide to stop",
        "Tomasz",
    )


def test_row_stands_for_all_flags_of_its_pilot(client, stuck):
    pilot = stuck("Sorting", crossed_on=date(2026, 11, 1))
    stuck(pilot=pilot, rule="R-08", severity=Severity.CRITICAL)
    stuck(pilot=pilot, rule="R-07", severity=Severity.WARNING)

    response = client.get(PAGE)

    row = response.context["page"].rows[0]
    assert (row.lead.title, row.others) == ("Never proven", 2)
    assert "And 2 more" in response.content.decode()
    flags = "&".join(f"flag={flag.pk}" for flag in row.flags)
    back = "next=%2Fstalled%2F%23pilot-CLM-1&then=last"
    assert row.snooze_url == f"/stalled/flags/snooze/?{flags}&{back}"
    assert row.assign_url == f"/stalled/flags/assign/?{flags}&{back}"


def test_blocked_pilot_says_by_whom_since_when_and_in_whose_words(client, make_pilot, manager):
    pilot = make_pilot("Waits", owner=Contact(name="Tomasz"))
    line = {"pilot": pilot, "kind": "check_in", "author": manager}
    LogEntry.objects.create(**line, going="moving", text="All well", written_at=NOW - timedelta(days=20))
    LogEntry.objects.create(**line, going="blocked", text="No <DPIA> yet", written_at=NOW - timedelta(days=9))
    Pilot.objects.update(health="blocked", blocked_on=date(2026, 11, 9), blocked_by="Legal")

    response = client.get(PAGE)

    row = response.context["page"].rows[0]
    assert groups(response) == [("Blocked", 1, ["Waits"])]
    assert (row.fact, row.days, row.word, row.who, row.snooze_url) == (
        "Said to be blocked by Legal since Mon 9 Nov.",
        9,
        "blocked",
        "Tomasz",
        "",
    )
    assert (row.next_action, row.words, row.words_by) == (
        "Clear what blocks it, then check in",
        "No <DPIA> yet",
        f"{manager}, Mon 9 Nov",
    )
    content = response.content.decode()
    assert "“<bdi>No &lt;DPIA&gt; yet</bdi>”" in content
    assert 'href="/pilots/CLM-1/check-in/">Check in' in content
    assert 'href="/pilots/CLM-1/decisions/new/">Ask for a decision…' in content
    assert response.context["page"].sentence.startswith("The only active pilot is blocked.")


def test_blocked_pilots_stand_under_one_heading_whatever_else_is_flagged(client, stuck, make_pilot):
    stuck("Slow too", severity=Severity.WARNING, health="blocked")
    make_pilot("Only blocked")
    Pilot.objects.update(health="blocked", blocked_on=TODAY)

    response = client.get(PAGE)

    assert groups(response) == [("Blocked", 2, ["Slow too", "Only blocked"])]
    assert [bool(row.snooze_url) for row in response.context["page"].rows] == [True, False]


def test_nobody_answering_for_a_blocked_pilot_leaves_it_to_the_managers(client, make_pilot):
    make_pilot("Waits")
    Pilot.objects.update(health="blocked", blocked_on=TODAY)

    assert client.get(PAGE).context["page"].rows[0].who == "you"


def test_viewer_is_offered_nothing_on_a_blocked_pilot(client, make_pilot, viewer):
    make_pilot("Waits")
    Pilot.objects.update(health="blocked", blocked_on=TODAY)
    client.force_login(viewer)

    row = client.get(PAGE).context["page"].rows[0]

    assert (row.check_in_url, row.ask_url, row.snooze_url) == ("", "", "")


def test_stalled_pilot_that_is_blocked_too_says_both(client, stuck):
    stuck("Sorting")
    Pilot.objects.update(blocked_on=date(2026, 11, 9), blocked_by="Legal")

    response = client.get(PAGE)

    row = response.context["page"].rows[0]
    assert (row.mark, row.lead.title) == ("stalled", "Proven, no users")
    assert row.also_blocked == "Said to be blocked by Legal since Mon 9 Nov."
    assert row.also_blocked in response.content.decode()


def test_one_blocker_of_several_is_named_beside_the_list(client, make_pilot):
    for name in ("One", "Two", "Three"):
        make_pilot(name)
    Pilot.objects.update(health="blocked", blocked_on=TODAY, blocked_by="Legal")
    Pilot.objects.filter(name="Three").update(blocked_by="IT")

    blockers = client.get(PAGE).context["page"].blockers

    assert [(blocker.words, blocker.count) for blocker in blockers] == [("Legal", 2)]


def test_starting_position_is_marked_and_can_be_left_out(client, stuck):
    stuck("From the start", is_starting=True)
    stuck("Since then")

    assert "Starting position</span>" in client.get(PAGE).content.decode()
    assert names(client.get(PAGE, {"starting": "true"})) == ["From the start"]
    assert names(client.get(PAGE, {"starting": "false"})) == ["Since then"]


def test_pilot_in_its_first_days_is_not_known_and_says_until_when(client, stuck):
    stuck("New here", health="not_known")
    Pilot.objects.update(quiet_until=date(2026, 12, 2))

    response = client.get(PAGE, {"show": "not_known"})

    assert response.context["page"].rows[0].fact == (
        "It came here lately and is judged after Wed 2 Dec. Proven 170 days ago, no go-live (limit 180 days)."
    )
    assert names(client.get(PAGE)) == []


def test_pilot_whose_flags_all_rest_says_who_let_them_and_what_is_next(client, stuck, make_pilot, manager):
    rest = {"snoozed_until": TOMORROW, "snooze_reason": "Freeze", "snoozed_by": manager}
    asleep = stuck("Asleep", health="not_known", **rest)
    stuck(pilot=asleep, rule="R-10", health="not_known", **rest)
    make_pilot("Never heard", since=None)
    shared = stuck("Shared", health="not_known", is_widespread=True)
    Pilot.objects.update(quiet_until=None)
    Pilot.objects.filter(pk__in=[asleep.pk, shared.pk]).update(heard_at=NOW)

    response = client.get(PAGE, {"show": "not_known"})

    rows = {row.pilot.name: row for row in response.context["page"].rows}
    assert rows["Asleep"].lead.rest == "Snoozed by Maren until Thu 19 Nov"
    assert rows["Asleep"].reason.startswith("Snoozed by Maren until Thu 19 Nov: Freeze. ")
    assert (rows["Asleep"].others, bool(rows["Asleep"].wake_url)) == (1, True)
    assert rows["Asleep"].next_action != "Ask for a check-in"
    assert "Snoozed by Maren until Thu 19 Nov: “<bdi>Freeze</bdi>”" in response.content.decode()
    assert rows["Never heard"].fact == "Nobody has said a word about it here."
    assert rows["Shared"].fact == "What leaves it open is told once, for its whole program."


def test_states_count_what_they_open(client, stuck, make_pilot):
    stuck("Stalled")
    stuck("Warned", health="at_risk", severity=Severity.WARNING)
    stuck("Asleep", health="on_track", snoozed_until=TOMORROW, snooze_reason="known")
    stuck("Contradicted", health="on_track", disputed_until=TOMORROW, dispute_reason="wrong")
    stuck("Was asleep", snoozed_until=NOW, snooze_reason="known")
    stuck("With many", health="on_track", is_widespread=True, snoozed_until=TOMORROW, snooze_reason="known")
    make_pilot("Unknown", since=None)

    response = client.get(PAGE)

    assert states(response) == {
        "Stalled or blocked": 2,
        "At risk": 1,
        "Snoozed or disputed": 2,
        "Not known": 1,
    }
    opened = {state.words: set(names(client.get(state.url))) for state in response.context["page"].states}
    assert opened == {
        "Stalled or blocked": {"Stalled", "Was asleep"},
        "At risk": {"Warned"},
        "Snoozed or disputed": {"Asleep", "Contradicted"},
        "Not known": {"Unknown"},
    }


def test_what_rests_says_until_when_why_and_by_whom_and_can_be_woken(client, stuck, manager):
    stuck(health="on_track", snoozed_until=TOMORROW, snooze_reason="Freeze <week>", snoozed_by=manager)

    content = client.get(PAGE, {"show": "snoozed"}).content.decode()

    assert "Snoozed by Maren until Thu 19 Nov: “<bdi>Freeze &lt;week&gt;</bdi>”" in content
    assert f'action="/stalled/flags/{Flag.objects.get().pk}/wake/"' in content


def test_confidential_pilots_are_listed_for_who_sees_them_and_in_no_total(client, stuck, viewer):
    stuck("Open")
    stuck("Hidden", is_confidential=True)

    to_manager = client.get(PAGE)
    client.force_login(viewer)
    to_viewer = client.get(PAGE)

    assert set(names(to_manager)) == {"Open", "Hidden"}
    assert states(to_manager)["Stalled or blocked"] == 1
    assert "1 of them is confidential and in no total." in to_manager.content.decode()
    assert names(to_viewer) == ["Open"]
    assert "onfidential" not in to_viewer.content.decode()


def test_confidential_pilots_are_in_no_count_beside_the_list(client, stuck, make_pilot):
    stuck("Open")
    stuck("Hidden", is_confidential=True)
    stuck("Hidden too", is_confidential=True, rule="R-10")
    for name, is_confidential in (("Waits", False), ("Waits unseen", True)):
        pilot = make_pilot(name, is_confidential=is_confidential)
        Pilot.objects.filter(pk=pilot.pk).update(health="blocked", blocked_by="Legal", blocked_on=TODAY)

    response = client.get(PAGE)
    page = response.context["page"]
    assert len(page.rows) == 5
    assert page.sentence.startswith("Two of 2 active pilots are")
    assert {group.title: group.sum.said for group in page.groups} == {
        "Pilot purgatory": "1, and 1 confidential",
        "Ownership vacuum": "1 confidential",
        "Blocked": "1, and 1 confidential",
    }
    assert all(group.is_whole for group in page.groups)
    assert [(link.words, link.count) for link in page.by_rule] == [(RULES.get("R-01").title, 1)]
    assert page.blockers == []
    assert "1, and 1 confidential" in response.content.decode()


def test_sample_is_apart_once_there_is_a_real_pilot_and_there_when_asked_for(
    client, stuck, manager, by_system
):
    sample = Program.objects.create(name="Sample", slug="sample", prefix="SMP", is_sample=True)
    add_member(program=sample, user=manager, role=Role.MANAGER, by=by_system)
    stuck("Invented", program=sample)
    stuck("Real")

    assert names(client.get(PAGE)) == ["Real"]
    assert "1 sample pilot is not listed here." in client.get(PAGE).content.decode()
    chosen = client.get(PAGE, {"program": "sample"})
    assert (names(chosen), states(chosen)["Stalled or blocked"]) == (["Invented"], 1)


# --- Filters ----------------------------------------------------------------------------------


def test_filters_stand_in_the_address_and_narrow_counts_too(client, stuck, make_pilot):
    stuck("Purgatory", owner=Contact(name="Tomasz"))
    stuck("Vacuum", rule="R-10")
    owner = Pilot.objects.get(name="Purgatory").ownerships.get().owner

    assert names(client.get(PAGE, {"pattern": "ownership_vacuum"})) == ["Vacuum"]
    assert names(client.get(PAGE, {"rule": "R-01"})) == ["Purgatory"]
    assert names(client.get(PAGE, {"owner": owner.pk})) == ["Purgatory"]
    narrowed = client.get(PAGE, {"pattern": "ownership_vacuum", "owner": owner.pk})
    assert (names(narrowed), states(narrowed)["Stalled or blocked"]) == ([], 0)
    assert [chip[:2] for chip in narrowed.context["page"].chips] == [
        ("Pattern is", "Ownership vacuum"),
        ("Owner is", "Tomasz"),
    ]
    assert "No pilot matches" in narrowed.content.decode()


def test_mine_are_the_pilots_the_reader_owns(client, stuck, manager, program):
    stuck("Theirs")
    stuck("Mine")
    owner = Owner.objects.create(program=program, name="Maren", user=manager)
    Ownership.objects.create(
        pilot=Pilot.objects.get(name="Mine"),
        owner=owner,
        role=OwnerRole.PRODUCTION_OWNER.value,
        since=date(2026, 9, 1),
        accepted_on=date(2026, 9, 1),
    )

    assert names(client.get(PAGE, {"mine": "true"})) == ["Mine"]
    assert names(client.get(PAGE, {"mine": "false"})) == ["Theirs"]
    [chip] = client.get(PAGE, {"mine": "true"}).context["page"].chips
    assert chip == ("Is", "mine", PAGE)
    bad = client.get(PAGE, {"mine": "perhaps"}).content.decode()
    assert "Mine: “perhaps” is neither true nor false." in bad


def test_newly_stalled_are_those_that_passed_a_limit_after_the_day(client, stuck):
    stuck("New", crossed_on=date(2026, 11, 12))
    stuck("Old", crossed_on=date(2026, 11, 11))
    stuck("New here", crossed_on=date(2026, 11, 12), is_starting=True)

    assert names(client.get(PAGE, {"new_since": "2026-11-11"})) == ["New"]


def test_week_of_a_digest_is_named_and_narrows_nothing(client, stuck):
    stuck()

    response = client.get(PAGE, {"week": "2026-W47"})

    assert names(response) == ["Stuck"]
    assert "From the digest of week 47, Mon 16 to Sun 22 Nov 2026." in response.content.decode()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("week=2026-W99", "Digest of: This is not a week. Write it like 2026-W47."),
        ("week=soon", "Digest of: This is not a week. Write it like 2026-W47."),
        ("pattern=bad-luck", "Pattern: “bad-luck” is not known here."),
        ("owner=0", "Owner: This is not an id."),
        ("new_since=yesterday", "Newly stalled since: This is not a day."),
        ("mood=low", "This list has no filter “mood”."),
        ("rule=R-01&rule=R-10", "“rule” stands in the address more than once."),
        ("page=9", "There is no page “9”. There is one page only."),
        ("page=x", "There is no page “x”."),
    ],
)
def test_address_that_is_not_understood_lists_nothing_and_says_why(client, stuck, query, sentence):
    stuck()

    response = client.get(f"{PAGE}?{query}")

    problems = response.context["page"].problems
    assert response.status_code == 200
    assert len(problems) == 1
    assert problems[0].sentence.startswith(sentence)
    assert "CLM-1" not in response.content.decode()


def test_program_nobody_sees_is_not_there(client, stuck, other_program):
    stuck()

    assert client.get(PAGE, {"program": "finance"}).status_code == 404


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
@pytest.mark.parametrize(("show", "queries"), [("stalled", 33), ("snoozed", 33)])
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


# --- Snooze, dispute, wake -----------------------------------------------------------------------------


def form(**fields) -> dict[str, str]:
    return {"until": "1 Dec 2026", "reason": "The file comes on Thursday.", **fields}


def test_flag_is_snoozed_and_the_way_leads_back(client, stuck):
    stuck()
    flag = Flag.objects.get()

    shown = client.get(f"/stalled/flags/{flag.pk}/snooze/", {"next": "/stalled/?rule=R-01"})
    answer = client.post(f"/stalled/flags/{flag.pk}/snooze/", form(next="/stalled/?rule=R-01"))

    assert 'value="/stalled/?rule=R-01"' in shown.content.decode()
    assert "2 weeks, to Wed 2 Dec 2026" in shown.content.decode()
    assert (answer.status_code, answer["Location"]) == (302, "/stalled/?rule=R-01")
    assert Flag.objects.get().snooze_reason == "The file comes on Thursday."
    assert "Snoozed until Tue 1 Dec 2026: Stuck." in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_way_back_never_leaves_the_site(client, stuck, elsewhere):
    stuck()
    flag = Flag.objects.get()

    answer = client.post(f"/stalled/flags/{flag.pk}/dispute/", form(next=elsewhere))

    assert answer["Location"] == "/pilots/CLM-1/"


def test_past_day_is_said_beside_the_field_and_nothing_is_lost(client, stuck):
    stuck()
    flag = Flag.objects.get()

    response = client.post(f"/stalled/flags/{flag.pk}/snooze/", form(until="16 Nov 2026"))

    assert response.context["form"].errors == {
        "until": ["Mon 16 Nov 2026 has passed. Choose a day from tomorrow on."]
    }
    assert "The file comes on Thursday." in response.content.decode()
    assert Flag.objects.get().snoozed_until is None


def test_dispute_without_a_reason_asks_for_one(client, stuck):
    stuck()

    response = client.post(f"/stalled/flags/{Flag.objects.get().pk}/dispute/", {"reason": ""})

    assert response.context["form"].errors == {"reason": ["Say why, so that others can follow it."]}


def test_cleared_flag_is_said_to_have_cleared(client, stuck):
    stuck(closed_at=NOW)

    response = client.post(f"/stalled/flags/{Flag.objects.get().pk}/snooze/", form())

    assert "It cleared on Wed 18 Nov 2026, so there is nothing to snooze." in response.content.decode()


def test_wake_needs_something_that_rests(client, stuck):
    stuck(health="on_track", snoozed_until=TOMORROW, snooze_reason="known")
    flag = Flag.objects.get()

    first = client.post(f"/stalled/flags/{flag.pk}/wake/", {"next": "/stalled/"})
    second = client.post(f"/stalled/flags/{flag.pk}/wake/", follow=True)

    assert first["Location"] == "/stalled/"
    assert Event.objects.filter(verb="flag.woken").count() == 1
    assert "It is neither snoozed nor disputed now." in second.content.decode()


def test_ticked_pilots_rest_together(client, stuck):
    stuck("One")
    stuck(pilot=Pilot.objects.get(name="One"), rule="R-08")
    stuck("Two")
    stuck("Three")

    asked = client.get("/stalled/flags/snooze/?pilot=CLM-1&pilot=CLM-2&next=/stalled/")
    chosen = [row.flag.pk for row in asked.context["rows"]]
    answer = client.post("/stalled/flags/snooze/", form(flag=chosen, next="/stalled/"))

    assert [row.flag.pilot.name for row in asked.context["rows"]] == ["One", "One", "Two"]
    assert answer["Location"] == "/stalled/"
    assert names(client.get(PAGE)) == ["Three"]
    assert Event.objects.filter(verb="flag.snoozed", reason="The file comes on Thursday.").count() == 3


def test_nothing_ticked_is_said(client, stuck):
    stuck()

    asked = client.get("/stalled/flags/snooze/")
    sent = client.post("/stalled/flags/snooze/", form())

    assert "No flag is chosen" in asked.content.decode()
    assert "No flag is chosen. Choose at least one, or go back." in sent.content.decode()


def test_bulk_leaves_out_what_is_not_theirs_and_refuses_it_when_sent(
    client, stuck, other_program, manager, by_system
):
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    stuck("Ours")
    stuck("Theirs", program=other_program)
    flags = list(Flag.objects.order_by("pk").values_list("pk", flat=True))

    asked = client.get("/stalled/flags/snooze/?pilot=CLM-1&pilot=FIN-1")
    sent = client.post("/stalled/flags/snooze/", form(flag=flags))

    assert [row.flag.pilot.name for row in asked.context["rows"]] == ["Ours"]
    assert asked.context["others"] == ["Theirs"]
    assert sent.status_code == 403
    assert not Flag.objects.filter(snoozed_until__isnull=False).exists()


def test_bulk_does_not_tell_of_pilots_nobody_sees(client, stuck, other_program):
    stuck("Theirs", program=other_program)

    asked = client.get("/stalled/flags/snooze/?pilot=FIN-1")

    assert (asked.context["rows"], asked.context["others"]) == ([], [])
    assert client.post("/stalled/flags/snooze/", form(flag=[Flag.objects.get().pk])).context["form"].errors


def test_huge_or_odd_ids_are_no_flags(client):
    asked = client.get("/stalled/flags/snooze/?flag=99999999999999999999&flag=x&flag=²&pilot=claims")

    assert asked.context["rows"] == []
    assert client.get("/stalled/flags/99999999999999999999/snooze/").status_code == 404


def test_viewer_sees_the_list_and_no_way_to_answer(client, stuck, viewer):
    stuck()
    client.force_login(viewer)

    content = client.get(PAGE).content.decode()

    assert "Stuck" in content
    assert "Snooze" not in content.split("<main")[1].replace("Snoozed or disputed", "")


def test_rail_leads_here_and_marks_the_pages_below(client, stuck):
    stuck()

    def current(address):
        frame = client.get(address).context["frame"]
        return {place.label: place.current for place in frame.nav if place.current}

    assert current(PAGE) == {"Stalled": "page"}
    assert current(f"/stalled/flags/{Flag.objects.get().pk}/snooze/") == {"Stalled": "true"}
