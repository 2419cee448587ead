import pytest

from pilots.models import GateSetting, PlaybookEntry
from pilots.playbook import PLAYBOOK

PLAYBOOK_URL = "programs/claims/playbook/"
OWN = {"title": "Works council agreed", "gate": "G4", "kinds": ["document"], "unblocker": "legal"}


def _faults(answer) -> list[str]:
    return [fault["pointer"] for fault in answer.data["errors"]]


def test_the_playbook_is_read_by_whoever_sees_the_program(make_api, viewer, stranger, program):
    answer = make_api(viewer).get(PLAYBOOK_URL)

    assert [row["code"] for row in answer.data["requirements"]] != []
    assert {row["code"] for row in answer.data["requirements"]} == set(PLAYBOOK)
    assert answer.data["gates"][0] == {
        "gate": "G0",
        "name": "Charter",
        "approving": "nobody",
        "roles": [],
        "before_go_live": False,
    }
    assert make_api(stranger).get(PLAYBOOK_URL).status_code == 404


def test_a_requirement_is_added_changed_and_restored(api, program):
    answer = api.post(PLAYBOOK_URL, OWN)

    assert answer.status_code == 201
    assert answer.data == {
        "code": "own-works-council-agreed",
        "title": "Works council agreed",
        "area": "governance",
        "gate": "G4",
        "phase": None,
        "kinds": ["document"],
        "missing": "Nobody has shown this: Works council agreed.",
        "next_action": "Bring evidence of it.",
        "unblockers": ["legal"],
        "source": None,
        "is_used": True,
        "is_changed": False,
    }
    off = api.patch(PLAYBOOK_URL + "kpi-signed/", {"is_used": False})
    assert (off.status_code, off.data["is_used"]) == (200, False)
    assert api.post(PLAYBOOK_URL + "kpi-signed/restore/").data["is_used"] is True
    again = api.post(PLAYBOOK_URL + "kpi-signed/restore/")
    assert (again.status_code, again.data["errors"][0]["detail"]) == (
        409,
        "This is as the playbook has it already.",
    )


@pytest.mark.parametrize(
    ("path", "body", "status", "pointers"),
    [
        ("", OWN | {"kinds": ["demo"]}, 409, ["/kinds"]),
        ("", OWN | {"gate": "G9"}, 400, ["/gate"]),
        ("", OWN | {"title": 5}, 400, ["/title"]),
        ("kpi-signed/", {"gate": "G2"}, 409, ["/gate"]),
        ("kpi-signed/", {"ready": True}, 400, ["/ready"]),
        ("no-such/", {"is_used": False}, 404, []),
        ("gates/G7/", {"approving": "any"}, 409, ["/roles"]),
        ("gates/G1/", {"before_go_live": True}, 409, ["/before_go_live"]),
        ("gates/G9/", {"approving": "any"}, 404, []),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(api, program, path, body, status, pointers):
    act = api.patch if path else api.post
    answer = act(PLAYBOOK_URL + path, body)

    assert (answer.status_code, _faults(answer)) == (status, pointers)
    assert not PlaybookEntry.objects.exists()
    assert not GateSetting.objects.exists()


def test_a_gate_is_set_in_parts(api, program):
    assert api.patch(PLAYBOOK_URL + "gates/G7/", {"approving": "all", "roles": ["legal"]}).status_code == 200
    answer = api.patch(PLAYBOOK_URL + "gates/G7/", {"before_go_live": True})

    assert answer.data == {
        "gate": "G7",
        "name": "Operations",
        "approving": "all",
        "roles": ["legal"],
        "before_go_live": True,
    }


def test_only_whoever_sets_the_program_up_writes(make_api, contributor, program):
    api = make_api(contributor)
    assert api.post(PLAYBOOK_URL, OWN).status_code == 403
    assert api.patch(PLAYBOOK_URL + "gates/G7/", {"before_go_live": True}).status_code == 403
