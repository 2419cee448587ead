"""Readings in the browser: by hand, corrected, withdrawn, from a table; and the token of a tool."""

import json
import re
import shlex
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.measurement import NewReading, record_readings
from kpis.models import Kpi, Measurement
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance
from pilots.access.models import ApiToken, Event, Movement, Source
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.conftest import NOW, TODAY

PAGE = "/pilots/CLM-1/kpis/"
ONE = f"{PAGE}handling-time/readings/new/"
BACKWARDS = (
    "Its window ends on Tue 17 Nov 2026, before it starts on Wed 18 Nov 2026. "
    "Write the earlier day as the start."
)
UNKNOWN_COLUMN = (
    "worth: This column is not known. Known: date, kpi, value, provenance, sample_size, "
    "window_from, model_version, source, external_id, note."
)
NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def define(pilot, by):
    def define(line="Handling time 14 → 9 min") -> Kpi:
        return define_kpi(NewKpi(pilot=pilot, line=read_kpi(line)), by=by)

    return define


@pytest.fixture
def kpi(define) -> Kpi:
    return define()


@pytest.fixture
def record(kpi, by):
    def record(value="9.4", **fields) -> Measurement:
        fields = {"provenance": Provenance.SHADOW, "measured_at": NOON} | fields
        new = NewReading(kpi=fields.pop("kpi", kpi), value=Decimal(value), **fields)
        return record_readings([new], entry=Entry.FORM, by=by)[0].measurement

    return record


@pytest.fixture
def send(client, contributor):
    client.force_login(contributor)

    def send(url=ONE, **fields):
        given = {"value": "9.4", "provenance": "shadow", "measured_at": "17 Nov 2026"} | fields
        return client.post(
            url, {name: value for name, value in given.items() if value is not None}, follow=True
        )

    return send


def errors(response) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def stored() -> list[tuple]:
    rows = Measurement.objects.order_by("pk")
    return [(row.value, row.provenance, row.measured_at, row.entry, row.is_current) for row in rows]


# --- One reading -------------------------------------------------------------------


def test_reading_is_logged_and_read_back(send, kpi, contributor):
    answer = send(sample_size="412", note="First week", window_from="2026-11-11")

    assert answer.redirect_chain == [(PAGE, 302)]
    assert said(answer) == ["Handling time: 9.4 min, shadow is logged."]
    row = Measurement.objects.get()
    assert (row.kpi, row.value, row.provenance, row.measured_at) == (kpi, Decimal("9.4"), "shadow", NOON)
    assert (row.sample_size, row.window_from, row.note) == (412, date(2026, 11, 11), "First week")
    assert (row.entry, row.recorded_by, row.model_version) == ("form", contributor, None)
    event = Event.objects.get(verb="measurement.recorded")
    assert (event.movement, event.source) == (Movement.MOVED.value, Source.WEB.value)


def test_today_is_proposed_and_is_no_future_before_noon(send, kpi, client):
    assert client.get(ONE).context["form"]["measured_at"].value() == "Wed 18 Nov 2026"

    send(measured_at="Wed 18 Nov 2026")

    assert Measurement.objects.get().measured_at == NOW


@pytest.mark.parametrize(
    ("stage", "proposed"),
    [
        (Stage.PILOTING, None),
        (Stage.PROVEN, None),
        (Stage.TRANSITION, "shadow"),
        (Stage.LIMITED, "limited"),
        (Stage.PRODUCTION, "live"),
        (Stage.SUSTAINED, "live"),
    ],
)
def test_what_fits_the_stage_is_proposed(client, manager, make_pilot, by, stage, proposed):
    pilot = make_pilot(stage=stage)
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    client.force_login(manager)

    assert client.get(ONE).context["form"]["provenance"].value() == proposed


def test_primary_kpi_is_proposed_where_there_are_several(client, send, define):
    define("Zeal 1 → 2 points")
    define("Accuracy 71 → 88 %")
    form = client.get(f"{PAGE}readings/new/").context["form"]

    assert form["kpi"].value() == "zeal"
    assert form.fields["kpi"].choices == [("zeal", "Zeal, points"), ("accuracy", "Accuracy, %")]
    answer = send(f"{PAGE}readings/new/", kpi="accuracy", value="83")
    assert said(answer) == ["Accuracy: 83 %, shadow is logged."]
    assert Measurement.objects.get().kpi.code == "accuracy"


def test_live_version_is_offered_first_and_never_filled_in(client, send, kpi, pilot, by):
    assert "model_version" not in client.get(ONE).context["form"].fields
    for label, day, is_live in (("v1", TODAY - timedelta(9), True), ("v2", TODAY, False)):
        new = NewModelVersion(pilot=pilot, label=label, changed_on=day, is_live=is_live)
        add_model_version(new, by=by)
    field = client.get(ONE).context["form"]["model_version"]

    live, newer = pilot.model_versions.get(label="v1"), pilot.model_versions.get(label="v2")
    assert not field.value()
    assert field.help_text == "v1 is live since Mon 9 Nov 2026"
    assert field.field.choices == [("", "Not known"), (str(live.pk), "v1, live"), (str(newer.pk), "v2")]
    send(model_version=str(newer.pk))
    assert Measurement.objects.get().model_version == newer
    send(measured_at="1 Nov 2026", model_version=None)
    before = Measurement.objects.get(measured_at__month=11, measured_at__day=1)
    assert before.model_version is None
    form = client.get(f"{PAGE}readings/{before.pk}/correct/").context["form"]
    assert (form["model_version"].value(), form["model_version"].help_text) == ("", field.help_text)
    send(f"{PAGE}readings/{before.pk}/correct/", value="9", measured_at="1 Nov 2026", reason="A slip")
    assert Measurement.objects.current().get(value=9).model_version is None


@pytest.mark.parametrize(
    ("typed", "value"),
    [("9,4", "9.4"), (" −3 ", "-3"), ("9.4 min", "9.4"), ("0", "0"), ("99999999999999", "99999999999999")],
)
def test_number_is_read_as_people_write_it(send, kpi, typed, value):
    send(value=typed)

    assert Measurement.objects.get().value == Decimal(value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": ""}, {"value": ["Write the number."]}),
        ({"value": "about 9"}, {"value": ["“about 9” is no number Headway can read. Write it like 9.4."]}),
        ({"value": "1,234"}, {"value": ["“1,234” can be read in two ways. Write 1234, or 1.234."]}),
        ({"value": "1e400"}, {"value": ["“1e400” is no number Headway can read. Write it like 9.4."]}),
        ({"value": "NaN"}, {"value": ["“NaN” is no number Headway can read. Write it like 9.4."]}),
        (
            {"value": "9 h"},
            {"value": ["Handling time is measured in min, not in “h”. Write the number alone."]},
        ),
        ({"provenance": None}, {"provenance": ["Choose where it comes from."]}),
        ({"provenance": "real"}, {"provenance": ["Choose one of the five."]}),
        ({"measured_at": ""}, {"measured_at": ["Write the day on which it was measured."]}),
        ({"measured_at": "19 Nov 2026"}, {"measured_at": ["Thu 19 Nov 2026 has not come yet."]}),
        (
            {"window_from": "2026-11-18"},
            {"window_from": [BACKWARDS]},
        ),
        ({"sample_size": "many"}, {"sample_size": ["Write a whole number."]}),
        (
            {"sample_size": "0"},
            {"sample_size": ["A sample has at least 1 case. Leave it empty when nobody knows how many."]},
        ),
        ({"note": "x" * 1001}, {"note": ["Write at most 1000 characters; these are 1001."]}),
    ],
)
def test_refusal_stands_beside_its_field_and_what_was_typed_is_kept(send, kpi, fields, said):
    answer = send(**{"note": "Typed words", **fields})

    assert errors(answer) == said
    shown = answer.content.decode()
    assert all(str(value) in shown for value in fields.values() if value)
    assert fields.get("note", "Typed words") in shown
    assert (answer.context["form"].is_unfolded, stored()) == (True, [])


def test_fraction_is_asked_about_and_can_be_meant(send, define):
    define("Accuracy 71 → 88 %")
    url = f"{PAGE}accuracy/readings/new/"

    asked = send(url, value="0.91")

    assert errors(asked) == {"value": ["Do you mean 91 %? Write 91, or say that 0.91 % is meant."]}
    assert asked.context["form"].question == "Yes, 0.91 % is meant"
    assert 'name="is_meant"' in asked.content.decode()
    assert stored() == []
    meant = send(url, value="0.91", is_meant="on")
    assert said(meant) == ["Accuracy: 0.91 %, shadow is logged."]
    assert Measurement.objects.get().value == Decimal("0.91")


def test_question_is_asked_of_nobody_else(client, send, kpi):
    assert 'name="is_meant"' not in client.get(ONE).content.decode()
    assert 'name="is_meant"' not in send(value="").content.decode()


def test_pilot_without_a_kpi_leads_to_agreeing_one(client, manager, pilot):
    client.force_login(manager)

    for page in ("readings/new/", "readings/table/", "token/"):
        shown = client.get(PAGE + page).content.decode()
        assert "There is no KPI to measure" in shown
        assert "/pilots/CLM-1/kpis/new/" in shown


def test_ended_pilot_takes_no_readings(client, manager, kpi, pilot):
    Pilot.objects.filter(pk=pilot.pk).update(stage=Stage.STOPPED.value)
    client.force_login(manager)

    for page in ("readings/new/", "readings/table/", "token/"):
        assert "Its readings are closed" in client.get(PAGE + page).content.decode()
    assert "Log a reading" not in client.get("/pilots/CLM-1/").content.decode()


def test_button_is_for_those_who_may_measure(client, kpi, contributor, viewer):
    for person, is_there in ((contributor, True), (viewer, False)):
        client.force_login(person)
        shown = client.get("/pilots/CLM-1/people/").content.decode()
        assert ("/pilots/CLM-1/kpis/readings/new/" in shown) is is_there


def addresses(row: int) -> list[str]:
    rows = [f"{PAGE}readings/{row}/{page}/" for page in ("correct", "withdraw")]
    return [ONE, f"{PAGE}readings/new/", f"{PAGE}readings/table/", f"{PAGE}token/", *rows]


def test_pages_are_for_those_who_may_measure(client, record, viewer, executive, stranger):
    for url in addresses(record().pk):
        for person, status in ((viewer, 403), (executive, 403), (stranger, 404)):
            client.force_login(person)
            assert (client.get(url).status_code, client.post(url).status_code) == (status, status)
    assert Measurement.objects.count() == 1
    assert not ApiToken.objects.exists()


def test_pages_cost_the_same_for_any_number_of_readings(client, manager, record, define, pilot, by):
    client.force_login(manager)
    counts = []
    for number in (1, 12):
        for index in range(number):
            define(f"Number {number} {index} 1 → 2 points")
            new = NewModelVersion(pilot=pilot, label=f"{number} {index}", changed_on=TODAY)
            add_model_version(new, by=by)
        urls = addresses(record().pk)
        with CaptureQueriesContext(connection) as asked:
            assert [client.get(url).status_code for url in urls] == [200] * len(urls)
        counts.append(len(asked))

    assert counts[0] == counts[1]


# --- Corrections and withdrawals -----------------------------------------------------


def test_correction_puts_another_reading_in_its_place(client, send, record):
    first = record(measured_at=datetime(2026, 11, 17, 9, 13, tzinfo=UTC), note="First week", sample_size=40)
    url = f"{PAGE}readings/{first.pk}/correct/"
    form = client.get(url).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields if name != "is_meant"}

    answer = send(url, **typed | {"value": "8.9", "reason": "Read off the wrong line"})

    assert said(answer) == ["Handling time: 8.9 min, shadow stands in its place."]
    now = Measurement.objects.current().get()
    assert (now.value, now.corrects, now.revision) == (Decimal("8.9"), first, 2)
    assert (now.measured_at, now.sample_size, now.note) == (first.measured_at, 40, "First week")
    assert Event.objects.get(verb="measurement.corrected").reason == "Read off the wrong line"


def test_correction_that_says_the_same_is_told_so(client, send, record):
    first = record()
    url = f"{PAGE}readings/{first.pk}/correct/"

    answer = send(url, reason="Looked again")

    assert said(answer) == ["It says the same as before, so nothing was written."]
    assert Measurement.objects.get() == first


def test_correction_needs_a_reason_and_keeps_what_was_typed(send, record):
    url = f"{PAGE}readings/{record().pk}/correct/"

    answer = send(url, value="7.25", reason="")

    assert errors(answer) == {"reason": ["Say why it does not hold."]}
    assert "7.25" in answer.content.decode()
    assert Measurement.objects.count() == 1


def test_withdrawal_takes_a_reading_out(client, send, record):
    first = record()
    url = f"{PAGE}readings/{first.pk}/withdraw/"

    assert errors(send(url, reason=" ")) == {"reason": ["Say why it does not hold."]}
    answer = send(url, reason="Test data")

    assert said(answer) == ["Handling time: 9.4 min, shadow is withdrawn."]
    row = Measurement.objects.get()
    assert (row.is_current, row.withdrawn_because) == (False, "Test data")
    shown = client.get(url).content.decode()
    assert "It was withdrawn" in shown
    assert "Test data" in shown


def test_corrected_reading_leads_to_the_one_in_its_place(client, send, record):
    first = record()
    url = f"{PAGE}readings/{first.pk}/correct/"
    send(url, value="8", reason="Wrong")
    now = Measurement.objects.current().get()

    for page in (url, f"{PAGE}readings/{first.pk}/withdraw/"):
        assert f"{PAGE}readings/{now.pk}/correct/" in client.get(page).content.decode()
        assert client.post(page, {"value": "1", "reason": "x"}).status_code == 200
    assert Measurement.objects.count() == 2


def test_readings_of_other_pilots_are_not_there(client, manager, record, make_pilot):
    make_pilot("Second")
    client.force_login(manager)
    row = record().pk

    assert client.get(f"/pilots/CLM-2/kpis/readings/{row}/correct/").status_code == 404
    assert client.get(f"/pilots/CLM-2/kpis/readings/{row}/withdraw/").status_code == 404
    assert client.get("/pilots/CLM-2/kpis/handling-time/readings/new/").status_code == 404


# --- A table -----------------------------------------------------------------------

TABLE = """date\tkpi\tvalue\tprovenance
2026-11-01\thandling-time\t12,5\tshadow
2026-11-08\tHandling time\t11.9 min\tshadow
"""
ADDRESS = f"{PAGE}readings/table/"


@pytest.fixture
def bring(client, contributor):
    client.force_login(contributor)

    def bring(table=TABLE, **fields):
        return client.post(ADDRESS, {"table": table, "look": "1", **fields})

    return bring


@pytest.fixture
def save(client, bring):
    def save(table=TABLE, **fields):
        form = bring(table, **fields).context["form"]
        given = {name: form[name].value() or "" for name in ("table", "provenance", "origin", "seal")}
        given |= {"is_meant": "on"} if form["is_meant"].value() else {}
        return client.post(ADDRESS, {**given, "save": "1"}, follow=True)

    return save


def rows_of(response) -> list[tuple]:
    rows = response.context["preview"].rows
    return [(row.number, row.kpi, row.day, row.value, row.provenance, row.verdict, row.was) for row in rows]


def test_table_is_understood_first_and_saved_then(kpi, bring, save):
    looked = bring()

    assert rows_of(looked) == [
        (2, "Handling time", "Sun 1 Nov", "12.5 min", "Shadow", "new", ""),
        (3, "Handling time", "Sun 8 Nov", "11.9 min", "Shadow", "new", ""),
    ]
    assert looked.context["preview"].sentence == "2 new"
    assert (Measurement.objects.count(), Event.objects.filter(verb__startswith="measurement").count()) == (
        0,
        0,
    )

    saved = save()

    assert said(saved) == ["The table is saved: 2 new."]
    noons = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 8)]
    assert stored() == [
        (Decimal("12.5"), "shadow", noons[0], "table", True),
        (Decimal("11.9"), "shadow", noons[1], "table", True),
    ]


def test_table_sent_again_is_here_already_and_a_new_number_replaces(kpi, bring, save):
    save()

    again = bring(TABLE.replace("12,5", "12"))

    assert [(row[-2], row[-1]) for row in rows_of(again)] == [("replaces", "12.5 min"), ("here already", "")]
    assert again.context["preview"].sentence == "1 replaces another, 1 here already"
    assert said(save(TABLE.replace("12,5", "12"))) == [
        "The table is saved: 1 replaces another, 1 here already."
    ]
    assert [(row.value, row.revision, row.is_current) for row in Measurement.objects.order_by("pk")] == [
        (Decimal("12.5"), 1, False),
        (Decimal("11.9"), 1, True),
        (Decimal(12), 2, True),
    ]
    nothing = bring(TABLE.replace("12,5", "12"))
    assert "there is nothing to save" in nothing.content.decode()
    assert 'name="save"' not in nothing.content.decode()


def test_one_refused_row_keeps_all_from_being_saved(kpi, bring, save):
    table = TABLE + "2027-01-01\thandling-time\t9\tshadow\n2026-11-15\tclaims\tNaN\tguessed\n"

    looked, saved = bring(table), save(table)

    assert looked.context["preview"].sentence == "2 new, 2 refused"
    refused = [(row.number, list(row.reasons)) for row in looked.context["preview"].rows if row.is_refused]
    assert refused == [
        (4, ["Fri 1 Jan 2027 has not come yet."]),
        (
            5,
            [
                "kpi: There is no KPI “claims” here.",
                "value: “NaN” is no number Headway can read. Write it like 9.4.",
                "provenance: Write where it comes from: demo, curated, shadow, limited, live.",
            ],
        ),
    ]
    assert [row[:4] for row in rows_of(looked)] == [
        (4, "Handling time", "Fri 1 Jan 2027", "9 min"),
        (5, "claims", "2026-11-15", "NaN"),
        (2, "Handling time", "Sun 1 Nov", "12.5 min"),
        (3, "Handling time", "Sun 8 Nov", "11.9 min"),
    ]
    assert 'name="save"' not in looked.content.decode()
    assert saved.context["form"]["table"].value() == table.strip()
    assert stored() == []


def test_same_day_twice_is_refused_unless_each_has_an_id(kpi, bring):
    twice = "date,value,provenance\n2026-11-01,9,shadow\n2026-11-01,8,shadow\n"
    with_ids = "date,value,provenance,external_id\n2026-11-01,9,shadow,a\n2026-11-01,8,shadow,b\n"
    same_ids = with_ids.replace(",b", ",a")

    [reasons] = [row.reasons for row in bring(twice).context["preview"].rows if row.is_refused]
    assert reasons == [
        "Row 2 is of the same KPI, day and provenance. Leave one out, or give each an external_id."
    ]
    assert rows_of(bring(twice))[0][:4] == (3, "", "2026-11-01", "8")
    assert bring(with_ids).context["preview"].sentence == "2 new"
    [reasons] = [row.reasons for row in bring(same_ids).context["preview"].rows if row.is_refused]
    assert reasons == ["Row 2 has the same external_id. Give each reading its own."]


def test_fractions_of_a_table_can_be_meant(define, bring, save):
    define("Accuracy 71 → 88 %")
    table = "date,value,provenance\n2026-11-01,0.91,shadow\n"

    asked = bring(table)

    assert asked.context["preview"].asks_fractions
    assert 'name="is_meant"' in asked.content.decode()
    assert bring(table, is_meant="on").context["preview"].sentence == "1 new"
    save(table, is_meant="on")
    assert Measurement.objects.get().value == Decimal("0.91")


def test_provenance_can_be_said_once_for_all_rows(kpi, save):
    save("date,value\n2026-11-01,9\n", provenance="live")

    assert Measurement.objects.get().provenance == "live"


def test_only_what_was_looked_at_is_saved(client, kpi, bring):
    form = bring().context["form"]
    changed = {"table": TABLE.replace("12,5", "1"), "seal": form["seal"].value(), "save": "1"}

    answer = client.post(ADDRESS, changed)

    assert [row[3] for row in rows_of(answer)] == ["1 min", "11.9 min"]
    assert stored() == []


def test_file_is_read_once_and_kept_in_the_page(client, kpi, contributor):
    client.force_login(contributor)
    content = "\ufeffdate;value;provenance;note\r\n2026-11-01;12,5;shadow;=1+1 @Ärger\r\n".encode()
    looked = client.post(ADDRESS, {"file": SimpleUploadedFile("readings.csv", content), "look": "1"})
    form = looked.context["form"]

    assert looked.context["preview"].sentence == "1 new"
    given = {name: form[name].value() for name in ("table", "origin", "seal")}
    answer = client.post(
        ADDRESS, {**given, "table": given["table"].replace("\n", "\r\n"), "save": "1"}, follow=True
    )
    assert said(answer) == ["The table is saved: 1 new."]
    row = Measurement.objects.get()
    assert (row.entry, row.value, row.note) == ("file", Decimal("12.5"), "=1+1 @Ärger")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"table": " "}, {"table": ["Paste a table, or choose a file."]}),
        ({"table": "x" * 1_000_001}, {"table": ["This is larger than 1 MB. Part it into several tables."]}),
        (
            {"file": SimpleUploadedFile("a.csv", b"x" * 1_000_001)},
            {"file": ["This is larger than 1 MB. Part it into several tables."]},
        ),
        (
            {"file": SimpleUploadedFile("a.csv", "größe".encode("latin-1"))},
            {"file": ["This file is no text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”."]},
        ),
        (
            {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04")},
            {"file": ["This is a workbook. Copy its cells and paste them here, or save the sheet as CSV."]},
        ),
        ({"file": SimpleUploadedFile("a.csv", b"")}, {"file": ["The file is empty."]}),
        ({"table": "a\x00b"}, {"table": ["This text holds a NUL character. Remove it."]}),
        (
            {"table": "day,worth\n1,2"},
            {"table": [UNKNOWN_COLUMN]},
        ),
        (
            {"table": "value,provenance\n1,live"},
            {"table": ["date: The column date is missing. The first row names the columns."]},
        ),
    ],
)
def test_table_that_cannot_be_read_says_why(client, kpi, contributor, fields, said):
    client.force_login(contributor)

    answer = client.post(ADDRESS, {"look": "1", **fields})

    assert errors(answer) == said
    assert stored() == []


def test_table_of_too_many_rows_is_refused_whole(kpi, bring):
    looked = bring("date,value,provenance\n" + "2026-11-01,1,live\n" * 5001)

    preview = looked.context["preview"]
    assert preview.sentence == "1 refused"
    assert [(row.number, list(row.reasons)) for row in preview.rows] == [
        (5002, ["A table has at most 5,000 readings. Send the rest as another one."])
    ]


def test_what_is_far_too_large_is_not_even_read(client, kpi, contributor):
    client.force_login(contributor)

    for size in (1_200_000, 5_000_000):
        answer = client.post(ADDRESS, {"table": "x" * size})
        assert answer.status_code == 413
        assert errors(answer) == {"table": ["This is larger than 1 MB. Part it into several tables."]}


def test_form_from_elsewhere_is_refused(kpi, contributor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(contributor)

    assert client.post(ADDRESS, {"table": TABLE, "look": "1"}).status_code == 403


def test_large_table_shows_the_refused_rows_first_and_the_rest_in_a_line(kpi, bring, by):
    days = [TODAY - timedelta(index) for index in range(300)]
    table = "date,value,provenance\n" + "".join(f"{day},9,live\n" for day in days) + "2026-11-01,x,live\n"

    counts = []
    for text in (TABLE, table):
        with CaptureQueriesContext(connection) as asked:
            looked = bring(text)
        counts.append(len(asked))

    preview = looked.context["preview"]
    assert (preview.sentence, preview.left_out, len(preview.rows)) == ("300 new, 1 refused", 101, 200)
    assert preview.rows[0].number == 302
    assert counts[0] == counts[1]


# --- A token for a tool --------------------------------------------------------------

TOKEN = f"{PAGE}token/"


def test_token_is_shown_once_with_the_line_that_works(client, contributor, define, settings):
    define()
    define("Accuracy 71 → 88 %")
    settings.SITE_URL = "https://headway.example"
    client.force_login(contributor)
    form = client.get(TOKEN).context["form"]

    made = client.post(TOKEN, {"name": form["name"].value(), "kpi": "accuracy", "days": "30"})

    secret = made.context["secret"]
    assert "no-store" in made.headers["Cache-Control"]
    assert re.fullmatch("hw_[0-9a-f]{64}", secret)
    assert shlex.split(made.context["line"]) == [
        "curl",
        "https://headway.example/api/v1/pilots/CLM-1/kpis/accuracy/measurements/",
        "-H",
        f"Authorization: Bearer {secret}",
        "-H",
        "Content-Type: application/json",
        "-d",
        '{"value": "12345", "provenance": "demo"}',
    ]
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scopes) == (contributor, "Readings of CLM-1", ["measure"])
    assert (token.pilot_ids, token.expiry) == ([Pilot.objects.get().pk], NOW + timedelta(days=30))
    shown = made.content.decode()
    assert "It is good for CLM-1 until Fri 18 Dec." in shown
    assert 'href="/api/v1/docs/"' in shown
    assert 'href="/accounts/tokens/"' in shown
    assert "a reading that is sent again is the same one" in shown
    after = client.get(TOKEN)
    assert secret not in after.content.decode()
    assert [row.name for row in after.context["rows"]] == ["Readings of CLM-1"]


def test_line_sends_a_reading_and_its_token_does_nothing_else(client, contributor, kpi):
    client.force_login(contributor)
    made = client.post(TOKEN, {"name": "tool", "days": "90"})
    secret, line = made.context["secret"], shlex.split(made.context["line"])
    tool, headers = Client(), {"Authorization": f"Bearer {secret}"}
    path = line[1].removeprefix("http://127.0.0.1:8000")

    answer = tool.post(path, line[-1], content_type="application/json", headers=headers)

    assert (answer.status_code, json.loads(answer.content)["value"]) == (201, "12345")
    row = Measurement.objects.get()
    assert (row.entry, row.provenance) == ("api", "demo")
    assert "The number is an example and “demo” counts for nothing" in made.content.decode()
    for forbidden in ("/api/v1/pilots/CLM-1/check-in/", "/api/v1/pilots/"):
        assert tool.post(forbidden, {}, content_type="application/json", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, {"name": ["Say what it is for: that is its name."]}),
        ({"days": "3650"}, {"days": ["Choose one of the three."]}),
    ],
)
def test_token_is_refused_beside_its_field(client, contributor, kpi, fields, said):
    client.force_login(contributor)

    assert errors(client.post(TOKEN, {"name": "tool", "days": "90"} | fields)) == said
    assert not ApiToken.objects.exists()
