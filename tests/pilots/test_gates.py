"""The plain rules of requirements and gates: what counts, what lets pass, what is silent."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pilots.access.roles import OwnerRole
from pilots.gates import (
    GateRule,
    Given,
    Pass,
    Past,
    Piece,
    Playbook,
    Record,
    Standing,
    State,
    Stretch,
    Wait,
    judge,
    why_not,
)
from pilots.lifecycle import Stage
from pilots.pauses import Pauses, Period
from pilots.playbook import PLAYBOOK, READY, Audience, EvidenceKind, Gate, PhaseCode, Traits

TODAY = date(2026, 11, 18)
PLAIN = Playbook(requirements=PLAYBOOK)
COMPUTED = frozenset(code for code, requirement in PLAYBOOK.items() if requirement.is_computed)


def piece(code: str, kind: EvidenceKind | None = None, number: int = 1, **fields) -> Piece:
    counts = kind or min(PLAYBOOK[code].kinds)
    return Piece(
        **{"id": number, "requirement": code, "kind": counts, "dated": date(2026, 11, 2), "by": 7, **fields}
    )


def everything(**fields) -> Record:
    """Return the record of a pilot that has all the playbook asks for."""
    attested = [code for code, requirement in PLAYBOOK.items() if not requirement.is_computed]
    pieces = tuple(piece(code, number=place) for place, code in enumerate(attested))
    return Record(
        **{"stage": Stage.TRANSITION, "today": TODAY, "computed": COMPUTED, "pieces": pieces, **fields}
    )


def without(record: Record, code: str) -> Record:
    pieces = tuple(item for item in record.pieces if item.requirement != code)
    return replace(record, pieces=pieces, computed=record.computed - {code})


def test_all_six_gates_met_is_ready_and_said_so():
    readiness = judge(everything(), PLAIN)

    assert readiness.is_ready
    assert readiness.met_count == 6
    assert readiness.missing_before(Stage.LIMITED) == []
    assert readiness.sentence == "Nothing stands between it and go-live."


@pytest.mark.parametrize(
    "code", [code for code, requirement in PLAYBOOK.items() if requirement.gate in READY]
)
def test_each_requirement_of_the_six_gates_stands_in_the_way_alone(code):
    readiness = judge(without(everything(), code), PLAIN)

    assert not readiness.is_ready
    assert [item.code for item in readiness.missing_before(Stage.LIMITED)] == [code]


def test_sentence_names_the_next_gate_and_what_it_lacks():
    record = without(without(everything(), "lineage"), "access-reviewed")

    assert judge(record, PLAIN).sentence == (
        "1 of 6 gates stands between it and go-live. G2 Data access is next: "
        "it lacks the lineage of every source and a review of access within a year."
    )


@pytest.mark.parametrize(
    ("record", "rules", "sentence"),
    [
        pytest.param(
            Record(stage=Stage.IDEA, today=TODAY),
            {},
            "7 of 7 gates stand between it and go-live. G0 Charter is next: it lacks the number that should "
            "move, a business owner and 1 more.",
            id="an-idea-has-its-charter-first",
        ),
        pytest.param(
            everything(
                passes={"G1": Pass(id=1, subject="G1", until=TODAY)}, computed=COMPUTED - {"kpi-baseline"}
            ),
            {Gate.G4: GateRule(approvers=(OwnerRole.LEGAL,))},
            "1 of 6 gates stands between it and go-live; 1 passed by waiver. G4 Fallbacks is next: "
            "Legal or a manager still has to approve it.",
            id="waived-and-to-be-approved",
        ),
    ],
)
def test_sentence_says_what_comes_first_and_what_was_waived(record, rules, sentence):
    assert judge(record, Playbook(requirements=PLAYBOOK, rules=rules)).sentence == sentence


@pytest.mark.parametrize(
    ("code", "fields", "reason"),
    [
        pytest.param("evaluation", {"kind": EvidenceKind.DEMO}, "A demo never counts.", id="demo"),
        pytest.param(
            "service-levels",
            {"kind": EvidenceKind.TEST},
            "Here only this counts: document, signature.",
            id="another-kind",
        ),
        pytest.param(
            "alert-acknowledged",
            {"dated": TODAY - timedelta(days=366)},
            "It is older than 365 days.",
            id="old",
        ),
        pytest.param(
            "alert-acknowledged", {"dated": TODAY - timedelta(days=365)}, "", id="just-young-enough"
        ),
        pytest.param(
            "evaluation",
            {"dated": date(2026, 11, 9)},
            "A newer version is live since.",
            id="before-the-version",
        ),
        pytest.param("evaluation", {"dated": date(2026, 11, 10)}, "", id="on-the-day-of-the-version"),
        pytest.param("monitoring", {"dated": date(2026, 11, 9)}, "", id="no-matter-which-version"),
    ],
)
def test_evidence_counts_or_says_why_not(code, fields, reason):
    record = Record(stage=Stage.TRANSITION, today=TODAY, live_since=date(2026, 11, 10))

    assert why_not(piece(code, **fields), PLAYBOOK[code], record) == reason


def test_demo_alone_is_a_start_and_lets_nothing_pass():
    record = replace(
        without(everything(), "evaluation"),
        pieces=(
            *without(everything(), "evaluation").pieces,
            piece("evaluation", EvidenceKind.DEMO, number=99),
        ),
    )

    readiness = judge(record, PLAIN)

    assert readiness.of("evaluation").state is State.PARTIAL
    assert not readiness.gates[Gate.G3].state.lets_pass


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        pytest.param({}, State.NOT_STARTED, id="nothing"),
        pytest.param(
            {"waits": {"lineage": Wait(id=1, on=OwnerRole.LEGAL, since=TODAY)}}, State.PARTIAL, id="waits"
        ),
        pytest.param({"computed": frozenset({"lineage"})}, State.MET, id="met"),
        pytest.param(
            {
                "computed": frozenset({"lineage"}),
                "past": {"lineage": Past(met_on=date(2026, 11, 16))},
                "phases": (Stretch(code=PhaseCode.BUILD, start=date(2026, 10, 1), end=date(2026, 11, 15)),),
            },
            State.MET_LATE,
            id="a-day-late",
        ),
        pytest.param(
            {
                "computed": frozenset({"lineage"}),
                "past": {"lineage": Past(met_on=date(2026, 11, 15))},
                "phases": (Stretch(code=PhaseCode.BUILD, start=date(2026, 10, 1), end=date(2026, 11, 15)),),
            },
            State.MET,
            id="on-its-last-day",
        ),
        pytest.param({"past": {"lineage": Past(reopened_on=TODAY)}}, State.REOPENED, id="open-again"),
        pytest.param(
            {"passes": {"lineage": Pass(id=1, subject="lineage", until=TODAY)}}, State.WAIVED, id="waived"
        ),
        pytest.param(
            {"passes": {"G2": Pass(id=1, subject="G2", until=TODAY)}}, State.WAIVED, id="gate-waived"
        ),
    ],
)
def test_state_of_one_requirement(fields, state):
    record = Record(stage=Stage.TRANSITION, today=TODAY, **fields)

    assert judge(record, PLAIN).of("lineage").state is state


def test_waiver_lets_pass_and_never_makes_ready():
    record = replace(
        without(everything(), "lineage"), passes={"lineage": Pass(id=1, subject="lineage", until=TODAY)}
    )

    readiness = judge(record, PLAIN)

    assert readiness.missing_before(Stage.LIMITED) == []
    assert not readiness.is_ready
    assert readiness.met_count == 5
    assert readiness.sentence == "Nothing stands between it and go-live; G2 by waiver."


def test_gate_that_is_met_stays_so_whatever_was_waived():
    readiness = judge(everything(passes={"G4": Pass(id=1, subject="G4", until=TODAY)}), PLAIN)

    assert readiness.gates[Gate.G4].state is State.MET
    assert readiness.is_ready


def test_gate_of_which_nothing_is_asked_makes_nobody_ready():
    asked = {code: item for code, item in PLAYBOOK.items() if item.gate is not Gate.G3}

    assert not judge(everything(), Playbook(requirements=asked)).is_ready


def test_pause_after_it_was_met_late_does_not_make_it_in_time():
    later = Pauses(holds=[Period(date(2026, 11, 10), date(2026, 11, 17), date(2026, 12, 1))])
    build = Stretch(
        code=PhaseCode.BUILD,
        start=date(2026, 10, 1),
        end=date(2026, 11, 5),
        since=date(2026, 9, 16),
        pauses=later,
    )

    def standing(**fields) -> Standing:
        record = Record(stage=Stage.TRANSITION, today=TODAY, phases=(build,), **fields)
        return judge(record, PLAIN).of("lineage")

    met = standing(computed=frozenset({"lineage"}), past={"lineage": Past(met_on=date(2026, 11, 8))})
    assert (met.state, met.due_on, met.days_late(TODAY)) == (State.MET_LATE, date(2026, 11, 5), 3)
    assert (standing().due_on, standing().days_late(TODAY)) == (date(2026, 11, 12), 6)


@pytest.mark.parametrize(
    ("stage", "start", "is_awake"),
    [
        pytest.param(Stage.PROVEN, None, False, id="two-steps-before"),
        pytest.param(Stage.TRANSITION, None, True, id="stands-before-the-next-move"),
        pytest.param(Stage.TRANSITION, TODAY, True, id="its-phase-begins-today"),
        pytest.param(Stage.TRANSITION, TODAY + timedelta(days=1), False, id="its-phase-begins-tomorrow"),
        pytest.param(Stage.STOPPED, TODAY, False, id="ended"),
    ],
)
def test_requirement_is_silent_until_it_matters(stage, start, is_awake):
    phases = (Stretch(code=PhaseCode.BUILD, start=start, end=start + timedelta(days=30)),) if start else ()
    record = Record(stage=stage, today=TODAY, phases=phases)

    assert judge(record, PLAIN).of("lineage").is_awake is is_awake


@pytest.mark.parametrize(
    ("how_built", "asked"), [("own", True), ("bought", False), ("", True)], ids=["own", "bought", "not-known"]
)
def test_how_it_is_built_decides_what_is_asked(how_built, asked):
    record = Record(stage=Stage.TRANSITION, today=TODAY, traits=Traits(how_built=how_built))

    assert (judge(record, PLAIN).of("serving") is not None) is asked


@pytest.mark.parametrize(
    ("rule", "given", "lacking"),
    [
        pytest.param(GateRule(), (), (), id="nobody-has-to"),
        pytest.param(
            GateRule(approvers=(OwnerRole.LEGAL, OwnerRole.SECURITY)),
            (),
            (OwnerRole.LEGAL, OwnerRole.SECURITY),
            id="any-and-none-did",
        ),
        pytest.param(
            GateRule(approvers=(OwnerRole.LEGAL, OwnerRole.SECURITY)),
            (OwnerRole.LEGAL,),
            (),
            id="any-and-one-did",
        ),
        pytest.param(GateRule(approvers=(OwnerRole.LEGAL,)), (None,), (), id="any-and-a-manager-did"),
        pytest.param(
            GateRule(approvers=(OwnerRole.LEGAL, OwnerRole.SECURITY), needs_all=True),
            (OwnerRole.LEGAL, None),
            (OwnerRole.SECURITY,),
            id="all-and-one-did",
        ),
    ],
)
def test_gate_is_approved_by_several(rule, given, lacking):
    basis = judge(everything(), PLAIN).gates[Gate.G2].basis
    approvals = tuple(
        Given(id=place, gate=Gate.G2, role=role, by=place, basis=basis) for place, role in enumerate(given)
    )
    playbook = Playbook(requirements=PLAYBOOK, rules={Gate.G2: rule})

    gate = judge(everything(approvals=approvals), playbook).gates[Gate.G2]

    assert gate.lacking == lacking
    assert gate.state.lets_pass is not bool(lacking)


def test_approval_of_what_has_changed_since_counts_no_longer():
    playbook = Playbook(
        requirements=PLAYBOOK, rules={Gate.G4: GateRule(approvers=(OwnerRole.OPERATIONS,), needs_all=True)}
    )
    before = judge(everything(), playbook).gates[Gate.G4]
    given = Given(id=1, gate=Gate.G4, role=OwnerRole.OPERATIONS, by=3, basis=before.basis)
    changed = without(everything(approvals=(given,)), "monitoring")
    again = replace(changed, pieces=(*changed.pieces, piece("monitoring", number=500)))

    gate = judge(again, playbook).gates[Gate.G4]

    assert gate.stale == (given,)
    assert gate.state is State.REOPENED
    assert [item.sentence for item in gate.missing()] == [
        "G4 Fallbacks: Operations has not approved it on what is there now."
    ]


def test_operations_and_money_stand_before_go_live_where_a_program_says_so():
    record = without(everything(), "run-budget")
    playbook = Playbook(requirements=PLAYBOOK, rules={Gate.G8: GateRule(before_go_live=True)})

    assert judge(record, PLAIN).missing_before(Stage.LIMITED) == []
    assert [item.code for item in judge(record, playbook).missing_before(Stage.LIMITED)] == ["run-budget"]


def test_only_friendly_testers_are_said_to_be_so():
    record = Record(
        stage=Stage.TRANSITION,
        today=TODAY,
        pieces=(piece("feedback", EvidenceKind.LIVE, audience=Audience.FRIENDLY),),
    )

    assert judge(record, PLAIN).of("feedback").is_only_friendly


def test_phase_names_what_is_open_in_it():
    missing = judge(without(everything(), "data-flow"), PLAIN).missing_in(PhaseCode.SCOPE)

    assert [item.code for item in missing] == ["data-flow"]
