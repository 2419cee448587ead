from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.utils import timezone

from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.stage import Correction, Move, Past, correct_transition, move_pilot, record_past
from pilots.calendar import Day, month, quarter, year
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Origin, Pilot
from pilots.models.cohort import Cohort, Now, Part, Selection
from tests.portfolio.dashboards.invented import TODAY, invent


def placed(cohort):
    rows = cohort.place(Pilot.objects.all()).values_list(
        "key",
        F("path_mask"),
        F("stage_then"),
        F("held_then"),
        F("part"),
        F("entered_first"),
    )
    return sorted((key, mask, stage, bool(held), *rest) for key, mask, stage, held, *rest in rows)


def parts(cohort):
    return dict(cohort.place(Pilot.objects.all()).values_list("name", F("part")))


def chosen(**asked):
    cohort = asked.pop("cohort", Cohort(today=TODAY))
    found = Selection(cohort=cohort, **asked).apply(Pilot.objects.all())
    return sorted(found.values_list("name", flat=True))


def on(by, day, hour=9):
    return replace(by, at=datetime(day.year, day.month, day.day, hour, tzinfo=UTC))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_history_as_of_today_says_what_the_columns_say(program, seed):
    invent(program, seed=seed, size=40)
    period = {"cohort_from": date(2025, 1, 1), "cohort_to": date(2026, 3, 31), "matured_months": 8}

    for entry, narrowing in product(MAIN_PATH, ({}, period)):
        columns = Cohort(today=TODAY, entry=entry, **narrowing)
        history = Cohort(today=TODAY, as_of=TODAY, entry=entry, **narrowing)
        assert (entry, placed(history)) == (entry, placed(columns))


@pytest.mark.parametrize(
    ("since", "part"),
    [
        pytest.param(Day(date(2026, 2, 1)), Part.INSIDE, id="first-day-of-the-period"),
        pytest.param(Day(date(2026, 3, 31)), Part.INSIDE, id="last-day-of-the-period"),
        pytest.param(Day(date(2026, 1, 31)), Part.OUTSIDE, id="day-before"),
        pytest.param(Day(date(2026, 4, 1)), Part.OUTSIDE, id="day-after"),
        pytest.param(month(2026, 2), Part.INSIDE, id="month-wholly-inside"),
        pytest.param(month(2026, 4), Part.OUTSIDE, id="month-after"),
        pytest.param(quarter(2026, 1), Part.UNDATED, id="quarter-that-begins-before"),
        pytest.param(year(2026), Part.UNDATED, id="year-around-it"),
        pytest.param(year(2025), Part.OUTSIDE, id="year-before"),
        pytest.param(None, Part.UNDATED, id="not-known"),
    ],
)
def test_rough_date_belongs_to_a_period_that_holds_all_of_it(make_pilot, program, by_system, since, part):
    pilot = make_pilot(since=None)
    if since:
        row = pilot.transitions.get()
        correct_transition(Correction(transition=row, happened=since, reason="a better date"), by=by_system)

    cohort = Cohort(today=TODAY, cohort_from=date(2026, 2, 1), cohort_to=date(2026, 3, 31))

    assert parts(cohort) == {"Claims triage": part.value}


@pytest.mark.parametrize(
    ("since", "part"),
    [
        pytest.param(Day(date(2026, 3, 18)), Part.INSIDE, id="eight-months-to-the-day"),
        pytest.param(Day(date(2026, 3, 19)), Part.YOUNG, id="a-day-short"),
        pytest.param(month(2026, 2), Part.INSIDE, id="month-that-ended-before"),
        pytest.param(month(2026, 3), Part.YOUNG, id="month-counts-as-its-last-day"),
    ],
)
def test_matured_means_entered_so_many_months_before_at_the_latest(make_pilot, by_system, since, part):
    pilot = make_pilot(since=None)
    row = pilot.transitions.get()
    correct_transition(Correction(transition=row, happened=since, reason="a better date"), by=by_system)

    assert parts(Cohort(today=TODAY, matured_months=8)) == {"Claims triage": part.value}


def test_exact_day_is_not_blurred_by_a_rough_row_of_the_same_day(make_pilot, program, by_system):
    pilot = make_pilot(since=date(2026, 1, 1))
    again = Past(stage=Stage.PILOTING, happened=year(2026), latest_on=TODAY, origin=Origin.IMPORTED)
    record_past([(pilot, [again])], by=by_system)

    for as_of in (None, TODAY):
        cohort = Cohort(today=TODAY, as_of=as_of, cohort_to=date(2026, 3, 31), matured_months=8)
        assert parts(cohort) == {"Claims triage": "inside"}


def test_what_a_stage_implies_is_reached_without_a_date(make_pilot):
    make_pilot("Straight in", stage=Stage.PRODUCTION, since=date(2026, 5, 1))

    assert parts(Cohort(today=TODAY)) == {"Straight in": "undated"}
    assert parts(Cohort(today=TODAY, entry=Stage.PRODUCTION)) == {"Straight in": "inside"}
    assert parts(Cohort(today=TODAY, entry=Stage.SUSTAINED)) == {}


def test_past_day_is_read_from_what_had_happened_by_then(make_pilot, by):
    pilot = make_pilot(since=date(2026, 3, 1))
    moved = Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 6, 1)), evidence="91 %")
    move_pilot(moved, by=by)

    def stages(day):
        cohort = Cohort(today=TODAY, as_of=day)
        return list(cohort.place(Pilot.objects.all()).values_list(F("stage_then"), F("path_mask")))

    assert stages(date(2026, 2, 28)) == []
    assert stages(date(2026, 3, 1)) == [("piloting", 0b111)]
    assert stages(date(2026, 5, 31)) == [("piloting", 0b111)]
    assert stages(date(2026, 6, 1)) == [("proven", 0b1111)]


def test_undated_history_counts_from_the_day_it_was_said(make_pilot):
    make_pilot(since=None)  # said on 18 Nov 2026

    assert parts(Cohort(today=TODAY, as_of=date(2026, 11, 17))) == {}
    assert parts(Cohort(today=TODAY)) == {"Claims triage": "undated"}


def test_as_recorded_then_leaves_out_later_rows_and_later_corrections(make_pilot, by):
    pilot = make_pilot(since=date(2026, 3, 1), by=on(by, date(2026, 4, 1)))
    moved = Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 6, 1)), evidence="91 %")
    move_pilot(moved, by=on(by, date(2026, 6, 2)))
    row = pilot.transitions.get(to_stage="proven")
    taken_back = Correction(transition=row, happened=None, reason="it was another pilot")
    correct_transition(taken_back, by=on(by, date(2026, 9, 1)))

    def stages(day, *, known_at=None):
        cohort = Cohort(today=TODAY, as_of=day, known_at=known_at)
        return list(cohort.place(Pilot.objects.all()).values_list(F("stage_then"), flat=True))

    july, october = date(2026, 7, 1), datetime(2026, 10, 1, tzinfo=UTC)
    assert stages(july) == ["piloting"]
    assert stages(july, known_at=datetime(2026, 7, 1, tzinfo=UTC)) == ["proven"]
    assert stages(july, known_at=october) == ["piloting"]
    assert stages(july, known_at=datetime(2026, 6, 1, tzinfo=UTC)) == ["piloting"]
    assert stages(july, known_at=datetime(2026, 3, 15, tzinfo=UTC)) == []


def test_corrected_date_moves_the_past_and_not_what_was_recorded(make_pilot, by):
    pilot = make_pilot(since=date(2026, 3, 1), by=on(by, date(2026, 4, 1)))
    row = pilot.transitions.get()
    earlier = Correction(transition=row, happened=Day(date(2025, 3, 1)), reason="a year off")
    correct_transition(earlier, by=on(by, date(2026, 9, 1)))

    then = datetime(2026, 8, 1, tzinfo=UTC)
    assert parts(Cohort(today=TODAY, as_of=date(2025, 6, 1))) == {"Claims triage": "inside"}
    assert parts(Cohort(today=TODAY, as_of=date(2025, 6, 1), known_at=then)) == {}


def test_hold_is_read_as_of_the_day(make_pilot, by):
    pilot = make_pilot()
    asked = NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1))
    hold_pilot(asked, by=on(by, date(2026, 10, 5)))
    resume_pilot(Resume(pilot=pilot), by=on(by, date(2026, 10, 20)))

    def names(day, now):
        return chosen(cohort=Cohort(today=TODAY, as_of=day), now=(now,))

    assert names(date(2026, 10, 4), Now.OPEN) == ["Claims triage"]
    assert names(date(2026, 10, 5), Now.ON_HOLD) == ["Claims triage"]
    assert names(date(2026, 10, 19), Now.ON_HOLD) == ["Claims triage"]
    assert names(date(2026, 10, 20), Now.ON_HOLD) == []
    assert names(date(2026, 10, 20), Now.OPEN) == ["Claims triage"]


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        pytest.param("Europe/Berlin", datetime(2026, 11, 17, 23, 30, tzinfo=UTC), id="half-past-midnight"),
        pytest.param("Pacific/Auckland", datetime(2026, 11, 17, 23, 30, tzinfo=UTC), id="half-past-noon"),
        pytest.param("America/Denver", datetime(2026, 11, 19, 1, 0, tzinfo=UTC), id="evening"),
    ],
)
def test_hold_is_known_on_the_day_of_who_asks(make_pilot, by, zone, moment):
    pilot = make_pilot(by=on(by, date(2026, 10, 5)))
    asked = NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1))
    hold_pilot(asked, by=on(by, TODAY))

    with timezone.override(ZoneInfo(zone)):
        known = Cohort(today=TODAY, as_of=TODAY, known_at=moment)
        assert known.known_on == timezone.localdate(moment) == TODAY
        assert chosen(cohort=known, now=(Now.ON_HOLD,)) == ["Claims triage"]
        day_before = Cohort(today=TODAY, as_of=TODAY, known_at=moment - timedelta(days=1))
        assert chosen(cohort=day_before, now=(Now.ON_HOLD,)) == []


def test_selection_names_exactly_the_pilots_of_each_number(make_pilot, by):
    make_pilot("Open")
    held = make_pilot("Held")
    hold_pilot(
        NewHold(pilot=held, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1)), by=by
    )
    move_pilot(Move(pilot=make_pilot("Ended"), to=Stage.STOPPED, reason="too few cases"), by=by)
    back = make_pilot("Back")
    for move in (
        Move(pilot=back, to=Stage.PROVEN, evidence="91 %"),
        Move(pilot=back, to=Stage.PILOTING, reason="the data changed"),
    ):
        move_pilot(move, by=by)
        back.refresh_from_db()

    assert chosen() == ["Back", "Ended", "Held", "Open"]
    assert chosen(reached=Stage.PROVEN) == ["Back"]
    assert chosen(furthest=(Stage.PILOTING,)) == ["Ended", "Held", "Open"]
    assert chosen(furthest=(Stage.PILOTING, Stage.PROVEN)) == ["Back", "Ended", "Held", "Open"]
    assert chosen(there_now=Stage.PILOTING) == ["Back", "Held", "Open"]
    assert chosen(there_now=Stage.PROVEN) == []
    assert chosen(at=(Stage.STOPPED,)) == ["Ended"]
    assert chosen(now=(Now.OPEN,)) == ["Back", "Open"]
    assert chosen(now=(Now.ON_HOLD, Now.ENDED)) == ["Ended", "Held"]
    assert chosen(part=Part.UNDATED) == []


def test_confidential_pilot_is_in_no_selection(make_pilot, by):
    make_pilot("Ordinary")
    secret = make_pilot("Secret")
    assert chosen() == ["Ordinary", "Secret"]

    edit_pilot(Edit(pilot=secret, fields={"is_confidential": True}), by=by)

    assert chosen() == ["Ordinary"]


def test_history_is_never_entered_by_the_index_of_voiding_rows():
    """SQLite would: nearly every row has none, so it read the whole table once for every pilot."""
    then = Cohort(today=TODAY, as_of=date(2026, 6, 1), known_at=datetime(2026, 7, 1, tzinfo=UTC))

    for cohort in (then, replace(then, known_at=None)):
        asked = str(cohort.place(Pilot.objects.all()).query)
        assert "pilots_stagetransition" in asked
        assert '"voids_id" IS NULL' not in asked
