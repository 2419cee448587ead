from datetime import date, timedelta

from pilots.access.models import Program, Role
from pilots.actions.account import add_member
from pilots.actions.owner import Contact
from pilots.models import Flag, LogEntry, Pilot
from pilots.rules import RULES
from pilots.rules.registry import Severity
from tests.conftest import NOW, TODAY
from tests.portfolio.desk.stalled.reading import PAGE, TOMORROW, groups, names, states


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
