"""Stopping well, retiring, and saying afterwards what was left behind."""

from datetime import date
from decimal import Decimal

import pytest

from pilots.access.models import Event
from pilots.actions.by import Forbidden, Refused, Stale
from pilots.actions.ending import End, LateLegacy, Legacy, end_pilot, tell_ending
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.calendar import Day
from pilots.design import Cause
from pilots.lifecycle import Stage
from pilots.models import Ending, Pilot
from pilots.models.ending import ending_of
from pilots.web.endings import ended_line
from pilots.web.told import tell

WHOLE = Legacy(
    cause=Cause.DATA,
    lessons="Photos come too late.",
    reusable="The labels",
    decided_by="Steering  meeting",
    released_amount=Decimal("61000.50"),
    released_currency="eur",
)


def reasons(refused) -> set[tuple[str, str]]:
    return {(reason.field, reason.code) for reason in refused.value.reasons}


def end(pilot, **fields) -> End:
    fields.setdefault("legacy", WHOLE)
    return End(pilot=pilot, reason=fields.pop("reason", "Too few cases."), **fields)


@pytest.mark.parametrize(
    ("stage", "ended"), [(Stage.PILOTING, "stopped"), (Stage.PRODUCTION, "retired")], ids=["stop", "retire"]
)
def test_ending_moves_and_writes_what_is_left_in_one_transaction(make_pilot, by, stage, ended):
    pilot = end_pilot(end(make_pilot(stage=stage)), by=by)

    row = Ending.objects.get()
    assert (pilot.stage, row.transition.to_stage, row.transition.reason) == (ended, ended, "Too few cases.")
    assert (row.cause, row.lessons, row.reusable) == ("data", "Photos come too late.", "The labels")
    assert (row.decided_by, row.released_amount, row.released_currency) == (
        "Steering meeting",
        Decimal("61000.50"),
        "EUR",
    )
    told = Event.objects.get(verb="ending.told")
    assert told.after["released_amount"] == "61000.50"
    assert tell(told).what == (
        "said why it ended: the data is not there or not good enough, EUR 61,000.50 released"
    )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        pytest.param({"cause": None}, {("cause", "required")}, id="no-cause"),
        pytest.param({"released_amount": None}, {("released_amount", "half")}, id="currency-alone"),
        pytest.param({"released_currency": ""}, {("released_currency", "half")}, id="amount-alone"),
        pytest.param({"released_currency": "€"}, {("released_currency", "currency")}, id="sign"),
        pytest.param({"released_amount": Decimal("-1")}, {("released_amount", "negative")}, id="negative"),
        pytest.param({"released_amount": Decimal("0.001")}, {("released_amount", "digits")}, id="too-fine"),
        pytest.param({"released_amount": Decimal("1e12")}, {("released_amount", "digits")}, id="too-large"),
        pytest.param({"released_amount": Decimal("NaN")}, {("released_amount", "digits")}, id="nan"),
        pytest.param({"lessons": "x" * 4001}, {("lessons", "length")}, id="too-long"),
    ],
)
def test_refused_ending_writes_nothing(make_pilot, by, fields, wrong):
    legacy = Legacy(**{**WHOLE.__dict__, **fields})

    with pytest.raises(Refused) as refused:
        end_pilot(end(make_pilot(), legacy=legacy), by=by)

    assert reasons(refused) == wrong
    assert (Pilot.objects.get().stage, Ending.objects.count()) == ("piloting", 0)


def test_every_fault_is_said_at_once(make_pilot, by):
    with pytest.raises(Refused) as refused:
        end_pilot(end(make_pilot(), reason=" ", legacy=Legacy()), by=by)

    assert reasons(refused) == {("reason", "reason"), ("cause", "required")}


def test_money_nobody_knows_stays_unknown(make_pilot, by):
    end_pilot(end(make_pilot(), legacy=Legacy(cause=Cause.PRIORITIES)), by=by)

    assert (Ending.objects.get().released_amount, Ending.objects.get().released_currency) == (None, "")


def test_who_may_not_stop_and_who_read_an_old_version_write_nothing(make_pilot, by, viewer):
    pilot = make_pilot()

    with pytest.raises(Forbidden):
        end_pilot(end(pilot), by=type(by)(user=viewer, at=by.at, source=by.source))
    with pytest.raises(Stale):
        end_pilot(end(pilot, version=7), by=by)

    assert Ending.objects.count() == 0


def test_what_was_left_can_be_said_later_and_once(make_pilot, by):
    pilot = move_pilot(Move(pilot=make_pilot(), to=Stage.STOPPED, reason="Too few cases."), by=by)

    tell_ending(LateLegacy(pilot=pilot, legacy=WHOLE), by=by)
    with pytest.raises(Refused) as again:
        tell_ending(LateLegacy(pilot=pilot, legacy=WHOLE), by=by)

    assert (reasons(again), Ending.objects.count()) == ({("", "told")}, 1)


def test_a_running_pilot_leaves_nothing_behind(make_pilot, by):
    with pytest.raises(Refused) as refused:
        tell_ending(LateLegacy(pilot=make_pilot(), legacy=WHOLE), by=by)

    assert reasons(refused) == {("", "not-ended")}


def test_a_corrected_date_keeps_what_was_said_and_a_voided_end_takes_it_along(make_pilot, by):
    pilot = end_pilot(end(make_pilot()), by=by)
    row = pilot.transitions.get(to_stage="stopped")
    correct_transition(
        Correction(transition=row, happened=Day(date(2026, 11, 2)), reason="Typing error"), by=by
    )
    pilot.refresh_from_db()
    kept = ending_of(pilot, list(pilot.transitions.in_order()))

    newest = pilot.transitions.get(supersedes=row)
    correct_transition(Correction(transition=newest, happened=None, reason="It goes on"), by=by)
    pilot.refresh_from_db()
    moved = move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="After all"), by=by)

    assert kept == Ending.objects.get()
    assert ending_of(moved, list(moved.transitions.in_order())) is None


def test_the_line_of_the_ended_says_of_how_many_something_is_known(make_pilot, by, django_assert_num_queries):
    when = Day(date(2026, 10, 1))
    end_pilot(end(make_pilot("A"), happened=when), by=by)
    end_pilot(end(make_pilot("B", since=None), legacy=Legacy(cause=Cause.MONEY)), by=by)
    make_pilot("C")

    with django_assert_num_queries(1):
        line = ended_line(Pilot.objects.all())

    assert line.time == "2 pilots were stopped, after 30 days from the first day of piloting (1 of 2 known)."
    assert line.money == "EUR 61,000.50 released, as 1 of 2 say."
    assert ended_line(Pilot.objects.filter(stage="piloting")) is None


def test_the_list_of_the_ended_says_it_and_no_other_list_does(client, manager, make_pilot, by):
    end_pilot(end(make_pilot("A"), happened=Day(date(2026, 10, 1))), by=by)
    end_pilot(end(make_pilot("Hidden", is_confidential=True)), by=by)
    client.force_login(manager)

    ended = client.get("/pilots/", {"state": "ended"})
    others = client.get("/pilots/", {"state": "active"}).context["listing"].endings

    assert ended.context["listing"].endings.time == (
        "1 pilot was stopped, after 30 days from the first day of piloting."
    )
    assert "EUR 61,000.50 released, as 1 of 1 say." in ended.content.decode()
    assert others is None
