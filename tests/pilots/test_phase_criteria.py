"""A phase closes when what it needs is met or waived and its required milestones are done; not before."""

from datetime import date

import pytest
import time_machine

from pilots.actions.by import Refused
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.milestone import CloseMilestone, MilestoneEdit, close_milestone, edit_milestone
from pilots.actions.phase import ClosePhase, StartPhase, close_phase, start_phase
from pilots.actions.plan import NewPlan, make_plan
from pilots.lifecycle import Stage
from pilots.models import Evidence, Milestone, Phase, Pilot
from pilots.playbook import EvidenceKind
from tests.conftest import NOW, TODAY
from tests.passing import settle_phase, waive_gates

START = date(2026, 11, 2)
CHOSEN = "One use case is chosen: the one worth most"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot, by) -> Pilot:
    pilot = make_pilot(stage=Stage.TRANSITION)
    make_plan(NewPlan(pilot=pilot, start=START), by=by)
    return Pilot.objects.select_related("program").get(pk=pilot.pk)


def _phase(number: int) -> Phase:
    return Phase.objects.select_related("plan__pilot__program").get(number=number, plan__replaced_at=None)


def _missing(by) -> list[str]:
    with pytest.raises(Refused) as refused:
        close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by)
    return [reason.code for reason in refused.value.reasons]


def test_refusal_names_all_that_is_missing_and_shrinks_as_it_is_settled(pilot, by):
    milestone = Milestone.objects.get(title=CHOSEN)
    open_ones = [
        "kpi-baseline",
        "kpi-signed",
        "three-kpis",
        "serving-pattern",
        "production-owner",
        "integrations-listed",
        "data-flow",
        "team-skills",
        "pipeline-estimated",
        "privacy-regime",
        f"milestone-{milestone.pk}",
    ]
    assert _missing(by) == open_ones

    flow = NewEvidence(
        pilot=pilot, kind=EvidenceKind.DOCUMENT, requirement="data-flow", dated=TODAY, text="Drawn."
    )
    bring_evidence(flow, by=by)
    waive_gates(pilot, "kpi-signed")
    close_milestone(CloseMilestone(milestone=milestone), by=by)
    assert _missing(by) == [
        code for code in open_ones if code not in {"data-flow", "kpi-signed", f"milestone-{milestone.pk}"}
    ]

    settle_phase(_phase(1))
    assert close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by).finished_on == TODAY


def test_page_offers_a_way_out_of_each_and_the_form_when_all_hold(client, manager, pilot, by):
    client.force_login(manager)
    page = client.get("/pilots/CLM-1/plan/")
    [first, *_] = page.context["needs"]
    assert (first.settled, len(first.criteria), first.sentence) == (0, 11, "0 of 11 settled")
    assert "Close the phase" not in page.content.decode()
    flow = next(item for item in first.criteria if item.code == "data-flow")
    assert (flow.url, flow.waive_url) == (
        "/pilots/CLM-1/readiness/#data-flow",
        "/pilots/CLM-1/waive/?subject=data-flow",
    )
    sent = {"note": "Defined.", "finished_on": "18 Nov 2026", "version": str(pilot.version)}
    refused = client.post(f"/pilots/CLM-1/plan/phases/{_phase(1).pk}/close/", sent).content.decode()
    assert '<a href="/pilots/CLM-1/readiness/#data-flow">Settle it</a>' in refused

    settle_phase(_phase(1))

    shown = client.get("/pilots/CLM-1/plan/")
    assert {item.state for item in shown.context["needs"][0].criteria} == {"waived"}
    assert "Close the phase" in shown.content.decode()


def test_a_new_plan_keeps_what_is_closed_and_moves_open_milestones_once(pilot, by):
    settle_phase(_phase(1))
    close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by)
    done = Milestone.objects.get(title="Data comes in by itself")
    close_milestone(CloseMilestone(milestone=done, link="https://git.example/7"), by=by)
    before = Milestone.objects.count()

    ends = (None, date(2026, 12, 26), date(2027, 1, 25), date(2027, 2, 9))
    make_plan(NewPlan(pilot=pilot, last_days=ends, reason="The data came late"), by=by)

    assert (_phase(1).finished_on, _phase(1).note, _phase(2).planned_end) == (TODAY, "Defined.", ends[1])
    assert Milestone.objects.count() == before
    found = dict(Milestone.objects.values_list("title", "due_on"))
    assert (found["Data comes in by itself"], found["The model is served"]) == (
        date(2026, 11, 25),
        date(2026, 12, 15),
    )
    assert Milestone.objects.filter(phase__plan__number=2).count() == before
    [evidence] = Evidence.objects.all()
    assert (evidence.milestone, evidence.link, evidence.dated) == (done, "https://git.example/7", TODAY)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"last_days": (None, date(2026, 11, 10), None, None)}, "last_day_2", "order"),
        ({"last_days": (None, None, None, date(2032, 1, 1))}, "last_day_4", "far"),
        ({"last_days": (None,)}, "last_days", "count"),
    ],
)
def test_last_days_that_do_not_follow_each_other_are_refused(pilot, by, fields, field, code):
    with pytest.raises(Refused) as refused:
        make_plan(NewPlan(pilot=pilot, reason="Late", **fields), by=by)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [(field, code)]


def test_day_1_does_not_pass_a_closed_phase(pilot, by):
    settle_phase(_phase(1))
    close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by)

    with pytest.raises(Refused) as refused:
        make_plan(NewPlan(pilot=pilot, start=date(2026, 12, 1), reason="Late"), by=by)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [("start", "order")]


def test_a_milestone_before_the_plan_is_refused_and_other_edits_of_it_are_not(pilot, by):
    row = Milestone.objects.get(title=CHOSEN)
    with pytest.raises(Refused) as refused:
        edit_milestone(MilestoneEdit(milestone=row, fields={"due_on": date(2026, 11, 1)}), by=by)
    assert [(reason.sentence, reason.field) for reason in refused.value.reasons] == [
        ("The plan begins on Mon 2 Nov 2026. Choose that day or a later one, or plan anew.", "due_on")
    ]
    Milestone.objects.filter(pk=row.pk).update(due_on=date(2026, 10, 1))

    edited = edit_milestone(MilestoneEdit(milestone=row, fields={"is_required": False}), by=by)

    assert (edited.is_required, edited.due_on) == (False, date(2026, 10, 1))


@pytest.mark.parametrize(
    ("day", "code"),
    [(START, None), (TODAY, None), (date(2026, 11, 1), "before-plan"), (date(2026, 11, 19), "future")],
)
def test_a_phase_begins_in_its_plan_and_not_in_the_future(pilot, by, day, code):
    if code is None:
        assert start_phase(StartPhase(phase=_phase(2), started_on=day), by=by).started_on == day
        return
    with pytest.raises(Refused) as refused:
        start_phase(StartPhase(phase=_phase(2), started_on=day), by=by)
    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [("started_on", code)]
