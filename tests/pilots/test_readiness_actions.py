"""Evidence, waivers, approvals and waiting: what is written, and what is refused in words."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Role, Source
from pilots.access.permissions import OwnerRole
from pilots.actions import check
from pilots.actions.account import add_member
from pilots.actions.approval import ApprovalTakenBack, NewApproval, approve_gate, revoke_approval
from pilots.actions.by import By, Forbidden, Refused, Stale
from pilots.actions.evidence import NewEvidence, Withdrawal, bring_evidence, withdraw_evidence
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.requirement import settle_requirements
from pilots.actions.stage import Move, move_pilot
from pilots.actions.waiting import NewWait, WaitOver, end_wait, wait_for
from pilots.actions.waiver import NewWaiver, Revocation, revoke_waiver, waive, waived_subjects
from pilots.calendar import Day
from pilots.gates import State
from pilots.lifecycle import Stage
from pilots.models import Evidence, GateSetting, Hold, Owner, RequirementState, Waiting
from pilots.models.log import Going, LogKind
from pilots.playbook import EvidenceKind, Gate
from pilots.readiness import readiness_of
from pilots.web.told import tell
from tests.conftest import NOW, TODAY
from tests.passing import waive_gates

TOMORROW = TODAY + timedelta(days=1)


def evidence_of(pilot, requirement="monitoring", **fields) -> NewEvidence:
    return NewEvidence(
        **{
            "pilot": pilot,
            "requirement": requirement,
            "kind": EvidenceKind.TEST,
            "dated": date(2026, 11, 16),
            "text": "Three panels, with last night's data.",
            **fields,
        }
    )


def waiver_of(pilot, subject="monitoring", **fields) -> NewWaiver:
    return NewWaiver(
        **{
            "pilot": pilot,
            "subject": subject,
            "reason": "The panel comes in May.",
            "until": TOMORROW,
            **fields,
        }
    )


@pytest.fixture
def planned(make_pilot):
    return make_pilot(stage=Stage.TRANSITION)


@pytest.fixture
def second_manager(make_user, program, by_system):
    user = make_user("second@example.com")
    add_member(program=program, user=user, role=Role.MANAGER, by=by_system)
    return By(user=user, at=NOW, source=Source.WEB)


@pytest.fixture
def seat(make_user, program, by_system):
    """Return a function that seats somebody on a pilot; what they do, they do by the door they get."""

    def sit(pilot, role, email="seat@example.com"):
        user = make_user(email)
        row = add_owner(NewOwnership(pilot=pilot, contact=Contact(name=email), role=role), by=by_system)
        Owner.objects.filter(pk=row.owner_id).update(user=user)
        row.refresh_from_db()
        accept_ownership(row, by=By(user=user, at=NOW, source=Source.WEB))
        return By(user=user, at=NOW, source=Source.WEB)

    return sit


def reasons_of(call) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        call()
    return [(reason.field, reason.code) for reason in refused.value.reasons]


# --- Evidence -----------------------------------------------------------------------


def test_evidence_is_kept_counts_as_movement_and_meets_what_it_shows(
    planned, by, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        row = bring_evidence(evidence_of(planned), by=by)

    planned.refresh_from_db()
    event = Event.objects.get(verb="evidence.brought")
    assert (row.brought_by, row.stage, planned.version, planned.moved_at) == (by.user, "transition", 2, NOW)
    assert (event.movement, event.after["requirement"]) == ("moved", "monitoring")
    assert readiness_of([planned], at=NOW)[planned.pk].of("monitoring").state is State.MET
    state = RequirementState.objects.get(pilot=planned, requirement="monitoring")
    assert state.met_on == TODAY


def test_demo_is_kept_and_moves_nothing(planned, by):
    bring_evidence(evidence_of(planned, kind=EvidenceKind.DEMO), by=by)

    planned.refresh_from_db()
    assert planned.moved_at is None
    assert readiness_of([planned], at=NOW)[planned.pk].of("monitoring").state is State.PARTIAL


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        pytest.param({"text": "", "link": "javascript:alert(1)"}, [("link", "not-web")], id="script"),
        pytest.param({"link": "https://"}, [("link", "not-web")], id="no-place"),
        pytest.param({"link": "https://x.example/a b"}, [("link", "not-web")], id="blank-in-link"),
        pytest.param({"link": "https://x.example/" + "a" * 500}, [("link", "length")], id="long-link"),
        pytest.param({"text": " "}, [("text", "required")], id="says-nothing"),
        pytest.param({"text": "x" * 4001}, [("text", "length")], id="long-text"),
        pytest.param({"text": "a\x00b"}, [("text", "null-character")], id="nul"),
        pytest.param({"dated": TOMORROW}, [("dated", "future")], id="tomorrow"),
        pytest.param({"dated": date(1989, 12, 31)}, [("dated", "year")], id="long-ago"),
        pytest.param({"requirement": "nonsense"}, [("requirement", "unknown")], id="unknown"),
        pytest.param({"requirement": ""}, [("requirement", "required")], id="shows-nothing"),
        pytest.param({"requirement": "lineage"}, [("requirement", "computed")], id="computed"),
        pytest.param({"kind": EvidenceKind.DOCUMENT}, [("kind", "kind")], id="kind-that-does-not-count"),
    ],
)
def test_evidence_is_refused_in_words_and_nothing_is_written(planned, by, fields, refused):
    assert reasons_of(lambda: bring_evidence(evidence_of(planned, **fields), by=by)) == refused
    assert not Evidence.objects.exists()


def test_withdrawn_evidence_stays_to_be_seen_and_opens_what_rested_on_it(
    planned, by, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        row = bring_evidence(evidence_of(planned), by=by)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_evidence(Withdrawal(evidence=row, reason="It was the test system."), by=by)

    row.refresh_from_db()
    assert (row.withdrawn_by, row.withdrawn_because) == (by.user, "It was the test system.")
    assert readiness_of([planned], at=NOW)[planned.pk].of("monitoring").state is State.REOPENED
    assert Event.objects.filter(verb="requirement.reopened", pilot_id=planned.pk).count() == 1
    assert reasons_of(lambda: withdraw_evidence(Withdrawal(evidence=row, reason="x"), by=by)) == [
        ("", "withdrawn")
    ]


def test_withdrawing_needs_a_reason(planned, by):
    row = bring_evidence(evidence_of(planned), by=by)

    assert reasons_of(lambda: withdraw_evidence(Withdrawal(evidence=row, reason=" "), by=by)) == [
        ("reason", "reason")
    ]


def test_who_only_sees_brings_nothing(planned, viewer):
    with pytest.raises(Forbidden, match="bring evidence here"):
        bring_evidence(evidence_of(planned), by=By(user=viewer, at=NOW, source=Source.WEB))


def test_stale_version_brings_nothing(planned, by):
    bring_evidence(evidence_of(planned), by=by)

    with pytest.raises(Stale):
        bring_evidence(evidence_of(planned, "serving", version=1), by=by)


# --- Waivers ------------------------------------------------------------------------


def test_waiver_holds_until_its_last_day_and_not_longer(planned, by):
    waive(waiver_of(planned), by=by)

    assert waived_subjects([planned.pk], on=TOMORROW) == {planned.pk: {"monitoring"}}
    assert waived_subjects([planned.pk], on=TOMORROW + timedelta(days=1)) == {planned.pk: set()}


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        pytest.param({"reason": " "}, [("reason", "reason")], id="no-reason"),
        pytest.param({"reason": "x" * 1001}, [("reason", "length")], id="long-reason"),
        pytest.param({"until": TODAY - timedelta(days=1)}, [("until", "past")], id="passed"),
        pytest.param({"until": TODAY + timedelta(days=367)}, [("until", "far")], id="longer-than-a-year"),
        pytest.param({"subject": "nonsense"}, [("subject", "unknown")], id="unknown"),
    ],
)
def test_waiver_is_refused_in_words(planned, by, fields, refused):
    assert reasons_of(lambda: waive(waiver_of(planned, **fields), by=by)) == refused


def test_nobody_waives_what_they_brought_evidence_for(planned, by, second_manager):
    bring_evidence(evidence_of(planned, kind=EvidenceKind.DEMO), by=by)

    assert reasons_of(lambda: waive(waiver_of(planned, "G4"), by=by)) == [("subject", "own-evidence")]
    waive(waiver_of(planned, "G4"), by=second_manager)


def test_waiver_is_not_given_twice_and_can_be_revoked(planned, by):
    row = waive(waiver_of(planned), by=by)

    assert reasons_of(lambda: waive(waiver_of(planned), by=by)) == [("subject", "repeated")]
    revoke_waiver(Revocation(waiver=row), by=by)
    assert waived_subjects([planned.pk], on=TODAY) == {}
    assert Event.objects.filter(verb="waiver.revoked").count() == 1


def test_contributor_waives_nothing_and_a_seat_does(planned, contributor, seat):
    with pytest.raises(Forbidden, match="waive anything here"):
        waive(waiver_of(planned), by=By(user=contributor, at=NOW, source=Source.WEB))

    assert waive(waiver_of(planned), by=seat(planned, OwnerRole.LEGAL)).subject == "monitoring"


# --- Approvals ----------------------------------------------------------------------


def approve(pilot, by, gate=Gate.G3, **fields):
    return approve_gate(NewApproval(pilot=pilot, gate=gate, **fields), by=by)


@pytest.fixture
def legal_or_manager(program):
    """Legal, security, or a manager approves G3 here: one of them is enough."""
    return GateSetting.objects.create(
        program=program, gate="G3", approving="any", roles=["legal", "security"]
    )


def test_own_evidence_is_approved_by_somebody_else(planned, by, second_manager, legal_or_manager):
    row = bring_evidence(evidence_of(planned, "evaluation"), by=by)

    assert reasons_of(lambda: approve(planned, by)) == [("", "own-evidence")]
    assert approve(planned, second_manager).basis == {"evaluation": str(row.pk)}
    assert Event.objects.get(verb="gate.approved").movement == "moved"


def test_gate_that_is_not_there_yet_is_approved_by_nobody(planned, second_manager, legal_or_manager):
    with pytest.raises(Refused, match=r"^G3 Evaluation is not there yet: no ") as refused:
        approve(planned, second_manager)

    planned.refresh_from_db()
    assert [reason.code for reason in refused.value.reasons] == ["not-there"]
    assert planned.moved_at is None


def test_where_nobody_is_asked_nobody_approves(planned, by, second_manager):
    bring_evidence(evidence_of(planned, "evaluation"), by=by)

    with pytest.raises(Refused, match="G3 Evaluation is passed on its evidence alone, so nobody has to"):
        approve(planned, second_manager)


def test_one_approves_only_as_what_one_is_and_what_is_asked(planned, by, seat, program, legal_or_manager):
    bring_evidence(evidence_of(planned, "evaluation"), by=by)
    lena, dora = seat(planned, OwnerRole.LEGAL), seat(planned, OwnerRole.SPONSOR, "dora@example.com")

    with pytest.raises(Forbidden, match="You are not its security"):
        approve(planned, lena, role=OwnerRole.SECURITY)
    with pytest.raises(Forbidden, match="Only a manager of the program"):
        approve(planned, lena)
    with pytest.raises(Refused, match="For G3 Evaluation this is asked of legal or security"):
        approve(planned, dora, role=OwnerRole.SPONSOR)
    assert approve(planned, lena, role=OwnerRole.LEGAL).role == "legal"


def test_approval_is_given_once_until_what_it_rested_on_changes(
    planned, by, seat, second_manager, legal_or_manager
):
    bring_evidence(evidence_of(planned, "evaluation"), by=by)
    approve(planned, second_manager)
    assert reasons_of(lambda: approve(planned, second_manager)) == [("", "repeated")]
    lena = seat(planned, OwnerRole.LEGAL)
    assert reasons_of(lambda: approve(planned, lena, role=OwnerRole.LEGAL)) == [("", "not-asked")]

    bring_evidence(evidence_of(planned, "evaluation"), by=by)

    again = approve(planned, second_manager)
    revoke_approval(ApprovalTakenBack(approval=again), by=by)
    assert not again.__class__.objects.standing().exists()


# --- Waiting ------------------------------------------------------------------------


def test_waiting_is_for_one_at_a_time_and_ends(planned, by):
    first = wait_for(NewWait(pilot=planned, requirement="lineage", on_role=OwnerRole.LEGAL), by=by)
    second = wait_for(NewWait(pilot=planned, requirement="lineage", on_role=OwnerRole.SECURITY), by=by)

    first.refresh_from_db()
    assert first.until == TODAY
    end_wait(WaitOver(waiting=second), by=by)
    assert reasons_of(lambda: end_wait(WaitOver(waiting=second), by=by)) == [("", "ended")]


def test_waiting_is_refused_in_words(planned, by):
    wait_for(NewWait(pilot=planned, requirement="lineage", on_role=OwnerRole.LEGAL), by=by)

    def again(**fields):
        new = {"pilot": planned, "requirement": "lineage", "on_role": OwnerRole.LEGAL, **fields}
        return reasons_of(lambda: wait_for(NewWait(**new), by=by))

    assert again() == [("on_role", "repeated")]
    assert again(requirement="nonsense") == [("requirement", "unknown")]
    assert again(on_role=OwnerRole.SECURITY, since=TOMORROW) == [("since", "future")]
    assert again(on_role=OwnerRole.SECURITY, since=date(1989, 12, 31)) == [("since", "year")]


@pytest.mark.parametrize("how", ["met", "waived", "whole gate waived", "asked no longer", "ended"])
def test_wait_ends_by_itself_when_the_requirement_is_settled(
    planned, by, second_manager, program, how, django_capture_on_commit_callbacks
):
    new = NewWait(pilot=planned, requirement="monitoring", on_role=OwnerRole.SECURITY)
    with django_capture_on_commit_callbacks(execute=True):
        wait_for(new, by=by)
    assert Waiting.objects.open().exists()

    with django_capture_on_commit_callbacks(execute=True):
        match how:
            case "met":
                bring_evidence(evidence_of(planned), by=by)
            case "waived":
                waive(waiver_of(planned), by=second_manager)
            case "whole gate waived":
                waive(waiver_of(planned, "G4"), by=second_manager)
            case "ended":
                stop = Move(pilot=planned, to=Stage.STOPPED, happened=Day(TODAY), reason="No data")
                move_pilot(stop, by=by)
            case _:
                program.playbook_entries.create(code="monitoring", is_used=False)
                settle_requirements(None, at=NOW)

    told = Event.objects.get(verb="requirement.waits_no_longer")
    assert (Waiting.objects.get().until, told.actor, told.before["waits_for"]) == (TODAY, None, "security")
    if how not in {"asked no longer", "ended"}:
        assert reasons_of(lambda: wait_for(new, by=by)) == [("requirement", "settled")]


# --- Moves --------------------------------------------------------------------------


def test_move_to_approved_is_refused_with_what_the_charter_lacks(make_pilot, by):
    idea = make_pilot(stage=Stage.IDEA)

    with pytest.raises(Refused) as refused:
        move_pilot(Move(pilot=idea, to=Stage.CHARTERED), by=by)

    assert [(reason.code, reason.sentence) for reason in refused.value.reasons] == [
        ("metric-chosen", "G0 Charter: no number is agreed that should move."),
        ("business-owner", "G0 Charter: nobody owns the number it should move."),
        (
            "use-case",
            "G0 Charter: nobody has written down who will use it, when, and what they decide with it.",
        ),
    ]


def test_move_to_limited_passes_with_waivers_and_not_without(planned, by, by_system):
    add_owner(
        NewOwnership(pilot=planned, contact=Contact(name="Ada"), role=OwnerRole.PRODUCTION_OWNER), by=by
    )
    move = Move(pilot=planned, to=Stage.LIMITED, evidence="Six clerks in Leeds.")

    with pytest.raises(Refused, match="G1 Business metric"):
        move_pilot(move, by=by)
    waive_gates(planned)
    assert move_pilot(move, by=by).stage == "limited"


@pytest.mark.parametrize(("day", "is_early"), [(29, True), (30, False)])
def test_production_comes_thirty_days_after_the_first_users(make_pilot, by, day, is_early):
    limited = make_pilot(stage=Stage.LIMITED, since=TODAY - timedelta(days=day))
    for role in (OwnerRole.PRODUCTION_OWNER, OwnerRole.RUN_OWNER):
        add_owner(NewOwnership(pilot=limited, contact=Contact(name=role.value), role=role), by=by)
    move = Move(pilot=limited, to=Stage.PRODUCTION, evidence="7 h instead of 46.", happened=Day(TODAY))

    if is_early:
        assert reasons_of(lambda: move_pilot(move, by=by)) == [("happened_on", "thirty-days")]
        waive_gates(limited, "thirty-days")
    assert move_pilot(move, by=by).stage == "production"


def test_days_on_hold_are_none_of_the_thirty(make_pilot, by):
    limited = make_pilot(stage=Stage.LIMITED, since=TODAY - timedelta(days=35))
    for role in (OwnerRole.PRODUCTION_OWNER, OwnerRole.RUN_OWNER):
        add_owner(NewOwnership(pilot=limited, contact=Contact(name=role.value), role=role), by=by)
    since = TODAY - timedelta(days=20)
    until = since + timedelta(days=6)
    Hold.objects.create(pilot=limited, since=since, until=until, review_on=TODAY, reason="x", agreed_by="Ada")
    move = Move(pilot=limited, to=Stage.PRODUCTION, evidence="7 h instead of 46.")

    with pytest.raises(Refused, match="from Thu 19 Nov 2026 on"):
        move_pilot(move, by=by)


# --- Many, and the record -----------------------------------------------------------


def test_readiness_of_many_costs_what_one_costs(make_pilot, by):
    pilots = [make_pilot(f"Pilot {number}", stage=Stage.TRANSITION) for number in range(20)]
    bring_evidence(evidence_of(pilots[0]), by=by)

    costs = []
    for some in (pilots[:1], pilots):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            readiness_of(some, at=NOW)
        costs.append(len(queries))

    assert costs[0] == costs[1] <= 12


def test_gate_setting_of_the_program_holds(planned, by, program):
    GateSetting.objects.create(program=program, gate="G2", approving="all", roles=["legal", "security"])

    gate = readiness_of([planned], at=NOW)[planned.pk].gates[Gate.G2]

    assert gate.lacking == (OwnerRole.LEGAL, OwnerRole.SECURITY)


def test_what_is_there_at_the_first_look_is_not_called_late(make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION, since=date(2026, 9, 1))
    add_owner(NewOwnership(pilot=pilot, contact=Contact(name="Ada"), role=OwnerRole.PRODUCTION_OWNER), by=by)

    settle_requirements([pilot.pk], at=NOW)
    add_owner(NewOwnership(pilot=pilot, contact=Contact(name="Bo"), role=OwnerRole.BUSINESS_OWNER), by=by)
    settle_requirements([pilot.pk], at=NOW)

    met = dict(RequirementState.objects.values_list("requirement", "met_on"))
    assert (met["production-owner"], met["business-owner"]) == (date(2026, 9, 1), TODAY)


def test_settling_twice_writes_once(planned, by):
    bring_evidence(evidence_of(planned), by=by)

    assert settle_requirements([planned.pk], at=NOW) == 1
    assert settle_requirements([planned.pk], at=NOW) == 0


@pytest.mark.parametrize("is_read", [False, True])
def test_only_what_a_requirement_reads_has_them_looked_at(
    planned, by, is_read, monkeypatch, django_capture_on_commit_callbacks
):
    looked = []
    monkeypatch.setattr(check, "settle_requirements", lambda ids, *, at: looked.append(ids))

    with django_capture_on_commit_callbacks(execute=True):
        check_in(NewLine(pilot=planned, kind=LogKind.CHECK_IN, going=Going.MOVING), by=by)
        if is_read:
            edit_pilot(Edit(pilot=planned, fields={"unit": "Motor"}), by=by)

    assert looked == ([(planned.pk,)] if is_read else [])


def test_own_requirements_are_told_by_their_titles(
    planned, by, second_manager, program, django_capture_on_commit_callbacks
):
    program.playbook_entries.create(code="own-rule", title="Works council agreed", kinds=["test"], gate="G6")
    with django_capture_on_commit_callbacks(execute=True):
        waited = wait_for(NewWait(pilot=planned, requirement="own-rule", on_role=OwnerRole.LEGAL), by=by)
        end_wait(WaitOver(waiting=waited), by=by)
        waiver = waive(waiver_of(planned, "own-rule"), by=by)
        revoke_waiver(Revocation(waiver=waiver), by=by)
    with django_capture_on_commit_callbacks(execute=True):
        row = bring_evidence(evidence_of(planned, "own-rule"), by=by)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_evidence(Withdrawal(evidence=row, reason="Another test."), by=by)

    verbs = [
        "requirement.waits",
        "requirement.waits_no_longer",
        "waiver.granted",
        "waiver.revoked",
        "evidence.brought",
        "evidence.withdrawn",
        "requirement.reopened",
    ]
    told = {event.verb: tell(event).what for event in Event.objects.filter(verb__in=verbs)}
    assert list(told) == verbs
    assert all("Works council agreed" in what and "own-rule" not in what for what in told.values())
