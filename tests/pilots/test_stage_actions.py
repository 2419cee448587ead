from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.by import Forbidden, Refused, Stale
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.integrity import rebuild_columns
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot import NewPilot, log_pilot
from pilots.actions.stage import (
    Correction,
    Move,
    Past,
    correct_transition,
    move_pilot,
    move_pilots,
    record_past,
)
from pilots.calendar import Day, month, quarter, year
from pilots.lifecycle import Stage
from pilots.models import Hold, LogKind, Origin, Pilot, StageTransition


def test_move_writes_history_columns_event_and_version(make_pilot, by):
    pilot = make_pilot()

    moved = move_pilot(
        Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 11, 2)), evidence="91 % of 400 files"),
        by=by,
    )

    stored = Pilot.objects.get(pk=pilot.pk)
    assert (stored.stage, stored.stage_since, stored.reached_proven_on) == (
        "proven",
        date(2026, 11, 2),
        date(2026, 11, 2),
    )
    assert (stored.version, moved.version, stored.moved_at) == (2, 2, by.at)
    assert list(stored.transitions.order_by("id").values_list("to_stage", "origin")) == [
        ("piloting", "stated"),
        ("proven", "made"),
    ]
    event = Event.objects.get(verb="pilot.moved")
    assert (event.actor, event.pilot_key, event.before, event.after["stage"], event.movement) == (
        by.user,
        "CLM-1",
        {"stage": "piloting"},
        "proven",
        "moved",
    )
    assert list(stored.spans.order_by("id").values_list("stage", "entered_on", "left_on", "is_last")) == [
        ("piloting", date(2026, 9, 1), date(2026, 11, 2), False),
        ("proven", date(2026, 11, 2), None, True),
    ]


def test_move_without_evidence_is_refused_and_writes_nothing(make_pilot, by):
    pilot = make_pilot()
    events = Event.objects.count()

    with pytest.raises(Refused, match="Say how it was measured"):
        move_pilot(Move(pilot=pilot, to=Stage.PROVEN), by=by)

    assert Pilot.objects.get(pk=pilot.pk).stage == "piloting"
    assert Event.objects.count() == events


def test_set_of_moves_is_all_or_nothing(make_pilot, by):
    sound, lacking = make_pilot("Sound"), make_pilot("Lacking")

    with pytest.raises(Refused):
        move_pilots(
            [Move(pilot=sound, to=Stage.PROVEN, evidence="measured"), Move(pilot=lacking, to=Stage.PROVEN)],
            by=by,
        )

    assert set(Pilot.objects.values_list("stage", flat=True)) == {"piloting"}


def test_stale_version_is_refused(make_pilot, by):
    pilot = make_pilot()
    move_pilot(Move(pilot=pilot, to=Stage.PROVEN, evidence="measured", version=1), by=by)

    with pytest.raises(Stale):
        move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="no data", version=1), by=by)


def test_viewer_may_not_move(make_pilot, viewer, by):
    pilot = make_pilot()

    with pytest.raises(Forbidden, match="a manager or its production owner can"):
        move_pilot(
            Move(pilot=pilot, to=Stage.PROVEN, evidence="measured"),
            by=type(by)(user=viewer, at=by.at, source=by.source),
        )


def test_stopped_pilot_leaves_its_hold_and_stays_stopped(make_pilot, by):
    pilot = make_pilot()
    hold_pilot(
        NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1)), by=by
    )

    stopped = move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="too few cases"), by=by)

    assert (stopped.is_on_hold, stopped.health) == (False, "ended")
    with pytest.raises(Refused, match="This pilot is stopped, so it cannot move"):
        move_pilot(Move(pilot=pilot, to=Stage.PILOTING, reason="again"), by=by)


def test_hold_pauses_the_clocks(make_pilot, by):
    pilot = make_pilot(since=date(2026, 9, 1))
    hold_pilot(
        NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1)), by=by
    )
    later = type(by)(user=by.user, at=by.at.replace(day=28), source=by.source)

    resumed = resume_pilot(Resume(pilot=pilot), by=later)

    assert resumed.stage_clock_on == date(2026, 9, 11)
    assert resumed.held_since is None


def test_correction_supersedes_and_void_takes_back(make_pilot, by):
    pilot = make_pilot()
    move_pilot(
        Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 11, 2)), evidence="measured"), by=by
    )
    row = pilot.transitions.get(to_stage="proven")

    corrected = correct_transition(
        Correction(transition=row, happened=Day(date(2026, 10, 5)), reason="wrong month"), by=by
    )
    newer = pilot.transitions.get(supersedes=row)
    voided = correct_transition(Correction(transition=newer, happened=None, reason="never proven"), by=by)

    assert corrected.reached_proven_on == date(2026, 10, 5)
    assert (voided.stage, voided.reached_proven_on, voided.has_reached(Stage.PROVEN)) == (
        "piloting",
        None,
        False,
    )
    assert pilot.transitions.count() == 4


def test_ninety_day_plan_needs_a_production_owner(make_pilot, by):
    pilot = make_pilot(stage=Stage.PROVEN)

    with pytest.raises(Refused, match="Nobody is accountable"):
        move_pilot(Move(pilot=pilot, to=Stage.TRANSITION), by=by)

    add_owner(
        NewOwnership(pilot=pilot, contact=Contact(name="Tomasz"), role=OwnerRole.PRODUCTION_OWNER), by=by
    )
    assert move_pilot(Move(pilot=pilot, to=Stage.TRANSITION), by=by).stage == "transition"


def test_second_production_owner_is_refused(make_pilot, by):
    pilot = make_pilot(owner=Contact(name="Tomasz"))

    with pytest.raises(Refused, match="has a production owner already"):
        add_owner(
            NewOwnership(pilot=pilot, contact=Contact(name="Aoife"), role=OwnerRole.PRODUCTION_OWNER), by=by
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pilots_stagetransition SET to_stage = 'limited'",
        "DELETE FROM pilots_stagetransition",
        "UPDATE access_event SET verb = 'nothing'",
        "DELETE FROM access_event",
        "UPDATE pilots_pilot SET key = 'CLM-9'",
    ],
)
def test_raw_sql_cannot_rewrite_history(make_pilot, statement):
    make_pilot()

    refusal = pytest.raises(DatabaseError, match=r"append-only|cannot be changed")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert StageTransition.objects.values_list("to_stage", flat=True).get() == "piloting"


# Rough and unknown dates: a move is made whatever precision the row before it has.
@pytest.mark.parametrize(
    ("since", "to", "happened", "fields"),
    [
        pytest.param(
            None, Stage.PROVEN, Day(date(2026, 11, 10)), {"evidence": "measured"}, id="since-unknown"
        ),
        pytest.param(
            month(2026, 11), Stage.PROVEN, Day(date(2026, 11, 10)), {"evidence": "x"}, id="day-in-that-month"
        ),
        pytest.param(year(2026), Stage.PROVEN, month(2026, 6), {"evidence": "x"}, id="month-in-that-year"),
        pytest.param(
            None, Stage.STOPPED, Day(date(2026, 11, 1)), {"reason": "no data"}, id="stopped-before-logged"
        ),
        pytest.param(
            month(2026, 11), Stage.IDEA, Day(date(2026, 11, 12)), {"reason": "too early"}, id="back"
        ),
    ],
)
def test_a_move_leads_where_it_says(program, by, since, to, happened, fields):
    pilot = log_pilot(NewPilot(program=program, name="Rough", problem="Slow.", since=since), by=by)

    moved = move_pilot(Move(pilot=pilot, to=to, happened=happened, **fields), by=by)

    assert (moved.at_stage, str(moved.since)) == (to, str(happened))
    assert list(rebuild_columns(write=False)) == []


days = st.dates(date(2025, 1, 1), date(2026, 11, 18))
rough = st.one_of(
    days.map(Day),
    days.map(lambda day: month(day.year, day.month)),
    days.map(lambda day: quarter(day.year, (day.month + 2) // 3)),
    days.map(lambda day: year(day.year)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(since=st.one_of(st.none(), rough), happened=rough)
def test_an_accepted_move_always_leads_where_it_says(program, by, since, happened):
    pilot = log_pilot(NewPilot(program=program, name="Rough", problem="Slow.", since=since), by=by)
    try:
        moved = move_pilot(Move(pilot=pilot, to=Stage.PROVEN, happened=happened, evidence="measured"), by=by)
    except Refused:
        assert since is not None
        assert happened.latest < since.first
    else:
        assert moved.at_stage is Stage.PROVEN


def test_value_is_held_after_twelve_months_of_certain_production(make_pilot, program, by):
    pilot = log_pilot(
        NewPilot(program=program, name="Live", problem="Slow.", stage=Stage.PRODUCTION, since=year(2025)),
        by=by,
    )

    with pytest.raises(Refused, match="in production since 2025"):
        move_pilot(Move(pilot=pilot, to=Stage.SUSTAINED, evidence="held"), by=by)


def test_a_correction_keeps_the_order_of_history(make_pilot, by):
    pilot = make_pilot(since=date(2026, 9, 1))
    move_pilot(
        Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 11, 2)), evidence="measured"), by=by
    )
    first = pilot.transitions.get(to_stage="piloting")

    with pytest.raises(Refused, match="would change the order of this history"):
        correct_transition(
            Correction(transition=first, happened=Day(date(2026, 11, 3)), reason="typo"), by=by
        )
    corrected = correct_transition(
        Correction(transition=first, happened=year(2026), reason="only the year"), by=by
    )

    assert (corrected.stage, str(corrected.reached_piloting_on)) == ("proven", "2026-01-01")
    assert pilot.transitions.get(supersedes=first).latest_on == date(2026, 11, 1)
    assert pilot.transitions.get(supersedes=first).origin == "stated"


def test_a_correction_of_a_made_move_stays_a_made_one(make_pilot, by):
    pilot = make_pilot()
    move_pilot(
        Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 11, 2)), evidence="measured"), by=by
    )
    row = pilot.transitions.get(to_stage="proven")

    correct_transition(Correction(transition=row, happened=Day(date(2026, 11, 3)), reason="typo"), by=by)

    assert pilot.transitions.get(supersedes=row).origin == "made"


def test_an_imported_end_ends_the_hold(make_pilot, by_system):
    pilot = make_pilot(stage=Stage.PRODUCTION)
    hold_pilot(
        NewHold(pilot=pilot, reason="audit", agreed_by="S. Keller", review_on=date(2026, 12, 1)), by=by_system
    )
    retired = Past(stage=Stage.RETIRED, happened=None, latest_on=date(2026, 11, 18), origin=Origin.IMPORTED)

    ended = record_past([(pilot, [retired])], by=by_system)[0]

    assert (ended.stage, ended.held_since) == ("retired", None)
    assert not Hold.objects.filter(until__isnull=True).exists()
    assert list(rebuild_columns(write=False)) == []


def test_the_stage_clock_never_lies_ahead(program, by):
    pilot = log_pilot(NewPilot(program=program, name="Rough", problem="Slow.", since=year(2026)), by=by)

    assert pilot.stage_clock_on == date(2026, 11, 18)


def test_a_change_that_waited_does_not_set_the_clocks_back(make_pilot, by):
    pilot = make_pilot()
    earlier = type(by)(user=by.user, at=by.at - timedelta(seconds=1), source=by.source)

    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Fine."), by=by)
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Written a second before."), by=earlier)

    assert Pilot.objects.get(pk=pilot.pk).heard_at == by.at
    assert list(rebuild_columns(write=False)) == []
