from datetime import date, timedelta

import pytest
import time_machine

from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.milestone import NewMilestone, add_milestone, add_milestones
from pilots.actions.owner import Contact
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Milestone, Owner, Pilot
from pilots.templates import ALERT
from tests.conftest import NOW

PLAN = "/pilots/CLM-1/plan/"
NEW = PLAN + "milestones/new/"
TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda url=PLAN: client.get(url)


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def send(url, **fields):
        fields.setdefault("version", Pilot.objects.get(key="CLM-1").version)
        return client.post(url, fields, follow=True)

    return send


@pytest.fixture
def add(pilot, by):
    return lambda title="Shadow run", **fields: add_milestone(
        NewMilestone(pilot=pilot, title=title, **fields), by=by
    )


def _address(row, verb) -> str:
    return f"{PLAN}milestones/{row.pk}/{verb}/"


def _rows(response) -> list[tuple]:
    return [
        (row.milestone.title, row.due, row.state, row.of, row.is_late)
        for row in response.context["milestones"]
    ]


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def _messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- The list ----------------------------------------------------------------------


def test_open_ones_come_by_their_day_and_done_ones_last(page, add):
    add("No day")
    add("Later", due_on=date(2026, 12, 1), owner=Contact(name="Ines"))
    add("Done early", due_on=date(2026, 10, 9), done_on=date(2026, 10, 7))
    add("Done late", due_on=date(2026, 10, 9), done_on=date(2026, 10, 12))
    add("Today", due_on=TODAY)
    add("Late", due_on=date(2026, 11, 17))

    response = page()

    assert _rows(response) == [
        ("Late", "due Tue 17 Nov", "1 day late", "", True),
        ("Today", "due Wed 18 Nov", "today", "", False),
        ("Later", "due Tue 1 Dec", "in 13 days", "Ines", False),
        ("No day", "", "", "", False),
        ("Done late", "due Fri 9 Oct", "done Mon 12 Oct, 3 days late", "", False),
        ("Done early", "due Fri 9 Oct", "done Wed 7 Oct", "", False),
    ]
    content = response.content.decode()
    assert "No day is agreed" in content
    assert "Due Tue 17 Nov, 1 day late" in content


def test_a_milestone_stands_in_its_phase(make_pilot, by, by_system, page):
    planned = make_pilot(stage=Stage.TRANSITION)
    make_plan(NewPlan(pilot=planned, start=date(2026, 11, 2)), by=by)
    add_milestone(NewMilestone(pilot=planned, title="Alerting", due_on=date(2026, 11, 20)), by=by)

    assert [row for row in _rows(page()) if row[0] == "Alerting"] == [
        ("Alerting", "due Fri 20 Nov", "in 2 days", "Phase 2, Build the pipeline", False)
    ]


def test_a_hold_stops_the_days(page, add, pilot, client, manager, by):
    add("Late", due_on=date(2026, 11, 10))
    add("Later", due_on=date(2026, 12, 1))
    hold_pilot(NewHold(pilot=pilot, reason="x", agreed_by="M.", review_on=date(2027, 3, 1)), by=by)
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        client.force_login(manager)
        assert [(row[0], row[2], row[4]) for row in _rows(page())] == [
            ("Late", "8 days late", True),
            ("Later", "", False),
        ]


def test_of_an_ended_pilot_nothing_is_late_and_nothing_offered(page, add, pilot, by):
    add("Late", due_on=date(2026, 11, 10))
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, happened=Day(TODAY), reason="No data"), by=by)

    response = page()

    assert [(row[2], row[4]) for row in _rows(response)] == [("not done", False)]
    assert "milestones/" not in response.content.decode()


def test_tab_and_menu_lead_there(page, add, pilot, client, viewer):
    def tabs() -> list[str]:
        return [tab.label for tab in page("/pilots/CLM-1/").context["head"].tabs]

    assert "Plan" not in tabs()
    assert "Add a milestone…" in page("/pilots/CLM-1/history/").content.decode()
    add()
    assert "Plan" in tabs()
    client.force_login(viewer)
    content = client.get(PLAN).content.decode()
    assert "Shadow run" in content
    assert "Add a milestone" not in content
    assert "Done…" not in content


def test_titles_and_names_are_told_as_text(page, add):
    add("<script>alert(1)</script>", owner=Contact(name="<b>x</b>"))
    content = page().content.decode()
    assert "<script>alert(1)" not in content
    assert "<b>x</b>" not in content


@pytest.mark.parametrize("count", [1, 60])
def test_queries_do_not_grow(count, page, pilot, by, django_assert_max_num_queries):
    news = [
        NewMilestone(pilot=pilot, title=f"M{number}", owner=Contact(name=f"O{number}"))
        for number in range(count)
    ]
    add_milestones(news, by=by)
    with django_assert_max_num_queries(17):
        page()


# --- The forms ---------------------------------------------------------------------


def test_a_milestone_is_added(send, pilot):
    response = send(NEW, title="Shadow run", due_on="1 Dec 2026", owner="Ines <ines@example.com>")

    row = Milestone.objects.select_related("owner").get()
    assert (row.title, row.due_on, row.owner.name, row.owner.email) == (
        "Shadow run",
        date(2026, 12, 1),
        "Ines",
        "ines@example.com",
    )
    assert response.redirect_chain == [(PLAN, 302)]
    assert _messages(response) == ["“Shadow run” is on the plan."]


def test_what_cannot_be_read_stays_typed(send, add):
    add()
    response = send(NEW, title="", due_on="December 2026", owner="ines@")
    assert _errors(response) == {
        "title": ["Say what is to be there."],
        "due_on": ["December 2026 names no single day. Write one such as Thu 31 Dec 2026."],
        "owner": ["“ines@” is no e-mail address. Write a name, an address, or “nobody yet”."],
    }
    assert 'value="December 2026"' in response.content.decode()
    response = send(NEW, title="shadow run")
    assert _errors(response) == {
        "title": ["It has a milestone “shadow run” already. Give this one another title."]
    }
    assert Milestone.objects.count() == 1


def test_edit_starts_from_what_is_there_and_keeps_whom_it_does_not_name_anew(send, page, add, program):
    row = add(due_on=date(2026, 12, 1), owner=Contact(name="Ines", email="ines@example.com"))
    Owner.objects.create(program=program, name="Ines")  # a second of that name
    url = _address(row, "edit")
    content = page(url).content.decode()
    assert all(f'value="{text}"' in content for text in ("Shadow run", "Tue 1 Dec 2026", "Ines"))

    response = send(url, title="Shadow runs", due_on="", owner="Ines")

    again = Milestone.objects.select_related("owner").get()
    assert (again.title, again.due_on, again.owner.email) == ("Shadow runs", None, "ines@example.com")
    assert _messages(response) == ["“Shadow run” is saved."]

    send(url, title="Shadow runs", due_on="", owner="")
    assert Milestone.objects.get().owner is None


def test_done_and_open_again(send, page, add):
    row = add()
    assert 'value="Wed 18 Nov 2026"' in page(_address(row, "done")).content.decode()
    response = send(_address(row, "done"), done_on="19 Nov 2026")
    assert _errors(response) == {"done_on": ["Thu 19 Nov 2026 has not come yet."]}
    response = send(_address(row, "done"), done_on="2026-11-17")
    assert _messages(response) == ["“Shadow run” is done."]
    assert Milestone.objects.get().done_on == date(2026, 11, 17)

    assert _errors(send(_address(row, "reopen"), reason="")) == {"reason": ["Say why it is open again."]}
    send(_address(row, "reopen"), reason="The test alert never came")
    assert Milestone.objects.get().done_on is None


def test_removing_asks_first(send, page, add):
    row = add()
    assert "Remove “Shadow run”?" in page(_address(row, "remove")).content.decode()
    assert Milestone.objects.exists()
    response = send(_address(row, "remove"))
    assert _messages(response) == ["“Shadow run” is off the plan."]
    assert not Milestone.objects.exists()
    assert page(_address(row, "remove")).status_code == 404


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("edit", {"title": "My words"}),
        ("done", {"done_on": "17 Nov 2026"}),
        ("reopen", {"reason": "My words"}),
        ("remove", {}),
    ],
)
def test_who_was_slower_sees_what_happened_and_keeps_their_words(verb, fields, send, add, pilot, by):
    row = add(done_on=TODAY if verb == "reopen" else None)
    version = Pilot.objects.get().version
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Acme"}), by=by)

    response = send(_address(row, verb), version=version, **fields)

    assert response.status_code == 409
    content = response.content.decode()
    assert "was changed by somebody else" in content
    assert all(words in content for words in fields.values())
    assert send(_address(row, verb), version=version + 1, **fields).redirect_chain


def test_a_milestone_of_another_pilot_is_not_found(page, add, make_pilot):
    row = add()
    make_pilot("Other")
    assert page(f"/pilots/CLM-2/plan/milestones/{row.pk}/edit/").status_code == 404


def test_one_that_goes_in_the_same_moment_is_not_found(send, add, monkeypatch):
    row = add()

    def gone(*args, **kwargs):
        raise Milestone.DoesNotExist

    monkeypatch.setattr("pilots.views.milestone.close_milestone", gone)
    assert send(_address(row, "done"), done_on="17 Nov 2026").status_code == 404


def test_milestone_leads_to_the_requirement_that_asks_for_the_same(page, pilot, by):
    for title in (ALERT, "Shadow run"):
        add_milestone(NewMilestone(pilot=Pilot.objects.get(pk=pilot.pk), title=title), by=by)

    rows = {row.milestone.title: row.same for row in page().context["milestones"]}

    same = ("A test alert that somebody acknowledged", f"/pilots/{pilot.key}/readiness/#alert-acknowledged")
    assert (rows[ALERT], rows["Shadow run"]) == (same, None)
