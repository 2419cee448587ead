"""Every page about numbers, money and reports on a phone, light and dark, and the large ones wide."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpis, edit_kpis
from kpis.actions.ledger import NewEntry, add_entries
from kpis.actions.loop import LoopEdit, edit_loop
from kpis.actions.measurement import NewReading, record_readings
from kpis.actions.report import NewReport, Publication, begin_report, publish_report
from kpis.actions.retire import retire_kpi
from kpis.actions.sign import SignKpi, sign_kpi
from kpis.models import LedgerEntry, Measurement
from kpis.money.terms import Basis, LedgerKind, MoneyPhase
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance, ReportKind
from pilots.access.permissions import OwnerRole
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.journeys.conftest import PHONE, fill, press
from tests.journeys.test_pages_of_a_life import ANYWHERE, LONG, ON_A_PHONE, look_all_round, visit

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

ROWS = "date,kpi,value,provenance\n2026-11-10,accuracy,0.91,shadow\n2026-11-11,accuracy,eleven,shadow\n"
LONG_NUMBER = Decimal("12345678901.23")
KPIS, MONEY, REPORTS = ("/pilots/CLM-1/kpis/", "/pilots/CLM-1/money/", "/pilots/CLM-1/reports/")


@pytest.fixture
def worth(make_pilot, by, contributor) -> Pilot:
    """In limited use, with all kinds of numbers, and money in two currencies, which the manager checks."""
    owner = Contact(name="Marguerite Delacroix-Fontaine")
    pilot = make_pilot(LONG[:36], stage=Stage.LIMITED, since=date(2026, 9, 1), owner=owner)
    business = NewOwnership(pilot=pilot, role=OwnerRole.BUSINESS_OWNER, contact=owner)
    owner = add_owner(business, by=by).owner
    _number(pilot, owner, by)
    _spend(pilot, replace(by, user=contributor))
    edit_loop(LoopEdit(pilot=pilot, fields={"truth_source": LONG}), by=by)
    return Pilot.objects.get(pk=pilot.pk)


def _number(pilot, owner, by):
    lines = (
        f"{LONG[:60]} 14 → 9 min",
        "Accuracy 71 → 88 %",
        "Temperature 12 → 20 °C",
        "Old 1 → 2",
        "Fresh 3 → 5",
    )
    quality = {"kind": "model_quality", "threshold": Decimal(80)}
    fields = ({}, quality, {"target_low": Decimal(18)}, {}, {})
    news = [
        NewKpi(pilot=pilot, line=read_kpi(line), fields=more)
        for line, more in zip(lines, fields, strict=True)
    ]
    main, quality, warm, old, _ = define_kpis(news, by=by)
    sign_kpi(SignKpi(kpi=main, version_number=1, signer=owner, text=LONG), by=by)
    edit_kpis([KpiEdit(kpi=main, fields={"target": Decimal(8)}, reason=LONG)], by=by)
    retire_kpi(old, by=by)
    models = [
        add_model_version(NewModelVersion(pilot=pilot, label=label, changed_on=day, is_live=live), by=by)
        for label, day, live in (("2026.1", date(2026, 9, 1), False), (LONG[:50], date(2026, 10, 1), True))
    ]
    days = [date(2026, month, day) for month in (9, 10, 11) for day in (2, 9, 16)]
    news = [
        NewReading(kpi=kpi, value=start + step, measured_at=day, sample_size=412, model_version=model, **how)
        for kpi, start, model in (
            (main, Decimal(9), None),
            (quality, Decimal(78), models[0]),
            (warm, Decimal(15), None),
        )
        for step, day in enumerate(days)
        for how in [{"provenance": list(Provenance)[min(step // 2, 4)], "note": LONG}]
    ]
    record_readings(news, entry=Entry.API, by=by)


def _spend(pilot, by):
    period = {"period_from": date(2026, 9, 1), "period_to": date(2026, 10, 31), "note": LONG}
    entries = (
        (LedgerKind.COST, "people", Basis.ACTUAL, LONG_NUMBER, "EUR"),
        (LedgerKind.COST, "people", Basis.PLANNED, Decimal(5), "EUR"),
        (LedgerKind.COST, "compute", Basis.ACTUAL, Decimal(2000), "USD"),
        (LedgerKind.BENEFIT, "cost_saving", Basis.ACTUAL, Decimal(9000), "EUR"),
        (LedgerKind.BUDGET, "", Basis.PLANNED, LONG_NUMBER, "EUR"),
    )
    news = [
        NewEntry(
            pilot=pilot,
            kind=kind,
            category=category,
            basis=basis,
            amount=amount,
            currency=currency,
            phase=MoneyPhase.RUN,
            **period,
        )
        for kind, category, basis, amount, currency in entries
    ]
    add_entries(news, by=by)


@pytest.fixture
def desk(make_visitor, manager):
    visitor = make_visitor()
    visitor.sign_in(manager.email)
    return visitor


def walk(visitor, *places: str, ways=ON_A_PHONE):
    for place in places:
        visit(visitor, place, ways)


def test_pages_about_a_number(desk, worth):
    main = worth.kpis.get(is_primary=True).code
    reading = Measurement.objects.order_by("pk").last().pk
    walk(desk, KPIS, f"{KPIS}{main}/", f"{KPIS}accuracy/", f"{KPIS}readings/table/", ways=ANYWHERE)
    walk(desk, f"{KPIS}new/", f"{KPIS}old/", f"{KPIS}fresh/remove/", f"{KPIS}accuracy/retire/")
    walk(desk, *(f"{KPIS}{main}/{deed}/" for deed in ("edit", "sign")), f"{KPIS}readings/new/")
    walk(desk, f"{KPIS}readings/{reading}/correct/", f"{KPIS}readings/{reading}/withdraw/")
    desk.page.goto(f"{desk.address}{KPIS}token/")
    press(desk.page, "Make the token")
    look_all_round(desk, "the token")
    walk(desk, f"{KPIS}token/", "/accounts/tokens/")


def test_pages_about_money(desk, worth):
    walk(desk, MONEY, "/value/", "/settings/programs/claims/money/", ways=ANYWHERE)
    claimed, budget = (LedgerEntry.objects.get(kind=kind).pk for kind in ("benefit", "budget"))
    walk(desk, *(f"{MONEY}new/?kind={kind}" for kind in ("cost", "benefit", "budget")))
    walk(desk, f"{MONEY}{claimed}/edit/", f"{MONEY}{claimed}/remove/")
    walk(desk, f"{MONEY}{claimed}/check/", f"{MONEY}{budget}/decide/")


def test_pages_that_look_back(desk, worth, by):
    walk(desk, f"{REPORTS}new/", "/pilots/CLM-1/loop/")
    report = begin_report(NewReport(pilot=worth, kind=ReportKind.WINDOW), by=by)
    walk(desk, f"{REPORTS}{report.pk}/", ways=ANYWHERE)
    walk(desk, f"{REPORTS}{report.pk}/remove/", f"{REPORTS}new/")
    said = {"verdict": "expand", "summary": LONG, "incidents": LONG}
    publish_report(Publication(report=report, fields=said), by=by)
    walk(desk, f"{REPORTS}{report.pk}/")


def test_pages_with_nothing_on_them(desk, make_pilot):
    walk(desk, "/value/")
    make_pilot("Letters", stage=Stage.LIMITED)
    walk(desk, "/value/", KPIS, MONEY, f"{KPIS}readings/new/")


REFUSING = (
    f"{KPIS}new/",
    f"{KPIS}accuracy/readings/new/",
    f"{KPIS}readings/table/",
    f"{MONEY}new/?kind=cost",
    f"{REPORTS}new/",
)


def test_forms_that_refuse(desk, worth, by):
    for place in REFUSING:
        desk.page.set_viewport_size(PHONE)
        desk.page.goto(desk.address + place)
        refused(desk)
    page = desk.page
    page.goto(f"{desk.address}{KPIS}readings/table/")
    fill(page, {"Table": ROWS})
    press(page, "Look through it")
    expect(page.get_by_role("heading", name="2 refused")).to_be_visible()
    look_all_round(desk, "the refused rows", ANYWHERE)
    report = begin_report(NewReport(pilot=worth, kind=ReportKind.WINDOW), by=by)
    page.goto(f"{desk.address}{REPORTS}{report.pk}/")
    refused(desk)


def refused(visitor):
    visitor.page.locator("main form button.primary").first.click()
    visitor.page.wait_for_load_state("load")
    expect(visitor.page.locator("main [aria-invalid=true], main [role=alert]").first).to_be_visible()
    look_all_round(visitor, visitor.page.url)


FORBIDDEN = (f"{KPIS}new/", f"{KPIS}readings/new/", f"{KPIS}accuracy/sign/", f"{MONEY}new/", f"{REPORTS}new/")


def test_what_a_viewer_sees(make_visitor, viewer, worth):
    visitor = make_visitor()
    visitor.sign_in(viewer.email)
    walk(visitor, *FORBIDDEN)
    assert [line for line in visitor.complaints if "403" not in line] == []
    assert len(visitor.complaints) == len(FORBIDDEN)
    visitor.complaints.clear()
    walk(visitor, KPIS, f"{KPIS}accuracy/", MONEY, "/value/")
