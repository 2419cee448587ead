from datetime import date, timedelta

import pytest

from pilots.access.models import Event, Movement, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By, Forbidden, Refused, Stale
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.phase import ClosePhase, ReopenPhase, close_phase, reopen_phase
from pilots.actions.plan import NewPlan, make_plan, make_plans
from pilots.actions.stage import Move, move_pilot, move_pilots
from pilots.calendar import Day, month
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, Phase, Pilot, Plan, RiskTier
from pilots.plans import Template
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def nothing_is_asked(monkeypatch):
    """What a phase has to show before it is closed is proved in test_phase_criteria."""
    monkeypatch.setattr("pilots.actions.phase.open_criteria", lambda phase, pilot, *, by: [])


START = date(2026, 11, 2)
TODAY = date(2026, 11, 18)


@pytest.fixture
def proven(make_pilot, by_system):
    """A pilot that is proven and has a production owner."""

    def make(name="Claims triage", **fields) -> Pilot:
        pilot = make_pilot(name, stage=Stage.PROVEN, since=date(2026, 10, 1), **fields)
        lead = Contact(name="Tomasz")
        add_owner(NewOwnership(pilot=pilot, contact=lead, role=OwnerRole.PRODUCTION_OWNER), by=by_system)
        return Pilot.objects.get(pk=pilot.pk)

    return make


@pytest.fixture
def planned(proven, by) -> Pilot:
    """A pilot that came to its 90-day plan on Mon 2 Nov 2026."""
    return move_pilot(Move(pilot=proven(), to=Stage.TRANSITION, happened=Day(START), reason="Go"), by=by)


def _phase(number, plan=1) -> Phase:
    return Phase.objects.select_related("plan__pilot__program").get(plan__number=plan, number=number)


def _told() -> list[tuple]:
    events = Event.objects.filter(verb__regex=r"^(plan|phase)\.").order_by("id")
    return [(event.verb, event.before, event.after, event.reason) for event in events]


def _reasons(refused) -> list[tuple[str, str, str]]:
    return [(reason.sentence, reason.field, reason.code) for reason in refused.value.reasons]


# --- The plan that a move makes ----------------------------------------------------


def test_coming_to_the_90_days_makes_plan_1(planned, manager):
    plan = Plan.objects.get()

    assert (plan.pilot, plan.number, plan.template, plan.start, plan.reason) == (
        planned,
        1,
        "built",
        START,
        "",
    )
    assert (plan.made_at, plan.made_by, plan.replaced_at) == (NOW, manager, None)
    assert list(plan.phases.order_by("number").values_list("number", "planned_start", "planned_end")) == [
        (1, date(2026, 11, 2), date(2026, 11, 16)),
        (2, date(2026, 11, 17), date(2026, 12, 16)),
        (3, date(2026, 12, 17), date(2027, 1, 15)),
        (4, date(2027, 1, 16), date(2027, 1, 30)),
    ]
    assert _told() == [
        ("plan.made", {}, {"plan": 1, "start": "2026-11-02", "end": "2027-01-30", "template": "built"}, ""),
    ]


def test_inexact_move_begins_the_plan_today(proven, by):
    move_pilot(Move(pilot=proven(), to=Stage.TRANSITION, happened=month(2026, 11), reason="Go"), by=by)

    assert Plan.objects.get().start == TODAY


def test_plan_follows_how_it_is_built(proven, by):
    pilot = proven(how_built=HowBuilt.BOUGHT, risk=RiskTier.HIGH)

    move_pilot(Move(pilot=pilot, to=Stage.TRANSITION, reason="Go"), by=by)

    assert Plan.objects.get().template == "regulated"


def test_no_other_move_makes_a_plan(proven, by):
    move_pilot(Move(pilot=proven(), to=Stage.STOPPED, reason="No budget"), by=by)

    assert Plan.objects.count() == 0


def test_refused_move_makes_no_plan(make_pilot, by):
    with pytest.raises(Refused):
        move_pilot(Move(pilot=make_pilot(stage=Stage.PROVEN), to=Stage.TRANSITION), by=by)

    assert Plan.objects.count() == 0


def test_stated_pilot_has_no_plan_until_somebody_makes_one(make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION)
    assert Plan.objects.count() == 0

    make_plan(NewPlan(pilot=pilot, start=date(2026, 9, 1)), by=by)

    assert list(Plan.objects.values_list("number", "start")) == [(1, date(2026, 9, 1))]


def test_leaving_keeps_the_plan_and_coming_back_makes_the_next(planned, by):
    move_pilot(Move(pilot=planned, to=Stage.PROVEN, reason="The vendor left"), by=by)
    assert list(Plan.objects.values_list("number", "replaced_at")) == [(1, None)]

    move_pilot(Move(pilot=planned, to=Stage.TRANSITION, reason="A new vendor"), by=by)

    assert list(Plan.objects.order_by("number").values_list("number", "start", "replaced_at")) == [
        (1, START, NOW),
        (2, TODAY, None),
    ]
    verb, before, after, reason = _told()[-1]
    assert (verb, before["start"], before["end"], after["start"], after["end"], reason) == (
        "plan.replaced",
        "2026-11-02",
        "2027-01-30",
        "2026-11-18",
        "2027-02-15",
        "It came to “90-day plan” again.",
    )
    assert (before["milestones"][0], after["milestones"][0]) == (
        "One use case is chosen: the one worth most: 2026-11-05",
        "One use case is chosen: the one worth most: 2026-11-21",
    )


def test_plans_of_many_cost_what_one_costs(proven, by, django_assert_num_queries):
    one, many = [proven("A")], [proven(f"B{number}") for number in range(20)]

    def queries(pilots):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as caught:
            move_pilots([Move(pilot=pilot, to=Stage.TRANSITION, reason="Go") for pilot in pilots], by=by)
        return len(
            [query for query in caught if "pilots_pla" in query["sql"] or "pilots_phase" in query["sql"]]
        )

    assert queries(one) == queries(many)
    assert Phase.objects.count() == 84


# --- Planning anew -----------------------------------------------------------------


def test_planning_anew_keeps_the_old_plan(planned, by):
    close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by)

    plan = make_plan(
        NewPlan(
            pilot=planned,
            template=Template.BOUGHT,
            last_days=(None, date(2027, 1, 1), date(2027, 1, 31), date(2027, 2, 15)),
            reason=" We buy it now. ",
        ),
        by=by,
    )

    assert (plan.number, plan.template, plan.reason) == (2, "bought", "We buy it now.")
    assert Plan.objects.get(number=1).replaced_at == NOW
    assert _phase(1).note == "Defined."
    assert list(plan.phases.order_by("number").values_list("finished_on", "note", "planned_end")) == [
        (TODAY, "Defined.", date(2026, 11, 16)),
        (None, "", date(2027, 1, 1)),
        (None, "", date(2027, 1, 31)),
        (None, "", date(2027, 2, 15)),
    ]
    assert [verb for verb, *_ in _told()] == ["plan.made", "phase.closed", "plan.replaced"]


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        pytest.param(
            {"reason": " "},
            [("Say why it is planned anew: the old plan stays to be seen.", "reason", "reason")],
            id="no-reason",
        ),
        pytest.param({"start": TODAY - timedelta(days=3 * 366)}, [], id="three-years-back"),
        pytest.param(
            {"start": TODAY - timedelta(days=3 * 366 + 1)},
            [
                (
                    (
                        "Wed 15 Nov 2023 is too far away for day 1. "
                        "Choose a day of the last three years or the next."
                    ),
                    "start",
                    "far",
                )
            ],
            id="before-that",
        ),
        pytest.param({"start": TODAY + timedelta(days=366)}, [], id="a-year-ahead"),
        pytest.param(
            {"start": TODAY + timedelta(days=367)},
            [
                (
                    (
                        "Sat 20 Nov 2027 is too far away for day 1. "
                        "Choose a day of the last three years or the next."
                    ),
                    "start",
                    "far",
                )
            ],
            id="beyond-that",
        ),
        pytest.param(
            {"reason": "a\x00b"},
            [("This text holds a NUL character. Remove it.", "reason", "null-character")],
            id="nul",
        ),
    ],
)
def test_planning_anew_asks_why_and_for_a_day_nearby(planned, by, fields, reasons):
    new = NewPlan(**{"pilot": planned, "start": TODAY, "reason": "New team"} | fields)
    if not reasons:
        make_plan(new, by=by)
        return

    with pytest.raises(Refused) as refused:
        make_plan(new, by=by)

    assert (_reasons(refused), Plan.objects.count()) == (reasons, 1)


def test_plan_before_its_stage_is_refused(make_pilot, by):
    with pytest.raises(Refused) as refused:
        make_plan(NewPlan(pilot=make_pilot(), start=TODAY), by=by)

    assert _reasons(refused) == [
        (
            (
                "It is at “Piloting”. A plan is made while it is at “90-day plan” or “Limited go-live”; "
                "move it there first."
            ),
            "",
            "stage",
        )
    ]


def test_one_refused_plan_makes_none_of_them(make_pilot, by):
    pilots = make_pilot(stage=Stage.TRANSITION), make_pilot("Other")

    with pytest.raises(Refused):
        make_plans([NewPlan(pilot=pilot, start=TODAY) for pilot in pilots], by=by)

    assert Plan.objects.count() == 0


def test_plan_by_somebody_who_read_an_older_version_is_stale(planned, by):
    with pytest.raises(Stale):
        make_plan(NewPlan(pilot=planned, start=TODAY, reason="New team", version=1), by=by)


@pytest.mark.parametrize("who", ["contributor", "viewer"])
def test_others_may_not_plan(request, planned, who):
    other = By(user=request.getfixturevalue(who), at=NOW, source=Source.WEB)

    for act in (
        lambda: make_plan(NewPlan(pilot=planned, start=TODAY, reason="x"), by=other),
        lambda: close_phase(ClosePhase(phase=_phase(1), note="x"), by=other),
        lambda: reopen_phase(ReopenPhase(phase=_phase(1), reason="x"), by=other),
    ):
        with pytest.raises(Forbidden):
            act()


def test_strangers_find_no_pilot_to_plan(planned, stranger):
    with pytest.raises(Pilot.DoesNotExist):
        make_plan(
            NewPlan(pilot=planned, start=TODAY, reason="x"), by=By(user=stranger, at=NOW, source=Source.WEB)
        )


# --- Phases ------------------------------------------------------------------------


def test_closing_keeps_day_person_and_words_and_counts_as_movement(planned, by, manager):
    Pilot.objects.filter(pk=planned.pk).update(moved_clock_on=date(2026, 1, 1), moved_at=None)

    close_phase(
        ClosePhase(phase=_phase(1), note=" Three KPIs are signed. ", finished_on=date(2026, 11, 13)),
        by=by,
    )

    phase = _phase(1)
    assert (phase.finished_on, phase.finished_by, phase.note) == (
        date(2026, 11, 13),
        manager,
        "Three KPIs are signed.",
    )
    assert _told()[-1] == (
        "phase.closed",
        {},
        {"plan": 1, "phase": 1, "title": "Scope and define", "finished_on": "2026-11-13"},
        "Three KPIs are signed.",
    )
    assert Event.objects.get(verb="phase.closed").movement == Movement.MOVED.value
    assert Pilot.objects.values_list("moved_clock_on", "moved_at").get() == (TODAY, NOW)


def test_phases_close_in_order(planned, by):
    with pytest.raises(Refused) as refused:
        close_phase(ClosePhase(phase=_phase(2), note="Built."), by=by)

    assert _reasons(refused) == [
        ("Phase 1, Scope and define, is still open. Close it first.", "", "order"),
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param(
            {"note": " \n"}, ("Say what is there now: two lines or a link.", "note", "note"), id="no-note"
        ),
        pytest.param(
            {"finished_on": date(2026, 11, 19)},
            ("Thu 19 Nov 2026 has not come yet.", "finished_on", "future"),
            id="tomorrow",
        ),
        pytest.param(
            {"finished_on": date(2026, 11, 1)},
            (
                "The plan begins on Mon 2 Nov 2026. Write that day or a later one.",
                "finished_on",
                "before-plan",
            ),
            id="before-day-1",
        ),
        pytest.param(
            {"note": "a\x00"},
            ("This text holds a NUL character. Remove it.", "note", "null-character"),
            id="nul",
        ),
    ],
)
def test_closing_is_refused_in_words(planned, by, fields, reason):
    with pytest.raises(Refused) as refused:
        close_phase(ClosePhase(**{"phase": _phase(1), "note": "Defined."} | fields), by=by)

    assert (_reasons(refused), _phase(1).finished_on) == ([reason], None)


@pytest.mark.parametrize("day", [START, TODAY])
def test_closing_takes_the_first_day_and_today(planned, by, day):
    close_phase(ClosePhase(phase=_phase(1), note="Defined.", finished_on=day), by=by)

    assert _phase(1).finished_on == day


def test_closed_phase_is_not_closed_twice(planned, by):
    close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by)

    with pytest.raises(Refused) as refused:
        close_phase(ClosePhase(phase=_phase(1), note="Again."), by=by)

    assert _reasons(refused) == [("Phase 1, Scope and define, was closed on Wed 18 Nov 2026.", "", "closed")]


def test_phase_of_a_replaced_plan_stays_as_it_is(planned, by):
    old = _phase(1)
    make_plan(NewPlan(pilot=planned, start=TODAY, reason="New team"), by=by)

    for act in (
        lambda: close_phase(ClosePhase(phase=old, note="Defined."), by=by),
        lambda: reopen_phase(ReopenPhase(phase=old, reason="Not done"), by=by),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert _reasons(refused) == [
            ("Plan 1 was replaced by a newer one. Load the page again.", "", "replaced")
        ]


def test_phase_of_a_stopped_pilot_is_not_closed(planned, by):
    move_pilot(Move(pilot=planned, to=Stage.STOPPED, reason="No budget"), by=by)

    with pytest.raises(Refused) as refused:
        close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by)

    assert _reasons(refused) == [("It is stopped, so its plan is not followed any longer.", "", "ended")]


def test_reopening_clears_the_phase_and_keeps_what_was_said(planned, by):
    close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by)

    reopen_phase(ReopenPhase(phase=_phase(1), reason="A KPI was withdrawn."), by=by)

    phase = _phase(1)
    assert (phase.finished_on, phase.finished_by, phase.note) == (None, None, "")
    named = {"plan": 1, "phase": 1, "title": "Scope and define"}
    assert _told()[-1] == (
        "phase.reopened",
        {**named, "finished_on": "2026-11-18", "note": "Defined."},
        named,
        "A KPI was withdrawn.",
    )


def test_reopening_asks_why_and_goes_backwards(planned, by):
    with pytest.raises(Refused) as refused:
        reopen_phase(ReopenPhase(phase=_phase(1), reason=""), by=by)
    assert _reasons(refused) == [
        ("Phase 1, Scope and define, is open already.", "", "open"),
        ("Say why it is open again.", "reason", "reason"),
    ]
    close_phase(ClosePhase(phase=_phase(1), note="Defined."), by=by)
    close_phase(ClosePhase(phase=_phase(2), note="Built."), by=by)

    with pytest.raises(Refused) as refused:
        reopen_phase(ReopenPhase(phase=_phase(1), reason="Not done"), by=by)

    assert _reasons(refused) == [
        ("Phase 2, Build the pipeline, was closed after it. Reopen that one first.", "", "order")
    ]


def test_closing_by_somebody_who_read_an_older_version_is_stale(planned, by):
    with pytest.raises(Stale):
        close_phase(ClosePhase(phase=_phase(1), note="Defined.", version=1), by=by)
