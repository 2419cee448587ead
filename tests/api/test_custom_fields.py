import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions.custom import FieldEdit, NewField, define_field, edit_field
from pilots.actions.pilot import Edit, edit_pilot
from pilots.custom import FieldKind
from pilots.models import CustomField, Pilot
from tests.conftest import NOW

NEW = {"program": "claims", "label": "Platform", "kind": "choice", "choices": ["In house", "Cloud"]}
DESCRIPTION = {
    "name": "Claims triage",
    "problem": "It takes nine days to sort a claim.",
    "unit": None,
    "vendor": None,
    "contract": None,
    "how_built": None,
    "risk": None,
    "is_confidential": False,
    "decide_by": None,
    "tags": [],
}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def fields(program, by) -> list[CustomField]:
    return [
        define_field(NewField(program=program, label=label, kind=kind, choices=choices), by=by)
        for label, kind, choices in (
            ("Budget", FieldKind.MONEY, ()),
            ("Works council", FieldKind.YES_NO, ()),
            ("Platform", FieldKind.CHOICE, ("In house", "Cloud")),
        )
    ]


def _faults(answer) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["detail"]) for fault in answer.data["errors"]]


# --- The fields --------------------------------------------------------------------


def test_a_field_is_set_up_and_read(api, program):
    answer = api.post("custom-fields/", NEW)

    field = CustomField.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver/api/v1/custom-fields/{field.pk}/"
    assert answer.data == {
        "id": field.pk,
        "program": "claims",
        "code": "platform",
        "label": "Platform",
        "kind": "choice",
        "choices": ["In house", "Cloud"],
        "position": 0,
        "is_active": True,
        "version": 1,
    }
    assert api.get(f"custom-fields/{field.pk}/").data == answer.data


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"program": "finance"}, "/program"),
        ({"label": ""}, "/label"),
        ({"label": "x" * 101}, "/label"),
        ({"kind": "colour"}, "/kind"),
        ({"choices": "Cloud"}, "/choices"),
        ({"choices": ["x" * 101]}, "/choices/0"),
        ({"code": "x"}, "/code"),
    ],
)
def test_a_field_is_read_strictly(api, program, other_program, fields, pointer):
    answer = api.post("custom-fields/", NEW | fields)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, pointer)
    assert not CustomField.objects.exists()


def test_what_the_action_refuses_names_the_field(api, fields):
    repeated = api.post("custom-fields/", NEW)
    empty = api.post("custom-fields/", NEW | {"label": "Tool", "choices": []})

    assert (repeated.status_code, repeated.data["errors"][0]["pointer"]) == (409, "/label")
    assert (empty.status_code, empty.data["errors"][0]["pointer"]) == (409, "/choices")


def test_only_what_is_sent_changes(api, fields):
    address = f"custom-fields/{fields[2].pk}/"
    moved = api.patch(address, {"position": 0, "label": "Runs on"})
    retired = api.patch(address, {"is_active": False})

    assert (moved.data["label"], moved.data["position"], moved.data["code"]) == ("Runs on", 0, "platform")
    assert (retired.data["is_active"], retired.data["choices"]) == (False, ["In house", "Cloud"])
    assert [api.patch(address, {"position": place}).status_code for place in ("0", -1, True, 1000)] == [
        400
    ] * 4
    assert api.patch(address, {"kind": "text"}).status_code == 400


def test_who_sets_fields_up(make_api, fields, contributor, stranger):
    api = make_api(contributor)
    assert api.post("custom-fields/", NEW).status_code == 403
    assert api.patch(f"custom-fields/{fields[0].pk}/", {"label": "x"}).status_code == 403
    assert len(api.get("custom-fields/").data["results"]) == 3
    assert make_api(stranger).get("custom-fields/").data["results"] == []


def test_filters(api, fields, other_program, by, by_system):
    define_field(NewField(program=other_program, label="Unseen", kind=FieldKind.TEXT), by=by_system)
    edit_field(FieldEdit(field=fields[0], fields={"is_active": False}), by=by)

    def found(query: str) -> list[str]:
        return [row["code"] for row in api.get(f"custom-fields/?{query}").data["results"]]

    assert found("") == ["budget", "works-council", "platform"]
    assert found("program=claims&is_active=true") == ["works-council", "platform"]
    assert found("is_active=false") == ["budget"]


# --- The values --------------------------------------------------------------------


def test_values_ride_inline(api, fields, make_pilot):
    make_pilot()
    assert api.get("pilots/CLM-1/").data["custom"] == {}

    custom = {"budget": "12500.50", "works-council": False, "platform": "Cloud"}
    answer = api.patch("pilots/CLM-1/", {"custom": custom})

    kept = {"budget": "12500.5", "works-council": False, "platform": "Cloud"}
    assert (answer.status_code, answer.data["custom"]) == (200, kept)
    answer = api.patch("pilots/CLM-1/", {"custom": {"budget": None}})
    assert answer.data["custom"] == {"works-council": False, "platform": "Cloud"}
    assert [row["custom"] for row in api.get("pilots/").data["results"]] == [answer.data["custom"]]


def test_a_pilot_is_logged_with_values(api, fields):
    new = {"program": "claims", "name": "New", "problem": "x", "stage": "idea"}
    answer = api.post("pilots/", new | {"custom": {"works-council": True, "budget": None}})
    refused = api.post("pilots/", new | {"custom": {"nowhere": "x"}})

    assert (answer.status_code, answer.data["custom"]) == (201, {"works-council": True})
    assert (refused.status_code, refused.data["errors"][0]["pointer"]) == (409, "/custom/nowhere")
    assert Pilot.objects.count() == 1


def test_replacing_a_pilot_may_leave_them_out(api, fields, make_pilot, by):
    edit_pilot(Edit(pilot=make_pilot(), fields={"custom": {"works-council": True}}), by=by)
    tag = api.get("pilots/CLM-1/")["ETag"]

    answer = api.put("pilots/CLM-1/", DESCRIPTION, If_Match=tag)

    assert (answer.status_code, answer.data["custom"]) == (200, {"works-council": True})
    assert Event.objects.filter(verb="pilot.edited").count() == 1


@pytest.mark.parametrize(
    ("custom", "status", "faults"),
    [
        ("x", 400, [("/custom", "Send an object: values by the code of their field.")]),
        (None, 400, [("/custom", "This cannot be null. Send a value, or leave it out where it may be.")]),
        ({"budget": 12500}, 400, [("/custom/budget", "Send text, true, false or null.")]),
        (dict.fromkeys(map(str, range(51))), 400, [("/custom", "These are too many. Send at most 50.")]),
        (
            {"budget": "12,50", "works-council": "yes", "nowhere": None},
            409,
            [
                ("/custom/budget", "Budget: “12,50” can be read in two ways. Write 12.50, or 1250."),
                ("/custom/works-council", "Works council: Send true, false or null."),
                ("/custom/nowhere", "This program has no field “nowhere”."),
            ],
        ),
    ],
)
def test_values_are_read_strictly(api, fields, make_pilot, custom, status, faults):
    make_pilot()
    answer = api.patch("pilots/CLM-1/", {"custom": custom})

    assert (answer.status_code, _faults(answer)) == (status, faults)
    assert Pilot.objects.get().custom == {}
