from datetime import date

import pytest

from kpis.models import Kpi
from pilots.access.models import Event
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.owner import Contact
from pilots.lifecycle import Stage
from pilots.models import LogEntry, Pilot


def test_pilot_is_shown_with_all_it_holds(api, make_pilot, by):
    pilot = make_pilot(owner=Contact(name="Tomasz"), tags=("claims", "apps"), unit="Motor")

    answer = api.get("pilots/CLM-1/")

    ownership = pilot.ownerships.get()
    assert answer.status_code == 200
    assert answer["ETag"] == '"v1"'
    assert answer.data == {
        "key": "CLM-1",
        "program": "claims",
        "name": "Claims triage",
        "problem": "It takes nine days to sort a claim.",
        "unit": "Motor",
        "vendor": None,
        "contract": None,
        "how_built": None,
        "risk": None,
        "serving_pattern": None,
        "serving_location": None,
        "model_tier": None,
        "human_oversight": None,
        "regime": None,
        "complexity": None,
        "stands_alone_because": None,
        "is_confidential": False,
        "decide_by": None,
        "tags": ["apps", "claims"],
        "custom": {},
        "stage": "piloting",
        "stage_since": "2026-09-01",
        "stage_since_precision": "day",
        "reached": {"idea": None, "chartered": None, "piloting": "2026-09-01"},
        "held_since": None,
        "hold_review_on": None,
        "health": "on_track",
        "pattern": None,
        "blocked_on": None,
        "blocked_by": None,
        "owners": [
            {
                "ownership": ownership.pk,
                "owner": ownership.owner_id,
                "name": "Tomasz",
                "role": "production_owner",
                "since": "2026-11-18",
                "accepted_on": None,
            }
        ],
        "moved_at": None,
        "heard_at": None,
        "quiet_until": "2026-12-02",
        "is_imported": False,
        "version": 1,
        "created_at": "2026-11-18T09:00:00Z",
        "updated_at": "2026-11-18T09:00:00Z",
        "page": "http://127.0.0.1:8000/pilots/CLM-1/",
        "kpis": [],
    }


def test_pilot_with_kpi_and_owner_is_logged_by_one_request(api, program):
    answer = api.post(
        "pilots/",
        {
            "program": "claims",
            "name": "  Claims triage ",
            "problem": "Nine days",
            "stage": "piloting",
            "since": "2026-Q3",
            "owner": "Tomasz <tomasz@example.com>",
            "kpi": "Handling time 14 → 9 min",
            "risk": "limited",
            "unit": None,
            "tags": ["claims"],
        },
    )

    assert answer.status_code == 201
    assert answer["Location"] == "http://testserver/api/v1/pilots/CLM-1/"
    assert answer["ETag"] == '"v2"'
    shown = answer.data
    assert (shown["name"], shown["stage_since"], shown["stage_since_precision"], shown["risk"]) == (
        "Claims triage",
        "2026-07-01",
        "quarter",
        "limited",
    )
    assert [owner["name"] for owner in shown["owners"]] == ["Tomasz"]
    assert shown["kpis"] == [
        {
            "code": "handling-time",
            "name": "Handling time",
            "kind": "business",
            "definition": None,
            "unit": "min",
            "direction": "lower",
            "baseline": "14",
            "baseline_on": None,
            "baseline_provenance": None,
            "target": "9",
            "target_low": None,
            "threshold": None,
            "window_days": None,
            "method": None,
            "cadence_days": None,
            "owner": None,
            "value_per_unit": None,
            "value_currency": None,
            "is_primary": True,
            "retired_on": None,
        }
    ]
    assert Kpi.objects.get().pilot.key == "CLM-1"
    assert Event.objects.get(verb="pilot.created").source == "api"
    assert api.get("pilots/CLM-1/").data == shown


def test_pilot_whose_kpi_cannot_be_read_is_not_logged(api, program):
    answer = api.post(
        "pilots/",
        {"program": "claims", "name": "A", "problem": "B", "stage": "idea", "kpi": "better somehow"},
    )

    assert answer.status_code == 400
    assert [(fault["pointer"], fault["code"]) for fault in answer.data["errors"]] == [("/kpi", "kpi")]
    assert Pilot.objects.count() == 0


def test_faults_of_a_body_are_all_named(api, program):
    answer = api.post(
        "pilots/", {"program": "nix", "name": 5, "stage": "flying", "risk": True, "colour": "red"}
    )

    assert answer.status_code == 400
    assert {(fault["pointer"], fault["code"]) for fault in answer.data["errors"]} == {
        ("/colour", "unknown-field"),
        ("/program", "does_not_exist"),
        ("/name", "invalid"),
        ("/problem", "required"),
        ("/stage", "invalid_choice"),
        ("/risk", "invalid_choice"),
    }


def test_move_answers_with_the_new_version(api, make_pilot):
    make_pilot()

    answer = api.post(
        "pilots/CLM-1/move/", {"to": "proven", "happened_on": "2026-10", "evidence": "91 % of 400 files"}
    )

    assert answer.status_code == 200
    assert answer["ETag"] == '"v2"'
    assert (answer.data["stage"], answer.data["stage_since"], answer.data["stage_since_precision"]) == (
        "proven",
        "2026-10-01",
        "month",
    )


def test_refused_move_names_what_is_missing_and_writes_nothing(api, make_pilot):
    make_pilot()

    answer = api.post("pilots/CLM-1/move/", {"to": "limited"})
    assert answer.status_code == 409
    assert answer.data == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "After Piloting comes Proven, so it cannot go to Limited go-live in one step.",
        "errors": [
            {
                "pointer": "/to",
                "code": "not-next",
                "detail": "After Piloting comes Proven, so it cannot go to Limited go-live in one step.",
            }
        ],
    }
    assert Pilot.objects.get().version == 1


def test_hold_and_resume(api, make_pilot):
    make_pilot()

    held = api.post(
        "pilots/CLM-1/hold/", {"reason": "No budget", "agreed_by": "S. Keller", "review_on": "2099-01-05"}
    )
    assert (held.status_code, held.data["health"], held.data["hold_review_on"]) == (
        200,
        "on_hold",
        "2099-01-05",
    )

    resumed = api.post("pilots/CLM-1/resume/")
    assert (resumed.status_code, resumed.data["held_since"], resumed["ETag"]) == (200, None, '"v3"')

    again = api.post("pilots/CLM-1/resume/", {})
    assert (again.status_code, again.data["errors"][0]["code"]) == (409, "not-on-hold")


def test_check_in_is_heard(api, make_pilot, manager):
    make_pilot()

    answer = api.post("pilots/CLM-1/check-in/", {"going": "waiting", "text": "Data on Monday"})

    assert answer.status_code == 200
    assert answer.data["heard_at"] is not None
    entry = LogEntry.objects.get()
    assert (entry.kind, entry.going, entry.text, entry.author) == (
        "check_in",
        "waiting",
        "Data on Monday",
        manager,
    )


def test_patch_writes_what_is_sent_and_leaves_the_rest(api, make_pilot):
    make_pilot(vendor="Acme", unit="Motor", tags=("one",))

    answer = api.patch("pilots/CLM-1/", {"vendor": None, "risk": "high", "decide_by": "2099-03-01"})

    assert answer.status_code == 200
    assert (answer.data["vendor"], answer.data["unit"], answer.data["risk"], answer.data["tags"]) == (
        None,
        "Motor",
        "high",
        ["one"],
    )
    assert api.patch("pilots/CLM-1/", {"risk": None, "tags": []}).data["risk"] is None
    assert Pilot.objects.get().decide_by == date(2099, 3, 1)
    assert Pilot.objects.get().tags.count() == 0


def test_what_follows_from_history_cannot_be_written(api, make_pilot):
    make_pilot()

    for field in ("stage", "key", "version", "program", "reached_mask", "is_imported", "id", "created_at"):
        answer = api.patch("pilots/CLM-1/", {field: "production"})
        assert (answer.status_code, answer.data["errors"][0]["code"]) == (400, "unknown-field"), field

    assert Pilot.objects.get().version == 1


def test_put_wants_every_field(api, make_pilot):
    make_pilot()
    whole = {
        "name": "Triage",
        "problem": "Nine days",
        "unit": None,
        "vendor": "Acme",
        "contract": None,
        "how_built": "bought",
        "risk": None,
        "is_confidential": False,
        "decide_by": None,
        "tags": [],
    }

    lacking = api.put("pilots/CLM-1/", {"name": "Triage"}, If_Match='"v1"')
    assert {fault["pointer"] for fault in lacking.data["errors"]} == {
        f"/{name}" for name in set(whole) - {"name"}
    }

    answer = api.put("pilots/CLM-1/", whole, If_Match='"v1"')
    assert (answer.status_code, answer.data["how_built"], answer["ETag"]) == (200, "bought", '"v2"')


def test_pilots_are_never_deleted(api, make_pilot):
    make_pilot()

    answer = api.send("DELETE", "pilots/CLM-1/")

    assert answer.status_code == 405
    assert Pilot.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["CLM-1", "CLM-2", "CLM-3"]),
        ("stage=idea", ["CLM-2"]),
        ("reached=chartered", ["CLM-1", "CLM-3"]),
        ("state=ended", []),
        ("on_hold=true", ["CLM-3"]),
        ("on_hold=false", ["CLM-1", "CLM-2"]),
        ("tag=fraud", ["CLM-1"]),
        ("unit=MOTOR", ["CLM-2"]),
        ("search=triage%20claims", ["CLM-1"]),
        ("search=100%25", []),
        ("program=claims&decide_by_before=2027-01-01", ["CLM-3"]),
        ("mine=true", []),
        ("mine=false", ["CLM-1", "CLM-2", "CLM-3"]),
        ("ordering=-id", ["CLM-3", "CLM-2", "CLM-1"]),
        ("ordering=key&limit=2", ["CLM-1", "CLM-2"]),
    ],
)
def test_lists_are_filtered_and_ordered(api, make_pilot, by, query, keys):
    make_pilot(tags=("fraud",), owner=Contact(name="Tomasz"))
    make_pilot("Chat", stage=Stage.IDEA, since=None, unit="Motor", problem="None")
    held = make_pilot("Scan", decide_by=date(2026, 12, 1), problem="Slow")
    hold_pilot(NewHold(pilot=held, reason="x", agreed_by="y", review_on=date(2026, 12, 1)), by=by)

    answer = api.get(f"pilots/?{query}")

    assert answer.status_code == 200
    assert [pilot["key"] for pilot in answer.data["results"]] == keys


def test_owner_filter_finds_by_id(api, make_pilot):
    owned = make_pilot(owner=Contact(name="Tomasz"))
    make_pilot("Other")

    answer = api.get(f"pilots/?owner={owned.ownerships.get().owner_id}")

    assert [pilot["key"] for pilot in answer.data["results"]] == ["CLM-1"]


def test_updated_since_includes_the_moment_itself(api, make_pilot):
    make_pilot()

    assert len(api.get("pilots/?updated_since=2026-11-18T10:00:00%2B01:00").data["results"]) == 1
    assert len(api.get("pilots/?updated_since=2026-11-18T10:00:00+01:00").data["results"]) == 1
    assert api.get("pilots/?updated_since=2026-11-18T09:00:01Z").data["results"] == []


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("colour=red", "?colour", "unknown-parameter"),
        ("program__name=Claims", "?program__name", "unknown-parameter"),
        ("stage=flying", "?stage", "invalid_choice"),
        ("stage=idea&stage=proven", "?stage", "repeated"),
        ("on_hold=maybe", "?on_hold", "invalid_choice"),
        ("owner=1.5", "?owner", "invalid"),
        ("owner=99999999999999999999999", "?owner", "invalid"),
        ("program=finance", "?program", "invalid_choice"),
        ("updated_since=yesterday", "?updated_since", "unreadable"),
        ("decide_by_before=20026-01-01", "?decide_by_before", "invalid"),
        ("ordering=program__prefix", "?ordering", "invalid"),
        ("ordering=name", "?ordering", "invalid"),
        ("limit=1000000000", "?limit", "invalid"),
        ("limit=0", "?limit", "invalid"),
        ("limit=-1", "?limit", "invalid"),
        ("limit=abc", "?limit", "invalid"),
        ("limit=", "?limit", "empty"),
        ("program=", "?program", "empty"),
        ("stage=", "?stage", "empty"),
        ("limit=%D9%A1", "?limit", "invalid"),
        ("count=perhaps", "?count", "invalid"),
    ],
)
def test_wrong_parameters_are_refused_and_named(api, other_program, query, pointer, code):
    answer = api.get(f"pilots/?{query}")

    assert answer.status_code == 400
    assert [(fault["pointer"], fault["code"]) for fault in answer.data["errors"]] == [(pointer, code)]


def test_unknown_parameter_lists_the_known_ones(api):
    detail = api.get("programs/?colour=red").data["detail"]

    assert detail == "“colour” is no parameter. Known here: count, cursor, limit, ordering."


def test_detail_takes_no_parameters(api, make_pilot):
    make_pilot()

    assert api.get("pilots/CLM-1/?stage=idea").status_code == 400
