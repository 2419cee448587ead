from datetime import date

import pytest

from portfolio.findings.rules import (
    Finding,
    NotKnown,
    Signed,
    ageing,
    by_spelling,
    conversion,
    shared,
    spread_thin,
)

ENDS = [date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]


# --- R-90 ------------------------------------------------------------------------------


def test_few_signatures_are_told_with_who_keeps_none():
    found = spread_thin([Signed(12, 4, True), Signed(7, 0, False)])

    assert isinstance(found, Finding)
    assert found.sentence == "4 of 12 active pilots from Piloting on have a signed business KPI (33 %)."
    assert found.note == "7 more are in programs where no KPI was ever signed."


@pytest.mark.parametrize(
    "programs",
    [
        pytest.param([], id="nothing"),
        pytest.param([Signed(10, 5, True)], id="half"),
        pytest.param([Signed(0, 0, False)], id="no-active-pilot"),
    ],
)
def test_enough_signatures_are_not_told(programs):
    assert spread_thin(programs) is None


@pytest.mark.parametrize(
    "programs",
    [
        pytest.param([Signed(900, 0, False)], id="signatures-kept-elsewhere"),
        pytest.param([Signed(9, 0, True), Signed(900, 0, False)], id="too-few"),
    ],
)
def test_signatures_nobody_can_judge_are_not_known(programs):
    assert isinstance(spread_thin(programs), NotKnown)


# --- R-93 ------------------------------------------------------------------------------


def waits(*medians, of=10):
    return {day: [days] * of for day, days in zip(ENDS, medians, strict=True)}


def test_three_rises_in_a_row_are_told():
    found = ageing(waits(40, 52, 71, 90))

    assert found.sentence == (
        "Proven pilots wait longer for their first users every month: median 40, 52, 71, 90 days at the last "
        "4 month-ends, 10 pilots now."
    )


@pytest.mark.parametrize("medians", [(40, 52, 52, 90), (40, 52, 71, 60), (52, 40, 71, 90)])
def test_a_month_without_a_rise_is_not_told(medians):
    assert ageing(waits(*medians)) is None


def test_few_who_wait_are_not_known_and_none_is_nothing():
    assert isinstance(ageing(waits(40, 52, 71, 90, of=9)), NotKnown)
    assert ageing(waits(0, 0, 0, 0, of=0)) is None


def test_other_numbers_of_months_are_refused():
    with pytest.raises(ValueError, match="3 month-ends"):
        ageing({day: [1] for day in ENDS[1:]})


# --- R-94 ------------------------------------------------------------------------------


def test_what_holds_three_or_more_is_told_most_first():
    found = shared({"No production owner": 3, "Nothing heard": 5, "Phase overrun": 2}, {"legal": 4, "it": 3})

    assert found.sentence == (
        "Nothing heard: 5 pilots; No production owner: 3 pilots; waiting for legal: 4 pilots; "
        "and 1 more like them."
    )
    assert shared({"Nothing heard": 2}, {"legal": 1}) is None


def test_blockers_are_told_as_people_spelled_them():
    spelled = [("s. keller", 1), ("S. Keller", 2), ("S. KELLER", 1), ("Übersetzung", 1), ("übersetzung", 1)]

    assert by_spelling(spelled) == {"S. Keller": 4, "Übersetzung": 2}


# --- R-95 ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrived", "of", "beside"),
    [
        (60, 100, "lies above the published 12 %"),
        (1, 100, "lies below the published 12 %"),
        (3, 20, "cannot be told from the published 12 %"),
    ],
)
def test_conversion_stands_beside_the_base_rate_without_alarm(arrived, of, beside):
    found = conversion(arrived, of, base=0.12, months=8, absent="", caveat="Disputed.")

    assert found.sentence.endswith(f"That {beside}.")
    assert (found.weight.value, found.next_action, found.note) == ("info", "", "Disputed.")


def test_conversion_of_few_or_incomparable_pilots_is_not_known():
    told = {"base": 0.12, "months": 8, "caveat": ""}

    assert conversion(1, 9, absent="", **told).sentence == "A share of fewer than 10 pilots says too little."
    assert conversion(1, 900, absent="Most were imported.", **told).sentence == "Most were imported."
    assert conversion(0, 0, absent="", **told) is None
