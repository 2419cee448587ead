"""People, KPIs, milestones and own fields of one row."""

from datetime import date
from decimal import Decimal

import pytest

from kpis.oneline import KpiLine
from kpis.terms import Direction
from pilots.actions.owner import Contact
from pilots.custom import FieldKind
from portfolio.exchange import mapping_reader
from portfolio.exchange.more_cells import MilestoneCells, MoreCells, OwnField

BASE = {
    "title": "List",
    "register": "list",
    "recognised_by": ["Tool"],
    "pilot": {"name": "Tool", "problem": ["Why"]},
    "stage": {"when_blank": "idea"},
}
OWNER = {"owner": [{"role": "production_owner", "name": "Owner", "email": "Mail"}]}
SPONSORS = {"owner": [{"role": "sponsor", "name": "Owner", "email": "Mail"}]}
KPI = {"kpi": [{"name": "Metric", "baseline": "From", "target": "To", "unit": "Unit"}]}
GO_LIVE = {"milestone": [{"called": "Go-live", "due": "Due", "done": "Done", "owner": "Owner"}]}
FIELDS = {
    "cost": OwnField("Cost", FieldKind.MONEY),
    "live": OwnField("Live", FieldKind.YES_NO),
    "began": OwnField("Began", FieldKind.DATE),
    "site": OwnField("Site", FieldKind.CHOICE, ("Bern", "Basel")),
}


@pytest.fixture
def read():
    """Read a row's cells under a mapping; return what it tells, what was warned of, and what refused it."""

    def go(more, cells, *, is_sheet=False):
        warnings, refusals = [], []
        reader = MoreCells(
            mapping_reader.from_plain("list", {**BASE, **more}),
            FIELDS,
            as_of=date(2026, 11, 1),
            is_sheet=is_sheet,
            cell=lambda column: cells.get(column, ""),
            warn=lambda column, text, reason: warnings.append((column, text, reason)),
            refuse=refusals.append,
        )
        told = {key: (item.text, item.value) for key, item in reader.read().items()}
        return told, warnings, refusals

    return go


def with_pilot(**keys):
    return {"pilot": {**BASE["pilot"], **keys}}


@pytest.mark.parametrize(
    ("more", "cells", "told"),
    [
        (with_pilot(decide_by="By"), {"By": "2026-12-01"}, {"decide_by": ("2026-12-01", date(2026, 12, 1))}),
        (with_pilot(tags=["Tags"]), {"Tags": "b, a; B"}, {"tags": ("a, b", ("a", "b"))}),
        (with_pilot(tags=["Tags"]), {"Tags": "['x', 'y']"}, {"tags": ("x, y", ("x", "y"))}),
        (with_pilot(confidential="Secret"), {"Secret": "Ja"}, {"confidential": ("yes", True)}),
        (with_pilot(confidential="Secret"), {"Secret": "no"}, {"confidential": ("no", False)}),
        (
            OWNER,
            {"Owner": "Ann Lee", "Mail": "Ann@X.org"},
            {"owner.production_owner": ("ann@x.org", (Contact(name="Ann Lee", email="ann@x.org"),))},
        ),
        (
            SPONSORS,
            {"Owner": "['Bo Ek', 'Ann Lee']"},
            {"owner.sponsor": ("Ann Lee; Bo Ek", (Contact(name="Bo Ek"), Contact(name="Ann Lee")))},
        ),
        (
            SPONSORS,
            {"Mail": "ann@x.org"},
            {"owner.sponsor": ("ann@x.org", (Contact(name="ann", email="ann@x.org"),))},
        ),
        (OWNER, {"Owner": "nobody yet"}, {}),
        (
            {"kpi": [{"line": "KPI"}]},
            {"KPI": "Handling time 14 → 9 min"},
            {
                "kpi.handling time": (
                    "Handling time: 14 → 9 min",
                    KpiLine("Handling time", Decimal(14), Decimal(9), "min", Direction.LOWER),
                )
            },
        ),
        (
            KPI,
            {"Metric": "Cost", "To": "2.50", "Unit": "EUR"},
            {"kpi.cost": ("Cost: ? → 2.5 EUR", KpiLine("Cost", None, Decimal("2.50"), "EUR", None))},
        ),
        (
            GO_LIVE,
            {"Due": "2026-12-01", "Owner": "Ann Lee"},
            {
                "milestone.go-live": (
                    "Go-live, due 2026-12-01, Ann Lee",
                    MilestoneCells("Go-live", date(2026, 12, 1), None, Contact(name="Ann Lee")),
                )
            },
        ),
        (GO_LIVE, {"Owner": "Ann Lee"}, {}),
        (
            {"custom": [{"field": "cost", "column": "Cost"}]},
            {"Cost": "12.50"},
            {"custom.cost": ("12.5", "12.5")},
        ),
        ({"custom": [{"field": "live", "column": "Live"}]}, {"Live": "x"}, {"custom.live": ("yes", True)}),
        (
            {"custom": [{"field": "began", "column": "Began"}], "dates": {"slashes": "day-first"}},
            {"Began": "3/4/2024"},
            {"custom.began": ("2024-04-03", "2024-04-03")},
        ),
        (
            {"custom": [{"field": "site", "column": "Site"}]},
            {"Site": "bern"},
            {"custom.site": ("Bern", "Bern")},
        ),
        ({"custom": [{"field": "cost", "column": "Cost"}]}, {"Cost": ""}, {}),
    ],
)
def test_cells_are_understood(read, more, cells, told):
    assert read(more, cells) == (told, [], [])


@pytest.mark.parametrize(
    ("more", "cells", "warned"),
    [
        (
            with_pilot(decide_by="By"),
            {"By": "Q4 2026"},
            ("By", "Q4 2026", "It is no single day, so it stays unknown."),
        ),
        (
            with_pilot(tags=["Tags"]),
            {"Tags": "t" * 61},
            ("Tags", "t" * 61, "A tag has at most 60 characters; it is left out."),
        ),
        (
            OWNER,
            {"Owner": "Ann Lee; Bo Ek"},
            (
                "Owner",
                "Ann Lee, Bo Ek",
                "Only one person or team can be production owner, so nobody is named.",
            ),
        ),
        (
            GO_LIVE,
            {"Due": "2026-12-01", "Done": "2026-12-02"},
            (
                "Done",
                "2026-12-02",
                "It lies after Sun 1 Nov 2026, the day the file speaks of, so it stays unknown.",
            ),
        ),
        (
            {"milestone": [{"title": "What", "due": "Due"}]},
            {"What": "w" * 201},
            ("What", "w" * 201, "A milestone’s name has at most 200 characters; it is left out."),
        ),
    ],
)
def test_what_is_not_understood_is_said_and_not_guessed(read, more, cells, warned):
    _, warnings, refusals = read(more, cells)
    assert warnings == [warned]
    assert refusals == []


@pytest.mark.parametrize(
    ("more", "cells"),
    [
        (SPONSORS, {"Owner": "Ann Lee; Bo Ek", "Mail": "a@x.org; b@x.org; c@x.org"}),
        (SPONSORS, {"Mail": "ann@"}),
        (KPI, {"Metric": "Cost", "From": "3", "To": ""}),
        (KPI, {"Metric": "Cost", "From": "1,234", "To": "2"}),
        ({"kpi": [{"line": "KPI"}]}, {"KPI": "faster"}),
        ({"custom": [{"field": "site", "column": "Site"}]}, {"Site": "Genf"}),
        ({"custom": [{"field": "cost", "column": "Cost"}]}, {"Cost": "NaN"}),
        ({"custom": [{"field": "cost", "column": "Cost"}]}, {"Cost": "1e400"}),
    ],
)
def test_doubtful_cells_leave_one_warning(read, more, cells):
    told, warnings, _ = read(more, cells)
    assert len(warnings) == 1
    assert not any(key.startswith(("kpi", "custom")) for key in told)


def test_a_mark_of_confidence_nobody_can_read_refuses_the_row(read):
    told, warnings, refusals = read(with_pilot(confidential="Secret"), {"Secret": "perhaps"})
    assert (told, warnings) == ({}, [])
    assert refusals == ["“Secret” says “perhaps”: write yes or no, so that nobody guesses."]


@pytest.mark.parametrize(
    ("decimal", "is_sheet", "target", "baseline"),
    [
        ("comma", False, "1.234", Decimal(1234)),
        ("point", False, "1,234", Decimal(1234)),
        ("comma", True, "1.234", Decimal("1.234")),
        ("comma", True, "1,5", Decimal("1.5")),
    ],
)
def test_a_number_is_read_as_the_mapping_says_but_a_sheets_own_numbers_have_points(
    read, decimal, is_sheet, target, baseline
):
    told, warnings, _ = read(
        {**KPI, "numbers": {"decimal": decimal}}, {"Metric": "Cost", "To": target}, is_sheet=is_sheet
    )
    assert warnings == []
    assert told["kpi.cost"][1].target == baseline


def test_of_several_people_the_first_is_taken_where_the_mapping_says_so(read):
    more = {"owner": [{"role": "production_owner", "name": "Owner", "several": "first"}]}
    told, warnings, _ = read(more, {"Owner": "Ann Lee; Bo Ek"})

    assert told == {"owner.production_owner": ("Ann Lee", (Contact(name="Ann Lee"),))}
    assert [reason for _, _, reason in warnings] == [
        "Only one person or team can be production owner, so Ann Lee is named."
    ]
