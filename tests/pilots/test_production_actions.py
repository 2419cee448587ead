from datetime import date, timedelta

import pytest

from pilots.access.models import Event, Movement
from pilots.actions.by import Forbidden, Refused, Stale
from pilots.actions.connection import (
    ConnectionEdit,
    NewConnection,
    RemoveConnection,
    add_connection,
    edit_connection,
    remove_connection,
)
from pilots.actions.model_version import (
    GoLive,
    ModelVersionEdit,
    NewModelVersion,
    RemoveModelVersion,
    add_model_version,
    edit_model_version,
    go_live,
    remove_model_version,
)
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.rollout import (
    NewStep,
    RemoveStep,
    StepDecision,
    StepEdit,
    add_step,
    decide_step,
    edit_step,
    remove_step,
)
from pilots.design import ConnectionKind, RolloutKind, RolloutOutcome
from pilots.lifecycle import Stage
from pilots.models import Connection, ModelVersion, Pilot, RiskTier, RolloutStep, Waiver
from tests.conftest import NOW, TODAY

LATER = TODAY + timedelta(1)
BACK = "More than 2 % wrong"


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def ended(make_pilot) -> Pilot:
    return make_pilot("Ended", stage=Stage.STOPPED)


def _again(pilot: Pilot) -> Pilot:
    return Pilot.objects.select_related("program").get(pk=pilot.pk)


def _reasons(refused) -> list[tuple[str, str]]:
    return [(reason.field, reason.code) for reason in refused.value.reasons]


def _events(prefix: str) -> list[tuple]:
    events = Event.objects.filter(verb__startswith=prefix).order_by("id")
    return [(event.verb, event.before, event.after, event.movement) for event in events]


# --- Connections ---------------------------------------------------------------------


@pytest.fixture
def connect(pilot, by):
    def connect(name="Claims database", **fields) -> Connection:
        kind = fields.pop("kind", ConnectionKind.SOURCE)
        new = NewConnection(pilot=fields.pop("pilot", pilot), name=name, kind=kind, fields=fields)
        return add_connection(new, by=by)

    return connect


def test_a_connection_is_listed_edited_and_removed(connect, pilot, by):
    row = connect("  Claims   database ", origin=" Policy system ")
    edit_connection(ConnectionEdit(connection=row, fields={"is_live": True, "origin": "Policy"}), by=by)
    edit_connection(ConnectionEdit(connection=row, fields={"origin": "Policy"}), by=by)
    remove_connection(RemoveConnection(connection=row), by=by)

    listed = {"name": "Claims database", "kind": "source", "state": "listed", "origin": "Policy system"}
    assert _events("connection.") == [
        ("connection.added", {}, listed, Movement.NONE),
        (
            "connection.edited",
            {"name": "Claims database", "origin": "Policy system", "is_live": None},
            {"name": "Claims database", "origin": "Policy", "is_live": True},
            Movement.NONE,
        ),
        (
            "connection.removed",
            {**listed, "origin": "Policy", "is_live": True},
            {},
            Movement.NONE,
        ),
    ]
    assert not Connection.objects.exists()
    assert _again(pilot).version == 4


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"name": " "}, [("name", "required")]),
        ({"name": "POLICY system"}, [("name", "repeated")]),
        ({"name": "x" * 201}, [("name", "length")]),
        ({"origin": "x" * 501}, [("origin", "length")]),
        ({"origin": "a\x00b"}, [("origin", "null-character")]),
        ({"access_reviewed_on": LATER}, [("access_reviewed_on", "future")]),
        ({"quality_checked_on": date(1989, 1, 1)}, [("quality_checked_on", "year")]),
        ({"contract_agreed_on": TODAY}, [("owner", "one-sided")]),
        ({"freshness_hours": 0}, [("freshness_hours", "range")]),
        ({"state": "tested", "is_live": True}, [("tested_on", "required")]),
        ({"state": "tested", "tested_on": TODAY}, [("is_live", "sandbox")]),
        ({"state": "tested", "tested_on": TODAY, "is_live": False}, [("is_live", "sandbox")]),
        ({"tested_on": TODAY, "is_live": True}, [("tested_on", "not-tested")]),
    ],
)
def test_what_no_connection_can_be(connect, fields, reasons):
    connect("Policy system")

    with pytest.raises(Refused) as refused:
        connect(**fields)

    assert _reasons(refused) == reasons
    assert Connection.objects.count() == 1


def test_a_tested_connection_with_a_contract_of_both_sides(connect):
    row = connect(state="tested", tested_on=TODAY, is_live=True, contract_agreed_on=TODAY, owner="IT")

    assert Connection.objects.values_list("state", "owner").get(pk=row.pk) == ("tested", "IT")


def test_what_connects_does_not_stand_alone(connect, pilot, by):
    edit_pilot(Edit(pilot=pilot, fields={"stands_alone_because": "It reads nothing"}), by=by)
    connect()

    assert _again(pilot).stands_alone_because == ""
    assert _events("connection.")[0][1] == {"stands_alone_because": "It reads nothing"}
    with pytest.raises(Refused) as refused:
        edit_pilot(Edit(pilot=_again(pilot), fields={"stands_alone_because": "Still"}), by=by)
    assert _reasons(refused) == [("stands_alone_because", "connected")]


# --- Rollout -------------------------------------------------------------------------


@pytest.fixture
def plan(pilot, by):
    def plan(kind="canary", share=5, starts_on=TODAY, **fields) -> RolloutStep:
        fields.setdefault("rollback_when", BACK)
        new = NewStep(
            pilot=fields.pop("pilot", pilot),
            kind=RolloutKind(kind),
            share_percent=share,
            starts_on=starts_on,
            **fields,
        )
        return add_step(new, by=by)

    return plan


@pytest.fixture
def decide(by):
    def decide(step, outcome="proceed", result="1.1 % wrong", **fields) -> RolloutStep:
        asked = StepDecision(step=step, outcome=RolloutOutcome(outcome), result=result, **fields)
        return decide_step(asked, by=by)

    return decide


def _steps() -> list[tuple]:
    return list(RolloutStep.objects.order_by("number").values_list("number", "kind", "share_percent"))


def test_steps_are_planned_decided_and_told(plan, decide, pilot, by):
    shadow = plan("shadow", 0, TODAY - timedelta(14), ends_on=TODAY)
    decided = decide(shadow)
    plan("canary", 5, audience=" One team ")

    assert (decided.outcome, decided.result, decided.decided_on) == ("proceed", "1.1 % wrong", TODAY)
    assert _steps() == [(1, "shadow", 0), (2, "canary", 5)]
    assert RolloutStep.objects.get(number=2).audience == "One team"
    assert _events("rollout.")[1] == (
        "rollout.decided",
        {"number": 1, "outcome": None, "decided_on": None, "result": None},
        {
            "number": 1,
            "kind": "shadow",
            "share_percent": 0,
            "outcome": "proceed",
            "decided_on": "2026-11-18",
            "result": "1.1 % wrong",
        },
        Movement.MOVED,
    )
    assert _again(pilot).moved_at == NOW


def test_expanding_early_needs_a_waiver_in_force(plan, decide, pilot, by):
    decide(plan("limited", 20, TODAY - timedelta(29)))
    waiver = {"pilot": pilot, "subject": "expand-early", "reason": "Few claims", "waived_at": NOW}
    Waiver.objects.create(**waiver, until=TODAY - timedelta(1))

    with pytest.raises(Refused) as refused:
        plan("expanded", 60)
    Waiver.objects.create(**waiver, until=TODAY)
    plan("expanded", 60)

    assert _reasons(refused) == [("starts_on", "too-early")]
    assert str(refused.value) == (
        "Thirty days with few come first: step 1, limited group, starts on Tue 20 Oct 2026, "
        "so this starts on Thu 19 Nov 2026 or later."
    )
    assert _steps() == [(1, "limited", 20), (2, "expanded", 60)]


def test_nothing_is_decided_before_it_began_or_without_a_word(plan, decide):
    later, running = plan("shadow", 0, TODAY - timedelta(3)), None
    for fields, reasons in (
        ({"result": " "}, [("result", "required")]),
        ({"decided_on": LATER}, [("decided_on", "future")]),
        ({"decided_on": TODAY - timedelta(4)}, [("decided_on", "order")]),
    ):
        with pytest.raises(Refused) as refused:
            decide(later, **fields)
        assert _reasons(refused) == reasons
    running = plan("canary", 5, LATER)
    with pytest.raises(Refused) as refused:
        decide(running)
    assert _reasons(refused) == [("", "not-started")]


def test_a_decision_is_taken_anew_but_a_step_that_has_grown_stays(plan, decide):
    first = plan("canary", 5, TODAY - timedelta(9))
    decide(first, "hold")
    decide(first, "proceed")
    plan("limited", 20, TODAY)

    with pytest.raises(Refused) as refused:
        decide(first, "hold")
    back = decide(first, "rolled_back")

    assert _reasons(refused) == [("outcome", "begun")]
    assert back.outcome == "rolled_back"


def test_what_is_decided_is_not_changed(plan, decide, by):
    step = decide(plan("canary", 5))

    for act in (
        lambda: edit_step(StepEdit(step=step, fields={"audience": "All"}), by=by),
        lambda: remove_step(RemoveStep(step=step), by=by),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert _reasons(refused) == [("", "decided")]


def test_a_change_leaves_no_later_step_wrong(plan, by):
    canary = plan("canary", 5, LATER)
    plan("expanded", 60, LATER + timedelta(30))

    with pytest.raises(Refused) as moved:
        edit_step(StepEdit(step=canary, fields={"starts_on": LATER + timedelta(1)}), by=by)
    with pytest.raises(Refused) as removed:
        remove_step(RemoveStep(step=canary), by=by)
    edit_step(StepEdit(step=canary, fields={"starts_on": TODAY}), by=by)

    assert _reasons(moved) == [("", "too-early")]
    assert _reasons(removed) == [("", "too-early")]
    assert RolloutStep.objects.get(number=1).starts_on == TODAY


def test_steps_move_up_when_one_is_removed(plan, by):
    plan("shadow", 0, TODAY)
    gone = plan("canary", 5, LATER)
    plan("limited", 5, LATER)

    remove_step(RemoveStep(step=gone), by=by)

    assert _steps() == [(1, "shadow", 0), (2, "limited", 5)]
    with pytest.raises(RolloutStep.DoesNotExist):
        remove_step(RemoveStep(step=gone), by=by)


# --- Versions of the model -----------------------------------------------------------


@pytest.fixture
def keep(pilot, by):
    def keep(label="v1", changed_on=TODAY - timedelta(9), **fields) -> ModelVersion:
        new = NewModelVersion(pilot=fields.pop("pilot", pilot), label=label, changed_on=changed_on, **fields)
        return add_model_version(new, by=by)

    return keep


def _versions() -> list[tuple]:
    return list(ModelVersion.objects.order_by("pk").values_list("label", "changed_on", "is_live"))


def test_a_version_that_goes_live_ends_the_one_before(keep, by):
    keep(is_live=True)
    second = keep("v2", TODAY - timedelta(5))
    go_live(GoLive(model_version=second), by=by)
    third = keep("v3", TODAY, is_live=True)

    assert _versions() == [
        ("v1", TODAY - timedelta(9), False),
        ("v2", TODAY, False),
        ("v3", TODAY, True),
    ]
    assert [(verb, before) for verb, before, *_ in _events("model.")] == [
        ("model.added", {}),
        ("model.added", {}),
        ("model.live", {"live": "v1"}),
        ("model.added", {"live": "v2"}),
    ]
    with pytest.raises(Refused) as refused:
        go_live(GoLive(model_version=third), by=by)
    assert _reasons(refused) == [("", "live")]


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"label": ""}, [("label", "required")]),
        ({"label": "V1"}, [("label", "repeated")]),
        ({"changed_on": LATER}, [("changed_on", "future")]),
        ({"training_data_through": LATER}, [("training_data_through", "future")]),
        (
            {"changed_on": TODAY - timedelta(3), "training_data_through": TODAY},
            [("training_data_through", "order")],
        ),
        ({"is_live": True, "changed_on": TODAY - timedelta(10)}, [("changed_on", "order")]),
    ],
)
def test_what_no_version_can_be(keep, fields, reasons):
    keep(is_live=True)

    with pytest.raises(Refused) as refused:
        keep(**{"label": "v2", **fields})

    assert _reasons(refused) == reasons
    assert len(_versions()) == 1


def test_the_live_version_stays_while_there_are_others(keep, by):
    live, other = keep(is_live=True), keep("v0", date(2026, 1, 1))
    edit_model_version(ModelVersionEdit(model_version=live, fields={"is_pinned": False}), by=by)

    with pytest.raises(Refused) as refused:
        remove_model_version(RemoveModelVersion(model_version=live), by=by)
    remove_model_version(RemoveModelVersion(model_version=other), by=by)
    remove_model_version(RemoveModelVersion(model_version=live), by=by)

    assert _reasons(refused) == [("", "live")]
    assert _versions() == []


# --- How it runs ---------------------------------------------------------------------


def test_high_stakes_need_somebody_who_looks(make_pilot, by):
    pilot = make_pilot(risk=RiskTier.HIGH)
    with pytest.raises(Refused) as refused:
        edit_pilot(Edit(pilot=pilot, fields={"model_tier": "largest"}), by=by)
    watched = {"model_tier": "largest", "human_oversight": "An adjuster, each refusal, the same day"}
    edit_pilot(Edit(pilot=pilot, fields=watched), by=by)
    with pytest.raises(Refused) as unwatched:
        edit_pilot(Edit(pilot=pilot, fields={"human_oversight": " "}), by=by)

    assert _reasons(refused) == _reasons(unwatched) == [("human_oversight", "oversight")]
    assert _again(pilot).human_oversight == watched["human_oversight"]


def test_only_known_words_describe_how_it_runs(pilot, by):
    fields = ("serving_pattern", "serving_location", "model_tier", "regime", "complexity")
    with pytest.raises(Refused) as refused:
        edit_pilot(Edit(pilot=pilot, fields=dict.fromkeys(fields, "unheard")), by=by)

    assert {reason.field for reason in refused.value.reasons} == set(fields)


# --- All of it -----------------------------------------------------------------------


def test_nothing_is_written_of_a_pilot_that_has_ended(ended, connect, plan, keep):
    for act in (connect, plan, keep):
        with pytest.raises(Refused) as refused:
            act(pilot=ended)
        assert _reasons(refused) == [("", "ended")]


def test_who_may_and_what_is_stale(pilot, contributor, viewer, by):
    connection = NewConnection(pilot=pilot, name="Mail", kind=ConnectionKind.API)
    step = NewStep(pilot=pilot, kind=RolloutKind.SHADOW, share_percent=0, starts_on=TODAY)
    version = NewModelVersion(pilot=pilot, label="v1", changed_on=TODAY)
    theirs, seen = (type(by)(user=user, at=NOW, source=by.source) for user in (contributor, viewer))

    for act, new in ((add_connection, connection), (add_step, step), (add_model_version, version)):
        with pytest.raises(Forbidden):
            act(new, by=seen)
        with pytest.raises(Stale):
            act(type(new)(**{**vars(new), "version": 99}), by=by)
    with pytest.raises(Forbidden):
        add_step(step, by=theirs)
    add_connection(connection, by=theirs)
    add_model_version(version, by=theirs)

    assert (Connection.objects.count(), RolloutStep.objects.count(), ModelVersion.objects.count()) == (
        1,
        0,
        1,
    )
