"""Reports and the feedback loop: what is kept, what is refused, and that what is published stays."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.loop import LoopEdit, edit_loop
from kpis.actions.measurement import NewReading, record_readings
from kpis.actions.report import (
    NewReport,
    Publication,
    RemoveReport,
    ReportEdit,
    begin_report,
    edit_report,
    publish_report,
    remove_report,
)
from kpis.models import FeedbackLoop, LedgerEntry, Report
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance, ReportKind
from pilots.access.models import Event
from pilots.actions.by import By, Forbidden, Refused, Stale
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.conftest import NOW

WENT_LIVE = date(2026, 10, 12)
LAST = date(2026, 11, 10)


@pytest.fixture
def limited(make_pilot) -> Pilot:
    return make_pilot(stage=Stage.LIMITED, since=WENT_LIVE)


@pytest.fixture
def running(make_pilot) -> Pilot:
    return make_pilot("Call summaries", stage=Stage.PRODUCTION, since=date(2025, 12, 1))


@pytest.fixture
def measure(by):
    """Define a KPI and note readings as (day, value, provenance)."""

    def measure(pilot, *readings, line="Handling time 14 → 9 min"):
        kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi(line)), by=by)
        news = [
            NewReading(
                kpi=kpi,
                value=Decimal(value),
                provenance=Provenance(provenance),
                measured_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                sample_size=412,
            )
            for day, value, provenance in readings
        ]
        record_readings(news, entry=Entry.FORM, by=by)
        return kpi

    return measure


def _reasons(refused) -> list[tuple[str, str]]:
    return [(reason.field, reason.code) for reason in refused.value.reasons]


def _begin(pilot, by, kind=ReportKind.WINDOW) -> Report:
    return begin_report(NewReport(pilot=pilot, kind=kind), by=by)


def _publish(report, by, **fields) -> Report:
    return publish_report(Publication(report=report, fields=fields), by=by)


# --- Reports -------------------------------------------------------------------------


def test_report_is_begun_written_and_published_with_the_figures_of_its_days(limited, measure, by):
    measure(
        limited,
        (WENT_LIVE - timedelta(1), "12", "limited"),
        (WENT_LIVE, "11", "limited"),
        (LAST, "10.4", "live"),
        (LAST, "4", "shadow"),
        (LAST + timedelta(1), "5", "live"),
    )
    report = _begin(limited, by)
    edit_report(ReportEdit(report=report, fields={"incidents": " One hour without answers. "}), by=by)

    published = _publish(report, by, verdict="expand", summary="10.4 min against 14.")

    kept = Report.objects.get()
    assert (kept.period_from, kept.period_to, kept.published_at) == (WENT_LIVE, LAST, NOW)
    assert (kept.verdict, kept.summary, kept.incidents) == (
        "expand",
        "10.4 min against 14.",
        "One hour without answers.",
    )
    assert kept.figures["kpis"] == [
        {
            "code": "handling-time",
            "name": "Handling time",
            "unit": "min",
            "direction": "lower",
            "is_primary": True,
            "baseline": "14",
            "target": "9",
            "target_low": None,
            "threshold": None,
            "readings": 2,
            "latest": {
                "value": "10.4",
                "measured_at": "2026-11-10T12:00:00+00:00",
                "provenance": "live",
                "sample_size": 412,
            },
            "attainment": "0.72",
            "agreed_on": "2026-11-18",
            "changed_on": None,
        }
    ]
    assert published.pk == kept.pk
    told = list(
        Event.objects.filter(verb__startswith="report.").order_by("id").values_list("verb", flat=True)
    )
    assert told == ["report.begun", "report.edited", "report.published"]


def test_figures_of_a_published_report_do_not_follow_later_readings(limited, measure, by):
    kpi = measure(limited, (LAST, "10", "live"))
    report = _publish(_begin(limited, by), by, verdict="hold", summary="Too few.")
    before = Report.objects.get(pk=report.pk).figures

    late = NewReading(
        kpi=kpi,
        value=Decimal(9),
        provenance=Provenance.LIVE,
        measured_at=datetime(2026, 11, 10, 15, tzinfo=UTC),
    )
    record_readings([late], entry=Entry.FORM, by=by)

    assert Report.objects.get(pk=report.pk).figures == before


def test_money_of_a_report_is_the_share_of_its_days(limited, by, manager):
    def enter(kind, amount, first, last, **fields):
        LedgerEntry.objects.create(
            pilot=limited,
            kind=kind,
            phase="run",
            basis="actual",
            amount=amount,
            currency=fields.pop("currency", "EUR"),
            period_from=first,
            period_to=last,
            entered_at=NOW,
            **fields,
        )

    enter(
        "cost", 600, date(2026, 10, 1), date(2026, 11, 29), category="compute"
    )  # 60 days, 30 of them inside
    enter("benefit", 300, WENT_LIVE, LAST, category="efficiency", finding="verified", checked_on=LAST)
    enter("benefit", 90, WENT_LIVE, LAST, category="efficiency")
    enter("benefit", 77, WENT_LIVE, LAST, category="efficiency", finding="rejected", checked_on=LAST)
    enter("cost", 50, WENT_LIVE, LAST, category="vendor", currency="USD")

    report = _publish(_begin(limited, by), by, verdict="expand", summary="It pays.")

    assert report.figures["money"] == {
        "currency": "EUR",
        "cost": "300.00",
        "verified": "300.00",
        "claimed": "90.00",
        "unconverted": {"USD": "50.00"},
    }


def test_published_report_changes_no_more(limited, by):
    report = _publish(_begin(limited, by), by, verdict="expand", summary="It pays.")

    for act in (
        lambda: edit_report(ReportEdit(report=report, fields={"summary": "No."}), by=by),
        lambda: _publish(report, by, verdict="hold"),
        lambda: remove_report(RemoveReport(report=report), by=by),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert _reasons(refused) == [("", "published")]
    assert Report.objects.get().summary == "It pays."


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({}, [("verdict", "required"), ("summary", "required")]),
        ({"verdict": "expand"}, [("summary", "required")]),
        ({"verdict": "held", "summary": "It held."}, [("verdict", "verdict")]),
        ({"verdict": "expand", "summary": "x" * 4001}, [("summary", "length")]),
    ],
)
def test_window_is_concluded_with_a_verdict_and_why(fields, reasons, limited, by):
    report = _begin(limited, by)

    with pytest.raises(Refused) as refused:
        _publish(report, by, **fields)

    assert _reasons(refused) == reasons
    assert Report.objects.get().published_at is None


def test_thirty_days_are_not_concluded_before_they_are_over(make_pilot, by):
    pilot = make_pilot(stage=Stage.LIMITED, since=date(2026, 10, 21))  # their last day is 19 November
    report = _begin(pilot, by)

    with pytest.raises(Refused) as refused:
        _publish(report, by, verdict="expand", summary="It pays.")
    assert _reasons(refused) == [("", "too-early")]
    assert "Publish it from Thu 19 Nov 2026 on." in str(refused.value)

    on_the_day = By(user=by.user, at=NOW + timedelta(days=1), source=by.source)
    assert _publish(report, on_the_day, verdict="expand", summary="It pays.").published_at == on_the_day.at


def test_report_without_known_days_is_refused(make_pilot, by):
    pilot = make_pilot(stage=Stage.LIMITED, since=None)

    with pytest.raises(Refused) as refused:
        _begin(pilot, by)

    assert _reasons(refused) == [("kind", "not-known")]
    assert not Report.objects.exists()


def test_one_draft_of_a_kind_at_a_time_and_one_window_for_good(limited, by):
    report = _begin(limited, by)
    with pytest.raises(Refused) as refused:
        _begin(limited, by)
    assert _reasons(refused) == [("kind", "begun")]

    _publish(report, by, verdict="expand", summary="It pays.")
    with pytest.raises(Refused) as refused:
        _begin(limited, by)
    assert _reasons(refused) == [("kind", "published")]


def test_monthly_reports_follow_each_other(running, by):
    first = _publish(_begin(running, by, ReportKind.MONTH), by)
    second = _begin(running, by, ReportKind.MONTH)

    assert (first.period_from, first.period_to) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (second.period_from, second.period_to) == (date(2026, 11, 1), date(2026, 11, 30))
    with pytest.raises(Refused) as refused:
        _publish(second, by)
    assert _reasons(refused) == [("", "too-early")]


def test_sustain_review_opens_thirty_days_before_its_end(running, by):
    report = _begin(running, by, ReportKind.YEAR)

    assert (report.period_from, report.period_to) == (date(2025, 12, 1), date(2026, 11, 30))
    assert _publish(report, by, verdict="held", summary="Still 10 min.").verdict == "held"


def test_draft_is_removed_and_its_words_stay_in_the_event(limited, by):
    report = _begin(limited, by)
    edit_report(ReportEdit(report=report, fields={"summary": "Half written."}), by=by)

    remove_report(RemoveReport(report=report), by=by)

    assert not Report.objects.exists()
    assert Event.objects.get(verb="report.removed").before["summary"] == "Half written."


def test_contributors_write_and_do_not_publish(limited, by, contributor):
    theirs = By(user=contributor, at=NOW, source=by.source)
    report = _begin(limited, theirs)

    with pytest.raises(Forbidden):
        _publish(report, theirs, verdict="expand", summary="It pays.")

    assert Report.objects.get().published_at is None


def test_viewers_begin_nothing(limited, by, viewer):
    with pytest.raises(Forbidden):
        _begin(limited, By(user=viewer, at=NOW, source=by.source))


def test_stale_draft_is_refused(limited, by):
    report = _begin(limited, by)

    with pytest.raises(Stale):
        edit_report(ReportEdit(report=report, fields={"summary": "x"}, version=1), by=by)


# --- How it learns -------------------------------------------------------------------


def test_loop_is_written_down_and_told(running, by):
    edit_loop(
        LoopEdit(
            pilot=running,
            fields={
                "truth_source": " Complaints ",
                "linkage_key": "claim number",
                "answered": 1000,
                "labelled": 300,
                "counted_on": date(2026, 11, 17),
                "retrain_every_days": 90,
            },
        ),
        by=by,
    )

    loop = FeedbackLoop.objects.get()
    assert (loop.truth_source, loop.labelled, loop.answered, loop.retrain_every_days) == (
        "Complaints",
        300,
        1000,
        90,
    )
    assert Event.objects.get(verb="loop.edited").after["labelled"] == 300


def test_what_stays_as_it_is_leaves_no_trace(running, by):
    edit_loop(LoopEdit(pilot=running, fields={"truth_source": ""}), by=by)

    assert not FeedbackLoop.objects.exists()
    assert not Event.objects.filter(verb="loop.edited").exists()


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"answered": 10}, [("labelled", "required"), ("counted_on", "required")]),
        (
            {"answered": 10, "labelled": 11, "counted_on": date(2026, 11, 1)},
            [("labelled", "more-than-all")],
        ),
        ({"answered": 0, "labelled": 0, "counted_on": date(2026, 11, 1)}, [("answered", "zero")]),
        ({"answered": 5, "labelled": -1, "counted_on": date(2026, 11, 1)}, [("labelled", "range")]),
        ({"answered": 5, "labelled": 1, "counted_on": date(2026, 11, 19)}, [("counted_on", "future")]),
        ({"retrained_on": date(2026, 11, 19)}, [("retrained_on", "future")]),
        ({"retrain_every_days": 0}, [("retrain_every_days", "range")]),
        ({"retrain_when": "x" * 301}, [("retrain_when", "length")]),
    ],
)
def test_loop_that_cannot_be_is_refused_whole(fields, reasons, running, by):
    with pytest.raises(Refused) as refused:
        edit_loop(LoopEdit(pilot=running, fields={"truth_source": "Complaints", **fields}), by=by)

    assert _reasons(refused) == reasons
    assert not FeedbackLoop.objects.exists()
