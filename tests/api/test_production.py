from datetime import date, timedelta

import pytest
import time_machine

from pilots.actions.connection import NewConnection, add_connection
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.actions.rollout import NewStep, add_step
from pilots.design import ConnectionKind, RolloutKind
from pilots.models import Connection, ModelVersion, Pilot, RiskTier, RolloutStep
from tests.conftest import NOW, TODAY

CONNECTION = {"pilot": "CLM-1", "name": "Claims", "kind": "source", "origin": "Policy", "is_live": True}
STEP = {
    "pilot": "CLM-1",
    "kind": "canary",
    "share_percent": 5,
    "starts_on": "2026-11-18",
    "rollback_when": "2 % wrong",
}
VERSION = {"pilot": "CLM-1", "label": "v1", "changed_on": "2026-11-02", "is_live": True}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


def _tag() -> str:
    return f'"v{Pilot.objects.get(key="CLM-1").version}"'


def test_a_connection_is_listed_read_changed_and_removed(api, pilot):
    made = api.post("connections/", CONNECTION, Idempotency_Key="a")
    again = api.post("connections/", CONNECTION, Idempotency_Key="a")
    row = Connection.objects.get()
    address = f"connections/{row.pk}/"
    shown = {
        "id": row.pk,
        "pilot": "CLM-1",
        "name": "Claims",
        "kind": "source",
        "state": "listed",
        "is_live": True,
        "owner": None,
        "contract_agreed_on": None,
        "origin": "Policy",
        "transformations": None,
        "approved_by": None,
        "constraints": None,
        "lineage_known": 1,
        "freshness_hours": None,
        "access_reviewed_on": None,
        "quality_checked_on": None,
        "tested_on": None,
    }

    assert (made.status_code, made.data, again.data) == (201, shown, shown)
    assert made["Location"] == f"http://testserver/api/v1/{address}"
    read = api.get(address)
    assert (read.data, read["ETag"], made["ETag"]) == (shown, _tag(), _tag())
    stale = api.patch(address, {"name": "Other"}, If_Match='"v1"')
    patched = api.patch(address, {"state": "tested", "tested_on": "2026-11-17"}, If_Match=_tag())
    assert (stale.status_code, patched.status_code) == (412, 200)
    assert patched.data == shown | {"state": "tested", "tested_on": "2026-11-17"}
    assert api.send("DELETE", address).status_code == 428
    assert api.send("DELETE", address, If_Match=_tag()).status_code == 204
    assert api.get(address).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        ("connections/", CONNECTION | {"kind": "thing"}, 400, "/kind"),
        ("connections/", CONNECTION | {"state": "tested", "is_live": False}, 409, "/tested_on"),
        ("connections/", CONNECTION | {"contract_agreed_on": "2026-11-02"}, 409, "/owner"),
        ("connections/", CONNECTION | {"lineage_known": 4}, 400, "/lineage_known"),
        ("connections/", CONNECTION | {"pilot": "CLM-9"}, 400, "/pilot"),
        ("rollout-steps/", STEP | {"share_percent": "5"}, 400, "/share_percent"),
        ("rollout-steps/", STEP | {"share_percent": True}, 400, "/share_percent"),
        ("rollout-steps/", STEP | {"share_percent": 101}, 400, "/share_percent"),
        ("rollout-steps/", STEP | {"kind": "full", "share_percent": 100}, 409, "/share_percent"),
        ("rollout-steps/", STEP | {"ends_on": "2026-11-17"}, 409, "/ends_on"),
        ("rollout-steps/", STEP | {"rollback_when": None}, 409, "/rollback_when"),
        ("model-versions/", VERSION | {"changed_on": "2026-11-19"}, 409, "/changed_on"),
        ("model-versions/", VERSION | {"is_live": "yes"}, 400, "/is_live"),
    ],
)
def test_what_is_wrong_is_named(api, pilot, path, body, status, pointer):
    answer = api.post(path, body)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (status, pointer)
    assert [model.objects.count() for model in (Connection, RolloutStep, ModelVersion)] == [0, 0, 0]


def test_steps_are_planned_decided_and_larger_only_then(api, pilot):
    made = api.post("rollout-steps/", STEP)
    address = f"rollout-steps/{made.data['id']}/"
    larger = STEP | {"kind": "limited", "share_percent": 20}
    early = api.post("rollout-steps/", larger)
    moved = api.patch(address, {"audience": "One team"}, If_Match=_tag())
    decided = api.post(f"{address}decide/", {"outcome": "proceed", "result": "1 % wrong"}, If_Match=_tag())
    then = api.post("rollout-steps/", larger)

    assert (early.status_code, early.data["errors"][0]["code"]) == (409, "undecided")
    assert moved.data["audience"] == "One team"
    assert decided.data == {
        **STEP,
        "id": made.data["id"],
        "number": 1,
        "ends_on": None,
        "audience": "One team",
        "outcome": "proceed",
        "result": "1 % wrong",
        "decided_on": "2026-11-18",
    }
    assert (then.status_code, then.data["number"], then["ETag"]) == (201, 2, _tag())
    assert api.send("DELETE", address, If_Match=_tag()).status_code == 409
    assert api.send("DELETE", f"rollout-steps/{then.data['id']}/", If_Match=_tag()).status_code == 204


def test_one_version_is_live(api, pilot):
    first = api.post("model-versions/", VERSION)
    second = api.post("model-versions/", {"pilot": "CLM-1", "label": "v2", "changed_on": "2026-11-16"})
    address = f"model-versions/{second.data['id']}/"
    pinned = api.patch(address, {"is_pinned": True, "provider": "Acme"})
    live = api.post(f"{address}live/", {}, If_Match=_tag())

    assert pinned.data["is_live"] is False
    assert live.data == {
        "id": second.data["id"],
        "pilot": "CLM-1",
        "label": "v2",
        "provider": "Acme",
        "is_pinned": True,
        "changed_on": "2026-11-18",
        "training_data_through": None,
        "is_live": True,
    }
    assert api.get(f"model-versions/{first.data['id']}/").data["is_live"] is False
    assert api.send("DELETE", address, If_Match=_tag()).status_code == 409


def test_how_it_runs_is_patched_and_shown(api, make_pilot):
    make_pilot(risk=RiskTier.HIGH)
    unwatched = api.patch("pilots/CLM-1/", {"model_tier": "largest"})
    fields = {"serving_pattern": "batch", "regime": "none", "human_oversight": "An adjuster, each refusal"}
    done = api.patch("pilots/CLM-1/", fields | {"model_tier": "largest", "complexity": "high"})
    cleared = api.patch("pilots/CLM-1/", {"serving_pattern": None})

    assert (unwatched.status_code, unwatched.data["errors"][0]["pointer"]) == (409, "/human_oversight")
    shown = fields | {
        "model_tier": "largest",
        "complexity": "high",
        "serving_location": None,
        "stands_alone_because": None,
    }
    assert {name: done.data[name] for name in shown} == shown
    assert cleared.data["serving_pattern"] is None


def test_lists_are_narrowed_and_cost_the_same_for_any_number(
    api, pilot, make_pilot, by, django_assert_max_num_queries
):
    other = make_pilot("Other")
    for number in range(20):
        name, on = f"C{number}", TODAY - timedelta(number)
        kind = ConnectionKind.SOURCE if number else ConnectionKind.API
        add_connection(NewConnection(pilot=pilot, name=name, kind=kind), by=by)
        add_model_version(NewModelVersion(pilot=pilot, label=name, changed_on=on, is_live=not number), by=by)
    add_step(
        NewStep(pilot=other, kind=RolloutKind.SHADOW, share_percent=0, starts_on=date(2026, 11, 2)), by=by
    )

    def count(query: str) -> int:
        return len(api.get(f"{query}limit=100").data["results"])

    for path in ("connections/", "model-versions/", "rollout-steps/"):
        with django_assert_max_num_queries(6):
            api.get(f"{path}?limit=100")
    assert [
        count(f"connections/?{query}&") for query in ("kind=api", "state=tested", "has_contract=false")
    ] == [
        1,
        0,
        20,
    ]
    assert [count(f"model-versions/?{query}&") for query in ("is_live=true", "pilot=CLM-2")] == [1, 0]
    assert [count(f"rollout-steps/?{query}&") for query in ("pilot=CLM-2", "is_decided=true")] == [1, 0]
