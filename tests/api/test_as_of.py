from datetime import date

import pytest

from pilots.access.permissions import OwnerRole
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Ownership


@pytest.fixture
def moved(make_pilot, by):
    pilot = make_pilot()
    move = Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 10, 5)), evidence="91 %")
    return move_pilot(move, by=by)


def test_pilots_of_a_past_day_are_shown_as_they_were(api, moved, make_pilot):
    make_pilot("Later", since=date(2026, 11, 1))
    owner = moved.program.owners.create(name="Tomasz")
    role = OwnerRole.PRODUCTION_OWNER.value
    since, until, accepted = date(2026, 9, 1), date(2026, 11, 1), date(2026, 10, 20)
    Ownership.objects.create(
        pilot=moved, owner=owner, role=role, since=since, until=until, accepted_on=accepted
    )

    (shown,) = api.get("pilots/?as_of=2026-10-04").data["results"]
    (now,) = api.get("pilots/?as_of=2026-10-05").data["results"]

    assert {name: shown[name] for name in ("stage", "stage_since", "health", "moved_at", "kpis")} == {
        "stage": "piloting",
        "stage_since": "2026-09-01",
        "health": "not_known",
        "moved_at": None,
        "kpis": [],
    }
    assert shown["reached"] == {"idea": None, "chartered": None, "piloting": "2026-09-01"}
    assert [(one["name"], one["accepted_on"]) for one in shown["owners"]] == [("Tomasz", None)]
    assert (now["stage"], now["stage_since"]) == ("proven", "2026-10-05")


def test_filters_ask_about_the_day(api, moved):
    counts = [
        len(api.get(f"pilots/?as_of=2026-10-04&{query}").data["results"])
        for query in ("stage=piloting", "stage=proven", "on_hold=true", "state=active")
    ]

    assert counts == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("query", "pointer", "sentence"),
    [
        ("as_of=2099-01-01", "?as_of", "Thu 1 Jan 2099 has not come yet. Choose a day up to today."),
        (
            "as_of=2026-10-04&health=stalled",
            "?health",
            "This is known for today only. Leave it out, or the past day.",
        ),
    ],
)
def test_what_cannot_be_told_is_a_fault_of_its_parameter(api, moved, query, pointer, sentence):
    answer = api.get(f"pilots/?{query}")

    assert answer.status_code == 400
    assert [(fault["pointer"], fault["detail"]) for fault in answer.data["errors"]] == [(pointer, sentence)]
