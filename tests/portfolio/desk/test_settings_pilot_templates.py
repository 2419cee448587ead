"""Templates of new pilots: kept, changed and removed in the browser and through the API."""

import json

import pytest
from django.test import Client

from pilots.access.models import Event
from pilots.actions.account import create_token
from pilots.actions.by import Refused
from pilots.actions.custom import NewField, define_field
from pilots.actions.pilot_template import NewTemplate, TemplateEdit, add_template, edit_template
from pilots.custom import FieldKind
from pilots.models import PilotTemplate
from pilots.web.told import tell

URL = "/settings/programs/claims/pilot-templates/"
API = "/api/v1/programs/claims/pilot-templates/"


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_a_template_is_kept_changed_and_removed(client, manager, program, by):
    define_field(NewField(program=program, label="Platform", kind=FieldKind.TEXT), by=by)
    client.force_login(manager)

    sent = {"name": "Letters", "hint": "Say who reads them.", "tags": "letters, mail", "custom/platform": "X"}
    client.post(URL, sent)
    row = PilotTemplate.objects.get()
    kept = dict(row.values)
    client.post(f"{URL}{row.pk}/", sent | {"name": "Mail", "tags": "", "hint": ""})
    row.refresh_from_db()
    client.post(f"{URL}{row.pk}/remove/")

    assert kept == {"hint": "Say who reads them.", "tags": ["letters", "mail"], "custom": {"platform": "X"}}
    assert (row.name, row.values) == ("Mail", {"custom": {"platform": "X"}})
    assert PilotTemplate.objects.count() == 0
    told = [tell(event).what for event in Event.objects.filter(verb__startswith="template.").order_by("pk")]
    assert told == [
        "kept the pilot template Letters",
        "edited the pilot template Mail",
        "removed the pilot template Mail",
    ]


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param({"name": " "}, {"name": ["A template needs a name."]}, id="no-name"),
        pytest.param(
            {"name": "letters"},
            {"name": ["This program has a template “letters” already. Give this one another name."]},
            id="repeated",
        ),
        pytest.param(
            {"number": "faster"},
            {
                "number": [
                    (
                        "Headway cannot find a name and two numbers in this. "
                        "Write it like “Handling time 14 → 9 min”, or “not agreed yet”."
                    )
                ]
            },
            id="number",
        ),
        pytest.param({"how_built": "magic"}, {"how_built": ["Choose one of the list."]}, id="how"),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(client, manager, program, by, fields, errors):
    add_template(NewTemplate(program=program, name="Letters"), by=by)
    client.force_login(manager)

    response = client.post(URL, {"name": "Another"} | fields)

    assert (_errors(response), PilotTemplate.objects.count()) == (errors, 1)


def test_a_retired_field_stays_in_a_template_that_only_gets_another_name(program, by):
    row = add_template(NewTemplate(program=program, name="Letters"), by=by)
    PilotTemplate.objects.update(values={"custom": {"gone": "x"}})

    edited = edit_template(TemplateEdit(template=row, name="Mail"), by=by)
    with pytest.raises(Refused):
        edit_template(TemplateEdit(template=row, values={"custom": {"gone": "x"}}), by=by)

    assert (edited.name, edited.values) == ("Mail", {"custom": {"gone": "x"}})


def test_the_api_reads_and_writes_the_same(program, manager, by_system):
    secret = create_token(user=manager, name="t", scopes={"read", "write"}, by=by_system)[1]
    caller = Client(headers={"Authorization": f"Bearer {secret}"})

    def send(method, url, body=None, **headers):
        return caller.generic(
            method, url, json.dumps(body) if body else "", content_type="application/json", headers=headers
        )

    made = send("POST", API, {"name": "Letters", "number": "Minutes ? → 4 min", "tags": ["mail"]})
    wrong = send("POST", API, {"name": "Others", "number": "faster"})
    edited = send("PATCH", f"{API}{made.json()['id']}/", {"how_built": "bought"})
    listed = caller.get(API).json()
    gone = send("DELETE", f"{API}{made.json()['id']}/", **{"If-Match": "*"})

    assert made.status_code == 201
    assert (wrong.status_code, "number" in wrong.content.decode()) == (400, True)
    assert edited.json() == {
        "id": made.json()["id"],
        "name": "Letters",
        "hint": None,
        "number": "Minutes ? → 4 min",
        "how_built": "bought",
        "tags": ["mail"],
        "custom": {},
    }
    assert [row["name"] for row in listed] == [
        "Letters",
        "Document extraction",
        "Assistant for staff",
        "Sensor anomalies",
    ]
    assert (gone.status_code, PilotTemplate.objects.count()) == (204, 0)
