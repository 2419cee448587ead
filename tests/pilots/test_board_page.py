import re
from dataclasses import replace
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day, month
from pilots.lifecycle import Stage
from pilots.models import Phase, Pilot
from pilots.views.board import CHANGED
from tests.conftest import NOW, TODAY

BOARD = "/pilots/board/"


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


def columns(response) -> dict[str, list[str]]:
    """Return the keys of the cards by the stage of their column, empty columns left out."""
    stages = response.context["listing"].stages
    return {
        column.stage.value: [card.pilot.key for card in column.cards] for column in stages if column.cards
    }


def card(response, key: str):
    stages = response.context["listing"].stages
    return next(card for column in stages for card in column.cards if card.pilot.key == key)


def move(client, key: str, to: str, version: int, **more):
    return client.post(f"{BOARD}{key}/move/", {"to": to, "version": version}, **more)


def test_cards_stand_in_the_column_of_their_stage_longest_on_top(client, make_pilot):
    make_pilot("Young", since=date(2026, 11, 1))
    make_pilot("Old", since=date(2026, 9, 1))
    make_pilot("Unknown", since=None)
    make_pilot("Shown", stage=Stage.PROVEN, owner=Contact(name="Tomasz"))
    make_pilot("Over", stage=Stage.STOPPED)

    response = client.get(BOARD)

    assert columns(response) == {"piloting": ["CLM-2", "CLM-1", "CLM-3"], "proven": ["CLM-4"]}
    assert [card(response, key).in_stage for key in ("CLM-1", "CLM-2", "CLM-3")] == ["17 days", "78 days", ""]
    assert (card(response, "CLM-4").lead, card(response, "CLM-1").lead) == ("Tomasz", None)
    assert "since when is not known" in response.content.decode()


def test_rough_day_and_today_are_said_as_they_are_known(client, program, make_pilot, by_system):
    rough = NewPilot(program=program, name="Rough", problem="…", stage=Stage.PILOTING, since=month(2026, 10))
    log_pilots([rough], by=by_system)
    make_pilot("New", since=TODAY)

    response = client.get(BOARD)

    assert [card(response, key).in_stage for key in ("CLM-1", "CLM-2")] == ["since Oct 2026", "since today"]


def test_day_of_the_plan_stands_still_on_hold(client, make_pilot, by):
    pilot = make_pilot(stage=Stage.PROVEN, owner=Contact(name="Tomasz"))
    move_pilot(Move(pilot=pilot, to=Stage.TRANSITION, happened=Day(date(2026, 11, 1))), by=by)
    now = card(client.get(BOARD), "CLM-1")
    hold = NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1))
    hold_pilot(hold, by=by)
    with time_machine.travel("2026-11-28T09:00:00Z", tick=False):
        held = card(client.get(BOARD), "CLM-1")

    assert (now.plan_day, held.plan_day) == ("day 18 of 90", "day 18 of 90")


def test_plan_that_is_over_is_said_so(client, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION, owner=Contact(name="Tomasz"))
    make_plan(NewPlan(pilot=pilot, start=date(2026, 8, 1), reason="new"), by=by)

    shown = card(client.get(BOARD), "CLM-1")

    assert (shown.plan_day, shown.is_over) == ("day 110 of 90", True)


def test_days_of_a_plan_whose_phases_are_all_closed_count_no_more(client, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION, owner=Contact(name="Tomasz"))
    make_plan(NewPlan(pilot=pilot, start=date(2026, 8, 1), reason="new"), by=by)
    Phase.objects.update(finished_on=date(2026, 11, 2))
    said = "all phases closed on Mon 2 Nov"

    shown = card(client.get(BOARD), "CLM-1")
    page = client.get("/pilots/CLM-1/plan/").content.decode()

    assert (shown.plan_day, shown.is_over) == (said, False)
    assert f"Plan 1, {said}" in page
    assert "all phases closed on 2 Nov" in page  # the stepper
    assert "day 110" not in page
    Phase.objects.filter(number=4).update(finished_on=None)
    assert card(client.get(BOARD), "CLM-1").is_over


def test_counts_are_true_beyond_the_cards(client, program, by_system, monkeypatch):
    monkeypatch.setattr("pilots.web.board.CARDS", 3)
    news = [NewPilot(program=program, name=f"P{n}", problem="…", stage=Stage.PILOTING) for n in range(5)]
    log_pilots(news, by=by_system)

    response = client.get(BOARD)

    column = next(column for column in response.context["listing"].stages if column.stage is Stage.PILOTING)
    assert (column.count, len(column.cards), column.more) == (5, 3, 2)
    assert column.url == "/pilots/?state=active&stage=piloting"
    assert "2 more, see the list" in response.content.decode()
    assert len(client.get(column.url).context["listing"].rows) == 5


def test_board_has_the_filters_tabs_and_counts_of_the_list(client, make_pilot, by):
    make_pilot("Ours", vendor="Acme")
    make_pilot("Theirs")
    move_pilot(Move(pilot=make_pilot("Over"), to=Stage.STOPPED, reason="no data"), by=by)
    asked = "?vendor=acme&state=active"

    board, table = client.get(BOARD + asked), client.get("/pilots/" + asked)
    ended = client.get(f"{BOARD}?state=ended")

    assert columns(board) == {"piloting": ["CLM-1"]}
    assert [tab.count for tab in board.context["listing"].tabs] == [
        tab.count for tab in table.context["listing"].tabs
    ]
    assert [chip.url for chip in board.context["listing"].chips] == ["/pilots/board/?state=active"]
    assert [(one.label, one.url) for one in board.context["listing"].switch] == [
        ("Table", "/pilots/?vendor=acme&state=active"),
        ("By stage", "/pilots/board/?vendor=acme&state=active"),
        ("Timeline", "/pilots/timeline/?vendor=acme&state=active"),
    ]
    assert columns(ended) == {"stopped": ["CLM-3"]}
    assert "Not in this view" in board.content.decode()
    assert "Not in this view" not in ended.content.decode()


def test_address_that_is_not_understood_shows_no_card(client, make_pilot):
    make_pilot("Secret of the board")

    response = client.get(f"{BOARD}?colour=red")

    assert "This list has no filter “colour”." in response.content.decode()
    assert "Secret of the board" not in response.content.decode()


def test_only_ways_open_to_the_reader_are_offered(client, make_pilot, make_user, viewer, manager, by):
    pilot = make_pilot()
    sponsor = make_user("spo@example.com")
    row = add_owner(
        NewOwnership(pilot=pilot, contact=Contact(name="Spo", email=sponsor.email), role=OwnerRole.SPONSOR),
        by=by,
    )
    row.owner.user = sponsor
    row.owner.save()
    type(row).objects.filter(pk=row.pk).update(accepted_on=TODAY)

    reach = {}
    for user in (manager, viewer, sponsor):
        client.force_login(user)
        reach[user.name] = card(client.get(BOARD), "CLM-1").reach

    assert reach == {"Maren": "proven stopped chartered idea", "Vic": "", "Spo": "stopped"}


def test_card_is_moved_by_the_same_action_and_keeps_the_filters(client, make_pilot, manager):
    make_pilot(stage=Stage.PROVEN, owner=Contact(name="Tomasz"), vendor="Acme")

    response = client.post(f"{BOARD}CLM-1/move/?vendor=Acme", {"to": "transition", "version": 1})

    event = Event.objects.get(verb="pilot.moved")
    assert (response.status_code, response.url) == (302, "/pilots/board/?vendor=Acme#card-CLM-1")
    assert Pilot.objects.get().stage == "transition"
    assert (event.actor, event.source, event.after["happened_on"]) == (manager, "web", "2026-11-18")


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "swap"])
@pytest.mark.parametrize(
    ("to", "sentences"),
    [
        ("proven", ["Say how it was measured: a link or a sentence with the figure."]),
        ("idea", ["Say why it goes back to Idea."]),
        ("stopped", ["Say why it is stopped: the next team learns from it."]),
        ("production", ["After Piloting comes Proven, so it cannot go to In production in one step."]),
        ("nowhere", ["There is no such stage. Choose one of the list."]),
        ("", ["Choose the stage it goes to."]),
    ],
)
def test_refusal_stands_on_the_card(client, make_pilot, to, sentences, headers):
    make_pilot()

    response = move(client, "CLM-1", to, 1, headers=headers)

    declined = card(response, "CLM-1").declined
    assert (response.status_code, list(declined.sentences)) == (200, sentences)
    assert all(sentence in response.content.decode() for sentence in sentences)
    assert columns(response) == {"piloting": ["CLM-1"]}
    assert not Event.objects.filter(verb="pilot.moved").exists()


def test_refusal_leads_to_the_page_with_what_was_chosen(client, make_pilot):
    make_pilot()

    refused = move(client, "CLM-1", "proven", 1).content.decode()

    assert '<a class="link" href="/pilots/CLM-1/move/?to=proven">' in refused
    assert '<option value="proven" selected>' in refused


def test_refusal_is_seen_beyond_the_first_cards_and_outside_the_view(client, make_pilot, monkeypatch):
    monkeypatch.setattr("pilots.web.board.CARDS", 1)
    make_pilot("First", since=date(2026, 9, 1))
    make_pilot("Second", since=date(2026, 10, 1))

    beyond = move(client, "CLM-2", "proven", 1)
    outside = client.post(f"{BOARD}CLM-2/move/?stage=proven", {"to": "proven", "version": 1})

    assert columns(beyond) == {"piloting": ["CLM-1", "CLM-2"]}
    said = " ".join(card(beyond, "CLM-2").declined.sentences)
    assert beyond.context["listing"].unseen is None
    assert f"CLM-2: {said}" in outside.content.decode()


def test_second_of_two_people_is_told_on_the_card(client, make_pilot, by):
    pilot = make_pilot(stage=Stage.PROVEN, owner=Contact(name="Tomasz"))
    move_pilot(Move(pilot=pilot, to=Stage.PILOTING, reason="again"), by=by)

    page = move(client, "CLM-1", "transition", 1)
    swap = move(client, "CLM-1", "transition", 1, headers={"HX-Request": "true"})

    assert (page.status_code, swap.status_code) == (409, 200)
    assert list(card(page, "CLM-1").declined.sentences) == [CHANGED]
    assert columns(page) == columns(swap) == {"piloting": ["CLM-1"]}


def test_swap_is_the_board_alone_with_its_own_address(client, make_pilot):
    make_pilot()

    response = move(client, "CLM-1", "proven", 1, headers={"HX-Request": "true"})

    assert response.content.decode().count('<div id="pilots"') == 1
    assert "<!doctype" not in response.content.decode()
    assert response["HX-Push-Url"] == BOARD


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("contributor", 403), ("stranger", 404)])
def test_others_may_not_move(request, client, make_pilot, who, status):
    make_pilot()
    client.force_login(request.getfixturevalue(who))

    assert move(client, "CLM-1", "stopped", 1).status_code == status
    assert Pilot.objects.get().stage == "piloting"


def test_empty_board_says_so(client, stranger):
    client.force_login(stranger)

    assert "No pilot here yet" in client.get(BOARD).content.decode()


@pytest.mark.parametrize("count", [1, 100])
def test_board_costs_the_same_for_any_number(client, program, by, by_system, count):
    news = [
        NewPilot(
            program=program,
            name=f"P{n}",
            problem="…",
            stage=Stage.TRANSITION,
            since=Day(TODAY),
            owner=Contact(name=f"Person {n}"),
        )
        for n in range(count)
    ]
    logged = log_pilots(news, by=by_system)
    make_plan(NewPlan(pilot=logged[0], start=TODAY), by=replace(by, at=NOW))
    client.get(BOARD)

    with CaptureQueriesContext(connection) as queries:
        html = client.get(BOARD).content.decode()

    assert len(re.findall('data-card="', html)) == min(count, 50)
    assert len(queries) == 18


def test_move_refused_for_a_hold_leads_to_resuming_it(client, make_pilot, by):
    pilot = make_pilot(stage=Stage.PILOTING)
    hold = NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1))
    hold_pilot(hold, by=by)

    response = move(client, "CLM-1", "proven", Pilot.objects.get().version)

    assert card(response, "CLM-1").declined.resume_url == "/pilots/CLM-1/resume/"
    assert '<a class="link" href="/pilots/CLM-1/resume/">Resume it</a>' in response.content.decode()
