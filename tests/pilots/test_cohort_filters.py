from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.http import QueryDict

from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.web.pilot_filters import PilotFilterSet
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def filters(user, query):
    request = SimpleNamespace(user=user)
    return PilotFilterSet(QueryDict(query), Pilot.objects.visible_to(user), request=request)


def listed(user, query):
    found = filters(user, query)
    assert found.is_valid(), found.errors
    return sorted(found.qs.values_list("name", flat=True))


def test_list_without_a_cohort_shows_confidential_pilots_and_one_with_it_does_not(make_pilot, manager, by):
    make_pilot("Ordinary")
    secret = make_pilot("Secret")
    edit_pilot(Edit(pilot=secret, fields={"is_confidential": True}), by=by)

    assert listed(manager, "") == ["Ordinary", "Secret"]
    assert listed(manager, "as_of=2026-11-18") == ["Ordinary", "Secret"]  # a day by itself names no cohort
    for query in (
        "entry=piloting",
        "entry=piloting&as_of=2026-11-18",
        "now=open",
        "there_now=piloting",
        "furthest=piloting",
    ):
        assert (query, listed(manager, query)) == (query, ["Ordinary"])


def test_reached_follows_the_day_of_the_cohort(make_pilot, manager, by):
    pilot = make_pilot(since=date(2026, 3, 1))
    moved = Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 6, 1)), evidence="91 %")
    move_pilot(moved, by=by)

    assert listed(manager, "reached=proven") == ["Claims triage"]
    assert listed(manager, "reached=proven&as_of=2026-06-01") == ["Claims triage"]
    assert listed(manager, "reached=proven&as_of=2026-05-31") == []


def test_other_filters_narrow_the_number(make_pilot, manager):
    make_pilot("Ours", vendor="Acme")
    make_pilot("Theirs")

    assert listed(manager, "entry=piloting&now=open,on_hold&vendor=acme") == ["Ours"]


def test_undated_and_young_pilots_are_listed_on_their_own(make_pilot, manager):
    make_pilot("Old", since=date(2026, 1, 1))
    make_pilot("Young", since=date(2026, 11, 1))
    make_pilot("Undated", since=None)

    assert listed(manager, "matured_months=8") == ["Old"]
    assert listed(manager, "matured_months=8&young=true") == ["Young"]
    assert listed(manager, "matured_months=8&undated=true") == ["Undated"]
    assert listed(manager, "undated=false") == ["Old", "Undated", "Young"]


def test_changes_are_listed_by_kind_and_day(make_pilot, manager, by):
    moved = make_pilot("Moved")
    move_pilot(Move(pilot=moved, to=Stage.PROVEN, evidence="91 %"), by=by)
    make_pilot("Stated", stage=Stage.PROVEN)

    assert listed(manager, "changed_to=proven&changed_since=2026-11-18") == ["Moved"]
    assert listed(manager, "changed_to=proven&changed_since=2026-11-19") == []
    assert listed(manager, "changed_to=proven&changed_since=2026-11-01&changed_until=2026-11-17") == []


@pytest.mark.parametrize("times", [1, 2, 3])
def test_move_counts_when_it_was_made_however_often_its_date_was_corrected(make_pilot, manager, by, times):
    moved = make_pilot("Moved")
    move_pilot(Move(pilot=moved, to=Stage.PROVEN, evidence="91 %"), by=by)
    later = replace(by, at=NOW + timedelta(days=2))
    with time_machine.travel(later.at, tick=False):
        for day in range(1, times + 1):
            row = moved.transitions.effective().get(to_stage="proven")
            correction = Correction(transition=row, happened=Day(date(2026, 11, day)), reason="wrong day")
            correct_transition(correction, by=later)

        assert listed(manager, "changed_to=proven&changed_since=2026-11-18&changed_until=2026-11-18") == [
            "Moved"
        ]
        assert listed(manager, "changed_to=proven&changed_since=2026-11-19") == []


def test_move_that_was_corrected_and_then_taken_back_is_no_change(make_pilot, manager, by):
    moved = make_pilot("Moved")
    move_pilot(Move(pilot=moved, to=Stage.PROVEN, evidence="91 %"), by=by)
    for happened in (Day(date(2026, 11, 2)), None):
        row = moved.transitions.effective().get(to_stage="proven")
        correct_transition(Correction(transition=row, happened=happened, reason="wrong"), by=by)

    assert listed(manager, "changed_to=proven&changed_since=2026-11-18") == []


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("now=open,gone", "now", "“gone” is not known here. Known: open, on_hold, ended."),
        ("furthest=stopped", "furthest", "“stopped” is not known here. Known: idea, chartered, piloting,"),
        ("at=here", "at", "“here” is not known here."),
        ("undated=yes", "undated", "“yes” is neither true nor false."),
        ("undated=true&young=true", "young", "A pilot without a date cannot be called young."),
        ("changed_to=proven", "changed_since", "Say since when."),
        ("changed_to=here&changed_since=2026-11-01", "changed_to", "“here” is not known here."),
        ("as_of=2026-11-19", "as_of", "Thu 19 Nov 2026 has not come yet."),
        ("cohort_from=2026-02-01&cohort_to=2026-01-01", "cohort_to", "This is before Sun 1 Feb 2026"),
        ("matured_months=601", "matured_months", "Write a whole number of months, from 1 to 600."),
    ],
)
def test_what_cannot_be_read_is_an_error(manager, query, field, sentence):
    found = filters(manager, query)

    assert not found.is_valid()
    assert [name for name in found.errors if name == field] == [field]
    assert found.errors[field][0].startswith(sentence)
