import pytest

from pilots.actions.playbook import NewRequirement, add_requirement
from pilots.models import GateSetting, PlaybookEntry
from pilots.playbook import EvidenceKind, Gate

URL = "/settings/programs/claims/playbook/"
OWN = {
    "title": "Works council agreed",
    "gate": "G4",
    "kinds": ["document", "signature"],
    "unblocker": "legal",
}


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda url=URL: client.get(url)


@pytest.fixture
def send(client, manager):
    client.force_login(manager)
    return lambda url=URL, **fields: client.post(url, fields, follow=True)


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def _messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_the_program_leads_there(page, program):
    assert URL in page("/settings/programs/claims/").content.decode()
    content = page().content.decode()
    assert content.count('<li id="') == len(page().context["book"].every)
    assert "Nobody has to approve it: the evidence is enough." in content


def test_a_requirement_is_added_switched_off_and_asked_for_again(send, program):
    response = send(**OWN)
    assert _messages(response) == ["Claims AI asks for “Works council agreed” now."]
    entry = PlaybookEntry.objects.get()
    assert (entry.gate, entry.kinds, entry.unblocker) == ("G4", ["document", "signature"], "legal")

    response = send(f"{URL}{entry.code}/off/")
    assert "Not asked for" in response.content.decode()
    assert _messages(send(f"{URL}{entry.code}/restore/")) == ["“Works council agreed” is asked for again."]
    assert _messages(send(f"{URL}{entry.code}/restore/")) == ["This is as the playbook has it already."]


def test_what_is_no_requirement_stays_typed(send, program):
    response = send(title="Mine", kinds=["demo"], gate="G9")
    assert _errors(response) == {
        "gate": ["There is no such choice. Take one of the list."],
        "kinds": ["There is no such choice. Take one of the list."],
    }
    response = send(title="Mine")
    assert _errors(response) == {
        "gate": ["Choose the gate before which, or the phase in which, it has to be there."],
        "kinds": ["Choose at least one kind of evidence that counts."],
    }
    assert 'value="Mine"' in response.content.decode()
    assert not PlaybookEntry.objects.exists()


def test_words_are_changed(page, send, program):
    form = page(URL + "kpi-signed/").context["form"]
    assert list(form.fields) == ["title", "missing", "next_action", "unblocker"]
    response = send(URL + "kpi-signed/", title="Signed by controlling")
    assert _messages(response) == ["“Signed by controlling” is saved."]
    assert "Reworded" in response.content.decode()
    assert page(URL + "no-such/").status_code == 404


def test_a_gate_is_set(page, send, program):
    assert "before_go_live" not in page(URL + "gates/G1/").context["form"].fields
    assert _errors(send(URL + "gates/G7/", approving="all")) == {
        "roles": ["Choose at least one role that approves."]
    }
    response = send(URL + "gates/G7/", approving="all", roles=["legal", "security"], before_go_live="on")
    assert "Approved by security and legal. It has to be met before go-live." in response.content.decode()
    assert GateSetting.objects.get().before_go_live
    assert page(URL + "gates/G9/").status_code == 404


@pytest.mark.parametrize("count", [1, 40])
def test_the_page_costs_the_same_for_any_number(page, program, by, count, django_assert_num_queries):
    for number in range(count):
        add_requirement(
            NewRequirement(
                program=program, title=f"R{number}", kinds=frozenset({EvidenceKind.TEST}), gate=Gate.G1
            ),
            by=by,
        )
    page("/settings/")
    with django_assert_num_queries(8):
        page()
