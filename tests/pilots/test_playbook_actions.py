import pytest

from pilots.access.models import Event, Program, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.playbook import (
    GateEdit,
    NewRequirement,
    RequirementEdit,
    add_requirement,
    edit_requirement,
    restore_requirement,
    set_gate,
)
from pilots.models import Approving, GateSetting, PlaybookEntry
from pilots.playbook import EvidenceKind, Gate, PhaseCode
from pilots.readiness import playbooks_of
from tests.conftest import NOW

PAPER = frozenset({EvidenceKind.DOCUMENT})


@pytest.fixture
def add(program, by):
    def add(title="Works council agreed", **fields):
        return add_requirement(
            NewRequirement(program=program, title=title, **{"kinds": PAPER, "gate": Gate.G4} | fields), by=by
        )

    return add


@pytest.fixture
def edit(program, by):
    return lambda code, **fields: edit_requirement(
        RequirementEdit(program=program, code=code, fields=fields), by=by
    )


def _asked(program) -> dict:
    return playbooks_of([program.pk])[program.pk].requirements


def _reasons(refused) -> list[tuple[str, str]]:
    return [(reason.field, reason.code) for reason in refused.value.reasons]


def _told() -> list[tuple]:
    return [
        (event.verb, event.subject, event.before, event.after)
        for event in Event.objects.filter(verb__startswith="playbook.").order_by("pk")
    ]


# --- Requirements ------------------------------------------------------------------


def test_a_requirement_of_its_own_is_asked_for(add, program, other_program):
    entry = add(unblocker=OwnerRole.LEGAL, phase=PhaseCode.BUILD)

    asked = _asked(program)[entry.code]
    assert (entry.code, asked.title, asked.gate, asked.phase, asked.kinds, asked.unblockers) == (
        "own-works-council-agreed",
        "Works council agreed",
        Gate.G4,
        PhaseCode.BUILD,
        PAPER,
        (OwnerRole.LEGAL,),
    )
    assert asked.missing == "Nobody has shown this: Works council agreed."
    assert entry.code not in _asked(other_program)
    assert [told[:2] for told in _told()] == [("playbook.requirement_added", entry.code)]
    assert add("Works council agreed!").code == "own-works-council-agreed-2"
    assert add("东").code == "own-requirement"


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"title": " "}, [("title", "required")]),
        ({"title": "x" * 201}, [("title", "length")]),
        ({"title": "works council AGREED"}, [("title", "repeated")]),
        ({"title": "run owner"}, []),
        ({"title": "a baseline for the main KPI"}, [("title", "repeated")]),
        ({"title": "x", "gate": None}, [("gate", "required")]),
        ({"title": "x", "kinds": frozenset()}, [("kinds", "required")]),
        ({"title": "x", "kinds": frozenset({EvidenceKind.DEMO})}, [("kinds", "demo")]),
        ({"title": "x", "missing": "x" * 301}, [("missing", "length")]),
        ({"title": "a\x00b"}, [("title", "null-character")]),
    ],
)
def test_what_is_no_requirement_is_refused(add, fields, reasons):
    add()
    if not reasons:
        assert add(**fields).title == "run owner"
        return
    with pytest.raises(Refused) as refused:
        add(**fields)
    assert _reasons(refused) == reasons
    assert PlaybookEntry.objects.count() == 1


def test_a_requirement_is_switched_off_and_comes_back(edit, program, by):
    edit("kpi-baseline", is_used=False)
    assert "kpi-baseline" not in _asked(program)
    edit("kpi-baseline", is_used=False)  # again: nothing new to tell
    restore_requirement(program, "kpi-baseline", by=by)

    assert "kpi-baseline" in _asked(program)
    assert not PlaybookEntry.objects.exists()
    assert [told[0] for told in _told()] == [
        "playbook.requirement_edited",
        "playbook.requirement_restored",
    ]
    assert _told()[0][2:] == ({"is_used": True}, {"is_used": False})
    with pytest.raises(Refused) as refused:
        restore_requirement(program, "kpi-baseline", by=by)
    assert _reasons(refused) == [("", "nothing-changed")]


def test_the_last_thing_a_gate_asks_for_stays_until_there_is_another(add, edit):
    with pytest.raises(Refused, match="the last that G3 Evaluation asks for"):
        edit("evaluation", is_used=False)

    add(gate=Gate.G3)
    edit("evaluation", is_used=False)


def test_words_change_and_words_of_the_playbook_are_not_kept_twice(edit, program):
    edit("kpi-baseline", title="Baseline from controlling", unblocker=OwnerRole.SPONSOR)
    asked = _asked(program)["kpi-baseline"]
    assert (asked.title, asked.unblockers) == ("Baseline from controlling", (OwnerRole.SPONSOR,))
    assert asked.missing == "The main KPI has no measured baseline."

    edit("kpi-baseline", title="A baseline for the main KPI", unblocker=None)
    assert not PlaybookEntry.objects.exists()


@pytest.mark.parametrize(
    ("code", "fields", "reasons"),
    [
        ("kpi-baseline", {"gate": Gate.G7}, [("gate", "fixed")]),
        ("kpi-baseline", {"kinds": PAPER}, [("kinds", "fixed")]),
        ("no-such", {"title": "x"}, [("", "unknown")]),
        ("own-no-such", {"title": "x"}, [("", "unknown")]),
        ("own-works-council-agreed", {"title": ""}, [("title", "required")]),
        ("own-works-council-agreed", {"gate": None}, [("gate", "required")]),
    ],
)
def test_what_cannot_be_changed_is_refused(add, edit, code, fields, reasons):
    add()
    with pytest.raises(Refused) as refused:
        edit(code, **fields)
    assert _reasons(refused) == reasons


def test_one_of_its_own_is_switched_off_and_asked_for_again(add, edit, program, by):
    code = add().code
    edit(code, is_used=False, kinds=PAPER | {EvidenceKind.SIGNATURE})
    assert code not in _asked(program)
    restore_requirement(program, code, by=by)
    assert _asked(program)[code].kinds == PAPER | {EvidenceKind.SIGNATURE}


# --- Gates -------------------------------------------------------------------------


def test_a_gate_is_set(program, by):
    both = frozenset({OwnerRole.SECURITY, OwnerRole.LEGAL})
    asked = GateEdit(program=program, gate=Gate.G7, approving=Approving.ALL, roles=both, before_go_live=True)
    set_gate(asked, by=by)
    set_gate(asked, by=by)

    row = GateSetting.objects.get()
    assert (row.approving, row.roles, row.before_go_live) == ("all", ["security", "legal"], True)
    assert _told() == [
        (
            "playbook.gate_set",
            "G7",
            {"approving": "nobody", "roles": [], "before_go_live": False},
            {"approving": "all", "roles": ["security", "legal"], "before_go_live": True},
        )
    ]
    set_gate(GateEdit(program=program, gate=Gate.G7, approving=Approving.NOBODY, roles=both), by=by)
    assert GateSetting.objects.get().roles == []


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"approving": Approving.ANY}, [("roles", "required")]),
        (
            {"approving": Approving.ANY, "roles": frozenset({OwnerRole.BUILDER})},
            [("roles", "cannot")],
        ),
        ({"approving": Approving.NOBODY, "before_go_live": True}, [("before_go_live", "cannot")]),
    ],
)
def test_what_a_gate_cannot_be_is_refused(program, by, fields, reasons):
    with pytest.raises(Refused) as refused:
        set_gate(GateEdit(program=program, gate=Gate.G1, **fields), by=by)
    assert _reasons(refused) == reasons
    assert not GateSetting.objects.exists()


@pytest.mark.parametrize(
    "act",
    [
        lambda program, by: add_requirement(
            NewRequirement(program=program, title="x", kinds=PAPER, gate=Gate.G1), by=by
        ),
        lambda program, by: edit_requirement(
            RequirementEdit(program=program, code="own-x", fields={"is_used": False}), by=by
        ),
        lambda program, by: restore_requirement(program, "kpi-baseline", by=by),
        lambda program, by: set_gate(
            GateEdit(program=program, gate=Gate.G1, approving=Approving.NOBODY), by=by
        ),
    ],
    ids=["add", "edit", "restore", "gate"],
)
def test_only_whoever_sets_the_program_up_changes_it(act, program, contributor, stranger, administrator):
    with pytest.raises(Forbidden):
        act(program, By(user=contributor, at=NOW, source=Source.WEB))
    with pytest.raises(Program.DoesNotExist):
        act(program, By(user=stranger, at=NOW, source=Source.WEB))
    assert not Event.objects.filter(verb__startswith="playbook.").exists()
