"""Readings through the API: the one-line push, many at once, lists, corrections, evidence."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import Kpi, Measurement
from kpis.oneline import read_kpi
from kpis.reading import MOST_READINGS
from pilots.access.models import Event, Role
from pilots.actions.account import add_member
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.models import Evidence, Pilot
from tests.conftest import NOW

PUSH = "pilots/CLM-1/kpis/handling-time/measurements/"
MEASURE = frozenset({"measure"})
# What a token that only sends readings has no business with, by way of example; the matrix asks everywhere.
UNREAD = (
    "pilots/",
    "pilots/CLM-1/",
    "pilots/CLM-1/money/",
    "kpis/",
    "kpis/CLM-1/handling-time/",
    "log/",
    "evidence/",
    "ledger/",
    "events/",
    "schema/",
)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kpi(make_pilot, by) -> Kpi:
    return define_kpi(NewKpi(pilot=make_pilot(), line=read_kpi("Handling time 14 → 9 min")), by=by)


@pytest.fixture
def quality(kpi, by) -> Kpi:
    return define_kpi(NewKpi(pilot=kpi.pilot, line=read_kpi("Sorted right 60 → 91 %")), by=by)


def faults(answer):
    return [(error["pointer"], error["code"]) for error in answer.data["errors"]]


def row(**changes):
    return {"kpi": "CLM-1/handling-time", "value": "9.4", "provenance": "shadow"} | changes


# --- One at a time ----------------------------------------------------------------------


def test_a_value_and_its_provenance_are_the_whole_push(api, kpi, manager):
    answer = api.post(PUSH, {"value": 9.4, "provenance": "shadow"})

    stored = Measurement.objects.get()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/api/v1/measurements/{stored.pk}/")
    assert answer.data == {
        "outcome": "created",
        "id": stored.pk,
        "kpi": "CLM-1/handling-time",
        "kind": "business",
        "value": "9.4",
        "unit": "min",
        "measured_at": "2026-11-18T09:00:00Z",
        "window_from": None,
        "sample_size": None,
        "provenance": "shadow",
        "model_version": None,
        "entry": "api",
        "source": None,
        "external_id": None,
        "note": None,
        "revision": 1,
        "corrects": None,
        "is_current": True,
        "recorded_at": "2026-11-18T09:00:00Z",
        "recorded_by": {"id": manager.pk, "name": "Maren"},
        "withdrawn_at": None,
        "withdrawn_by": None,
        "withdrawn_because": None,
    }
    assert (stored.value, stored.measured_at, stored.entry) == (Decimal("9.4"), NOW, "api")
    assert api.get(PUSH).data["results"] == [
        {name: value for name, value in answer.data.items() if name != "outcome"}
    ]


def test_a_reading_with_everything_is_kept_whole(api, kpi, by):
    add_model_version(NewModelVersion(pilot=kpi.pilot, label="v3", changed_on=date(2026, 9, 1)), by=by)
    sent = row(
        measured_at="2026-10-26",
        window_from="2026-10-20",
        sample_size=412,
        model_version="V3",
        source="warehouse",
        external_id="2026-W43",
        note="Two teams.",
    )

    answer = api.post("measurements/", sent)

    stored = Measurement.objects.get()
    assert answer.status_code == 201
    assert (stored.measured_at, stored.window_from) == (
        datetime(2026, 10, 26, 12, tzinfo=UTC),
        date(2026, 10, 20),
    )
    assert (
        stored.sample_size,
        stored.model_version.label,
        stored.source,
        stored.external_id,
        stored.note,
    ) == (
        412,
        "v3",
        "warehouse",
        "2026-W43",
        "Two teams.",
    )
    assert api.get(f"measurements/{stored.pk}/").data["model_version"] == "v3"


def test_sent_again_is_unchanged_and_with_another_value_a_revision(api, kpi):
    sent = row(source="w", external_id="1")

    first = api.post("measurements/", sent)
    with time_machine.travel(datetime(2026, 11, 18, 10, tzinfo=UTC), tick=False):
        again = api.post("measurements/", sent)
        other = api.post("measurements/", sent | {"value": "9.5"})

    assert (again.status_code, again.data["outcome"], again.data["id"]) == (
        200,
        "unchanged",
        first.data["id"],
    )
    assert (other.status_code, other.data["outcome"], other.data["revision"], other.data["corrects"]) == (
        201,
        "superseded",
        2,
        first.data["id"],
    )
    assert list(Measurement.objects.order_by("pk").values_list("value", "is_current")) == [
        (Decimal("9.4"), False),
        (Decimal("9.5"), True),
    ]
    assert Event.objects.filter(verb="measurement.recorded").count() == 2


@pytest.mark.parametrize(
    ("change", "status", "fault"),
    [
        ({"value": "9,4"}, 400, ("/value", "invalid")),
        ({"value": True}, 400, ("/value", "invalid")),
        ({"value": None}, 400, ("/value", "null")),
        ({"value": [9]}, 400, ("/value", "invalid")),
        ({"value": "9" * 40}, 400, ("/value", "digits")),
        ({"value": 99999999999999.999999}, 400, ("/value", "digits")),
        ({"value": "1e400"}, 400, ("/value", "invalid")),
        ({"value": "NaN"}, 400, ("/value", "invalid")),
        ({"provenance": "guess"}, 400, ("/provenance", "invalid_choice")),
        ({"provenance": 1}, 400, ("/provenance", "invalid_choice")),
        ({"kpi": "CLM-1/nothing"}, 400, ("/kpi", "does_not_exist")),
        ({"kpi": "handling-time"}, 400, ("/kpi", "invalid")),
        ({"kpi": 3}, 400, ("/kpi", "invalid")),
        ({"measured_at": "26.10.2026"}, 400, ("/measured_at", "invalid")),
        ({"measured_at": "2026-02-30"}, 400, ("/measured_at", "invalid")),
        ({"measured_at": "2026-02-28T25:00"}, 400, ("/measured_at", "invalid")),
        ({"measured_at": "0001-01-01T00:00:00+14:00"}, 400, ("/measured_at", "year")),
        ({"measured_at": "1989-12-31"}, 400, ("/measured_at", "year")),
        ({"window_from": "2026-10"}, 400, ("/window_from", "invalid")),
        ({"sample_size": "412"}, 400, ("/sample_size", "invalid")),
        ({"sample_size": 4.5}, 400, ("/sample_size", "invalid")),
        ({"source": "x" * 61}, 400, ("/source", "max_length")),
        ({"external_id": 7}, 400, ("/external_id", "invalid")),
        ({"is_meant": "yes"}, 400, ("/is_meant", "invalid")),
        ({"colour": "red"}, 400, ("/colour", "unknown-field")),
        ({"measured_at": "2026-11-18T09:05:01Z"}, 409, ("/measured_at", "future")),
        ({"measured_at": "2026-11-19"}, 409, ("/measured_at", "future")),
        ({"window_from": "2026-11-19"}, 409, ("/window_from", "order")),
        ({"sample_size": 0}, 409, ("/sample_size", "sample")),
        ({"sample_size": -4}, 409, ("/sample_size", "sample")),
        ({"sample_size": 10**12}, 409, ("/sample_size", "sample")),
        ({"model_version": "v9"}, 409, ("/model_version", "unknown")),
    ],
)
def test_what_no_reading_may_be_is_refused_with_its_pointer_one_by_one_and_in_bulk(
    api, kpi, change, status, fault
):
    sent = row(**change)

    one = api.post("measurements/", sent)
    many = api.post("measurements/bulk/", {"measurements": [row(), sent]})

    pointer, code = fault
    assert (one.status_code, faults(one)) == (status, [fault])
    assert (many.status_code, faults(many)) == (status, [(f"/measurements/1{pointer}", code)])
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"1e400", b"1e99999999999999999999", b"9" * 40])
def test_bare_json_that_is_no_number_is_a_400(api, kpi, literal):
    answer = api.post(PUSH, b'{"provenance": "shadow", "value": ' + literal + b"}")

    assert answer.status_code == 400
    assert not Measurement.objects.exists()


def test_json_numbers_keep_every_digit_or_are_refused(api, kpi):
    kept = api.post(PUSH, b'{"provenance": "shadow", "value": 99999999999999.9}')
    lost = api.post(PUSH, b'{"provenance": "shadow", "value": 1.00000000000000000001}')

    assert (kept.data["value"], faults(lost)) == ("99999999999999.9", [("/value", "digits")])
    assert Measurement.objects.get().value == Decimal("99999999999999.9")


def test_everything_missing_is_said_at_once_and_by_its_name(api, kpi):
    answer = api.post("measurements/", {})

    assert faults(answer) == [("/kpi", "required"), ("/value", "required"), ("/provenance", "required")]
    assert [error["detail"] for error in answer.data["errors"]] == [
        "“kpi” is missing. Send it.",
        "“value” is missing. Send it.",
        "“provenance” is missing. Send it.",
    ]


def test_a_fraction_for_a_kpi_in_percent_is_a_question(api, quality):
    address = "pilots/CLM-1/kpis/sorted-right/measurements/"

    asked = api.post(address, {"value": 0.91, "provenance": "curated"})
    meant = api.post(address, {"value": 0.91, "provenance": "curated", "is_meant": True})

    assert (asked.status_code, faults(asked)) == (409, [("/value", "fraction")])
    assert asked.data["detail"] == (
        "Do you mean 91 %? Write 91, or say that 0.91 % is meant. To say so, send “is_meant”: true."
    )
    assert (meant.status_code, meant.data["value"]) == (201, "0.91")


def test_idempotency_key_answers_as_the_first_time(api, kpi):
    sent = {"value": 9.4, "provenance": "shadow"}

    first = api.post(PUSH, sent, Idempotency_Key="a")
    again = api.post(PUSH, sent, Idempotency_Key="a")

    assert (again.status_code, again.data, again.headers["Idempotent-Replayed"]) == (201, first.data, "true")
    assert Measurement.objects.count() == 1


def test_a_push_makes_stale_nothing_that_somebody_edits(api, kpi, client, manager):
    client.force_login(manager)
    form = client.get("/pilots/CLM-1/edit/").context["form"]
    sent = {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}

    assert api.post(PUSH, {"value": 9.4, "provenance": "shadow"}).status_code == 201
    saved = client.post("/pilots/CLM-1/edit/", sent | {"vendor": "Acme"})

    assert (saved.status_code, Pilot.objects.get().vendor) == (302, "Acme")


# --- Many at once -----------------------------------------------------------------------


def test_bulk_says_row_by_row_what_became_of_it(api, kpi):
    api.post("measurements/", row(external_id="1"))
    api.post("measurements/", row(external_id="2"))

    answer = api.post(
        "measurements/bulk/",
        {"measurements": [row(external_id="1"), row(external_id="2", value=8), row(value="7.10")]},
    )

    ids = list(Measurement.objects.order_by("pk").values_list("pk", flat=True))
    assert answer.status_code == 200
    shown = {"kpi": "CLM-1/handling-time", "unit": "min", "errors": []}
    assert answer.data == {
        "created": 1,
        "unchanged": 1,
        "superseded": 1,
        "refused": 0,
        "results": [
            {"outcome": "unchanged", "id": ids[0], "external_id": "1", "value": "9.4"} | shown,
            {"outcome": "superseded", "id": ids[2], "external_id": "2", "value": "8"} | shown,
            {"outcome": "created", "id": ids[3], "external_id": None, "value": "7.1"} | shown,
        ],
    }


def test_bulk_is_all_or_nothing_and_names_every_fault(api, kpi):
    rows = [
        row(),
        row(value="x", colour="red"),
        row(measured_at="2026-11-19", sample_size=0),
        row(external_id="1"),
        row(external_id="1", value=1),
        "nothing",
    ]

    answer = api.post("measurements/bulk/", {"measurements": rows})

    assert (answer.status_code, Measurement.objects.count()) == (400, 0)
    assert faults(answer) == [
        ("/measurements/1/value", "invalid"),
        ("/measurements/1/colour", "unknown-field"),
        ("/measurements/2/measured_at", "future"),
        ("/measurements/2/sample_size", "sample"),
        ("/measurements/3/external_id", "repeated"),
        ("/measurements/4/external_id", "repeated"),
        ("/measurements/5", "invalid"),
    ]
    assert "Rows 4, 5 have the same external id." in answer.data["detail"]
    details = [error["detail"].partition(": ")[0] for error in answer.data["errors"]]
    assert details == ["Row 2", "Row 2", "Row 3", "Row 3", "Row 4", "Row 5", "Row 6"]


def test_bulk_that_could_be_read_is_refused_with_409(api, kpi):
    answer = api.post("measurements/bulk/", {"measurements": [row(), row(sample_size=0)]})

    assert (answer.status_code, Measurement.objects.count()) == (409, 0)
    assert answer.data["detail"] == "Nothing was recorded. Each row that cannot be is named below."
    assert faults(answer) == [("/measurements/1/sample_size", "sample")]
    assert answer.data["errors"][0]["detail"].startswith("Row 2: ")


def test_refused_rows_are_named_as_they_were_sent(api, kpi):
    rows = [row(kpi="CLM-9/none", external_id="a"), row(kpi=7, external_id=["b"]), "nothing"]

    answer = api.post("measurements/bulk/?partial=true", {"measurements": rows})

    named = [(result["kpi"], result["external_id"]) for result in answer.data["results"]]
    assert named == [("CLM-9/none", "a"), (None, None), (None, None)]


def test_bulk_in_part_records_the_rest(api, kpi):
    rows = [row(), row(value="x", external_id="w43"), row(sample_size=0)]

    answer = api.post("measurements/bulk/?partial=true", {"measurements": rows})

    assert answer.status_code == 200
    assert [result["outcome"] for result in answer.data["results"]] == ["created", "refused", "refused"]
    assert [error["pointer"] for result in answer.data["results"] for error in result["errors"]] == [
        "/measurements/1/value",
        "/measurements/2/sample_size",
    ]
    assert answer.data["results"][1] == {
        "outcome": "refused",
        "id": None,
        "kpi": "CLM-1/handling-time",
        "external_id": "w43",
        "value": None,
        "unit": None,
        "errors": [
            {
                "pointer": "/measurements/1/value",
                "code": "invalid",
                "detail": "Row 2: This is no number. Send one such as 9.4 or “9.4”.",
            }
        ],
    }
    assert Measurement.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/measurements", "required")),
        ({"measurements": {}}, ("/measurements", "not_a_list")),
        ({"measurements": []}, ("/measurements", "empty")),
        ({"measurements": [{}] * (MOST_READINGS + 1)}, ("/measurements", "too-many")),
    ],
)
def test_bulk_refuses_bodies_of_another_shape(api, kpi, body, fault):
    answer = api.post("measurements/bulk/", body)

    assert (answer.status_code, faults(answer)) == (400, [fault])


def test_partial_is_true_or_false(api, kpi):
    answer = api.post("measurements/bulk/?partial=yes", {"measurements": [row()]})

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, "?partial")


def test_a_million_rows_are_refused_before_any_is_built(api, kpi):
    body = b'{"measurements": [' + b",".join([b"{}"] * 1_000_000) + b"]}"

    answer = api.post("measurements/bulk/", body)

    assert (answer.status_code, faults(answer)) == (413, [("", "too-large")])
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("times", [1, 2], ids=["new", "again"])
def test_bulk_costs_the_same_for_any_number_of_rows(api, kpi, quality, times):
    def body(count):
        kpis = ("CLM-1/handling-time", "CLM-1/sorted-right")
        return {
            "measurements": [
                row(kpi=kpis[number % 2], value=number + 2, external_id=f"{count}.{number}")
                for number in range(count)
            ]
        }

    costs = []
    for count in (2, 100):
        for _ in range(times):
            with CaptureQueriesContext(connection) as queries:
                assert api.post("measurements/bulk/", body(count)).status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1]


# --- Lists ------------------------------------------------------------------------------


def test_lists_are_narrowed_and_show_what_holds_unless_told(api, kpi, quality, by, make_pilot):
    add_model_version(NewModelVersion(pilot=kpi.pilot, label="v3", changed_on=date(2026, 9, 1)), by=by)
    other = define_kpi(NewKpi(pilot=make_pilot(name="Letters"), line=read_kpi("Letters 5 → 9")), by=by)
    rows = [
        row(measured_at="2026-10-01", external_id="a", source="w"),
        row(measured_at="2026-10-08", provenance="live", model_version="v3"),
        row(kpi="CLM-1/sorted-right", value=80, provenance="curated"),
        row(kpi="CLM-2/letters", value=6),
    ]
    first, second, third, fourth = (
        result["id"] for result in api.post("measurements/bulk/", {"measurements": rows}).data["results"]
    )
    revised = api.post("measurements/", row(measured_at="2026-10-01", external_id="a", source="w", value=9))
    newest = revised.data["id"]

    def ids(query=""):
        return [found["id"] for found in api.get(f"measurements/?{query}").data["results"]]

    assert other.code == "letters"
    assert ids() == [second, third, fourth, newest]
    assert ids("current=false") == [first]
    assert ids("current=all") == [first, second, third, fourth, newest]
    assert ids("pilot=CLM-2") == [fourth]
    assert ids("program=claims&kpi=CLM-1/sorted-right") == [third]
    assert ids("kind=business&provenance=live") == [second]
    assert ids("source=w&external_id=a") == [newest]
    assert ids("measured_from=2026-10-01&measured_to=2026-10-08") == [newest]
    assert ids("measured_from=2026-10-08T12:00:00Z&measured_to=2026-11-01") == [second]
    assert ids("model_version=V3") == [second]
    assert ids("pilot=CLM-1&ordering=-measured_at") == [third, second, newest]
    assert api.get("measurements/?count=true&limit=1").data["count"] == 4
    walked, address = [], "measurements/?limit=1&ordering=measured_at&current=all"
    while address:
        page = api.get(address).data
        walked += [found["id"] for found in page["results"]]
        address = page["next"]
    assert walked == [first, newest, second, third, fourth]
    assert [found["id"] for found in api.get(f"{PUSH}?current=all&provenance=shadow").data["results"]] == [
        first,
        newest,
    ]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("kpi=handling-time", ("?kpi", "invalid")),
        ("kpi=CLM-1/nothing", ("?kpi", "does_not_exist")),
        ("current=maybe", ("?current", "invalid_choice")),
        ("colour=red", ("?colour", "unknown-parameter")),
        ("ordering=value", ("?ordering", "invalid")),
    ],
)
def test_lists_refuse_what_they_do_not_know(api, kpi, query, fault):
    assert faults(api.get(f"measurements/?{query}")) == [fault]


def test_a_list_costs_the_same_for_any_number_of_rows(api, kpi):
    costs = []
    for count in (1, 50):
        api.post("measurements/bulk/", {"measurements": [row()] * count})
        with CaptureQueriesContext(connection) as queries:
            assert len(api.get("measurements/").data["results"]) >= min(count, 50)
        costs.append(len(queries))

    assert costs[0] == costs[1]


# --- Afterwards -------------------------------------------------------------------------


def test_a_correction_takes_its_place_and_both_stay(api, kpi):
    pushed = api.post("measurements/", row(value=94, sample_size=400, note="Week 43", external_id="1")).data

    answer = api.post(
        f"measurements/{pushed['id']}/correct/",
        {"value": 9.4, "sample_size": None, "reason": "94 was typed for 9.4."},
    )

    assert answer.status_code == 200
    changed = ("value", "sample_size", "note", "revision", "corrects", "is_current", "external_id")
    assert [answer.data[name] for name in changed] == [
        "9.4",
        None,
        "Week 43",
        2,
        pushed["id"],
        True,
        "1",
    ]
    before = api.get(f"measurements/{pushed['id']}/").data
    assert (before["value"], before["note"], before["is_current"]) == ("94", "Week 43", False)
    again = api.post(f"measurements/{pushed['id']}/correct/", {"value": 9, "reason": "x"})
    assert (again.status_code, faults(again)) == (409, [("", "superseded")])


def test_a_correction_is_read_as_strictly(api, kpi):
    pushed = api.post("measurements/", row()).data["id"]

    answers = [
        api.post(f"measurements/{pushed}/correct/", sent)
        for sent in (
            {"value": "x"},
            {"reason": "x", "value": None},
            {"reason": "x", "measured_at": None},
            {"reason": "x", "source": "w"},
            {"reason": " "},
            {"reason": "x" * 501},
            {"reason": "x", "sample_size": 0},
        )
    ]

    assert [(answer.status_code, faults(answer)) for answer in answers] == [
        (400, [("/value", "invalid"), ("/reason", "required")]),
        (400, [("/value", "null")]),
        (400, [("/measured_at", "null")]),
        (400, [("/source", "unknown-field")]),
        (409, [("/reason", "reason")]),
        (400, [("/reason", "max_length")]),
        (409, [("/sample_size", "sample")]),
    ]
    assert Measurement.objects.get().is_current


def test_a_withdrawn_reading_stays_to_be_seen_with_who_and_why(api, kpi, manager):
    pushed = api.post("measurements/", row()).data["id"]

    answer = api.post(f"measurements/{pushed}/withdraw/", {"reason": "Another team’s calls."})

    shown = api.get(f"measurements/{pushed}/").data
    assert (answer.status_code, answer.data) == (200, shown)
    assert (shown["is_current"], shown["withdrawn_by"], shown["withdrawn_because"]) == (
        False,
        {"id": manager.pk, "name": "Maren"},
        "Another team’s calls.",
    )
    assert api.get("measurements/").data["results"] == []
    again = api.post(f"measurements/{pushed}/withdraw/", {"reason": "x"})
    assert (again.status_code, faults(again)) == (409, [("", "withdrawn")])


def test_a_reading_is_shown_as_evidence(api, kpi):
    sent = row(measured_at="2026-10-26", sample_size=412)
    pushed = api.post("measurements/", sent).data["id"]

    answer = api.post(f"measurements/{pushed}/cite/", {"requirement": "evaluation"})

    evidence = Evidence.objects.get()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/api/v1/evidence/{evidence.pk}/")
    assert (evidence.requirement, evidence.kind, evidence.text, evidence.dated) == (
        "evaluation",
        "shadow",
        "Handling time 9.4 min, 412 cases, shadow, Mon 26 Oct 2026",
        date(2026, 10, 26),
    )


# --- Who may ----------------------------------------------------------------------------


def test_a_viewer_reads_and_pushes_nothing(make_api, viewer, kpi, api):
    pushed = api.post("measurements/", row()).data["id"]
    watching = make_api(viewer)

    answers = [
        watching.post(PUSH, {"value": 9, "provenance": "live"}),
        watching.post(PUSH, {"nonsense": 1}),
        watching.post("measurements/", row()),
        watching.post("measurements/bulk/", {"measurements": [row()]}),
        watching.post(f"measurements/{pushed}/correct/", {"reason": "x", "value": 1}),
        watching.post(f"measurements/{pushed}/withdraw/", {"reason": "x"}),
        watching.post(f"measurements/{pushed}/cite/", {"requirement": "evaluation"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 7
    assert watching.get(PUSH).status_code == watching.get(f"measurements/{pushed}/").status_code == 200
    assert Measurement.objects.count() == 1


def test_another_program_has_nothing_of_it(make_api, make_user, other_program, by_system, kpi, api):
    pushed = api.post("measurements/", row()).data["id"]
    stranger = make_user("sam@example.com")
    add_member(program=other_program, user=stranger, role=Role.MANAGER, by=by_system)
    outside = make_api(stranger)

    answers = [
        outside.get(PUSH),
        outside.post(PUSH, {"value": 9, "provenance": "live"}),
        outside.get(f"measurements/{pushed}/"),
        outside.post(f"measurements/{pushed}/correct/", {"reason": "x", "value": 1}),
        outside.post(f"measurements/{pushed}/withdraw/", {"reason": "x"}),
        outside.post(f"measurements/{pushed}/cite/", {"requirement": "evaluation"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert outside.get("measurements/").data["results"] == []
    unseen = outside.post("measurements/", row())
    assert (unseen.status_code, faults(unseen)) == (400, [("/kpi", "does_not_exist")])


def test_a_token_for_readings_of_one_pilot_can_push_and_nothing_else(
    make_api, manager, kpi, api, make_pilot, by
):
    define_kpi(NewKpi(pilot=make_pilot(name="Letters"), line=read_kpi("Letters 5 → 9")), by=by)
    pushed = api.post("measurements/", row()).data["id"]
    tool = make_api(manager, MEASURE, pilot_ids=[kpi.pilot_id])

    assert tool.post(PUSH, {"value": 9, "provenance": "live"}).status_code == 201
    assert tool.post("measurements/", row(value=8)).status_code == 201
    assert tool.post("measurements/bulk/", {"measurements": [row(value=7)]}).status_code == 200
    for path in (PUSH, "measurements/", f"measurements/{pushed}/", "me/"):
        assert tool.get(path).status_code == 200, path
    assert tool.get("me/").data["token"]["scopes"] == ["measure"]
    elsewhere = tool.post("pilots/CLM-2/kpis/letters/measurements/", {"value": 6, "provenance": "live"})
    assert elsewhere.status_code == 404
    assert faults(tool.post("measurements/", row(kpi="CLM-2/letters"))) == [("/kpi", "does_not_exist")]
    refused = [
        tool.post(f"measurements/{pushed}/correct/", {"reason": "x", "value": 1}),
        tool.post(f"measurements/{pushed}/withdraw/", {"reason": "x"}),
        tool.post(f"measurements/{pushed}/cite/", {"requirement": "evaluation"}),
        tool.patch("pilots/CLM-1/", {"vendor": "Acme"}),
        tool.post("pilots/CLM-1/check-in/", {"text": "x"}),
        tool.post("pilots/", {"program": "claims", "name": "New", "problem": "x"}),
        tool.post("evidence/", {"pilot": "CLM-1"}),
        tool.post("connections/", {"pilot": "CLM-1", "name": "x", "kind": "source"}),
        *map(tool.get, UNREAD),
    ]
    assert {(answer.status_code, *faults(answer)) for answer in refused} == {(403, ("", "scope"))}
    assert refused[-1].data["detail"] == "This token may only send readings."
    assert Measurement.objects.count() == 4


def test_a_token_that_only_reads_pushes_nothing(make_api, manager, kpi):
    answer = make_api(manager, frozenset({"read"})).post(PUSH, {"value": 9, "provenance": "live"})

    assert (answer.status_code, faults(answer)) == (403, [("", "scope")])


def test_a_kpi_that_is_not_there_has_no_readings(api, kpi):
    assert api.get("pilots/CLM-1/kpis/nothing/measurements/").status_code == 404
    assert api.post("pilots/CLM-9/kpis/handling-time/measurements/", {}).status_code == 404
