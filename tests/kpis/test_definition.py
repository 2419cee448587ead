"""Which parts make a definition whole, and what a signature covers."""

from datetime import date
from decimal import Decimal

import pytest

from kpis.definition import SIGNED, completeness, digest_of, listed, missing_parts, parts_of
from kpis.models import Kpi
from pilots.models import Owner

WHOLE = {
    "name": "Handling time",
    "definition": "From notice to decision",
    "unit": "min",
    "direction": "lower",
    "baseline": Decimal("14.500000"),
    "baseline_on": date(2026, 9, 30),
    "target": Decimal("9.000000"),
    "window_days": 30,
    "method": "Median, all claims",
    "owner_id": 1,
}


def kpi(**fields):
    return Kpi(**(WHOLE | fields))


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, []),
        ({"definition": ""}, ["definition"]),
        ({"unit": ""}, ["unit"]),
        ({"definition": "", "unit": ""}, ["definition and unit"]),
        ({"direction": ""}, ["direction"]),
        ({"baseline": None}, ["baseline"]),
        ({"target": None}, ["target"]),
        ({"target": None, "threshold": Decimal(11)}, []),
        ({"window_days": None}, ["window"]),
        ({"method": ""}, ["method"]),
        ({"owner_id": None}, ["owner"]),
        ({"window_days": None, "method": ""}, ["window", "method"]),
    ],
)
def test_missing_parts_are_named_in_their_order(fields, missing):
    assert missing_parts(kpi(**fields)) == missing


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ([], ""),
        (["window"], "Handling time lacks window."),
        (["window", "method"], "Handling time lacks window and method."),
        (["window", "method", "owner"], "Handling time lacks window, method and owner."),
    ],
)
def test_completeness_is_said_in_a_sentence(missing, sentence):
    assert completeness("Handling time", missing) == sentence
    assert listed(missing) == sentence.removeprefix("Handling time lacks ").removesuffix(".")


def test_database_and_sentence_agree_on_what_is_complete(make_pilot, program):
    pilot = make_pilot()
    owner = Owner.objects.create(program=program, name="Grace")
    holes = [
        {},
        {"definition": ""},
        {"unit": ""},
        {"direction": ""},
        {"baseline": None},
        {"target": None, "threshold": Decimal(11)},
        {"window_days": None},
        {"method": ""},
        {"owner_id": None},
    ]
    for number, fields in enumerate(holes):
        kpi(pilot=pilot, code=f"kpi-{number}", **({"owner_id": owner.pk} | fields)).save()
    rows = list(Kpi.objects.order_by("pk"))

    complete = set(Kpi.objects.complete().values_list("code", flat=True))

    assert complete == {row.code for row in rows if not missing_parts(row)} == {"kpi-0", "kpi-5"}
    lacking = set(Kpi.objects.complete(are=False).values_list("code", flat=True))
    assert lacking == {row.code for row in rows} - complete


def test_parts_are_ready_for_json_and_leave_out_what_is_empty():
    parts = parts_of(kpi(threshold=None))

    assert parts == {
        "name": "Handling time",
        "kind": "business",
        "definition": "From notice to decision",
        "unit": "min",
        "direction": "lower",
        "baseline": "14.5",
        "baseline_on": "2026-09-30",
        "target": "9",
        "window_days": 30,
        "method": "Median, all claims",
    }
    assert set(parts) <= set(SIGNED)


def test_digest_is_of_the_parts_whatever_their_order():
    parts = parts_of(kpi())

    assert digest_of(parts) == digest_of(dict(reversed(parts.items())))
    assert digest_of(parts) != digest_of(parts | {"method": "Mean"})
    assert len(digest_of(parts)) == 64
