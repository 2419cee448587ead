"""What changed, and the money that stops released."""

from datetime import date
from decimal import Decimal

from pilots.actions.ending import End, Legacy, end_pilot
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.calendar import Day
from pilots.design import Cause
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.models.changes import Changed, changed_within, released_within
from pilots.web.cohort_filters import window
from portfolio.dashboards.address import Address
from portfolio.dashboards.changed import change_lines
from tests.portfolio.dashboards.invented import TODAY


def test_stops_tell_what_money_they_released_each_currency_by_itself(make_pilot, manager, visit, by):
    for place, money in enumerate(((100_000, "EUR"), (18_000, "EUR"), (4_000, "USD"), None)):
        freed = {"released_amount": Decimal(money[0]), "released_currency": money[1]} if money else {}
        legacy = Legacy(cause=Cause.MONEY, lessons="Too few cases.", **freed)
        pilot = end_pilot(End(pilot=make_pilot(f"P{place}"), reason="too few cases", legacy=legacy), by=by)
        if place == 0:  # a corrected date keeps what was said with the old one
            row = pilot.transitions.get(to_stage="stopped")
            told = Correction(transition=row, happened=Day(date(2026, 11, 11)), reason="a slip")
            correct_transition(told, by=by)

    (stopped,) = visit(manager).context["page"].changes

    assert (stopped.sign, stopped.label) == ("+4", "Stopped")
    assert stopped.released == "EUR 118,000 and USD 4,000 released"
    assert "Stopped, EUR 118,000 and USD 4,000 released<small>" in visit(manager).content.decode()


def test_stop_of_which_nobody_told_the_money_says_nothing(make_pilot, manager, visit, by):
    legacy = Legacy(cause=Cause.MONEY, lessons="Too few cases.")
    end_pilot(End(pilot=make_pilot(), reason="too few cases", legacy=legacy), by=by)

    page = visit(manager)

    assert page.context["page"].changes[0].released == ""
    assert "released" not in page.content.decode().split('<ul class="delta">')[1].split("</ul>")[0]


def test_money_released_is_read_in_as_many_queries_for_many(make_pilot, by, today, django_assert_num_queries):
    def stop(count):
        for _ in range(count):
            freed = {"released_amount": Decimal(1000), "released_currency": "EUR"}
            legacy = Legacy(cause=Cause.MONEY, lessons="Too few cases.", **freed)
            pilot = make_pilot(f"P{Pilot.objects.count()}")
            end_pilot(End(pilot=pilot, reason="too few cases", legacy=legacy), by=by)

    within = window(TODAY, TODAY)
    for count, sum_ in ((1, 1000), (8, 9000)):
        stop(count)
        with django_assert_num_queries(3):
            assert released_within(Pilot.objects.all(), within) == {Stage.STOPPED: {"EUR": Decimal(sum_)}}


def test_of_many_that_moved_the_first_are_named(make_pilot, by, today, django_assert_num_queries):
    """However many moved, three names leave the database; who came twice is one."""
    for name in "EDCBA":
        pilot = move_pilot(Move(pilot=make_pilot(name), to=Stage.PROVEN, evidence="91 %"), by=by)
    move_pilot(Move(pilot=pilot, to=Stage.PILOTING, reason="too early"), by=by)
    move_pilot(Move(pilot=pilot, to=Stage.PROVEN, evidence="92 %"), by=by)

    with django_assert_num_queries(4):
        found = changed_within(Pilot.objects.all(), window(TODAY, TODAY))

    assert found[Stage.PROVEN] == Changed(5, ("A", "B", "C"))
    lines = change_lines(Pilot.objects.all(), TODAY, TODAY, Address({}))
    told = [(line.sign, line.names) for line in lines if line.label == "Proven"]
    assert told == [("+5", "A, B, C and 2 more")]
