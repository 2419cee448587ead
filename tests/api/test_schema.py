import os
from datetime import date
from decimal import Decimal

import jsonschema
import pytest
import yaml
from django.core.management import call_command

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.actions.measurement import NewReading, record_readings
from kpis.models import SignOff
from kpis.oneline import read_kpi
from kpis.terms import Entry
from pilots.actions.answer import GivenAnswer, give_answer
from pilots.actions.connection import NewConnection, add_connection
from pilots.actions.custom import NewField, define_field
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.limits import set_limits
from pilots.actions.log import NewLine, write_log
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.actions.owner import Contact
from pilots.actions.rollout import NewStep, add_step
from pilots.custom import FieldKind
from pilots.design import ConnectionKind, RolloutKind
from pilots.models import AnswerKind, Approval, Evidence, Flag, LogKind, Waiting, Waiver
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
    "connections/": "Connection",
    "rollout-steps/": "RolloutStep",
    "model-versions/": "ModelVersion",
    "custom-fields/": "CustomField",
    "answers/": "Answer",
    "imports/": "Import",
    "requirements/": "Requirement",
    "evidence/": "Evidence",
    "waivers/": "Waiver",
    "approvals/": "Approval",
    "waits/": "Wait",
    "measurements/": "Measurement",
    "kpis/": "Kpi",
    "sign-offs/": "SignOff",
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
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    reading = NewReading(kpi=kpi, value=Decimal("9.4"), provenance="shadow", sample_size=4)
    record_readings([reading], entry=Entry.API, by=by)
    whole = {"owner": owner, "threshold": Decimal(11), "window_days": 30, "baseline_on": date(2026, 9, 30)}
    edit_kpis([KpiEdit(kpi=kpi, fields=whole)], by=by)
    SignOff.objects.create(
        version=kpi.versions.get(number=2),
        signer=pilot.program.owners.get(name="Tomasz"),
        signed_on=date(2026, 11, 2),
        recorded_at=by.at,
    )
    write_log([NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="x")], by=by)
    hold_pilot(NewHold(pilot=pilot, reason="x", agreed_by="y", review_on=date(2026, 12, 1)), by=by)
    add_milestone(NewMilestone(pilot=pilot, title="Go-live", owner=Contact(name="Ines")), by=by)
    add_connection(NewConnection(pilot=pilot, name="Claims", kind=ConnectionKind.SOURCE), by=by)
    add_step(
        NewStep(pilot=pilot, kind=RolloutKind.SHADOW, share_percent=0, starts_on=date(2026, 11, 2)), by=by
    )
    add_model_version(NewModelVersion(pilot=pilot, label="v1", changed_on=date(2026, 11, 2)), by=by)
    ask_decision(NewDecision(pilot=pilot, question="Go on?"), by=by)
    give_answer(GivenAnswer(pilot=pilot, person=by.user, kind=AnswerKind.MOVING), by=by)
    set_limits(RULES.get("R-01"), {"high": 150}, program=pilot.program, by=by)
    Import.objects.create(program=program, made_by=by.user, made_at=by.at, file_name="x", as_of=by.at.date())
    Evidence.objects.create(
        pilot=pilot,
        requirement="evaluation",
        kind="test",
        text="x",
        stage="piloting",
        dated=date(2026, 11, 1),
        brought_at=by.at,
    )
    Waiver.objects.create(
        pilot=pilot, subject="G2", reason="x", until=date(2099, 1, 1), waived_at=by.at, waived_by=by.user
    )
    Approval.objects.create(pilot=pilot, gate="G3", basis={"evaluation": "1"}, approved_at=by.at)
    Waiting.objects.create(pilot=pilot, requirement="evaluation", on_role="legal", since=date(2026, 11, 1))
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
    assert yaml.load(as_yaml.content, Loader=yaml.CSafeLoader)["info"] == {
        "title": "Headway",
        "version": "1",
        "description": "Pilots, their history, the people who answer for them, and the funnel.",
    }
    assert api.get("schema/?format=yaml").status_code == 400
