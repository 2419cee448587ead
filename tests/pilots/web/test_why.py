"""The panel that says why a pilot is flagged, on each of its pages."""

from datetime import date, timedelta

import pytest
import time_machine

from pilots.actions.owner import Contact
from pilots.models import Pilot, ProgramLine
from pilots.rules.registry import Severity
from tests.conftest import NOW, TODAY

PAGES = ["", "people/", "history/"]


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot):
    found = make_pilot("Sorting", owner=Contact(name="Tomasz"))
    Pilot.objects.update(quiet_until=None)
    return found


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


def why(client, page=""):
    return client.get(f"/pilots/CLM-1/{page}").context["head"].why


@pytest.mark.parametrize("page", PAGES)
def test_each_flag_says_fact_threshold_way_out_and_who(client, pilot, make_flag, page):
    make_flag(pilot, health="stalled", since=date(2026, 6, 30))

    response = client.get(f"/pilots/CLM-1/{page}")

    row = response.context["head"].why.rows[0]
    assert (row.title, row.mark, row.since, row.fact, row.limit, row.unblock) == (
        "Proven, no users",
        "stalled",
        "High, since Tue 3 Nov",
        "Proven 141 days ago, no go-live (limit 180 days).",
        "180 days since it was proven",
        "Tomasz",
    )
    content = response.content.decode()
    assert row.clears_when in content
    assert row.next_action in content
    assert f"/stalled/flags/{row.flag.pk}/snooze/" in content
    assert f"/stalled/flags/{row.flag.pk}/dispute/" in content
    assert f"/stalled/flags/{row.flag.pk}/assign/" in content
    assert "/stalled/rules/" in content


def test_limit_of_none_is_said_in_words(client, pilot, make_flag):
    make_flag(pilot, rule="R-refused", details={"to": "Proven", "count": 1, "lacks": "a test"})

    assert why(client).rows[0].limit == "At once, when a move was refused"


def test_worst_stands_first_and_the_head_counts_those_that_count(client, pilot, make_flag):
    make_flag(pilot, health="stalled")
    make_flag(pilot, rule="R-08", severity=Severity.CRITICAL, crossed_on=date(2026, 11, 17))
    make_flag(
        pilot,
        rule="R-07",
        severity=Severity.CRITICAL,
        snoozed_until=NOW + timedelta(days=1),
        snooze_reason="x",
    )

    found = why(client)

    assert [row.title for row in found.rows] == ["Never proven", "Proven, no users", "Proven, no plan"]
    assert found.rows[0].since == "Critical, since yesterday"
    assert found.sentence == "Two flags, stalled since Tue 3 Nov"


def test_what_rests_says_so_and_can_be_woken(client, pilot, make_flag, manager):
    flag = make_flag(
        pilot, disputed_until=NOW + timedelta(days=5), dispute_reason="It is <live>.", disputed_by=manager
    )

    content = client.get("/pilots/CLM-1/").content.decode()

    assert "Said not to be stalled by Maren until Mon 23 Nov: “<bdi>It is &lt;live&gt;.</bdi>”" in content
    assert f'action="/stalled/flags/{flag.pk}/wake/"' in content
    assert f"/stalled/flags/{flag.pk}/snooze/" not in content


def test_who_sees_to_a_flag_stands_beside_it_for_everybody(client, pilot, make_flag, manager, viewer):
    make_flag(pilot, assignee=manager)

    told = client.get("/pilots/CLM-1/").content.decode()
    client.force_login(viewer)
    to_viewer = client.get("/pilots/CLM-1/").content.decode()

    assert "Seen to by <bdi>Maren</bdi>" in told
    assert "Seen to by <bdi>Maren</bdi>" in to_viewer
    assert "/assign/" not in to_viewer


def test_starting_position_is_said(client, pilot, make_flag):
    make_flag(pilot, is_starting=True)

    assert why(client).rows[0].since == "High, since Tue 3 Nov; starting position"


def test_shared_flags_are_one_quiet_line_without_a_number_that_others_count_anew(
    client, pilot, make_flag, program
):
    make_flag(pilot, rule="R-08", is_widespread=True)
    ProgramLine.objects.create(program=program, rule="R-08", eligible=40, hit=31, counted_at=NOW)

    found = why(client)

    assert found.rows == []
    assert [shared.sentence for shared in found.shared] == ["Shared with many pilots of Claims AI."]


def test_overrun_of_the_whole_plan_says_the_limit_that_was_passed(client, pilot, make_flag):
    make_flag(pilot, rule="R-03", details={"plan_days": 182})

    assert why(client).rows[0].limit == "182 days of the plan without a limited go-live"


def test_blocked_says_since_when_and_by_whom(client, pilot):
    day = date(2026, 11, 9)
    Pilot.objects.update(health="blocked", health_since=day, blocked_on=day, blocked_by="Legal <and> IT")

    content = client.get("/pilots/CLM-1/").content.decode()

    assert "Why it is blocked" in content
    assert "Said to be blocked by Legal &lt;and&gt; IT since Mon 9 Nov." in content
    assert "Clear what blocks it, then check in: <bdi>Tomasz</bdi>." in content
    assert '<span class="k">since Mon 9 Nov</span>' in content


def test_what_blocks_stands_before_worse_that_does_not_stall(client, pilot, make_flag):
    make_flag(
        pilot, rule="R-40", severity=Severity.CRITICAL, details={"listed": 0, "connected": 0, "untested": 0}
    )
    make_flag(pilot, rule="R-gates", health="blocked", details={"count": 1, "gates": "G6 Run owner"})

    found = why(client)

    assert [(row.title, row.mark) for row in found.rows] == [
        ("Gates open late in the plan", "blocked"),
        ("Integration cliff", "at_risk"),
    ]
    assert found.sentence == "Two flags, blocked since Tue 3 Nov"

    make_flag(pilot, rule="R-08")
    assert why(client).rows[0].title == "Integration cliff"


def test_quiet_days_say_that_nothing_counts_yet(client, pilot, make_flag):
    make_flag(pilot)
    Pilot.objects.update(quiet_until=date(2026, 12, 2), health="not_known")

    found = why(client)

    assert (found.is_quiet, found.quiet_until, found.since) == (True, "Wed 2 Dec", "")


def test_viewer_reads_why_and_cannot_answer(client, pilot, make_flag, viewer):
    make_flag(pilot, health="stalled")
    client.force_login(viewer)

    content = client.get("/pilots/CLM-1/").content.decode()

    assert "Why it is flagged" in content
    assert "Snooze…" not in content


@pytest.mark.parametrize("rest", [{"stage": "stopped"}, {"held_since": TODAY}])
def test_pilot_that_rests_has_no_panel(client, pilot, make_flag, rest):
    make_flag(pilot)
    Pilot.objects.update(**rest)

    assert not why(client).is_shown


def test_nothing_flagged_shows_no_panel(client, pilot):
    assert "Why it is" not in client.get("/pilots/CLM-1/").content.decode()
