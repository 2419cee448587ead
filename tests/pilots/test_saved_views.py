"""Saved views: whose they are, what they ask, and how many each reader finds."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Role, Source
from pilots.actions.account import add_member
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.view import NewView, ViewEdit, edit_view, remove_view, save_view
from pilots.lifecycle import Stage
from pilots.models import Pilot, SavedView
from tests.conftest import NOW

LIST, NEW = "/pilots/", "/pilots/views/new/"


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def shared(program, by, make_pilot):
    make_pilot("Proven", stage=Stage.PROVEN)
    make_pilot("Hidden", stage=Stage.PROVEN, is_confidential=True)
    make_pilot("Piloting")
    return save_view(NewView(name="Proven", query="stage=proven", program=program), by=by)


def acting(user) -> By:
    return By(user=user, at=NOW, source=Source.WEB)


def tabs(response) -> list[tuple[str, int | None, bool]]:
    return [(tab.view.name, tab.count, tab.is_current) for tab in response.context["listing"].views.tabs]


def sentences(refused) -> list[str]:
    return [reason.sentence for reason in refused.value.reasons]


def test_every_reader_of_a_shared_view_finds_what_they_may_see(client, shared, viewer, stranger):
    mine = client.get(LIST)
    client.force_login(viewer)
    theirs, opened = client.get(LIST), client.get(f"{LIST}?stage=proven&view={shared.pk}")
    client.force_login(stranger)

    assert (tabs(mine), tabs(theirs)) == ([("Proven", 2, False)], [("Proven", 1, False)])
    assert tabs(opened) == [("Proven", 1, True)]
    assert tabs(client.get(LIST)) == []


def test_keeping_the_present_question_makes_a_tab(client, shared):
    asked = "stage=proven&ordering=-name&columns=name,owner"

    page = client.get(NEW, {"query": asked})
    done = client.post(NEW, {"query": asked + "&page=1", "name": "  Steering   19 Nov "}, follow=True)

    assert "Stage is" in page.content.decode()
    view = SavedView.objects.get(name="Steering 19 Nov")
    assert (view.query, view.is_shared) == ("stage=proven&ordering=-name&columns=name%2Cowner", False)
    assert tabs(done) == [("Proven", 2, False), ("Steering 19 Nov", 2, True)]


def test_changes_are_saved_to_the_view_one_came_from(client, shared, viewer):
    here = client.get(f"{LIST}?stage=piloting&view={shared.pk}")
    client.post(f"/pilots/views/{shared.pk}/save/", {"query": f"stage=piloting&view={shared.pk}"})
    there = client.get(f"{LIST}?stage=piloting&view={shared.pk}")
    client.force_login(viewer)
    theirs = client.get(f"{LIST}?stage=proven&view={shared.pk}")

    assert [page.context["listing"].views.may_save for page in (here, there, theirs)] == [True, False, False]
    assert SavedView.objects.get().query == "stage=piloting"
    told = Event.objects.get(verb="view.edited")
    assert (told.before, told.after) == ({"query": "stage=proven"}, {"query": "stage=piloting"})


def test_events_tell_of_a_view_only_what_a_program_was_shown(by, program):
    view = save_view(NewView(name="Who to let go", query="q=Ines"), by=by)
    edit_view(ViewEdit(view=view, fields={"name": "Ines"}), by=by)
    edit_view(ViewEdit(view=view, fields={"name": "Proven", "query": "", "program": program}), by=by)
    edit_view(ViewEdit(view=view, fields={"name": "Ines again", "program": None}), by=by)
    remove_view(view, by=by)

    told = Event.objects.filter(verb__startswith="view.").order_by("pk")
    assert list(told.values_list("verb", "program__slug", "subject", "before", "after")) == [
        ("view.saved", None, "", {}, {}),
        ("view.edited", None, "", {}, {}),
        (
            "view.edited",
            "claims",
            "Proven",
            {},
            {"name": "Proven", "query": "", "shared_with": "claims", "position": 0},
        ),
        ("view.edited", "claims", "Proven", {"shared_with": "claims"}, {}),
        ("view.removed", None, "", {}, {}),
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Give the view a name."),
        ("Proven", "You have a view of this name already. Give this one another."),
        ("n" * 61, "Write at most 60 characters; these are 61."),
    ],
)
def test_name_that_cannot_be_is_said_beside_the_field(client, shared, name, sentence):
    page = client.post(NEW, {"query": "stage=proven", "name": name})

    assert page.context["form"].errors["name"] == [sentence]
    assert SavedView.objects.count() == 1


def test_question_the_list_cannot_read_is_not_kept(client, shared):
    page = client.post(NEW, {"query": "stage=nix&over=1", "name": "Odd"})
    client.post(f"/pilots/views/{shared.pk}/save/", {"query": "columns=nix"})

    assert "This list has no filter “over”." in page.context["form"].non_field_errors()[0]
    assert [(view.name, view.query) for view in SavedView.objects.all()] == [("Proven", "stage=proven")]


def test_only_who_runs_a_program_shares_with_it(program, contributor, viewer, shared, by):
    with pytest.raises(Forbidden):
        save_view(NewView(name="Mine", query="", program=program), by=acting(contributor))
    own = save_view(NewView(name="Proven", query=""), by=acting(contributor))  # a name is one's own
    with pytest.raises(Forbidden):
        edit_view(ViewEdit(view=own, fields={"program": program}), by=acting(contributor))
    with pytest.raises(Forbidden, match="Maren, who saved it, can"):
        edit_view(ViewEdit(view=shared, fields={"name": "Theirs"}), by=acting(viewer))
    with pytest.raises(Forbidden):
        remove_view(shared, by=acting(viewer))
    with pytest.raises(SavedView.DoesNotExist):
        remove_view(own, by=acting(viewer))


def test_another_manager_may_remove_a_shared_view_but_not_change_it(
    client, shared, make_user, program, by_system
):
    other = make_user("otto@example.com")
    add_member(program=program, user=other, role=Role.MANAGER, by=by_system)
    client.force_login(other)

    edit = client.get(f"/pilots/views/{shared.pk}/edit/")
    stale = client.post(f"/pilots/views/{shared.pk}/remove/", {"name": "As it was called"})
    there = SavedView.objects.count()
    client.post(f"/pilots/views/{shared.pk}/remove/", {"name": "Proven"})

    assert (edit.status_code, stale.status_code, there) == (403, 302, 1)
    assert not SavedView.objects.exists()
    assert Event.objects.get(verb="view.removed").before["query"] == "stage=proven"
    assert Pilot.objects.count() == 3


def test_question_too_long_and_one_view_too_many_are_refused(by, monkeypatch):
    with pytest.raises(Refused) as long:
        save_view(NewView(name="Long", query="q" * 2001), by=by)
    monkeypatch.setattr("pilots.actions.view.MOST_VIEWS", 1)
    save_view(NewView(name="One", query=""), by=by)
    with pytest.raises(Refused) as many:
        save_view(NewView(name="Two", query=""), by=by)

    assert sentences(long) == ["This asks too much for one view. Leave some filters out."]
    assert sentences(many) == ["You have 1 views, the most there can be. Remove one first."]


@pytest.mark.parametrize("count", [1, 100])
def test_five_views_cost_the_same_for_any_number_of_pilots(client, program, by, count):
    log_pilots([NewPilot(program=program, name=f"P {n}", problem="…") for n in range(count)], by=by)
    for n in range(7):
        save_view(NewView(name=f"View {n}", query="stage=piloting&ordering=name"), by=by)

    with CaptureQueriesContext(connection) as queries:
        page = client.get(LIST)

    # as without views, and one that counts all five; real or sample is asked once more for all of them
    assert len(queries) == 14
    assert [tab.count for tab in page.context["listing"].views.tabs] == [count] * 5
    assert len(page.context["listing"].views.others) == 2
