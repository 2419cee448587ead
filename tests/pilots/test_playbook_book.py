from io import StringIO

from django.conf import settings
from django.core.management import call_command

from pilots.access.roles import OwnerRole
from pilots.gates import State
from pilots.playbook import PLAYBOOK, EvidenceKind, Gate
from pilots.playbook.book import catalogue
from pilots.web.readiness_rows import PLACES, STATE_WORDS

PAGE = (settings.BASE_DIR / "docs" / "readiness.md").read_text()


def test_page_holds_the_playbook_as_it_is():
    assert catalogue(PLAYBOOK) in PAGE, "docs/readiness.md is stale: paste what `manage.py playbook` prints."


def test_command_prints_the_same():
    out = StringIO()
    call_command("playbook", stdout=out)
    assert out.getvalue() == catalogue(PLAYBOOK)


def test_catalogue_names_every_requirement_once_below_its_gate():
    lines = catalogue(PLAYBOOK).splitlines()
    assert sorted(line.split("`")[1] for line in lines if line.startswith("| `")) == sorted(PLAYBOOK)
    assert [line.split()[1] for line in lines if line.startswith("### G")] == [gate.value for gate in Gate]


def test_page_explains_every_state_and_kind_of_evidence():
    for word in STATE_WORDS.values():
        assert f"*{word.lower()}*" in PAGE
    for kind in EvidenceKind:
        assert f"*{kind.label.lower()}*" in PAGE
    assert set(STATE_WORDS) == set(State)


def test_whatever_the_record_tells_has_a_page_to_write_it_on():
    assert set(PLACES) == {code for code, known in PLAYBOOK.items() if known.has_condition}
    assert all(set(known.unblockers) <= set(OwnerRole) for known in PLAYBOOK.values())
