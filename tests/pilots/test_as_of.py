from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Program
from pilots.access.permissions import OwnerRole
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.owner import Contact
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Ownership, Pilot
from pilots.models.cohort import Cohort
from pilots.replay import replay
from tests.conftest import NOW, TODAY

LIST = "/pilots/"
PAGE = "/pilots/CLM-1/"


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def moved(make_pilot, by) -> Pilot:
    """Piloting since 1 September, proven on 2 November, which was corrected on the 18th to 5 October."""
    pilot = make_pilot()
    move = Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 11, 2)), evidence="91 %")
    move_pilot(move, by=replace(by, at=NOW.replace(day=2)))
    row = pilot.transitions.get(to_stage="proven")
    correction = Correction(transition=row, happened=Day(date(2026, 10, 5)), reason="wrong month")
    correct_transition(correction, by=by)
    return pilot


def then(pilot: Pilot, day: date, known_at: datetime | None = None) -> Pilot | None:
    found = replay([pilot], Cohort(today=TODAY, as_of=day, known_at=known_at))
    return found[0] if found else None


def keys(response) -> list[str]:
    return [row.pilot.key for row in response.context["listing"].rows]


@pytest.mark.parametrize(
    ("day", "stage", "since"),
    [
        (date(2026, 8, 31), None, None),
        (date(2026, 9, 1), "piloting", date(2026, 9, 1)),
        (date(2026, 10, 4), "piloting", date(2026, 9, 1)),
        (date(2026, 10, 5), "proven", date(2026, 10, 5)),
        (date(2026, 11, 17), "proven", date(2026, 10, 5)),
    ],
)
def test_stage_of_a_day_is_the_one_we_know_today(moved, day, stage, since):
    shown = then(moved, day)

    assert (shown and (shown.stage, shown.stage_since)) == (stage and (stage, since))


def test_stage_as_recorded_then_knows_no_later_correction(moved):
    before = datetime(2026, 11, 18, 8, 59, tzinfo=UTC)

    known = [then(moved, day, before) for day in (date(2026, 11, 1), date(2026, 11, 2))]
    after = then(moved, date(2026, 11, 2), NOW)

    # The pilot was logged on 18 November at nine, and stated from September on: before that nobody knew.
    assert [one and one.stage for one in known] == [None, "proven"]
    assert after is not None
    assert after.stage_since == date(2026, 10, 5)


def test_move_that_was_taken_back_was_never_there(moved, by):
    row = moved.transitions.effective().get(to_stage="proven")
    correct_transition(Correction(transition=row, happened=None, reason="never"), by=by)

    shown = then(moved, date(2026, 11, 2))

    assert shown is not None
    assert shown.stage == "piloting"


@pytest.fixture
def held(make_pilot, by) -> Pilot:
    """On hold from 2 to 12 November."""
    pilot = make_pilot()
    with time_machine.travel("2026-11-02T09:00:00Z", tick=False):
        hold = NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1))
        hold_pilot(hold, by=replace(by, at=NOW.replace(day=2)))
    with time_machine.travel("2026-11-12T09:00:00Z", tick=False):
        resume_pilot(Resume(pilot=pilot), by=replace(by, at=NOW.replace(day=12)))
    return pilot


@pytest.mark.parametrize(("day", "is_held"), [(1, False), (2, True), (11, True), (12, False)])
def test_hold_lasts_from_its_first_day_up_to_the_day_it_ends(client, held, day, is_held):
    shown = then(held, date(2026, 11, day))
    listed = client.get(LIST, {"as_of": f"2026-11-{day:02}", "on_hold": "true"})
    tabs = {tab.name: tab.count for tab in listed.context["listing"].tabs}

    assert shown is not None
    assert (shown.is_on_hold, keys(listed) == ["CLM-1"], tabs["held"] == 1) == (is_held, is_held, is_held)


def test_list_and_board_show_where_pilots_were(client, moved, make_pilot, by):
    make_pilot("New", since=date(2026, 11, 1))
    move_pilot(Move(pilot=moved, to=Stage.STOPPED, reason="no data"), by=by)

    listed = client.get(LIST, {"as_of": "2026-10-01"})
    board = client.get("/pilots/board/", {"as_of": "2026-10-06"})

    rows = [(row.pilot.key, row.pilot.stage, row.pilot.health) for row in listed.context["listing"].rows]
    assert rows == [("CLM-1", "piloting", "not_known")]
    assert [(tab.name, tab.count) for tab in listed.context["listing"].tabs] == [
        ("active", 1),
        ("mine", 0),
        ("held", 0),
        ("ended", 0),
    ]
    stages = board.context["listing"].stages
    assert [column.stage.value for column in stages if column.count] == ["proven"]
    assert 'method="post"' not in board.content.decode().partition("<main")[2]
    assert "As of Thu 1 Oct 2026, as we know it today." in listed.content.decode()
    assert 'href="/pilots/CLM-1/?as_of=2026-10-01"' in listed.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("stage=piloting", ["CLM-1"]),
        ("stage=proven", []),
        ("state=active", ["CLM-1"]),
        ("state=ended", []),
        ("reached=piloting", ["CLM-1"]),
        ("reached=proven", []),
        ("reached=stopped", []),
        ("production_owner=true", ["CLM-1"]),
        ("production_owner=false", []),
    ],
)
def test_filters_ask_about_the_day(client, make_pilot, by, query, found):
    pilot = make_pilot(owner=Contact(name="Tomasz"))
    Ownership.objects.update(since=date(2026, 9, 1), until=TODAY)
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="no data"), by=by)

    assert keys(client.get(f"{LIST}?as_of=2026-10-01&{query}")) == found


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("as_of=2026-11-19", "As of: Thu 19 Nov 2026 has not come yet. Choose a day up to today."),
        ("as_of=soon", "As of: This is not a day. Write it like 2026-10-05."),
        (
            "as_of=2026-10-01&health=stalled",
            "Health: This is known for today only. Leave it out, or the past day.",
        ),
        ("as_of=2026-10-01&ordering=moved", "Of a past day the list is ordered by key or by name only."),
    ],
)
def test_list_says_what_it_cannot_tell_of_a_day(client, make_pilot, query, sentence):
    make_pilot()

    listing = client.get(f"{LIST}?{query}").context["listing"]

    assert [problem.sentence for problem in listing.problems] == [sentence]


def test_confidential_pilots_stay_in_the_list_of_those_who_see_them(client, make_pilot, executive):
    make_pilot("Hush", is_confidential=True)
    mine = keys(client.get(LIST, {"as_of": "2026-10-01"}))
    client.force_login(executive)

    assert (mine, keys(client.get(LIST, {"as_of": "2026-10-01"}))) == (["CLM-1"], [])


def test_as_of_today_is_the_list_of_today(client, make_pilot):
    make_pilot()

    listing = client.get(LIST, {"as_of": "2026-11-18"}).context["listing"]

    assert (listing.as_of, [row.pilot.health for row in listing.rows]) == (None, ["on_track"])


def test_past_day_is_not_exported_as_if_it_were_today(client, make_pilot):
    make_pilot()

    assert client.get("/pilots/export/?as_of=2026-10-01&format=csv").url == "/pilots/?as_of=2026-10-01"


@pytest.mark.parametrize("count", [1, 100])
def test_past_day_costs_the_same_for_any_number(client, program, by_system, count):
    news = [
        NewPilot(program=program, name=f"P{n}", problem="…", since=Day(date(2026, 9, 1)))
        for n in range(count)
    ]
    log_pilots(news, by=by_system)
    client.get(LIST)

    with CaptureQueriesContext(connection) as queries:
        client.get(LIST, {"as_of": "2026-10-01"})

    assert len(queries) == 15


# --- The page of one pilot ---------------------------------------------------------


def test_page_of_a_past_day_shows_what_stood_then_and_offers_nothing(client, held, by):
    add = Contact(name="Tomasz")
    Ownership.objects.create(
        pilot=held,
        owner=held.program.owners.create(name=add.name),
        role=OwnerRole.PRODUCTION_OWNER.value,
        since=date(2026, 9, 1),
        until=date(2026, 11, 10),
    )

    response = client.get(PAGE, {"as_of": "2026-11-09"})

    shown = response.context["then"]
    main = response.content.decode().partition("<main")[2]
    assert (shown.pilot.stage, shown.since, shown.owners) == (
        "piloting",
        "Tue 1 Sep",
        [("Production owner", "Tomasz")],
    )
    assert (shown.hold.title, shown.hold.facts[2]) == (
        "On hold since Mon 2 Nov, 7 days",
        ("Review", "Tue 1 Dec, in 22 days"),
    )
    assert "not known for a past day" in main
    assert ("/move/" in main, "/edit/" in main, "/check-in/" in main, 'method="post"' in main) == (False,) * 4
    assert client.get(PAGE, {"as_of": "2026-11-10"}).context["then"].owners == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"as_of": "2026-11-19"}, "Thu 19 Nov 2026 has not come yet. Choose a day up to today."),
        ({"as_of": "soon"}, "This is not a day. Write it like 2026-10-05."),
        ({"known_at": "2026-11-18T09:00:01Z"}, "This moment has not come yet. Choose an earlier one."),
        ({"as_of": "2026-08-31"}, "Nothing of what is known about CLM-1 had happened by then."),
    ],
)
def test_page_says_why_a_day_cannot_be_shown(client, make_pilot, query, sentence):
    make_pilot()

    html = client.get(PAGE, query).content.decode()

    assert sentence in html
    assert f'href="{PAGE}"' in html


def test_page_of_today_is_the_page_itself(client, make_pilot):
    make_pilot()

    assert client.get(PAGE, {"as_of": "2026-11-18"}).url == PAGE


@pytest.mark.parametrize(
    ("zone", "last"), [("Pacific/Tongatapu", "2026-11-18"), ("Pacific/Honolulu", "2026-11-17")]
)
def test_today_is_that_of_the_program(client, make_pilot, zone, last):
    """At 09:00 UTC it is 22:00 in Tonga and 23:00 of the day before in Honolulu."""
    make_pilot(since=date(2026, 9, 1))
    Program.objects.update(zone=zone)

    assert client.get(PAGE, {"as_of": last}).status_code == 302
    later = date.fromisoformat(last).toordinal() + 1
    assert "has not come yet" in client.get(PAGE, {"as_of": date.fromordinal(later)}).content.decode()


def test_plan_of_a_past_day_is_the_one_that_counted(client, make_pilot, by):
    pilot = make_pilot(stage=Stage.PROVEN, owner=Contact(name="Tomasz"), since=date(2026, 9, 1))
    early = replace(by, at=NOW.replace(day=3))
    with time_machine.travel(early.at, tick=False):
        move_pilot(Move(pilot=pilot, to=Stage.TRANSITION, happened=Day(date(2026, 11, 2))), by=early)

    plans = [client.get(PAGE, {"as_of": f"2026-11-{day:02}"}).context["then"].plan for day in (2, 3)]

    assert plans[0] is None
    assert (plans[1].number, plans[1].day, plans[1].ends) == (1, "day 2 of 90", "Sat 30 Jan 2027")


def test_stranger_finds_no_past_day_either(client, make_pilot, stranger):
    make_pilot()
    client.force_login(stranger)

    assert client.get(PAGE, {"as_of": "2026-10-01"}).status_code == 404


def test_switch_leads_to_the_timeline_without_the_past_day_and_says_so(client, make_pilot):
    make_pilot()

    listing = client.get(LIST, {"as_of": "2026-10-01", "known_at": "2026-10-02", "stage": "idea"}).context[
        "listing"
    ]

    assert [(shown.label, shown.url) for shown in listing.switch][2] == (
        "Timeline, as of today",
        "/pilots/timeline/?stage=idea",
    )
