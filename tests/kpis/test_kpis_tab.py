import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpis, edit_kpis
from kpis.actions.measurement import NewReading, record_readings
from kpis.actions.retire import make_primary, retire_kpi
from kpis.models import Kpi
from kpis.oneline import read_kpi
from kpis.terms import Entry, KpiKind, Provenance
from pilots.actions.by import By
from pilots.models import ModelVersion
from tests.conftest import NOW

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """It is noon of Wed 18 Nov 2026 in every program."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def pilot(make_pilot):
    return make_pilot()


@pytest.fixture
def agree(pilot, by_system):
    def agree(line="Handling time 31 → 18 h", **fields):
        new = NewKpi(pilot=pilot, line=read_kpi(line), fields=fields)
        return define_kpis([new], by=by_system)[0]

    return agree


@pytest.fixture
def measure(by):
    def measure(kpi, value, day=date(2026, 10, 26), provenance=Provenance.SHADOW, cases=None, version=None):
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        new = NewReading(
            kpi=kpi,
            value=Decimal(value),
            provenance=provenance,
            measured_at=at,
            sample_size=cases,
            model_version=version,
        )
        return record_readings([new], entry=Entry.FORM, by=by)[0].measurement

    return measure


@pytest.fixture
def tab(client, manager):
    client.force_login(manager)
    return lambda page="kpis/": client.get(f"/pilots/CLM-1/{page}")


def row_of(response):
    (row,) = response.context["kpis"].rows
    return row


def test_a_pilot_without_numbers_is_offered_to_agree_one(tab, pilot):
    content = tab().content.decode()

    assert "No number is agreed yet" in content
    assert '<a class="btn" href="/pilots/CLM-1/kpis/new/">' in " ".join(content.split())


def test_a_row_says_where_a_kpi_stands(tab, agree, measure):
    kpi = agree(cadence_days=14)
    measure(kpi, "25", date(2026, 9, 28), cases=400)
    measure(kpi, "24.5", cases=412)

    response = tab()

    row = row_of(response)
    assert response.context["kpis"].headline == (
        "The primary one is half-way from baseline to target, measured in shadow."
    )
    assert row.what == "Primary, lower is better."
    assert row.lacks == "Handling time lacks definition, window, method and owner."
    assert row.signature.sentence == "Nobody has signed it."
    assert row.progress == "50 % of the way from baseline to target."
    assert row.chart.finding == "24.5 h on Mon 26 Oct, better than 25 h before."
    assert (row.badge.kind, row.badge.words) == ("shadow", "Shadow, 412 cases")
    assert (row.day, row.overdue) == ("Mon 26 Oct", "9 days overdue")
    assert row.log_url == "/pilots/CLM-1/kpis/handling-time/readings/new/"
    assert [(listed.day, listed.value, listed.provenance) for listed in row.chart.listed] == [
        ("Mon 26 Oct", "24.5 h", "Shadow"),
        ("Mon 28 Sep", "25 h", "Shadow"),
    ]


@pytest.mark.parametrize(
    ("value", "headline", "progress"),
    [
        (
            "18",
            "The primary one has reached its target, measured in shadow.",
            "The target is reached.",
        ),
        (
            "12",
            "The primary one is beyond its target, measured in shadow.",
            "Beyond the target: 146 % of the way.",
        ),
        (
            "31",
            "The primary one is at its baseline, measured in shadow.",
            "0 % of the way from baseline to target.",
        ),
        (
            "34",
            "The primary one has moved 23 % of the way away from its target, measured in shadow.",
            "Worse than the baseline, by 23 % of the way to the target.",
        ),
        (
            "28",
            "The primary one is 23 % of the way from baseline to target, measured in shadow.",
            "23 % of the way from baseline to target.",
        ),
    ],
)
def test_progress_is_said_in_words(tab, agree, measure, value, headline, progress):
    measure(agree(), value)

    response = tab()

    assert response.context["kpis"].headline == headline
    assert row_of(response).progress == progress


def test_without_a_baseline_progress_cannot_be_stated(tab, agree, measure):
    kpi = agree("Handling cost ? → 41 EUR")

    assert row_of(tab()).progress == "Baseline not known, so progress cannot be stated."

    measure(kpi, "44")
    response = tab()

    assert response.context["kpis"].headline == (
        "The primary one is 44 EUR, measured in shadow. Baseline not known, so progress cannot be stated."
    )
    assert row_of(response).bullet is None
    assert row_of(response).target == "Target 41 EUR."
    assert "Target 41 EUR." in response.content.decode()


def test_not_yet_measured_is_no_zero(tab, agree):
    agree()

    response = tab()

    assert response.context["kpis"].headline == "The primary one is not yet measured."
    assert (row_of(response).progress, row_of(response).chart.finding) == (
        "Not yet measured.",
        "No reading yet.",
    )
    assert row_of(response).bullet.bar is None
    assert row_of(response).badge is None


@pytest.mark.parametrize("provenance", [Provenance.DEMO, Provenance.CURATED])
def test_a_demo_is_said_to_be_one(tab, agree, measure, provenance):
    measure(agree(), "18", provenance=provenance)

    response = tab()

    assert response.context["kpis"].headline == "The primary one has demo evidence only."
    assert row_of(response).progress == "Demo evidence only: the target is reached."
    assert row_of(response).is_prepared_only
    assert '<span class="muted">demo evidence only</span>' in response.content.decode()
    assert 'class="bar on grey"' in response.content.decode()


def test_real_readings_count_before_a_later_demo(tab, agree, measure):
    kpi = agree()
    measure(kpi, "24.5", date(2026, 10, 1), Provenance.LIVE)
    measure(kpi, "18", date(2026, 11, 1), Provenance.DEMO)

    row = row_of(tab())

    assert row.progress == "50 % of the way from baseline to target."
    assert row.badge.words == "Demo"
    assert row.drop == "Real data is 6.5 h worse than the demo: 18 h in a demo, 24.5 h in live use."


def test_a_range_is_said_as_one(tab, agree, measure, by, pilot):
    kpi = agree("Temperature 55 → 40 °C", direction="range", target_low=Decimal(20))
    measure(kpi, "50", date(2026, 10, 1))

    assert row_of(tab()).progress == "33 % of the way from baseline to target."

    measure(kpi, "30")
    response = tab()

    assert response.context["kpis"].headline == "The primary one is within its range, measured in shadow."
    assert row_of(response).progress == "Within the range."
    assert row_of(response).chart.finding == "30 °C on Mon 26 Oct, better than 50 °C before."
    assert "20 to 40 target" in response.content.decode()


def test_a_broken_threshold_is_said(tab, agree, measure):
    measure(agree(threshold=Decimal(22)), "24.5")

    row = row_of(tab())

    assert row.progress == "50 % of the way from baseline to target. Worse than the threshold of 22 h."
    assert row.bullet.threshold == "52.62%"


def test_a_change_that_could_be_chance_is_said_to_be(tab, agree, measure):
    kpi = agree("Right queue 71 → 88 %")
    measure(kpi, "83", date(2026, 9, 1), cases=400)
    measure(kpi, "85", cases=400)

    assert row_of(tab()).chart.finding == "85 % on Mon 26 Oct, better than 83 % before, inside the noise."


def test_a_moved_definition_breaks_the_line(tab, agree, measure, by, pilot):
    kpi = agree()
    for day in (date(2026, 9, 1), date(2026, 9, 15), date(2026, 11, 1), date(2026, 11, 15)):
        measure(kpi, "25", day)
    later = By(user=by.user, at=datetime(2026, 10, 1, 9, tzinfo=UTC), source=by.source)
    edit_kpis([KpiEdit(kpi=kpi, fields={"window_days": 30}, reason="Agreed so.")], by=later)

    run = row_of(tab()).chart.drawing

    assert [line.points.count(",") for line in run.lines] == [2, 2]
    assert [mark.text for mark in run.marks] == ["new definition"]


def test_retired_ones_are_folded_at_the_end(tab, agree, by, pilot):
    agree()
    retire_kpi(agree("Old number 4 → 2 %"), by=by, reason="Nobody asks for it.")

    response = tab()

    assert row_of(response).kpi.name == "Handling time"
    assert [kpi.name for kpi in response.context["kpis"].retired] == ["Old number"]
    assert "<summary>Measured no longer" in response.content.decode()


def test_the_primary_one_stands_first(tab, agree, by):
    agree("Zebra count 4 → 2 %")
    agree("Answers 4 → 2 %")

    response = tab()

    assert [row.kpi.name for row in response.context["kpis"].rows] == ["Zebra count", "Answers"]


def test_a_reader_who_may_not_log_is_not_asked_to(client, viewer, agree):
    agree()
    client.force_login(viewer)

    response = client.get("/pilots/CLM-1/kpis/")

    assert row_of(response).log_url == ""
    assert "Log a reading" not in response.content.decode()


def test_names_cannot_break_out_of_a_drawing(tab, agree, measure, pilot):
    version = ModelVersion.objects.create(pilot=pilot, label=HOSTILE, changed_on=date(2026, 9, 15))
    kpi = agree(f"Handling {HOSTILE} 31 → 18 {HOSTILE[:30]}")
    measure(kpi, "25", date(2026, 9, 1), version=version)
    measure(kpi, "24.5", version=version)

    for page in ("kpis/", "", f"kpis/{kpi.code}/"):
        content = tab(page).content.decode()
        assert "<script>alert" not in content
        assert "&lt;script&gt;alert(1)" in content
        assert " style=" not in content


def test_drawings_are_said_in_words_and_listed(tab, agree, measure):
    measure(agree(), "24.5")

    content = tab().content.decode()

    assert '<title id="run-handling-time-t">Handling time: readings over time</title>' in content
    assert re.search(
        r'<desc id="run-handling-time-d">24.5 h on Mon 26 Oct, the only reading in shadow. *</desc>', content
    )
    assert '<desc id="bullet-handling-time-d">50 % of the way from baseline to target.</desc>' in content
    assert "<td>Mon 26 Oct</td><td>24.5 h</td><td>Shadow</td>" in content


@pytest.mark.parametrize("page", ["kpis/", ""])
def test_rows_cost_the_same_for_any_number(
    tab, agree, measure, by, by_system, pilot, page, django_assert_num_queries, django_assert_max_num_queries
):
    kpi = agree()
    measure(kpi, "25")
    with django_assert_max_num_queries(40) as first:
        tab(page)

    lines = [NewKpi(pilot=pilot, line=read_kpi(f"Number {number} letters 9 → 1")) for number in range(49)]
    define_kpis(lines, by=by_system)
    at = datetime(2026, 9, 1, 12, tzinfo=UTC)
    news = [
        NewReading(kpi=row, value=Decimal(2), provenance=provenance, measured_at=at + timedelta(hours=day))
        for row in Kpi.objects.filter(pilot=pilot)
        for day, provenance in enumerate(Provenance)
    ]
    record_readings(news, entry=Entry.API, by=by)
    record_readings(
        [
            NewReading(
                kpi=kpi, value=Decimal(2), provenance=Provenance.LIVE, measured_at=at - timedelta(days=day)
            )
            for day in range(1, 101)
        ],
        entry=Entry.API,
        by=by,
    )

    with django_assert_num_queries(len(first)):
        response = tab(page)

    assert len(response.context["kpis"].rows) == 50


def test_many_readings_are_thinned_and_said_to_be(tab, agree, by):
    kpi = agree()
    at = datetime(2025, 7, 1, 12, tzinfo=UTC)
    news = [
        NewReading(
            kpi=kpi,
            value=Decimal(20 + day % 7),
            provenance=Provenance.SHADOW,
            measured_at=at + timedelta(days=day),
        )
        for day in range(501)
    ]
    record_readings(news, entry=Entry.API, by=by)

    chart = row_of(tab()).chart

    assert chart.note == (
        "The newest 500 of 501 readings. "
        "500 readings, drawn by the lowest, the highest and the last of each 8 days."
    )
    assert (chart.total, len(chart.listed), chart.is_cut) == (501, 12, True)


def test_a_pilot_without_a_primary_one_is_told(tab, agree):
    kpi = agree()
    Kpi.objects.filter(pk=kpi.pk).update(is_primary=False)

    assert tab().context["kpis"].headline == "None of them is the primary one yet."


def test_another_can_become_the_primary_one(tab, agree, by):
    agree(kind=KpiKind.BUSINESS)
    make_primary(agree("Answers 4 → 2 %"), by=by)

    assert [row.kpi.name for row in tab().context["kpis"].rows] == ["Answers", "Handling time"]
