"""What is read of what plans asked for, and of refused moves: as it was on a day, and at what cost."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.connection import NewConnection, add_connection
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.playbook import NewRequirement, add_requirement
from pilots.computed import COMPUTED
from pilots.design import ConnectionKind
from pilots.facts import facts_today
from pilots.known import asked as asked_module
from pilots.known.asked import read
from pilots.known.asked_replay import prepare
from pilots.lifecycle import Stage
from pilots.models import Freeze, Hold, Pilot
from pilots.playbook import PLAYBOOK, READY, EvidenceKind, PhaseCode
from pilots.replays import Then
from pilots.rules.asked_facts import Asked, Refusal
from pilots.rules.registry import Pattern
from tests.conftest import NOW, TODAY
from tests.passing import waive_gates

START = TODAY - timedelta(days=20)  # day 21: the first phase ended on day 15
END = START + timedelta(days=14)


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def planned(make_pilot, by):
    def make(name="Sorting", start=START):
        pilot = make_pilot(name, stage=Stage.TRANSITION)
        make_plan(NewPlan(pilot=pilot, start=start), by=by)
        return Pilot.objects.select_related("program").get(pk=pilot.pk)

    return make


def asked(pilot, day=None):
    [fact] = facts_today(Pilot.objects.filter(pk=pilot.pk), at=NOW, floors=())
    return read([fact], {pilot.pk: day or TODAY}).get(pilot.pk, Asked())


def codes(found):
    return {pattern: [item.code for item in items] for pattern, items in found.overdue.items()}


SCOPE = {
    Pattern.INTEGRATION_CLIFF: ["serving-pattern", "team-skills"],
    Pattern.DATA_MISMATCH: ["data-flow", "pipeline-estimated", "privacy-regime"],
}


def test_plan_waited_for_what_no_other_rule_tells(planned):
    found = asked(planned())

    assert codes(found) == SCOPE
    first = found.overdue[Pattern.DATA_MISMATCH][0]
    assert (first.title, first.due_on, first.phase) == ("the way of the data, from source to outcome", END, 1)
    assert first.next_action.startswith("Draw it on one page")
    assert found.due == frozenset(SCOPE)
    assert [gate[:2] for gate in found.open_gates] == [gate.value for gate in READY]
    assert found.ship_on == START + timedelta(days=75)


def test_nothing_is_overdue_on_the_day_it_is_due(planned):
    assert asked(planned(start=TODAY - timedelta(days=14))) == Asked(
        open_gates=tuple(f"{gate.value} {gate.label}" for gate in READY),
        ship_on=TODAY + timedelta(days=61),
    )


def test_what_is_there_or_waived_is_not_asked_but_was(planned, by):
    pilot = planned()
    flow = NewEvidence(
        pilot=pilot, kind=EvidenceKind.DOCUMENT, requirement="data-flow", dated=TODAY, text="Drawn."
    )
    bring_evidence(flow, by=by)
    waive_gates(pilot, "privacy-regime", "G6", "pipeline-estimated")

    found = asked(pilot)

    assert codes(found) == {Pattern.INTEGRATION_CLIFF: SCOPE[Pattern.INTEGRATION_CLIFF]}
    assert found.due == frozenset(SCOPE)
    assert "G6 Run owner" not in found.open_gates


def test_evidence_counts_from_its_day_on(planned, by):
    pilot = planned()
    for code, ago in (("data-flow", 0), ("team-skills", 3)):
        dated = TODAY - timedelta(days=ago)
        bring_evidence(
            NewEvidence(
                pilot=pilot, kind=EvidenceKind.DOCUMENT, requirement=code, dated=dated, text="Drawn."
            ),
            by=by,
        )

    then = asked(pilot, TODAY - timedelta(days=1))

    assert codes(then) == SCOPE | {Pattern.INTEGRATION_CLIFF: ["serving-pattern"]}
    assert asked(pilot, END) == Asked(open_gates=then.open_gates, ship_on=then.ship_on)


def test_what_a_program_asks_itself_is_asked_too(planned, program, by):
    pilot = planned()
    new = NewRequirement(
        program=program,
        title="DPIA signed",
        phase=PhaseCode.SCOPE,
        kinds=frozenset({EvidenceKind.SIGNATURE}),
    )
    add_requirement(new, by=by)

    [item] = asked(pilot).overdue[Pattern.PURGATORY]

    assert (item.code, item.title) == ("own-dpia-signed", "DPIA signed")


# --- Refused moves ------------------------------------------------------------------------


def want(pilot, stage, on=TODAY):
    Pilot.objects.filter(pk=pilot.pk).update(wanted_stage=stage.value, wanted_on=on)


def test_refused_move_lists_what_is_still_open(make_pilot):
    pilot = make_pilot(stage=Stage.IDEA)
    want(pilot, Stage.CHARTERED)

    refusal = asked(pilot).refusal

    assert (refusal.to, refusal.on, len(refusal.lacks)) == ("Approved", TODAY, 3)
    assert refusal.lacks[0] == "G0 Charter: no number is agreed that should move."
    assert refusal.next_action == "Agree one business number, and how far it should move."

    waive_gates(pilot, "G0")
    assert asked(pilot).refusal == Refusal(to="Approved", on=TODAY, lacks=())


def test_owner_that_was_missing_is_one_of_the_things(make_pilot):
    pilot = make_pilot(stage=Stage.PROVEN)
    want(pilot, Stage.TRANSITION)

    assert asked(pilot).refusal.lacks == ("nobody is accountable for bringing it into production",)


def test_stage_that_is_no_longer_next_is_wanted_no_more(make_pilot):
    pilot = make_pilot(stage=Stage.PILOTING)
    want(pilot, Stage.LIMITED)

    assert asked(pilot).refusal.lacks == ()


def test_refusal_was_not_there_before_its_day(make_pilot):
    pilot = make_pilot(stage=Stage.IDEA)
    want(pilot, Stage.CHARTERED)

    assert asked(pilot, TODAY - timedelta(days=1)).refusal is None


# --- Many days ----------------------------------------------------------------------------


def test_many_days_tell_what_each_day_tells_by_itself(planned, make_pilot, program, by):
    first, last = TODAY - timedelta(days=40), TODAY + timedelta(days=60)
    plain, paused = planned(), planned("Paused", TODAY - timedelta(days=30))
    waive_gates(paused, "G2", "privacy-regime")
    for code, ago in (("data-flow", 0), ("alert-acknowledged", 350), ("team-skills", 9)):
        dated = TODAY - timedelta(days=ago)
        kind = min(PLAYBOOK[code].kinds)
        bring_evidence(
            NewEvidence(pilot=plain, kind=kind, requirement=code, dated=dated, text="Seen."), by=by
        )
    reviewed = TODAY - timedelta(days=340)  # until within the days
    add_connection(
        NewConnection(
            pilot=paused, name="Orders", kind=ConnectionKind.SOURCE, fields={"access_reviewed_on": reviewed}
        ),
        by=by,
    )
    Hold.objects.create(
        pilot=paused, since=TODAY - timedelta(days=8), until=TODAY, review_on=TODAY, reason="x", agreed_by="y"
    )
    Freeze.objects.create(
        program=program, first_on=TODAY + timedelta(days=9), last_on=TODAY + timedelta(days=12), reason="x"
    )
    for stage, wanted in ((Stage.IDEA, Stage.CHARTERED), (Stage.PROVEN, Stage.TRANSITION)):
        want(make_pilot(stage.label, stage=stage), wanted)
    want(plain, Stage.LIMITED)
    make_pilot("Plain")  # nothing is asked of it
    pilots = Pilot.objects.all()
    then = Then(pilots, first=first, last=last, floors=(), from_history=True)
    prepared = prepare([pilot.pk for pilot in pilots], first, last)
    told = set()

    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        facts = then.on(day)
        days = {fact.pilot_id: day for fact in facts}
        found = prepared(facts, days)
        told |= {(pk, repr(answer)) for pk, answer in found.items()}
        if number % 7 == 0:
            assert found == read(facts, days)

    assert len({pk for pk, _ in told}) == 4
    assert len(told) > 20


def test_a_pilot_is_judged_anew_only_when_something_changes(planned, monkeypatch):
    pilot = planned()
    last = TODAY + timedelta(days=100)
    then = Then(Pilot.objects.all(), first=START, last=last, floors=(), from_history=True)
    prepared = prepare([pilot.pk], START, last)
    judged = []
    real = asked_module.judge
    monkeypatch.setattr(asked_module, "judge", lambda *given: judged.append(given[0].today) or real(*given))

    with CaptureQueriesContext(connection) as queries:
        for number in range(121):
            day = START + timedelta(days=number)
            prepared(then.on(day), {pilot.pk: day})

    assert len(queries) == 0
    assert len(judged) == 5  # at its start, and after the end of each phase


def test_only_the_conditions_that_say_so_go_by_the_day():
    for code, condition in COMPUTED._conditions.items():
        asked_on = {str(Pilot.objects.filter(condition(day)).query) for day in (START, TODAY)}
        assert len(asked_on) == 1 + (code in COMPUTED.by_day), code


def test_reading_costs_the_same_for_one_and_for_thirty(planned, make_pilot):
    counts = []
    for wanted in (1, 29):
        for number in range(wanted):
            planned(f"Planned {wanted}-{number}")
            want(make_pilot(f"Wanted {wanted}-{number}", stage=Stage.IDEA), Stage.CHARTERED)
        pilots = Pilot.objects.all()
        facts_today(pilots, at=NOW, floors={Asked})  # builds the statement of this many pilots
        with CaptureQueriesContext(connection) as queries:
            found = facts_today(pilots, at=NOW, floors={Asked})
        counts.append(len(queries))

    assert len([fact for fact in found if fact.known_to(Asked) != Asked()]) == 60
    assert counts[0] == counts[1]
