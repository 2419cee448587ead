"""What occurs in columns and has to be asked, without a database."""

import pytest

from portfolio.exchange.cells import ShortMonth
from portfolio.exchange.guessing.profiles import Cell, profiles
from portfolio.exchange.pages.occurring import (
    Dates,
    TwoWays,
    Word,
    dates,
    lines_without,
    number_in_two_ways,
    people,
    words,
)
from portfolio.exchange.workbook import Row


def column(*texts):
    [found] = profiles(["Column"], [Row(line, (text,)) for line, text in enumerate(texts, start=2)])
    return found


def cells(*texts):
    return [Cell(line, text) for line, text in enumerate(texts, start=2)]


def test_words_are_counted_without_case_and_say_where_they_stand_first():
    found = words(column("Live", "pilot", "LIVE", "n/a", "live"), besides=("N/A",))

    assert [(word.text.casefold(), word.count, word.line) for word in found] == [
        ("live", 3, 2),
        ("pilot", 1, 3),
    ]


def test_too_many_different_texts_are_no_words():
    assert words(column(*(f"text {place}" for place in range(61)))) == []


def test_dates_that_need_no_decision_ask_nothing():
    assert dates(cells("2024-04-03", "Q3 2024", "May 2024", "soon")) == Dates()


def test_open_dates_come_first_and_one_that_decides_is_shown_beside_them():
    found = dates(cells("14/5/2024", "3/4/2024", "5/6/2024", "7/8/2024", "9/10/2024", "4/4/2024"))

    assert [way.text for way in found.slashed] == ["3/4/2024", "5/6/2024", "7/8/2024", "14/5/2024"]
    assert found.slashed[0] == TwoWays("3/4/2024", 3, "Wed 3 Apr 2024", "Mon 4 Mar 2024")
    assert found.slashed[-1] == TwoWays("14/5/2024", 2, "Tue 14 May 2024", "")


@pytest.mark.parametrize(
    ("text", "name", "day"),
    [("45292", "serial", "Mon 1 Jan 2024"), ("Q1 FY25", "fiscal", "Q1 2025")],
)
def test_days_as_numbers_and_fiscal_quarters_are_shown_as_what_they_would_be(text, name, day):
    assert getattr(dates(cells("x", text)), name) == TwoWays(text, 3, day, "")


def test_short_months_are_asked_by_the_side_their_year_stands_on():
    found = dates(cells("Jul-25", "25-Aug")).short_months

    assert {style: (way.text, way.day_first) for style, way in found.items()} == {
        ShortMonth.YEAR_LAST: ("Jul-25", "July 2025"),
        ShortMonth.YEAR_FIRST: ("25-Aug", "August 2025"),
    }


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["14", "9.5", "1,5"], None),
        (["14", "1.234"], "1.234"),
        (["1,234 min"], "1,234 min"),
        (["12.345,6"], None),
    ],
)
def test_only_a_number_that_is_two_numbers_is_asked_about(texts, found):
    cell = number_in_two_ways(cells(*texts))

    assert (cell.text if cell else None) == found


def test_people_of_all_columns_are_told_once_and_a_shared_address_is_not_theirs():
    found = people(
        [
            (column("Ann Lee", "Bo Berg", "Ann Lee"), column("team@x.example", "team@x.example", "")),
            (column("Cy Dow"), None),
            (None, column("dee@x.example")),
        ]
    )

    assert [(person.contact, person.rows) for person in found.found] == [
        ("Ann Lee", 2),
        ("Bo Berg", 1),
        ("Cy Dow", 1),
        ("dee@x.example", 1),
    ]
    assert found.doubts[0].startswith("team@x.example stands beside 2 names")


def test_lines_without_any_text_are_found_across_columns():
    assert lines_without([2, 3, 4], [column("a", "n/a", ""), column("", "", "b")], empty=("N/A",)) == [3]


def test_word_keeps_its_place():
    assert words(column("", "Live")) == [Word("Live", 1, 3)]
