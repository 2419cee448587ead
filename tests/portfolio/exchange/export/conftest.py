from datetime import date
from decimal import Decimal

import pytest
import time_machine

from kpis.models import Kpi
from pilots.access.permissions import OwnerRole
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.lifecycle import Stage
from pilots.models import CustomField, HowBuilt, Milestone, RiskTier, StageTransition
from portfolio.exchange.chosen import plain_of
from portfolio.exchange.guessing.propose import propose
from portfolio.exchange.importing import Order, apply, prepare
from portfolio.exchange.reading import read_workbook
from portfolio.exchange.understanding import header_keys
from tests.conftest import NOW, TODAY
from tests.portfolio.exchange.export.reading import body, csv_rows, records, sheets


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def exported(client):
    """Get an address as CSV; return its rows as dictionaries."""

    def get(address: str) -> list[dict]:
        return records(csv_rows(body(client.get(address))))

    return get


@pytest.fixture
def exported_sheet(client):
    """Get an address as XLSX; return the rows of its only sheet as dictionaries."""

    def get(address: str) -> list[dict]:
        (rows,) = sheets(body(client.get(address, {"format": "xlsx"}))).values()
        return records(rows)

    return get


@pytest.fixture
def full(make_pilot, program, by_system):
    """A pilot with something in every column."""
    pilot = make_pilot(
        "=Triage",
        stage=Stage.PROVEN,
        since=date(2026, 9, 1),
        problem="It takes nine days\nto sort a claim.",
        unit="Motor claims",
        vendor="Acme",
        contract="C-7",
        how_built=HowBuilt.CONFIGURED,
        risk=RiskTier.HIGH,
        decide_by=date(2026, 12, 1),
        tags=("fraud", "claims"),
    )
    StageTransition.objects.create(
        pilot=pilot,
        to_stage="piloting",
        happened_on=date(2024, 5, 1),
        precision="month",
        latest_on=date(2024, 5, 31),
        recorded_at=NOW,
        origin="imported",
    )
    for role, name, email in (
        (OwnerRole.SPONSOR, "Sina Keller", "sina@example.com"),
        (OwnerRole.BUSINESS, "Ann", ""),
        (OwnerRole.BUSINESS, "Bob", "bob@example.com"),
    ):
        contact = Contact(name=name, email=email)
        add_owner(NewOwnership(pilot=pilot, contact=contact, role=role), by=by_system)
    Kpi.objects.create(
        pilot=pilot,
        code="time",
        name="-Time",
        baseline=Decimal(14),
        target=Decimal("9.5"),
        unit="min",
        is_primary=True,
    )
    Kpi.objects.create(pilot=pilot, code="cost", name="Cost", target=Decimal(3))
    for title, due, done in (
        ("Contract signed", date(2026, 10, 1), date(2026, 10, 2)),
        ("Works council heard", date(2027, 1, 4), None),
        ("Go-live", date(2027, 3, 1), None),
        ("Some day", None, None),
    ):
        Milestone.objects.create(pilot=pilot, title=title, due_on=due, done_on=done)
    hold = NewHold(pilot=pilot, reason="Budget.", agreed_by="S. Keller", review_on=date(2027, 1, 4))
    hold_pilot(hold, by=by_system)
    return pilot


@pytest.fixture
def bring_in(tmp_path, by):
    """Import a file with every guess accepted; return the guesses and the outcome."""

    def bring(content: bytes, kind: str, program):
        path = tmp_path / f"file.{kind}"
        path.write_bytes(content)
        workbook = read_workbook(path)
        fields = CustomField.objects.filter(program=program).in_order().values_list("code", "label")
        proposal = propose(workbook, custom=fields)
        chosen = proposal.chosen
        sheet = next(sheet for sheet in workbook.sheets if sheet.name == chosen.sheet)
        header = header_keys(next(row for row in sheet.rows if row.line == chosen.header).cells)
        plain = plain_of(chosen, title="Export", register="export", header=header)
        order = Order(workbook=workbook, plain=plain, into=program, as_of=TODAY, answers={})
        return proposal, apply(prepare(order, user=by.user, today=TODAY, say=str), by=by, say=str)

    return bring
