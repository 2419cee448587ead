"""A report over three years of a tool that pushes each minute costs what one over a week does."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.measurement import NewReading, record_readings
from kpis.actions.report import NewReport, begin_report
from kpis.models import Measurement
from kpis.oneline import read_kpi
from kpis.reports.figures import figures_of
from kpis.terms import Entry, Provenance, ReportKind
from pilots.lifecycle import Stage
from tests.conftest import NOW

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("count", [1, 300])
def test_figures_read_one_row_of_each_kpi_however_many_there_are(make_pilot, by, count, monkeypatch):
    pilot = make_pilot(stage=Stage.LIMITED, since=date(2026, 10, 12))
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    news = [
        NewReading(
            kpi=kpi,
            value=Decimal(10 + number),
            provenance=Provenance.LIVE,
            measured_at=NOON - timedelta(minutes=number),
        )
        for number in range(count)
    ]
    record_readings(news, entry=Entry.API, by=by)
    report = begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)
    read = []
    from_db = Measurement.from_db.__func__

    def counting(cls, *parts):
        read.append(parts)
        return from_db(cls, *parts)

    monkeypatch.setattr(Measurement, "from_db", classmethod(counting))
    [told] = figures_of(report, pilot, at=NOW)["kpis"]

    assert (told["readings"], told["latest"]["value"], told["attainment"]) == (count, "10", "0.8")
    assert len(read) == 1
