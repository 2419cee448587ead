from datetime import date

import pytest

from pilots.actions.hold import NewHold, hold_pilot
from pilots.models import LogEntry, Pilot, StageTransition


def test_correction_stands_beside_what_it_corrects(api, make_pilot, manager):
    row = make_pilot().transitions.get()

    answer = api.post(f"transitions/{row.pk}/correct/", {"happened_on": "2026-08", "reason": "Wrong month"})

    newer = StageTransition.objects.get(supersedes=row)
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver/api/v1/transitions/{newer.pk}/"
    assert answer["ETag"] == '"v2"'
    assert answer.data == {
        "id": newer.pk,
        "pilot": "CLM-1",
        "to": "piloting",
        "happened_on": "2026-08-01",
        "precision": "month",
        "latest_on": "2026-08-31",
        "recorded_at": newer.recorded_at.isoformat().replace("+00:00", "Z"),
        "actor": {"id": manager.pk, "name": "Maren"},
        "origin": "stated",
        "ending": None,
        "reason": "Wrong month",
        "evidence": None,
        "supersedes": row.pk,
        "voids": None,
        "is_effective": True,
    }
    assert api.get(f"transitions/{row.pk}/").data["is_effective"] is False
    assert [found["id"] for found in api.get("transitions/?effective=true").data["results"]] == [newer.pk]
    assert [found["id"] for found in api.get("transitions/?effective=false").data["results"]] == [row.pk]
    assert Pilot.objects.get().stage_since == date(2026, 8, 1)


def test_row_is_taken_back(api, make_pilot):
    make_pilot()
    api.post("pilots/CLM-1/move/", {"to": "proven", "evidence": "x"})
    row = StageTransition.objects.get(to_stage="proven")

    answer = api.post(f"transitions/{row.pk}/void/", {"reason": "Never proven"})

    assert (answer.status_code, answer.data["to"], answer.data["voids"], answer.data["is_effective"]) == (
        201,
        None,
        row.pk,
        False,
    )
    assert Pilot.objects.get().stage == "piloting"
    again = api.post(f"transitions/{row.pk}/void/", {"reason": "x"})
    assert (again.status_code, again.data["errors"][0]["code"]) == (409, "superseded")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"happened_on": "2026-08"}, "/reason"),
        ({"reason": "x"}, "/happened_on"),
        ({"happened_on": None, "reason": "x"}, "/happened_on"),
        ({"happened_on": "August", "reason": "x"}, "/happened_on"),
    ],
)
def test_correction_wants_day_and_reason(api, make_pilot, body, pointer):
    row = make_pilot().transitions.get()

    answer = api.post(f"transitions/{row.pk}/correct/", body)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("pilot=CLM-1", 2),
        ("program=claims", 3),
        ("to=proven", 1),
        ("origin=made", 1),
        ("happened_from=2026-09-02", 1),
        ("happened_to=2026-09-01", 2),
        ("updated_since=2099-01-01", 0),
    ],
)
def test_transitions_are_filtered(api, make_pilot, query, count):
    make_pilot()
    make_pilot("Other")
    api.post("pilots/CLM-1/move/", {"to": "proven", "evidence": "x", "happened_on": "2026-10-05"})

    assert len(api.get(f"transitions/?{query}").data["results"]) == count


def test_holds_are_read(api, make_pilot, by):
    pilot = make_pilot()
    hold_pilot(NewHold(pilot=pilot, reason="x", agreed_by="y", review_on=date(2026, 12, 1)), by=by)

    row = {
        "id": pilot.holds.get().pk,
        "pilot": "CLM-1",
        "since": "2026-11-18",
        "until": None,
        "reason": "x",
        "agreed_by": "y",
        "review_on": "2026-12-01",
    }
    assert api.get("holds/").data["results"] == [row]
    assert api.get(f"holds/{row['id']}/").data == row
    assert api.get("holds/?active=true&pilot=CLM-1&review_before=2026-12-02").data["results"] == [row]
    assert api.get("holds/?review_before=2026-12-01").data["results"] == []
    assert api.post("holds/", {}).status_code == 405


def test_comment_is_written_and_resets_no_clock(api, make_pilot, manager):
    make_pilot()

    answer = api.post("log/", {"pilot": "CLM-1", "text": "Legal asked for the contract."})

    entry = LogEntry.objects.get()
    assert answer.status_code == 201
    assert answer.data == {
        "id": entry.pk,
        "pilot": "CLM-1",
        "kind": "comment",
        "going": None,
        "text": "Legal asked for the contract.",
        "written_at": entry.written_at.isoformat().replace("+00:00", "Z"),
        "author": {"id": manager.pk, "name": "Maren"},
    }
    assert api.get(answer["Location"]).data == answer.data
    assert Pilot.objects.get().heard_at is None
    assert api.get("log/?kind=check_in").data["results"] == []
    assert api.get("log/?kind=comment&pilot=CLM-1&ordering=-written_at").data["results"] == [answer.data]


def test_imprecise_days_come_in_as_they_are_known(api, make_pilot):
    for number, (said, first, precision) in enumerate(
        [
            ("2026-10-05", "2026-10-05", "day"),
            ("2026-10", "2026-10-01", "month"),
            ("2026-Q4", "2026-10-01", "quarter"),
            ("2026", "2026-01-01", "year"),
        ],
        start=1,
    ):
        make_pilot(f"Pilot {number}", since=date(2025, 3, 1))
        answer = api.post(
            f"pilots/CLM-{number}/move/", {"to": "proven", "evidence": "x", "happened_on": said}
        )
        assert (answer.data["stage_since"], answer.data["stage_since_precision"]) == (first, precision)
