from datetime import date
from decimal import Decimal

import pytest

from pilots.lifecycle import Stage
from pilots.models.cohort import Cohort, Part
from portfolio.benchmarks.catalogue import CATALOGUE, PILOT_TO_PRODUCTION
from portfolio.dashboards.benchmarks import overlay
from portfolio.dashboards.funnel import Funnel, Group

TODAY = date(2026, 11, 18)


def funnel(count, *, imported=0, entry=Stage.PILOTING):
    groups = [Group(furthest=entry, at=entry, count=count - imported)] if count > imported else []
    if imported:
        groups.append(Group(furthest=entry, at=entry, is_imported=True, count=imported))
    return Funnel(entry, [*groups, Group(furthest=entry, at=entry, part=Part.UNDATED, count=50)], {})


def absent(counted, **cohort):
    return overlay(counted, Cohort(today=TODAY, entry=counted.entry, **cohort)).absent


def test_base_rate_is_one_figure_with_its_caveat():
    assert PILOT_TO_PRODUCTION.value == Decimal("0.12")
    assert (PILOT_TO_PRODUCTION.year, PILOT_TO_PRODUCTION.verified) == (None, False)
    for said in ("33", "12 %", "88 %", "disputed", "wide deployment", "No report, year or sample"):
        assert said in PILOT_TO_PRODUCTION.caveat


@pytest.mark.parametrize(
    "cohort",
    [
        pytest.param({"matured_months": 8}, id="matured"),
        pytest.param({"matured_months": 18}, id="matured-longer"),
        pytest.param({"cohort_to": date(2026, 3, 18)}, id="all-entered-8-months-before"),
        pytest.param({"as_of": date(2026, 8, 1), "cohort_to": date(2025, 12, 1)}, id="as-of-a-past-day"),
    ],
)
def test_base_rate_stands_beside_a_matured_cohort(cohort):
    assert absent(funnel(10), **cohort) == ""


@pytest.mark.parametrize(
    "cohort",
    [
        pytest.param({}, id="any-age"),
        pytest.param({"matured_months": 7}, id="too-young"),
        pytest.param({"cohort_to": date(2026, 3, 19)}, id="a-day-short"),
        pytest.param({"as_of": date(2026, 8, 1), "cohort_to": date(2025, 12, 2)}, id="as-of-a-past-day"),
    ],
)
def test_base_rate_is_absent_while_pilots_may_be_young(cohort):
    assert absent(funnel(50), **cohort) == (
        "It is an eventual share, and some of these pilots may have started less than 8 months ago. "
        "Choose pilots matured for 8 months to see it in the chart."
    )


def test_base_rate_is_absent_below_ten_pilots():
    assert absent(funnel(9), matured_months=8) == (
        "A share of fewer than 10 pilots says too little to stand beside it."
    )


@pytest.mark.parametrize(("imported", "is_drawn"), [(10, True), (11, False), (20, False)])
def test_base_rate_is_absent_when_most_were_imported(imported, is_drawn):
    said = absent(funnel(20, imported=imported), matured_months=8)

    assert (said == "") is is_drawn
    if not is_drawn:
        assert said == (
            f"{imported} of these 20 pilots were imported, and registers list those that survived."
        )


def test_base_rate_counts_from_the_start_of_a_pilot():
    assert absent(funnel(50, entry=Stage.PROVEN), matured_months=8) == (
        "It counts from the start of a pilot, and this cohort from Proven."
    )


def test_base_rate_that_is_switched_off_is_absent_and_no_other_takes_its_place():
    others = [one for one in CATALOGUE.values() if one is not PILOT_TO_PRODUCTION]

    told = overlay(funnel(50), Cohort(today=TODAY, matured_months=8), others)

    assert (told.benchmark, told.absent) == (
        PILOT_TO_PRODUCTION,
        "An administrator has it left out on this site.",
    )
