"""A report about days in which nobody had agreed on the KPI yet, or had agreed on another one, says so."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.measurement import NewReading, record_readings
from kpis.actions.report import NewReport, ReportEdit, begin_report, edit_report
from kpis.models import KpiVersion, Report
from kpis.oneline import read_kpi
from kpis.reports.figures import figures_of
from kpis.terms import Entry, Provenance, ReportKind
from kpis.web.reports import in_words, short_of_accepted
from pilots.access.models.event import Source
from pilots.actions.by import By
from pilots.lifecycle import Stage
from tests.conftest import NOW

FIRST, LAST = date(2026, 10, 12), date(2026, 11, 10)
NOTE = "The primary KPI is at {} of the way: expanding is your decision; say why."


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot):
    return make_pilot(stage=Stage.LIMITED, since=FIRST)


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _define(pilot, day, line="Handling time 14 → 9 min", **fields):
    return define_kpi(
        NewKpi(pilot=pilot, line=read_kpi(line), fields=fields),
        by=By(user=None, at=_at(day), source=Source.JOB),
    )


def _read(kpi, value, by):
    new = NewReading(kpi=kpi, value=Decimal(value), provenance=Provenance.LIMITED, measured_at=_at(LAST))
    record_readings([new], entry=Entry.FORM, by=by)


@pytest.fixture
def report(pilot, by) -> Report:
    return begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)


@pytest.fixture
def page(client, manager, report):
    client.force_login(manager)
    return lambda: client.get(f"/pilots/CLM-1/reports/{report.pk}/")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 11), "Agreed only on Wed 11 Nov 2026, after these days"),
        (LAST, None),
    ],
)
def test_kpi_agreed_after_the_days_says_so(pilot, page, day, said):
    _define(pilot, day)

    text = page().text

    assert ("after these days" in text) is (said is not None)
    assert said is None or said in text


@pytest.mark.parametrize(
    ("day", "said"), [(date(2026, 10, 13), True), (date(2026, 11, 15), True), (FIRST, False)]
)
def test_definition_that_moved_after_the_first_day_says_so(pilot, page, day, said):
    kpi = _define(pilot, date(2026, 10, 1))
    KpiVersion.objects.create(kpi=kpi, number=2, parts={}, digest="2", since=_at(day))

    assert (f"Definition changed on {day:%a} {day.day} {day:%b} 2026" in page().text) is said


def test_kept_figures_without_these_days_are_still_read(pilot, report, by):
    _define(pilot, date(2026, 11, 11))
    figures = figures_of(report, pilot, at=NOW)
    for kpi in figures["kpis"]:
        del kpi["agreed_on"], kpi["changed_on"]

    assert [kpi.moved for kpi in in_words(figures, pilot, last=LAST).kpis] == [""]


@pytest.mark.parametrize(
    ("value", "threshold", "said"),
    [
        ("10.5", None, NOTE.format("70 %")),
        ("9.02", None, NOTE.format("99 %")),
        ("9", None, ""),
        ("8", None, ""),
        ("14.5", None, NOTE.format("−10 %")),
        ("10.5", "11", ""),
        ("12.5", "11", NOTE.format("50 %").replace("way:", "way to its threshold:")),
        ("14.5", "15", ""),
        ("16", "15", "The primary KPI is worse than its threshold: expanding is your decision; say why."),
    ],
)
def test_short_of_what_is_accepted_is_said_beside_the_verdict(pilot, page, by, value, threshold, said):
    fields = {} if threshold is None else {"threshold": Decimal(threshold)}
    _read(_define(pilot, date(2026, 10, 1), **fields), value, by)

    answer = page()

    assert answer.context["form"]["verdict"].help_text == said
    assert said in answer.text


def test_who_rolls_back_is_not_asked_about_expanding(pilot, page, report, by):
    _read(_define(pilot, date(2026, 10, 1)), "10.5", by)
    edit_report(ReportEdit(report=report, fields={"verdict": "roll_back"}), by=by)

    assert page().context["form"]["verdict"].help_text == ""


def test_nothing_is_said_where_nothing_is_known():
    nothing = {"is_primary": True, "latest": None, "threshold": None, "attainment": None}

    assert short_of_accepted({"kpis": []}) == ""
    assert short_of_accepted({"kpis": [nothing]}) == ""
