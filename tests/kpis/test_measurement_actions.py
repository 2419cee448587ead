from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.cite import Cite, cite_measurement
from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.measurement import (
    MOST_READINGS,
    Correction,
    NewReading,
    Outcome,
    ReadingsRefused,
    Unread,
    WithdrawReading,
    correct_reading,
    record_readings,
    withdraw_reading,
)
from kpis.models import Kpi, Measurement
from kpis.oneline import read_kpi
from kpis.terms import Entry, KpiKind, Provenance
from pilots.access.models import Event, Movement, Source
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.ending import End, Legacy, end_pilot
from pilots.actions.model_version import (
    NewModelVersion,
    RemoveModelVersion,
    add_model_version,
    remove_model_version,
)
from pilots.design import Cause
from pilots.models import Evidence, ModelVersion, Pilot
from pilots.web.told import Difference, tell
from tests.conftest import NOW
from tests.pilots.test_concurrency import at_once

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def kpi(make_pilot, by) -> Kpi:
    return define_kpi(NewKpi(pilot=make_pilot(), line=read_kpi("Handling time 14 → 9 min")), by=by)


@pytest.fixture
def by_tool(manager) -> By:
    return By(user=manager, at=NOW, source=Source.API)


def reading(kpi, value="9.4", **fields):
    return NewReading(kpi=kpi, value=Decimal(value), **{"provenance": Provenance.SHADOW, **fields})


def push(*news, by, **options):
    return record_readings(news, **{"entry": Entry.API, **options}, by=by)


def version(pilot, by, label="v1", **fields):
    return add_model_version(
        NewModelVersion(pilot=pilot, label=label, changed_on=date(2026, 9, 1), **fields), by=by
    )


# --- Recording ----------------------------------------------------------------------------


def test_a_reading_is_recorded_with_who_when_and_how(kpi, by_tool, manager):
    recorded = push(
        reading(kpi, measured_at=date(2026, 10, 26), sample_size=412, note=" Two teams. "), by=by_tool
    )[0]

    row = Measurement.objects.get()
    assert (recorded.outcome, recorded.measurement.pk, recorded.reasons) == (Outcome.CREATED, row.pk, ())
    assert (row.value, row.measured_at, row.sample_size, row.provenance, row.entry, row.note) == (
        Decimal("9.4"),
        datetime(2026, 10, 26, 12, tzinfo=UTC),
        412,
        "shadow",
        "api",
        "Two teams.",
    )
    assert (row.recorded_at, row.recorded_by, row.revision, row.is_current) == (NOW, manager, 1, True)


def test_a_day_is_noon_in_the_zone_of_the_program(kpi, program, by):
    program.zone = "Asia/Tokyo"
    program.save(update_fields=["zone"])

    push(reading(kpi, measured_at=date(2026, 10, 26)), by=by)

    assert Measurement.objects.get().measured_at == datetime(2026, 10, 26, 3, tzinfo=UTC)


def test_each_reading_gets_its_own_id_in_the_order_they_came(kpi, by):
    recorded = push(*[reading(kpi, value=number) for number in (7, 5, 6)], by=by)

    assert [one.measurement.pk for one in recorded] == list(
        Measurement.objects.order_by("pk").values_list("pk", flat=True)
    )
    stored = Measurement.objects.in_bulk()
    assert [stored[one.measurement.pk].value for one in recorded] == [7, 5, 6]


def test_two_readings_of_one_moment_without_a_name_are_both_kept(kpi, by):
    push(reading(kpi), reading(kpi), by=by)
    push(reading(kpi), by=by)

    assert Measurement.objects.current().count() == 3


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"measured_at": None},
        {"measured_at": date(2026, 10, 26)},
        {"value": "9.400"},
        {"note": "another note"},
        {"external_id": " 1 ", "source": " w"},
    ],
    ids=["same", "no moment", "the day", "zeros behind", "a note is no reading", "spaces"],
)
def test_sent_again_it_is_unchanged_and_writes_nothing(kpi, by, by_tool, again):
    sent = {
        "measured_at": datetime(2026, 10, 26, 12, tzinfo=UTC),
        "window_from": date(2026, 10, 20),
        "sample_size": 4,
        "model_version": version(kpi.pilot, by),
        "source": "w",
        "external_id": "1",
    }
    first = push(reading(kpi, **sent), by=by_tool)[0].measurement
    events = Event.objects.count()

    recorded = push(reading(kpi, **sent | again), by=By(user=by_tool.user, at=LATER, source=Source.API))[0]

    assert (recorded.outcome, recorded.measurement.pk) == (Outcome.UNCHANGED, first.pk)
    assert (Measurement.objects.count(), Event.objects.count()) == (1, events)


@pytest.mark.parametrize(
    "other",
    [
        {"value": "9.5"},
        {"measured_at": datetime(2026, 10, 26, 13, tzinfo=UTC)},
        {"measured_at": date(2026, 10, 27)},
        {"window_from": None},
        {"sample_size": 5},
        {"provenance": Provenance.LIVE},
        {"model_version": None},
    ],
)
def test_with_anything_else_it_is_a_new_revision_and_both_stay(kpi, by, by_tool, other):
    sent = {
        "measured_at": datetime(2026, 10, 26, 12, tzinfo=UTC),
        "window_from": date(2026, 10, 20),
        "sample_size": 4,
        "model_version": version(kpi.pilot, by),
        "source": "w",
        "external_id": "1",
    }
    first = push(reading(kpi, **sent), by=by_tool)[0].measurement

    recorded = push(reading(kpi, **sent | other), by=by_tool)[0]

    assert recorded.outcome is Outcome.SUPERSEDED
    rows = Measurement.objects.order_by("pk").values_list("pk", "revision", "corrects", "is_current")
    assert list(rows) == [(first.pk, 1, None, False), (recorded.measurement.pk, 2, first.pk, True)]
    third = push(reading(kpi, **sent), by=by_tool)[0]
    assert (third.outcome, third.measurement.revision) == (Outcome.SUPERSEDED, 3)


def test_a_withdrawn_reading_that_is_sent_again_stays_withdrawn(kpi, by_tool):
    sent = reading(kpi, external_id="1")
    row = push(sent, by=by_tool)[0].measurement
    withdraw_reading(WithdrawReading(measurement=row, reason="Another team’s."), by=by_tool)

    again = push(sent, by=by_tool)[0]
    other = push(reading(kpi, "9.5", external_id="1"), by=by_tool)[0]

    assert (again.outcome, again.measurement.pk) == (Outcome.UNCHANGED, row.pk)
    assert (other.outcome, other.measurement.revision) == (Outcome.SUPERSEDED, 2)
    assert [found.value for found in Measurement.objects.current()] == [Decimal("9.5")]


def test_what_a_person_corrected_is_not_undone_by_the_tool_that_sends_it_again(kpi, by, by_tool):
    sent = reading(kpi, "94", external_id="1")
    first = push(sent, by=by_tool)[0].measurement
    correction = Correction(measurement=first, fields={"value": Decimal("9.4")}, reason="A slip")
    by_hand = correct_reading(correction, by=by)
    twice = correct_reading(
        Correction(measurement=by_hand, fields={"value": Decimal("9.5")}, reason="Another"), by=by
    )

    again = push(sent, by=by_tool)[0]
    assert (again.outcome, again.measurement.pk) == (Outcome.UNCHANGED, twice.pk)
    assert [row.value for row in Measurement.objects.current()] == [Decimal("9.5")]

    other = push(reading(kpi, "9.7", external_id="1"), by=by_tool)[0]
    assert (other.outcome, other.measurement.revision) == (Outcome.SUPERSEDED, 4)
    back = push(sent, by=by_tool)[0]
    assert (back.outcome, back.measurement.revision) == (Outcome.SUPERSEDED, 5)


def test_the_name_is_of_one_source_and_one_kpi(kpi, by):
    other = define_kpi(NewKpi(pilot=kpi.pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)

    recorded = push(
        reading(kpi, external_id="1"),
        reading(kpi, external_id="1", source="w"),
        reading(other, 3, external_id="1"),
        by=by,
    )

    assert [one.outcome for one in recorded] == [Outcome.CREATED] * 3


# --- Refusals -----------------------------------------------------------------------------


def test_one_name_twice_in_one_batch_is_refused_with_both_rows_named(kpi, by):
    with pytest.raises(ReadingsRefused) as refusal:
        push(reading(kpi, external_id="1"), reading(kpi), reading(kpi, 8, external_id="1 "), by=by)

    sentence = "Rows 1, 3 have the same external id. Give each reading its own."
    reason = Reason(sentence, "external_id", "repeated")
    assert refusal.value.rows == {0: [reason], 2: [reason]}
    assert str(refusal.value) == f"Row 1: {sentence} Row 3: {sentence}"
    assert not Measurement.objects.exists()


def test_everything_wrong_with_every_row_is_said_at_once_and_nothing_stored(kpi, by, make_pilot):
    foreign = version(make_pilot(name="Letters"), by)
    unread = Unread((Reason("This is no number.", "value", "invalid"),))

    with pytest.raises(ReadingsRefused) as refusal:
        push(
            reading(kpi),
            reading(kpi, "NaN", sample_size=0),
            unread,
            reading(kpi, model_version=foreign),
            reading(kpi, model_version="v9"),
            by=by,
        )

    faults = {place: [(r.field, r.code) for r in reasons] for place, reasons in refusal.value.rows.items()}
    assert faults == {
        1: [("value", "number"), ("sample_size", "sample")],
        2: [("value", "invalid")],
        3: [("model_version", "other-pilot")],
        4: [("model_version", "unknown")],
    }
    assert not Measurement.objects.exists()
    assert not Event.objects.filter(verb__startswith="measurement.").exists()


def test_in_part_the_rest_is_recorded_and_nothing_of_a_refused_row(kpi, by):
    recorded = push(reading(kpi), reading(kpi, sample_size=0), reading(kpi, 8), by=by, partial=True)

    assert [one.outcome for one in recorded] == [Outcome.CREATED, Outcome.REFUSED, Outcome.CREATED]
    assert [reason.code for reason in recorded[1].reasons] == ["sample"]
    assert recorded[1].measurement is None
    assert sorted(Measurement.objects.values_list("value", flat=True)) == [8, Decimal("9.4")]


def test_in_part_nothing_but_faults_writes_nothing(by, db):
    unread = Unread((Reason("x", "value", "invalid"),))

    assert [one.outcome for one in push(unread, by=by, partial=True)] == [Outcome.REFUSED]
    assert push(by=by) == []


def test_a_single_reading_is_refused_without_a_row_number(kpi, by):
    with pytest.raises(ReadingsRefused, match=r"^A sample has at least 1 case\."):
        push(reading(kpi, sample_size=0), by=by)


def test_more_than_the_most_are_refused_before_anything_is_read(kpi, by):
    with CaptureQueriesContext(connection) as queries, pytest.raises(Refused, match="At most 5,000"):
        push(*[reading(kpi)] * (MOST_READINGS + 1), by=by)

    assert len(queries) == 0


def test_a_kpi_that_is_measured_no_longer_takes_none(kpi, by):
    Kpi.objects.filter(pk=kpi.pk).update(retired_on=date(2026, 11, 2), is_primary=False)

    with pytest.raises(Refused, match="measured no longer since Mon 2 Nov 2026") as refusal:
        push(reading(kpi), by=by)

    assert [(reason.field, reason.code) for reason in refusal.value.reasons] == [("kpi", "retired")]


def test_a_pilot_that_ended_takes_none_and_changes_none(kpi, by):
    row = push(reading(kpi), by=by)[0].measurement
    end_pilot(End(pilot=kpi.pilot, reason="Too few cases.", legacy=Legacy(cause=Cause.MONEY)), by=by)

    for deed in (
        lambda: push(reading(kpi), by=by),
        lambda: correct_reading(Correction(measurement=row, fields={"value": Decimal(9)}, reason="x"), by=by),
        lambda: withdraw_reading(WithdrawReading(measurement=row, reason="x"), by=by),
    ):
        with pytest.raises(Refused, match="CLM-1 is stopped, so its readings are closed") as refusal:
            deed()
        assert [reason.code for reason in refusal.value.reasons] == ["ended"]


def test_a_kpi_that_is_gone_is_an_error(kpi, by):
    gone = reading(Kpi(pk=kpi.pk + 1, pilot_id=kpi.pilot_id))

    with pytest.raises(Kpi.DoesNotExist):
        push(gone, by=by)


def test_a_viewer_records_corrects_and_withdraws_nothing(kpi, by, viewer):
    row = push(reading(kpi), by=by)[0].measurement
    watching = By(user=viewer, at=NOW, source=Source.WEB)

    for deed in (
        lambda: push(reading(kpi), by=watching),
        lambda: correct_reading(Correction(measurement=row, reason="x"), by=watching),
        lambda: withdraw_reading(WithdrawReading(measurement=row, reason="x"), by=watching),
        lambda: cite_measurement(Cite(measurement=row, requirement="evaluation"), by=watching),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert Measurement.objects.current().count() == 1


def test_nobody_outside_knows_of_it(kpi, by, make_user):
    stranger = By(user=make_user("sam@example.com"), at=NOW, source=Source.WEB)

    with pytest.raises(Pilot.DoesNotExist):
        push(reading(kpi), by=stranger)


# --- What is told -------------------------------------------------------------------------


def test_one_event_for_each_pilot_tells_how_many_and_the_newest(kpi, by_tool, make_pilot, by):
    errors = define_kpi(NewKpi(pilot=kpi.pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)
    letters = define_kpi(NewKpi(pilot=make_pilot(name="Letters"), line=read_kpi("Letters 5 → 9")), by=by)
    push(reading(kpi, 10, external_id="1"), by=by_tool)

    push(
        reading(kpi, 8, measured_at=date(2026, 10, 19)),
        reading(kpi, "9.40", measured_at=date(2026, 10, 26)),
        reading(kpi, 11, measured_at=date(2026, 10, 12), external_id="1"),
        reading(errors, 3),
        reading(letters, 6, provenance=Provenance.LIVE),
        by=by_tool,
    )

    first, second = Event.objects.filter(verb="measurement.recorded").order_by("pk")[1:]
    assert [event.pilot_key for event in (first, second)] == ["CLM-1", "CLM-2"]
    assert [
        (told["code"], told["readings"], told["revised"], told["value"]) for told in first.after["kpis"]
    ] == [
        ("handling-time", 3, 1, "9.4"),
        ("error-rate", 1, 0, "3"),
    ]
    assert tell(first).what == (
        "logged 3 readings of Handling time, newest 9.4 min (shadow); Error rate 3 % (shadow)"
    )
    assert tell(second).what == "logged Letters 6 (live)"


@pytest.mark.parametrize(
    ("entry", "source", "provenance", "moves"),
    [
        (Entry.FORM, Source.WEB, "shadow", True),
        (Entry.TABLE, Source.WEB, "limited", True),
        (Entry.FILE, Source.WEB, "live", True),
        (Entry.FORM, Source.WEB, "demo", False),
        (Entry.TABLE, Source.WEB, "curated", False),
        (Entry.API, Source.API, "live", False),
        (Entry.FILE, Source.COMMAND, "live", False),
    ],
)
def test_a_person_with_a_real_reading_moves_the_clock_and_nothing_else_does(
    kpi, manager, entry, source, provenance, moves
):
    before = Pilot.objects.get()

    new = reading(kpi, provenance=provenance)
    push(new, by=By(user=manager, at=LATER, source=source), entry=entry)

    after, event = Pilot.objects.get(), Event.objects.get(verb="measurement.recorded")
    assert event.movement == (Movement.MOVED if moves else Movement.NONE)
    assert (after.moved_at == LATER) is moves
    if not moves:
        assert (after.version, after.updated_at, after.moved_at) == (
            before.version,
            before.updated_at,
            before.moved_at,
        )


def test_queries_are_the_same_for_one_and_for_many(kpi, by, make_pilot):
    letters = define_kpi(NewKpi(pilot=make_pilot(name="Letters"), line=read_kpi("Letters 5 → 9")), by=by)
    version(kpi.pilot, by)

    def batch(count, value):
        return [
            reading(one, value, external_id=f"{count}.{number}", model_version="v1" if one is kpi else None)
            for number in range(count)
            for one in (kpi, letters)
        ]

    costs = []
    for count in (1, 200):
        for value in (7, 7, 8):  # new, unchanged, superseded
            with CaptureQueriesContext(connection) as queries:
                push(*batch(count, value), by=by)
            costs.append(len(queries))

    assert costs[:3] == costs[3:]


# --- Afterwards ---------------------------------------------------------------------------


def test_a_correction_is_a_revision_that_says_why(kpi, by):
    first = reading(kpi, 94, sample_size=400, external_id="1", note="Week 43")
    row = push(first, by=by)[0].measurement

    revised = correct_reading(
        Correction(measurement=row, fields={"value": Decimal("9.4")}, reason=" A slip. "), by=by
    )

    stored = Measurement.objects.get(pk=revised.pk)
    assert (stored.value, stored.sample_size, stored.external_id, stored.note, stored.revision) == (
        Decimal("9.4"),
        400,
        "1",
        "Week 43",
        2,
    )
    assert (stored.corrects_id, stored.measured_at, stored.entry) == (row.pk, row.measured_at, "form")
    assert not Measurement.objects.get(pk=row.pk).is_current
    event = Event.objects.get(verb="measurement.corrected")
    told = tell(event)
    assert (told.what, told.words, told.differences) == (
        "corrected a reading of Handling time",
        "A slip.",
        (Difference("Value", "94", "9.4"),),
    )
    again = push(reading(kpi, "9.4", sample_size=400, external_id="1"), by=by)[0]
    assert (again.outcome, again.measurement.pk) == (Outcome.UNCHANGED, revised.pk)


def test_a_correction_may_bring_a_note_of_its_own(kpi, by):
    row = push(reading(kpi, note="Week 43"), by=by)[0].measurement

    revised = correct_reading(
        Correction(measurement=row, fields={"note": "Weeks 42 and 43"}, reason="Wrong week."), by=by
    )

    assert (revised.note, revised.revision) == ("Weeks 42 and 43", 2)


def test_a_correction_that_changes_nothing_leaves_no_trace(kpi, by):
    row = push(reading(kpi), by=by)[0].measurement

    same = correct_reading(Correction(measurement=row, fields={"value": Decimal("9.40")}, reason="x"), by=by)

    assert (same.pk, Measurement.objects.count()) == (row.pk, 1)
    assert not Event.objects.filter(verb="measurement.corrected").exists()


@pytest.mark.parametrize(
    ("fields", "reason", "faults"),
    [
        ({"sample_size": 0}, "x", [("sample_size", "sample")]),
        ({"value": Decimal("NaN")}, " ", [("reason", "reason"), ("value", "number")]),
        ({"measured_at": date(2026, 12, 1)}, "x", [("measured_at", "future")]),
        ({"value": Decimal(1)}, "x" * 501, [("reason", "length")]),
        ({"value": Decimal(1)}, "a\x00", [("reason", "null-character")]),
        ({"model_version": "v9"}, "x", [("model_version", "unknown")]),
    ],
)
def test_a_correction_is_refused_as_a_reading_is(kpi, by, fields, reason, faults):
    row = push(reading(kpi), by=by)[0].measurement

    with pytest.raises(Refused) as refusal:
        correct_reading(Correction(measurement=row, fields=fields, reason=reason), by=by)

    assert [(found.field, found.code) for found in refusal.value.reasons] == faults
    assert Measurement.objects.get().is_current


def test_what_was_meant_is_not_asked_again(by, make_pilot):
    share = define_kpi(NewKpi(pilot=make_pilot(), line=read_kpi("Sorted right 60 → 91 %")), by=by)
    with pytest.raises(Refused, match="Do you mean 91 %"):
        push(reading(share, "0.91"), by=by)
    row = push(reading(share, "0.91", is_meant=True), by=by)[0].measurement

    revised = correct_reading(Correction(measurement=row, fields={"sample_size": 9}, reason="x"), by=by)

    assert revised.sample_size == 9
    with pytest.raises(Refused, match="Do you mean 92 %"):
        correct_reading(Correction(measurement=revised, fields={"value": Decimal("0.92")}, reason="x"), by=by)


def test_what_holds_no_more_is_neither_corrected_nor_withdrawn(kpi, by):
    row = push(reading(kpi), by=by)[0].measurement
    revised = correct_reading(Correction(measurement=row, fields={"value": Decimal(9)}, reason="x"), by=by)

    for deed in (
        lambda: correct_reading(Correction(measurement=row, fields={"value": Decimal(8)}, reason="x"), by=by),
        lambda: withdraw_reading(WithdrawReading(measurement=row, reason="x"), by=by),
        lambda: cite_measurement(Cite(measurement=row, requirement="evaluation"), by=by),
    ):
        with pytest.raises(Refused, match="It was corrected before"):
            deed()
    withdraw_reading(WithdrawReading(measurement=revised, reason="Not ours."), by=by)
    for deed in (
        lambda: correct_reading(Correction(measurement=revised, reason="x"), by=by),
        lambda: withdraw_reading(WithdrawReading(measurement=revised, reason="x"), by=by),
        lambda: cite_measurement(Cite(measurement=revised, requirement="evaluation"), by=by),
    ):
        with pytest.raises(Refused, match=r"It was withdrawn before: Not ours\."):
            deed()


def test_a_field_nobody_corrects_is_a_mistake_of_ours(kpi, by):
    row = push(reading(kpi), by=by)[0].measurement

    with pytest.raises(ValueError, match="Not editable: source"):
        correct_reading(Correction(measurement=row, fields={"source": "w"}, reason="x"), by=by)


def test_a_withdrawal_says_who_when_and_why(kpi, by, manager):
    row = push(reading(kpi), by=by)[0].measurement

    withdraw_reading(WithdrawReading(measurement=row, reason=" Another team’s. "), by=by)

    stored = Measurement.objects.get()
    assert (stored.is_current, stored.withdrawn_at, stored.withdrawn_by, stored.withdrawn_because) == (
        False,
        NOW,
        manager,
        "Another team’s.",
    )
    told = tell(Event.objects.get(verb="measurement.withdrawn"))
    assert (told.what, told.words) == ("withdrew a reading of Handling time: 9.4 min", "Another team’s.")
    assert Pilot.objects.get().version == Event.objects.get(verb="measurement.withdrawn").version


def test_a_version_that_readings_were_taken_of_stays(kpi, by):
    used, unused = version(kpi.pilot, by), version(kpi.pilot, by, label="v2")
    push(reading(kpi, model_version="V1 "), by=by)

    with pytest.raises(Refused, match=r"Readings were taken of “v1”, so it stays\."):
        remove_model_version(RemoveModelVersion(model_version=used), by=by)
    remove_model_version(RemoveModelVersion(model_version=unused), by=by)

    assert [found.label for found in ModelVersion.objects.all()] == ["v1"]
    assert Event.objects.filter(verb="model.removed").count() == 1


# --- As evidence --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provenance", "kind", "shown"),
    [
        ("demo", KpiKind.MODEL_QUALITY, "demo"),
        ("curated", KpiKind.MODEL_QUALITY, "test"),
        ("curated", KpiKind.BUSINESS, "demo"),
        ("shadow", KpiKind.BUSINESS, "shadow"),
        ("limited", KpiKind.LATENCY, "live"),
        ("live", KpiKind.MODEL_QUALITY, "live"),
    ],
)
def test_a_reading_counts_for_what_it_is_of(kpi, by, provenance, kind, shown):
    Kpi.objects.filter(pk=kpi.pk).update(kind=kind.value, is_primary=False)
    new = reading(
        kpi, provenance=provenance, measured_at=date(2026, 10, 26), sample_size=1412, model_version="v1"
    )
    version(kpi.pilot, by)
    row = push(new, by=by)[0].measurement

    cite_measurement(Cite(measurement=row, requirement="evaluation"), by=by)

    evidence = Evidence.objects.get()
    assert (evidence.kind, evidence.requirement, evidence.dated) == (shown, "evaluation", date(2026, 10, 26))
    assert evidence.text == f"Handling time 9.4 min, 1,412 cases, model v1, {provenance}, Mon 26 Oct 2026"


def test_a_reading_shows_nothing_that_follows_from_the_record(kpi, by):
    row = push(reading(kpi), by=by)[0].measurement

    with pytest.raises(Refused) as refusal:
        cite_measurement(Cite(measurement=row, requirement="nonsense"), by=by)

    assert [reason.field for reason in refusal.value.reasons] == ["requirement"]
    assert not Evidence.objects.exists()


# --- At once ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_pushes_at_once_one_is_a_repeat(kpi, by_tool):
    for number in range(6):
        outcomes = at_once(
            *[lambda number=number: push(reading(kpi, external_id=str(number)), by=by_tool)[0].outcome] * 2
        )

        assert sorted(outcomes) == [Outcome.CREATED, Outcome.UNCHANGED]
    assert Measurement.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_of_two_different_pushes_at_once_one_revises_the_other(kpi, by_tool):
    for number in range(6):
        outcomes = at_once(
            *[
                lambda number=number, value=value: (
                    push(reading(kpi, value, external_id=str(number)), by=by_tool)[0].outcome
                )
                for value in (8, 9)
            ]
        )

        assert sorted(outcomes) == [Outcome.CREATED, Outcome.SUPERSEDED]
    assert (Measurement.objects.current().count(), Measurement.objects.count()) == (6, 12)


@pytest.mark.django_db(transaction=True)
def test_of_two_corrections_at_once_one_is_refused(kpi, by_tool):
    row = push(reading(kpi), by=by_tool)[0].measurement

    results = at_once(
        *[
            lambda value=value: correct_reading(
                Correction(measurement=row, fields={"value": Decimal(value)}, reason="x"), by=by_tool
            )
            for value in (7, 8)
        ]
    )

    assert sorted(type(result).__name__ for result in results) == ["Measurement", "Refused"]
    assert (Measurement.objects.current().count(), Measurement.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_pushes_for_two_pilots_at_once_get_their_own_ids(kpi, by_tool, make_pilot):
    letters = define_kpi(NewKpi(pilot=make_pilot(name="Letters"), line=read_kpi("Letters 5 → 9")), by=by_tool)
    for _ in range(4):
        both = at_once(
            *[
                lambda one=one: push(*[reading(one, number) for number in range(2, 40)], by=by_tool)
                for one in (kpi, letters)
            ]
        )

        for one, recorded in zip((kpi, letters), both, strict=True):
            stored = Measurement.objects.in_bulk([found.measurement.pk for found in recorded])
            assert [(stored[f.measurement.pk].kpi_id, stored[f.measurement.pk].value) for f in recorded] == [
                (one.pk, number) for number in range(2, 40)
            ]
