from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpis, edit_kpis
from kpis.actions.measurement import (
    Correction,
    NewReading,
    WithdrawReading,
    correct_reading,
    record_readings,
    withdraw_reading,
)
from kpis.actions.retire import retire_kpi
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance
from kpis.web.definition import differences
from pilots.models import ModelVersion
from tests.conftest import NOW

PAGE = "/pilots/CLM-1/kpis/right-queue/"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """It is Wed 18 Nov 2026, 9:00 UTC."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def pilot(make_pilot):
    return make_pilot()


@pytest.fixture
def kpi(pilot, by_system):
    new = NewKpi(pilot=pilot, line=read_kpi("Right queue 71 → 88 %"), fields={"kind": "model_quality"})
    return define_kpis([new], by=by_system)[0]


@pytest.fixture
def versions(pilot):
    return [
        ModelVersion.objects.create(pilot=pilot, label="v1", changed_on=date(2026, 7, 1)),
        ModelVersion.objects.create(pilot=pilot, label="v2", changed_on=date(2026, 9, 1)),
        ModelVersion.objects.create(pilot=pilot, label="v3", changed_on=date(2026, 11, 1), is_live=True),
    ]


@pytest.fixture
def measure(kpi, by):
    def measure(value, day=date(2026, 10, 26), provenance=Provenance.SHADOW, **fields):
        entry = fields.pop("entry", Entry.FORM)
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        new = NewReading(kpi=kpi, value=Decimal(value), provenance=provenance, measured_at=at, **fields)
        return record_readings([new], entry=entry, by=by)[0].measurement

    return measure


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda query="": client.get(f"{PAGE}{query}")


def test_readings_are_listed_newest_first_with_all_that_is_known(page, measure, versions):
    measure("84", date(2026, 9, 3), Provenance.CURATED, sample_size=400, model_version=versions[1])
    measure("79.5", source="mlflow", note="Half of Hamburg.", window_from=date(2026, 10, 1), entry=Entry.API)

    newest, oldest = page().context["readings"]

    assert (newest.day, newest.window, newest.value, newest.attainment) == (
        "Mon 26 Oct",
        "Thu 1 Oct",
        "79.5 %",
        "50 %",
    )
    assert (newest.badge.words, newest.cases, newest.interval, newest.version) == ("Shadow", "", "", "")
    assert newest.entered == "Through the API, mlflow, Maren, Wed 18 Nov"
    assert (newest.note, newest.gone) == ("Half of Hamburg.", "")
    assert (oldest.badge.words, oldest.cases, oldest.interval, oldest.version) == (
        "Curated",
        "400",
        "80.1 to 87.3 %",
        "v2",
    )
    assert oldest.entered == "By hand, Maren, Wed 18 Nov"
    assert oldest.correct_url.startswith("/pilots/CLM-1/kpis/readings/")
    assert oldest.withdraw_url.endswith("/withdraw/")


def test_day_of_the_baseline_reads_as_a_sentence():
    [told] = differences({"baseline_on": None}, {"baseline_on": "2026-06-10"}, date(2026, 11, 18))

    assert (told.label, told.after) == ("Baseline measured on", "Wed 10 Jun")


def test_a_table_that_names_no_source_is_said_once(page, measure):
    measure("80", source="table", entry=Entry.TABLE)
    measure("81", source="sheet 4", entry=Entry.TABLE)

    assert {row.entered for row in page().context["readings"]} == {
        "From a table, Maren, Wed 18 Nov",
        "From a table, sheet 4, Maren, Wed 18 Nov",
    }


def test_what_holds_no_more_is_struck_with_the_reason(page, measure, by):
    first, second = measure("80", date(2026, 10, 1)), measure("81")
    correct_reading(
        Correction(measurement=first, fields={"value": Decimal("80.5")}, reason="A typing error."), by=by
    )
    withdraw_reading(WithdrawReading(measurement=second, reason="The sample was wrong."), by=by)

    response = page()

    assert [(row.value, row.gone, bool(row.correct_url)) for row in response.context["readings"]] == [
        ("81 %", "Withdrawn by Maren: The sample was wrong.", False),
        ("80.5 %", "", True),
        ("80 %", "Corrected to 80.5 % by Maren because: A typing error.", False),
    ]
    shown = response.content.decode()
    assert "<s>81 %</s>" in shown
    assert shown.count("A typing error.") == 1
    assert [line.value for line in response.context["row"].chart.listed] == ["80.5 %"]


def test_readings_are_paged_by_fifty(page, kpi, by):
    at = datetime(2026, 9, 1, 12, tzinfo=UTC)
    news = [
        NewReading(
            kpi=kpi,
            value=Decimal(80),
            provenance=Provenance.SHADOW,
            measured_at=at + timedelta(hours=hour),
        )
        for hour in range(51)
    ]
    record_readings(news, entry=Entry.API, by=by)

    assert len(page().context["readings"]) == 50
    assert len(page("?page=2").context["readings"]) == 1
    assert len(page("?page=nonsense").context["readings"]) == 50


def test_runs_are_compared_with_the_version_before_on_the_same_kind_of_data(page, measure, versions):
    measure("80", date(2026, 7, 2), Provenance.CURATED, sample_size=400, model_version=versions[0])
    measure("83", date(2026, 9, 3), Provenance.CURATED, sample_size=400, model_version=versions[1])
    measure("90", date(2026, 11, 2), Provenance.CURATED, sample_size=400, model_version=versions[2])
    measure("78", date(2026, 11, 3), Provenance.SHADOW, sample_size=100, model_version=versions[2])
    measure("77", date(2026, 11, 4), Provenance.SHADOW)

    response = page()

    evaluation = response.context["evaluation"]
    assert evaluation.finding == "v3 is live, and was last run on Tue 3 Nov."
    assert [
        (version.label, version.is_live, [(run.badge.words, run.value, run.gain) for run in version.runs])
        for version in evaluation.versions
    ] == [
        (
            "v3",
            True,
            [
                ("Shadow, 100 cases", "78 %", "No version before it was run on such data."),
                ("Curated, 400 cases", "90 %", "8.4 % better than v2 (83 %), beyond the noise."),
            ],
        ),
        ("v2", False, [("Curated, 400 cases", "83 %", "3.8 % better than v1 (80 %), inside the noise.")]),
        ("v1", False, [("Curated, 400 cases", "80 %", "No version before it was run on such data.")]),
    ]
    assert evaluation.without_version
    assert "Some readings name no version of the model" in response.content.decode()
    assert response.context["row"].drop == (
        "Real data is 13 points worse than the demo: 90 % on chosen cases, 77 % in shadow."
    )


def test_a_gain_without_counted_cases_is_not_called_real(page, measure, versions):
    measure("80", date(2026, 7, 2), sample_size=400, model_version=versions[0])
    measure("70", date(2026, 9, 3), model_version=versions[1])

    assert page().context["evaluation"].versions[1].runs[0].gain == (
        "12.5 % worse than v1 (80 %); nobody can tell whether that is noise, because the cases are not known."
    )


def test_a_live_version_without_a_run_is_named(page, measure, versions):
    measure("83", date(2026, 9, 3), model_version=versions[1])

    response = page()

    evaluation = response.context["evaluation"]
    assert (evaluation.finding, evaluation.is_missing) == ("v3 is live and has no run.", True)
    assert '<p class="small after-line late">v3 is live and has no run.</p>' in response.content.decode()


def test_without_versions_runs_cannot_be_told_apart(page, kpi):
    response = page()

    assert response.context["evaluation"].finding == (
        "No version of the model is recorded, so runs cannot be told apart by it."
    )
    assert '<a class="link" href="/pilots/CLM-1/production/#versions">' in response.content.decode()


def test_only_model_quality_is_an_evaluation(page, kpi, pilot, by):
    edit_kpis([KpiEdit(kpi=kpi, fields={"kind": "business"}, reason="It is what we sell.")], by=by)

    response = page()

    assert response.context["evaluation"] is None
    assert [version.number for version in response.context["definition"].versions] == [2, 1]
    assert "It is what we sell." in response.content.decode()


def test_the_page_says_where_it_stands(page, measure):
    measure("79.5", sample_size=400)

    content = " ".join(page().content.decode().split())

    assert "<h1><bdi>Right queue</bdi></h1>" in content
    assert "CLM-1/right-queue" in content
    assert "Model quality, higher is better. Nobody has signed it." in content
    assert '<h2 id="course">79.5 % on Mon 26 Oct, the only reading in shadow.</h2>' in content
    assert 'href="/pilots/CLM-1/kpis/right-queue/readings/new/"' in content
    assert 'href="/pilots/CLM-1/kpis/right-queue/edit/"' in content


def test_a_reader_sees_no_way_to_change(client, viewer, measure):
    measure("79.5")
    client.force_login(viewer)

    content = client.get(PAGE).content.decode()

    assert "Right queue" in content
    assert "Correct…" not in content
    assert "Log a reading" not in content


def test_a_retired_one_is_said_to_be(page, kpi, by):
    retire_kpi(kpi, by=by, reason="Nobody asks.")

    response = page()

    assert "It is measured no longer since Wed 18 Nov 2026." in response.content.decode()
    assert response.context["row"].log_url == ""


@pytest.mark.parametrize("path", ["CLM-1/kpis/no-such/", "CLM-9/kpis/right-queue/"])
def test_what_is_not_there_is_not_found(client, manager, kpi, path):
    client.force_login(manager)

    assert client.get(f"/pilots/{path}").status_code == 404


def test_what_is_not_yours_is_not_found(client, stranger, kpi):
    client.force_login(stranger)

    assert client.get(PAGE).status_code == 404


def test_the_page_costs_the_same_for_any_number_of_readings(
    page, kpi, measure, versions, by, django_assert_num_queries, django_assert_max_num_queries
):
    measure("80", model_version=versions[0])
    with django_assert_max_num_queries(25) as first:
        page()
    at = datetime(2026, 9, 1, 12, tzinfo=UTC)
    news = [
        NewReading(
            kpi=kpi,
            value=Decimal(80),
            provenance=provenance,
            measured_at=at + timedelta(hours=hour),
            model_version=version,
        )
        for hour in range(10)
        for version in versions
        for provenance in Provenance
    ]
    record_readings(news, entry=Entry.API, by=by)

    with django_assert_num_queries(len(first)):
        page()
