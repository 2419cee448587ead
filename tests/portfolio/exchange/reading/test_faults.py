"""Promise I1: every fault of a file is told with its true line, and nothing of the file is written."""

import io
from datetime import date

import pytest

from pilots.access.models import Event, Program
from pilots.models import Pilot, RegisterEntry
from portfolio.exchange import importing
from portfolio.exchange.identity import match
from portfolio.exchange.importing import Order
from portfolio.exchange.plan import Plan, make_plan
from portfolio.exchange.reading import Unreadable, recognise
from portfolio.exchange.settling import settle
from tests.portfolio.exchange.conftest import NOW
from tests.portfolio.exchange.reading import faults

CSV, XLSX = list(faults.csv_files()), list(faults.xlsx_files())
UNREADABLE = list(faults.unreadable_files())


def prepare(content: bytes):
    order = Order(workbook=recognise.read(io.BytesIO(content)), plain=faults.PLAIN, as_of=date(2026, 6, 30))
    return importing.prepare(order, user=None, today=NOW.date(), say=lambda _: None)


def planned(content: bytes) -> Plan:
    """Return what an import into an empty site would do; only here a blank problem matters."""
    prepared = prepare(content)
    matching = match(prepared.understood.rows, [])
    settled = settle(
        matching, strangers=(), references=(), ambiguous=prepared.mapping.ambiguous, twins={}, answers=None
    )
    return make_plan(prepared.understood, settled, {}, as_of=prepared.as_of)


def said_of(refused) -> dict[int, str]:
    return {refusal.row: refusal.reason for refusal in refused}


def agree(said: dict[int, str], expected: dict[int, str]) -> bool:
    return said.keys() == expected.keys() and all(expected[line] in said[line] for line in said)


def test_there_are_as_many_files_as_promised():
    assert len(CSV) >= 60
    assert len(XLSX) >= 20


@pytest.mark.parametrize("file", [pytest.param(file, id=file.name) for file in CSV + XLSX])
def test_every_faulty_row_is_refused_by_its_line(file):
    plan = planned(file.content)

    assert agree(said_of(plan.refused), file.said), plan.refused
    assert plan.rows == len([row for row, _ in plan.new if row.problem]) + len(file.said)


@pytest.mark.parametrize("file", [pytest.param(file, id=file.name) for file in UNREADABLE])
def test_a_fault_of_reading_names_its_line(file):
    with pytest.raises(Unreadable) as refusal:
        prepare(file.content)

    assert file.sentence in str(refusal.value)


def test_all_faults_of_a_long_file_are_told():
    rows = [faults.good(str(number), problem="Two\nlines") for number in range(10_000)]
    wrong = dict(zip(range(17, 10_000, 97), list(faults.FAULTS) * 20, strict=False))
    for place, kind in wrong.items():
        rows[place] = faults.FAULTS[kind][0](f"fault-{place}")
    wrong |= {1: "no name", 2: "no stage"}  # those that every such file has
    file = faults.csv_file("long", faults.Shape(before=tuple(rows)), "no name", "no stage")

    refused = said_of(planned(file.content).refused)

    lines = faults.lines_of(file.content.decode())
    assert agree(refused, {lines[f"fault-{place}"]: faults.FAULTS[kind][1] for place, kind in wrong.items()})


@pytest.mark.django_db
def test_nothing_of_a_faulty_file_is_written(by_import):
    for file in CSV + XLSX:
        prepared = prepare(file.content)

        previewed = importing.preview(prepared, by=by_import)
        applied = importing.apply(prepared, by=by_import, say=lambda _: None)

        assert agree(said_of(previewed.plan.refused), file.said), file.name
        assert not applied.applied
    assert stored() == [0, 0, 0, 0]
    sound = faults.csv_text(faults.Shape(), [faults.HEADER, faults.good("1")]).encode()
    assert importing.apply(prepare(sound), by=by_import, say=lambda _: None).applied
    assert 0 not in stored()


def stored() -> list[int]:
    return [model.objects.count() for model in (Pilot, Program, RegisterEntry, Event)]
