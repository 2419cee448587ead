from datetime import date

import pytest
import time_machine

from pilots.access.models import Source
from pilots.access.permissions import OwnerRole
from pilots.actions.approval import NewApproval, approve_gate
from pilots.actions.by import By
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.waiting import NewWait, wait_for
from pilots.actions.waiver import NewWaiver, waive
from pilots.lifecycle import Stage
from pilots.models import Approval, Evidence, GateSetting, Pilot, Waiting, Waiver
from pilots.playbook import EvidenceKind, Gate
from tests.conftest import NOW

EVIDENCE = {
    "pilot": "CLM-1",
    "requirement": "evaluation",
    "kind": "test",
    "link": "https://ci.example.com/1",
    "dated": "2026-11-17",
}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot(stage=Stage.TRANSITION)


@pytest.fixture
def evidence(pilot, by_system) -> Evidence:
    new = NewEvidence(
        pilot=pilot,
        requirement="evaluation",
        kind=EvidenceKind.TEST,
        text="Scored.",
        dated=date(2026, 11, 17),
    )
    return bring_evidence(new, by=by_system)


@pytest.fixture
def waiting(pilot, by) -> Waiting:
    new = NewWait(
        pilot=pilot, requirement="kpi-signed", on_role=OwnerRole.LEGAL, since=date(2026, 11, 3), note="Mail"
    )
    return wait_for(new, by=by)


def _faults(answer) -> list[str]:
    return [fault["pointer"] for fault in answer.data["errors"]]


def _details(answer) -> list[str]:
    return [fault["detail"] for fault in answer.data["errors"]]


# --- Requirements ------------------------------------------------------------------


def test_a_requirement_says_how_far_it_is(api, waiting):
    rows = api.get("requirements/?pilot=CLM-1&gate=G1").data["results"]

    assert [row["code"] for row in rows] == ["kpi-baseline", "kpi-signed"]
    assert rows[1] == {
        "pilot": "CLM-1",
        "code": "kpi-signed",
        "title": "The business owner’s signature under the KPI",
        "area": "business",
        "gate": "G1",
        "phase": "scope",
        "state": "partial",
        "is_awake": True,
        "met_on": None,
        "due_on": None,
        "days_late": 0,
        "missing": "The business owner has not signed the main KPI as it is now.",
        "next_action": "Ask the business owner to sign the current version.",
        "unblockers": ["business_owner"],
        "evidence": [],
        "beside": [],
        "waiver": None,
        "waiting": {"id": waiting.pk, "on_role": "legal", "since": "2026-11-03", "note": "Mail"},
    }


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("waiting_on=legal", ["kpi-signed"]),
        ("waiting_on=security", []),
        ("state=met", ["evaluation"]),
        ("gate=G3&state=not_started", []),
        ("pilot=CLM-1&gate=G6", ["run-owner"]),
        ("program=claims&gate=G6", ["run-owner"]),
    ],
)
def test_requirements_are_filtered(api, waiting, evidence, query, codes):
    assert [row["code"] for row in api.get(f"requirements/?{query}").data["results"]] == codes


@pytest.mark.parametrize(
    "query", ["gate=G9", "state=green", "waiting_on=nobody", "pilot=FIN-1", "ready=true"]
)
def test_what_no_filter_knows_is_refused(api, pilot, query):
    answer = api.get(f"requirements/?{query}")
    assert (answer.status_code, _faults(answer)) == (400, [f"?{query.split('=')[0]}"])


@pytest.mark.parametrize("count", [1, 100])
def test_requirements_cost_the_same_for_any_number(api, make_pilot, count, django_assert_num_queries):
    for number in range(count):
        make_pilot(f"P{number}")
    api.get("requirements/?limit=1")
    with django_assert_num_queries(12):
        answer = api.get("requirements/?limit=100&gate=G6")
    assert len(answer.data["results"]) == count


def test_readiness_of_one_pilot_is_computed(api, evidence, by_system):
    answer = api.get("pilots/CLM-1/readiness/")

    gates = {row["gate"]: row for row in answer.data["gates"]}
    assert (answer.data["is_ready"], answer.data["headline"]) == (
        False,
        "Not ready: one of six gates is met",
    )
    assert gates["G3"] == {
        "gate": "G3",
        "name": "Evaluation",
        "state": "met",
        "before_go_live": True,
        "missing": [],
        "approvals": [],
        "stale": [],
        "lacking": [],
        "waiver": None,
    }
    assert gates["G6"]["missing"] == ["G6 Run owner: no person has agreed to run it after go-live."]


@pytest.mark.parametrize("path", ["pilots/CLM-1/", "pilots/CLM-1/readiness/"])
@pytest.mark.parametrize("name", ["ready", "is_ready"])
def test_nobody_can_write_that_it_is_ready(api, pilot, path, name):
    answer = api.patch(path, {name: True}, If_Match="*")
    assert answer.status_code == (400 if path == "pilots/CLM-1/" else 405)
    if answer.status_code == 400:
        assert _faults(answer) == [f"/{name}"]
    assert api.get("pilots/CLM-1/readiness/").data["is_ready"] is False


# --- Evidence ----------------------------------------------------------------------


def test_evidence_is_brought_and_read(api, pilot):
    answer = api.post("evidence/", EVIDENCE)

    row = Evidence.objects.get()
    assert answer.status_code == 201
    assert answer.data == {
        "id": row.pk,
        "pilot": "CLM-1",
        "requirement": "evaluation",
        "milestone": None,
        "kind": "test",
        "link": "https://ci.example.com/1",
        "text": None,
        "dated": "2026-11-17",
        "audience": None,
        "stage": "transition",
        "brought_at": "2026-11-18T09:00:00Z",
        "brought_by": {"id": row.brought_by_id, "name": "Maren"},
        "withdrawn_at": None,
        "withdrawn_because": None,
    }
    assert api.get(f"evidence/{row.pk}/").data == answer.data
    assert api.get("evidence/?requirement=evaluation&standing=true").data["results"] == [answer.data]
    assert api.get("evidence/?kind=demo").data["results"] == []


@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        ({"pilot": "CLM-9"}, 400, "/pilot"),
        ({"kind": "rumour"}, 400, "/kind"),
        ({"dated": "2026-11"}, 400, "/dated"),
        ({"link": "javascript:alert(1)"}, 409, "/link"),
        ({"requirement": "run-owner"}, 409, "/requirement"),
        ({"requirement": None}, 409, "/requirement"),
        ({"kind": "document"}, 409, "/kind"),
        ({"dated": "2026-11-19"}, 409, "/dated"),
        ({"link": None}, 409, "/text"),
        ({"ready": True}, 400, "/ready"),
    ],
)
def test_what_is_no_evidence_is_refused_beside_its_field(api, pilot, fields, status, pointer):
    answer = api.post("evidence/", EVIDENCE | fields)
    assert (answer.status_code, _faults(answer)) == (status, [pointer])
    assert not Evidence.objects.exists()


def test_evidence_is_withdrawn_once(api, evidence):
    answer = api.post(f"evidence/{evidence.pk}/withdraw/", {"reason": "Wrong files"})
    assert (answer.status_code, answer.data["withdrawn_because"]) == (200, "Wrong files")
    again = api.post(f"evidence/{evidence.pk}/withdraw/", {"reason": "Wrong files"})
    assert (again.status_code, _details(again)) == (409, ["It was withdrawn before."])


# --- Waivers and approvals ---------------------------------------------------------


def test_something_is_waived_and_the_waiver_revoked(api, pilot):
    asked = {"subject": "G2", "reason": "A vendor holds it", "until": "2026-12-31"}
    answer = api.post("pilots/CLM-1/waive/", asked, If_Match=f'"v{pilot.version}"')

    row = Waiver.objects.get()
    assert answer.status_code == 201
    assert answer.data == {
        "id": row.pk,
        "pilot": "CLM-1",
        "subject": "G2",
        "reason": "A vendor holds it",
        "until": "2026-12-31",
        "waived_at": "2026-11-18T09:00:00Z",
        "waived_by": {"id": row.waived_by_id, "name": "Maren"},
        "revoked_at": None,
    }
    assert api.get("waivers/?subject=G2&standing=true").data["results"] == [answer.data]
    assert api.post("pilots/CLM-1/waive/", asked, If_Match='"v1"').status_code == 412
    assert api.post(f"waivers/{row.pk}/revoke/", {}).data["revoked_at"] == "2026-11-18T09:00:00Z"
    again = api.post(f"waivers/{row.pk}/revoke/", {})
    assert (again.status_code, _details(again)) == (409, ["It was revoked before."])


@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        ({"reason": ""}, 400, "/reason"),
        ({"subject": "nothing"}, 409, "/subject"),
        ({"until": "2026-11-01"}, 409, "/until"),
        ({"until": "2029-01-01"}, 409, "/until"),
    ],
)
def test_a_waiver_without_its_parts_is_refused(api, pilot, fields, status, pointer):
    asked = {"subject": "G2", "reason": "A vendor holds it", "until": "2026-12-31"}
    answer = api.post("pilots/CLM-1/waive/", asked | fields)
    assert (answer.status_code, _faults(answer)) == (status, [pointer])


@pytest.fixture
def asked(program):
    """The program asks legal or a manager to approve G3."""
    return GateSetting.objects.create(program=program, gate="G3", approving="any", roles=["legal"])


def test_a_gate_that_is_open_or_asks_nobody_is_not_approved(api, pilot, evidence):
    answer = api.post("pilots/CLM-1/approve/", {"gate": "G3"})
    assert (answer.status_code, _details(answer)) == (
        409,
        ["G3 Evaluation is passed on its evidence alone, so nobody has to approve it."],
    )
    answer = api.post("pilots/CLM-1/approve/", {"gate": "G4"})
    assert answer.status_code == 409
    assert _details(answer)[0].startswith("G4 Fallbacks is not there yet: ")


def test_a_gate_is_approved_and_taken_back(api, evidence, asked):
    answer = api.post("pilots/CLM-1/approve/", {"gate": "G3", "note": "Read"})

    row = Approval.objects.get()
    assert answer.status_code == 201
    assert answer.data == {
        "id": row.pk,
        "pilot": "CLM-1",
        "gate": "G3",
        "role": None,
        "note": "Read",
        "basis": {"evaluation": str(evidence.pk)},
        "approved_at": "2026-11-18T09:00:00Z",
        "approved_by": {"id": row.approved_by_id, "name": "Maren"},
        "revoked_at": None,
    }
    assert api.get("approvals/?gate=G3").data["results"] == [answer.data]
    again = api.post("pilots/CLM-1/approve/", {"gate": "G3"})
    assert (again.status_code, _details(again)) == (409, ["You approved it already."])
    assert api.post(f"approvals/{row.pk}/revoke/", {}).data["revoked_at"] == "2026-11-18T09:00:00Z"


def test_nobody_approves_as_what_they_are_not_nor_their_own_evidence(api, evidence, asked):
    asked = {"gate": "G3", "role": "legal"}
    answer = api.post("pilots/CLM-1/approve/", asked)
    assert (answer.status_code, answer.data["detail"]) == (
        403,
        "You are not its legal, so you cannot approve as that.",
    )
    api.post("evidence/", EVIDENCE)
    answer = api.post("pilots/CLM-1/approve/", {"gate": "G3"})
    assert (answer.status_code, _details(answer)) == (
        409,
        ["You brought evidence for this gate yourself, so somebody else has to approve it."],
    )
    assert not Approval.objects.exists()


# --- Waits -------------------------------------------------------------------------


def test_what_waits_is_noted_and_ends(api, pilot):
    answer = api.post("waits/", {"pilot": "CLM-1", "requirement": "kpi-signed", "on_role": "legal"})

    row = Waiting.objects.get()
    assert answer.data == {
        "id": row.pk,
        "pilot": "CLM-1",
        "requirement": "kpi-signed",
        "on_role": "legal",
        "since": "2026-11-18",
        "until": None,
        "note": None,
    }
    assert api.get("waits/?open=true&on_role=legal").data["results"] == [answer.data]
    assert api.post(f"waits/{row.pk}/end/", {}).data["until"] == "2026-11-18"
    assert api.get("waits/?open=true").data["results"] == []


@pytest.mark.parametrize("path", ["evidence/", "waivers/", "approvals/", "waits/"])
@pytest.mark.parametrize("count", [1, 100])
def test_lists_cost_the_same_for_any_number(
    api, evidence, waiting, manager, asked, path, count, django_assert_num_queries
):
    for number in range(count):
        Evidence.objects.create(
            stage="piloting",
            pilot=evidence.pilot,
            kind="test",
            text=f"{number}",
            dated=date(2026, 11, 1),
            brought_at=NOW,
            brought_by=manager,
        )
        Waiver.objects.create(
            pilot=evidence.pilot,
            subject="G2",
            reason="x",
            until=date(2026, 12, 1),
            waived_at=NOW,
            waived_by=manager,
        )
        Waiting.objects.create(
            pilot=evidence.pilot, requirement=f"r{number}", on_role="legal", since=date(2026, 11, 1)
        )
    approve_gate(
        NewApproval(pilot=evidence.pilot, gate=Gate.G3), by=By(user=manager, at=NOW, source=Source.API)
    )
    with django_assert_num_queries(2):
        answer = api.get(f"{path}?limit=100")
    assert answer.status_code == 200


def test_rows_of_pilots_nobody_sees_are_not_there(make_api, stranger, pilot, evidence, waiting, by_system):
    waive(NewWaiver(pilot=pilot, subject="G2", reason="x", until=date(2026, 12, 1)), by=by_system)
    api = make_api(stranger)
    for path in ("requirements/", "evidence/", "waivers/", "approvals/", "waits/"):
        assert api.get(path).data["results"] == [], path
    assert api.get("pilots/CLM-1/readiness/").status_code == 404
