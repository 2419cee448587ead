"""What is read of connections, steps and models, as it was on a day, in the same queries for any number."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.plan import NewPlan, make_plan
from pilots.design import ConnectionKind, ConnectionState, RolloutKind, RolloutOutcome
from pilots.facts import facts_today
from pilots.known.production import prepare, read
from pilots.lifecycle import Stage
from pilots.models import Connection, Decision, Evidence, Hold, ModelVersion, Pilot, RolloutStep, Waiver
from pilots.playbook import PLAYBOOK
from pilots.replays import Then
from pilots.rules.production_facts import Link, Step
from tests.conftest import NOW, TODAY

LONG_AGO = TODAY - timedelta(days=40)


def known(day=TODAY):
    found = facts_today(Pilot.objects.all(), at=NOW, floors=())
    return read(found, {fact.pilot_id: day for fact in found})


def stepped(pilot, number, kind, share, since, **more):
    return RolloutStep.objects.create(
        pilot=pilot, number=number, kind=kind.value, share_percent=share, starts_on=since, **more
    )


@pytest.fixture
def planned(make_pilot, by):
    def make(name="Sorting"):
        pilot = make_pilot(name, stage=Stage.TRANSITION)
        make_plan(NewPlan(pilot=pilot, start=LONG_AGO), by=by)
        return pilot

    return make


def test_connections_of_a_plan_say_how_far_they_are(planned):
    pilot = planned()
    states = list(ConnectionState)
    for place, state in enumerate(states):
        Connection.objects.create(
            pilot=pilot,
            name=state.label,
            kind=ConnectionKind.SOURCE.value if place % 2 else ConnectionKind.API.value,
            state=state.value,
            is_live=True,
            contract_agreed_on=TODAY if place else None,
        )

    found = known()[pilot.pk]

    off = {"is_checked": False, "is_source": False}
    assert found.links == (
        Link(name="Listed", is_live=False, is_connected=False, is_tested=False, has_contract=False, **off),
        Link(
            name="Designed",
            is_live=False,
            is_connected=False,
            is_tested=False,
            has_contract=True,
            **(off | {"is_source": True}),
        ),
        Link(name="Connected", is_live=True, is_connected=True, is_tested=False, has_contract=True, **off),
        Link(
            name="Tested",
            is_live=True,
            is_connected=True,
            is_tested=True,
            has_contract=True,
            **(off | {"is_source": True}),
        ),
    )
    assert not found.stands_alone
    Pilot.objects.update(stands_alone_because="It answers from its own files.")
    assert known()[pilot.pk].stands_alone


def test_what_was_decided_later_was_open_on_a_past_day(make_pilot):
    pilot = make_pilot(stage=Stage.LIMITED, since=LONG_AGO)
    day = TODAY - timedelta(days=10)
    stepped(pilot, 1, RolloutKind.SHADOW, 0, LONG_AGO)
    stepped(
        pilot,
        2,
        RolloutKind.CANARY,
        5,
        LONG_AGO,
        outcome=RolloutOutcome.PROCEED.value,
        decided_on=TODAY - timedelta(days=20),
    )
    stepped(pilot, 3, RolloutKind.LIMITED, 20, TODAY - timedelta(days=20))
    stepped(
        pilot,
        4,
        RolloutKind.EXPANDED,
        40,
        TODAY - timedelta(days=12),
        outcome=RolloutOutcome.ROLLED_BACK.value,
        decided_on=TODAY,
        result="Too many came back.",
    )

    now, then = known()[pilot.pk], known(day)[pilot.pk]

    plain = {"is_shadow": False, "has_result": False, "is_decided": True, "is_rolled_back": False}
    few = TODAY - timedelta(days=20)
    assert now.steps == (
        Step(number=1, share=0, starts_on=LONG_AGO, **(plain | {"is_shadow": True, "is_decided": False})),
        Step(number=2, share=5, starts_on=LONG_AGO, **plain),
        Step(number=3, share=20, starts_on=few, **(plain | {"is_decided": False})),
        Step(
            number=4,
            share=40,
            starts_on=TODAY - timedelta(days=12),
            few_since=few,
            **(plain | {"has_result": True, "is_rolled_back": True}),
        ),
    )
    assert (then.steps[3].has_result, then.steps[3].is_decided, then.steps[3].is_rolled_back) == (
        False,
        False,
        False,
    )
    assert (now.decided_on, then.decided_on) == (TODAY, few)


def test_waiver_of_the_thirty_days_holds_for_the_step_that_began_in_it(make_pilot):
    pilot = make_pilot(stage=Stage.LIMITED)
    stepped(pilot, 1, RolloutKind.LIMITED, 5, LONG_AGO)
    stepped(pilot, 2, RolloutKind.EXPANDED, 40, TODAY - timedelta(days=20))
    assert not known()[pilot.pk].may_expand_early

    Waiver.objects.create(
        pilot=pilot,
        subject="expand-early",
        reason="The board wants it.",
        until=TODAY - timedelta(days=15),
        waived_at=NOW - timedelta(days=30),
    )

    found = known()[pilot.pk]
    assert (found.may_expand_early, found.let_pass) == (True, frozenset())


@pytest.mark.parametrize(
    ("more", "is_known"),
    [({}, True), ({"is_pinned": True}, False), ({"is_pinned": None}, False), ({"provider": ""}, False)],
)
def test_model_counts_where_a_provider_may_change_it(make_pilot, more, is_known):
    pilot = make_pilot(stage=Stage.PRODUCTION)
    version = {"label": "v9", "provider": "Acme", "is_pinned": False, "is_live": True}
    ModelVersion.objects.create(pilot=pilot, changed_on=TODAY, **(version | more))
    assert pilot.pk not in known()

    for kind, ago in (("test", 9), ("test", 5), ("demo", 1)):
        Evidence.objects.create(
            pilot=pilot,
            requirement="evaluation",
            kind=kind,
            dated=TODAY - timedelta(days=ago),
            text="400 cases",
            stage=pilot.stage,
            brought_at=NOW,
        )

    found = known().get(pilot.pk)
    model = found and found.model
    assert (model is not None) is is_known
    if model:
        assert (model.label, model.evaluated_on, model.is_evaluated) == (
            "v9",
            TODAY - timedelta(days=5),
            False,
        )


def test_reading_costs_the_same_for_one_and_for_thirty(planned, make_pilot):
    def furnish(pilot):
        Connection.objects.create(pilot=pilot, name="ERP", kind=ConnectionKind.API.value)
        stepped(pilot, 1, RolloutKind.CANARY, 5, LONG_AGO)
        ModelVersion.objects.create(
            pilot=pilot, label="v1", provider="Acme", is_pinned=False, is_live=True, changed_on=TODAY
        )
        Evidence.objects.create(
            pilot=pilot,
            requirement="evaluation",
            kind="test",
            dated=LONG_AGO,
            text="400 cases",
            stage=pilot.stage,
            brought_at=NOW,
        )
        Decision.objects.create(program=pilot.program, pilot=pilot, question="Go on?", asked_at=NOW)

    counts = []
    for wanted in (1, 29):
        for number in range(wanted):
            furnish(planned(f"Planned {wanted}-{number}"))
            furnish(make_pilot(f"Live {wanted}-{number}", stage=Stage.LIMITED))
        known()  # builds the statement of this many pilots
        with CaptureQueriesContext(connection) as queries:
            found = known()
        counts.append(len(queries))

    assert len(found) == 60
    assert counts[0] == counts[1]


def test_many_days_tell_what_each_day_tells_by_itself(planned, make_pilot):
    first, last = TODAY - timedelta(days=30), TODAY + timedelta(days=30)
    pilots = [planned(), make_pilot("Live", stage=Stage.LIMITED), make_pilot("Runs", stage=Stage.PRODUCTION)]
    for pilot in pilots:
        outcome = {"outcome": RolloutOutcome.PROCEED.value, "result": "Fine."}
        stepped(pilot, 1, RolloutKind.CANARY, 5, LONG_AGO, decided_on=TODAY - timedelta(days=9), **outcome)
        stepped(pilot, 2, RolloutKind.LIMITED, 30, TODAY - timedelta(days=5))
        Waiver.objects.create(
            pilot=pilot, subject="G4", reason="x", until=TODAY + timedelta(days=9), waived_at=NOW
        )
        Hold.objects.create(
            pilot=pilot,
            since=TODAY,
            until=TODAY + timedelta(days=4),
            review_on=TODAY,
            reason="x",
            agreed_by="y",
        )
    Connection.objects.create(
        pilot=pilots[0], name="Orders", kind=ConnectionKind.SOURCE.value, state=ConnectionState.TESTED.value
    )
    for pilot, changed, dated in ((pilots[1], 10, 20), (pilots[2], 20, 10)):
        ModelVersion.objects.create(
            pilot=pilot,
            label="large",
            provider="Acme",
            is_live=True,
            is_pinned=False,
            changed_on=TODAY - timedelta(days=changed),
        )
        Evidence.objects.create(
            pilot=pilot,
            kind=min(PLAYBOOK["evaluation"].kinds).value,
            requirement="evaluation",
            stage=pilot.stage,
            dated=TODAY - timedelta(days=dated),
            text="Seen.",
            brought_at=NOW,
        )
    then = Then(Pilot.objects.all(), first=first, last=last, floors=(), from_history=True)
    prepared = prepare([pilot.pk for pilot in pilots], first, last)
    told = set()

    for number in range(0, 61, 4):
        day = first + timedelta(days=number)
        facts = then.on(day)
        days = {fact.pilot_id: day for fact in facts}
        with CaptureQueriesContext(connection) as queries:
            found = prepared(facts, days)
        assert (found, len(queries)) == (read(facts, days), 0)
        told |= {(pk, repr(one)) for pk, one in found.items()}

    assert len({pk for pk, _ in told}) == 3
    assert len(told) > 10
