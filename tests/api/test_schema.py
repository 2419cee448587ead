import os
from datetime import date

import jsonschema
import pytest
import yaml
from django.core.management import call_command

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.oneline import read_kpi
from pilots.actions.answer import GivenAnswer, give_answer
from pilots.actions.custom import NewField, define_field
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.limits import set_limits
from pilots.actions.log import NewLine, write_log
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.owner import Contact
from pilots.custom import FieldKind
from pilots.models import AnswerKind, Flag, LogKind
from pilots.rules import RULES
from portfolio.api.description import description
from portfolio.exchange.models import Import

ROWS = {
    "programs/": "Program",
    "pilots/": "Pilot",
    "owners/": "Owner",
    "ownerships/": "Ownership",
    "transitions/": "Transition",
    "holds/": "Hold",
    "log/": "LogEntry",
    "flags/": "Flag",
    "rules/": "Rule",
    "decisions/": "Decision",
    "milestones/": "Milestone",
    "custom-fields/": "CustomField",
    "answers/": "Answer",
    "imports/": "Import",
}


@pytest.fixture(scope="module")
def schema():
    return description()


@pytest.fixture
def full_pilot(make_pilot, program, by):
    field = NewField(program=program, label="Works council", kind=FieldKind.YES_NO)
    custom = {define_field(field, by=by).code: True}
    owner = Contact(name="Tomasz", email="tomasz@example.com")
    pilot = make_pilot(owner=owner, tags=("one",), custom=custom)
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    write_log([NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="x")], by=by)
    hold_pilot(NewHold(pilot=pilot, reason="x", agreed_by="y", review_on=date(2026, 12, 1)), by=by)
    add_milestone(NewMilestone(pilot=pilot, title="Go-live", owner=Contact(name="Ines")), by=by)
    ask_decision(NewDecision(pilot=pilot, question="Go on?"), by=by)
    give_answer(GivenAnswer(pilot=pilot, person=by.user, kind=AnswerKind.MOVING), by=by)
    set_limits(RULES.get("R-01"), {"high": 150}, program=pilot.program, by=by)
    Import.objects.create(program=program, made_by=by.user, made_at=by.at, file_name="x", as_of=by.at.date())
    Flag.objects.create(
        pilot=pilot,
        rule="R-08",
        kind="stall",
        pattern="purgatory",
        severity="high",
        since=date(2026, 1, 1),
        crossed_on=date(2026, 6, 30),
        limit_name="high",
        limit=180,
        opened_at=by.at,
    )
    return pilot


def test_description_is_valid_and_without_warnings():
    call_command("spectacular", validate=True, fail_on_warn=True, file=os.devnull)


def test_description_is_openapi_3_1(schema):
    assert schema["openapi"] == "3.1.1"
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_every_operation_says_what_it_does_and_how_it_fails(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            statuses = set(operation["responses"])
            assert {"400", "401", "403", "default"} <= statuses, where
            if method in {"post", "put", "patch"}:
                assert {"409", "412"} <= statuses, where
            if method in {"post", "put", "patch"} and not path.endswith("/accept/"):
                kind = "multipart/form-data" if path.endswith("/imports/") else "application/json"
                assert list(operation["requestBody"]["content"]) == [kind], where
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"], where


def test_names_of_operations_are_unique_and_plain(schema):
    names = [
        operation["operationId"] for methods in schema["paths"].values() for operation in methods.values()
    ]

    assert len(names) == len(set(names))
    assert {"pilots_list", "pilots_move", "pilots_check_in", "ownerships_accept", "events_list"} <= set(names)


@pytest.mark.parametrize(("path", "component"), ROWS.items())
def test_answers_hold_what_is_described_and_nothing_else(api, schema, full_pilot, path, component):
    rows = api.get(path).data["results"]

    declared = schema["components"]["schemas"][component]
    validator = jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{component}", "components": schema["components"]},
        format_checker=jsonschema.FormatChecker(),
    )
    assert rows
    for row in rows:
        validator.validate(row)
        assert set(row) == set(declared["properties"])
        assert set(declared["required"]) == set(declared["properties"])


@pytest.mark.django_db(transaction=True)
def test_events_hold_what_is_described(api, schema, full_pilot):
    validator = jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Event", "components": schema["components"]}
    )
    for row in api.get("events/?limit=100").data["results"]:
        validator.validate(row)
        assert set(row) == set(schema["components"]["schemas"]["Event"]["properties"])


def test_examples_are_sound(schema):
    """Every example of a body is one its schema accepts."""
    checked = 0
    for methods in schema["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                jsonschema.Draft202012Validator(
                    {**content["schema"], "components": schema["components"]}
                ).validate(example["value"])
                checked += 1
    assert checked >= 8


def test_description_is_served_as_json_and_as_yaml(api, schema):
    as_json = api.get("schema/")
    as_yaml = api.get("schema/", Accept="application/vnd.oai.openapi")

    assert as_json["Content-Type"] == "application/vnd.oai.openapi+json"
    assert as_json.json()["paths"].keys() == schema["paths"].keys()
    assert yaml.safe_load(as_yaml.content)["info"] == {
        "title": "Headway",
        "version": "1",
        "description": "Pilots, their history, the people who answer for them, and the funnel.",
    }
    assert api.get("schema/?format=yaml").status_code == 400
