"""By the API: filters of custom fields, saved views, many pilots changed at once, versions of fields."""

import uuid

import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions.custom import NewField, define_field
from pilots.actions.pilot import Edit, edit_pilot
from pilots.custom import FieldKind
from pilots.models import CustomField, Pilot, PilotTag, SavedView
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilots(program, by, make_pilot):
    define_field(NewField(program=program, label="Cost", kind=FieldKind.MONEY), by=by)
    return [
        make_pilot("One", custom={"cost": "9"}),
        make_pilot("Two", custom={"cost": "10"}),
        make_pilot("Three"),
    ]


def faults(answer) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["detail"]) for fault in answer.data["errors"]]


def test_list_is_asked_by_custom_fields(api, pilots):
    found = api.get("pilots/?field.cost.from=9.5")
    wrong = api.get("pilots/?field.nix=1&field.cost=much")

    assert [row["key"] for row in found.data["results"]] == ["CLM-2"]
    assert (wrong.status_code, faults(wrong)) == (
        400,
        [
            ("?field.nix", "No program here keeps a field “nix”."),
            ("?field.cost", "“much” is not a number. Write digits, with a point before decimals: 12500.5."),
        ],
    )


def test_view_is_kept_read_changed_and_removed(api, program):
    made = api.post("views/", {"name": "Legal", "query": "?waiting=legal&page=2", "shared_with": "claims"})
    address = f"views/{made.data['id']}/"
    edited = api.patch(address, {"name": "Waits for Legal", "shared_with": None})

    assert (made.status_code, made.data) == (
        201,
        {
            "id": made.data["id"],
            "name": "Legal",
            "query": "waiting=legal",
            "shared_with": "claims",
            "owner": "Maren",
            "is_yours": True,
        },
    )
    assert (edited.data["name"], edited.data["shared_with"]) == ("Waits for Legal", None)
    assert api.get("views/").data["results"] == [edited.data]
    assert api.send("DELETE", address).status_code == 428
    assert api.send("DELETE", address, If_Match="*").status_code == 204
    verbs = Event.objects.filter(verb__startswith="view.").order_by("pk").values_list("verb", flat=True)
    assert (list(verbs), SavedView.objects.count()) == (["view.saved", "view.edited", "view.removed"], 0)


@pytest.mark.parametrize(
    ("body", "status", "pointer", "sentence"),
    [
        ({"name": "x", "query": "over=1"}, 400, "/query", "This list has no filter “over”."),
        ({"name": "x", "query": "stage=nix"}, 400, "/query", "“nix” is not known here."),
        ({"name": "", "query": ""}, 400, "/name", "This is empty. Write it."),
        ({"name": "x" * 61, "query": ""}, 400, "/name", "Write at most 60 characters."),
        ({"name": "x", "query": "", "shared_with": "nix"}, 400, "/shared_with", "There is no program “nix”"),
        ({"name": "Legal", "query": ""}, 409, "/name", "You have a view of this name already."),
    ],
)
def test_view_that_cannot_be_kept_is_refused_by_its_field(api, manager, body, status, pointer, sentence):
    SavedView.objects.create(owner=manager, name="Legal")

    answer = api.post("views/", body)

    assert (answer.status_code, faults(answer)[0][0]) == (status, pointer)
    assert sentence in faults(answer)[0][1]


def test_many_change_at_once_and_come_back(api, pilots):
    body = {"keys": ["clm-1", "CLM-2"], "set": {"unit": "Claims", "custom": {"cost": "12.5"}}}
    made = api.post("pilots/bulk/", body)
    values = list(Pilot.objects.order_by("pk").values_list("unit", "custom"))
    undone = api.post(f"bulk-edits/{made.data['id']}/undo/", {})

    assert (made.status_code, made.data["keys"], made.data["what"]) == (
        201,
        ["CLM-1", "CLM-2"],
        "unit is Claims, Cost is 12.5",
    )
    assert values == [("Claims", {"cost": "12.5"}), ("Claims", {"cost": "12.5"}), ("", {})]
    assert (undone.status_code, undone.data["undone_at"]) == (200, "2026-11-18T09:00:00Z")
    assert list(Pilot.objects.order_by("pk").values_list("custom", flat=True)) == [
        {"cost": "9"},
        {"cost": "10"},
        {},
    ]
    assert api.post(f"bulk-edits/{uuid.uuid4()}/undo/", {}).status_code == 404


def test_token_of_one_pilot_neither_sees_nor_uses_up_a_change_of_several(api, make_api, manager, pilots):
    made = api.post("pilots/bulk/", {"keys": ["CLM-1", "CLM-2"], "set": {"add_tags": ["mail"]}})
    address = f"bulk-edits/{made.data['id']}/undo/"

    one = make_api(manager, pilot_ids=[pilots[0].pk]).post(address, {"leave_out": True})
    none = make_api(manager, pilot_ids=[pilots[2].pk]).post(address, {"leave_out": True})

    assert (one.status_code, one.data["detail"]) == (
        403,
        "This change has pilots that this token does not reach. Undo it in the browser.",
    )
    assert (none.status_code, PilotTag.objects.count()) == (404, 2)
    both = make_api(manager, pilot_ids=[pilot.pk for pilot in pilots[:2]]).post(address, {})
    assert (both.status_code, both.data["keys"], PilotTag.objects.count()) == (200, ["CLM-1", "CLM-2"], 0)


def test_those_that_changed_refuse_all_or_are_left_out_by_name(api, pilots, by):
    edit_pilot(Edit(pilot=pilots[1], fields={"vendor": "Acme"}), by=by)
    body = {
        "keys": ["CLM-1", "CLM-2"],
        "set": {"add_tags": ["mail"]},
        "versions": {"CLM-1": 1, "CLM-2": 1},
    }

    refused = api.post("pilots/bulk/", body)
    before = PilotTag.objects.count()
    made = api.post("pilots/bulk/", {**body, "leave_out": True})

    assert (refused.status_code, faults(refused), before) == (
        409,
        [("/pilots", "CLM-2, Two: somebody else changed it meanwhile.")],
        0,
    )
    assert (made.data["keys"], made.data["left_out"]) == (["CLM-1"], ["CLM-2"])


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"keys": ["CLM-1"], "set": {}}, 400, "Say what is to change."),
        (
            {"keys": ["CLM-1"], "set": {"unit": "x", "owner": "Ada"}},
            400,
            "Send one of owner, tags, hold or values.",
        ),
        ({"keys": [], "set": {"unit": "x"}}, 409, "No pilot is chosen. Choose at least one."),
        ({"keys": ["CLM-99"], "set": {"unit": "x"}}, 409, "There is no pilot CLM-99 that you can see."),
        ({"keys": ["CLM-1"] * 501, "set": {"unit": "x"}}, 400, "These are too many. Send at most 500."),
        ({"keys": ["CLM-1"], "set": {"custom": {"nix": "1"}}}, 409, "has no field “nix”."),
        ({"keys": ["CLM-1"], "set": {"hold": {"reason": "r"}}}, 400, "This is missing. Send it."),
    ],
)
def test_change_of_many_that_cannot_be_is_refused(api, pilots, body, status, sentence):
    answer = api.post("pilots/bulk/", body)

    assert answer.status_code == status
    assert sentence in faults(answer)[0][1]
    assert (
        not Event.objects.exclude(verb__in=["pilot.created", "field.defined"])
        .filter(pilot_id__isnull=False)
        .exists()
    )


def test_second_of_two_who_edit_a_field_is_told(api, client, manager, pilots):
    field = CustomField.objects.get()
    client.force_login(manager)
    page = f"/settings/programs/claims/fields/{field.code}/"
    read = client.get(page).context["form"].initial["version"]
    first = api.patch(f"custom-fields/{field.pk}/", {"label": "Budget"}, If_Match='"v1"')

    late = api.patch(f"custom-fields/{field.pk}/", {"label": "Money"}, If_Match='"v1"')
    conflict = client.post(page, {"label": "Money", "version": read})
    again = client.post(page, {"label": "Money", "version": conflict.context["form"]["version"].value()})

    assert (first.status_code, first["ETag"], late.status_code) == (200, '"v2"', 412)
    assert (conflict.status_code, conflict.context["form"]["label"].value()) == (409, "Money")
    assert "Budget was changed by somebody else while you worked on it." in conflict.content.decode()
    assert (again.status_code, CustomField.objects.get().label) == (302, "Money")
