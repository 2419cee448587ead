"""The PowerPoint says what the pack says: read back with the library, number by number."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from pptx import Presentation

from portfolio.steering.out.document import Document, Part, Rows, Words
from portfolio.steering.out.pptx_file import CONTINUED, pptx_bytes
from portfolio.steering.out.said import compose
from portfolio.steering.out.written import fit, lines_of
from tests.conftest import NOW
from tests.portfolio.steering.content import content, frozen


def read(document):
    return Presentation(BytesIO(pptx_bytes(document, at=NOW)))


@pytest.fixture(scope="module")
def deck():
    return read(compose(frozen(before=content())))


def slide(deck, title):
    return next(slide for slide in deck.slides if slide.shapes.title.text_frame.text.startswith(title))


def chart(slide):
    return next(shape.chart for shape in slide.shapes if shape.has_chart)


def values(slide):
    return {series.name: list(series.values) for series in chart(slide).plots[0].series}


def cells(slide):
    table = next(shape.table for shape in slide.shapes if shape.has_table)
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_every_slide_has_a_finding_its_facts_and_notes(deck):
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]

    assert titles[0] == "Steering group"
    assert [title for title in titles[1:] if not title.endswith(CONTINUED)] == [
        "One decision waits, the nearest by Mon 30 Nov 2026",
        "Ten of 36 reached production; 16 are undecided",
        "Proven: two since the last pack",
        "Nothing differs from the last pack",
        "One pilot newly stalled since the last pack",
        "One open pilot is slow",
        "28 % by month 6",
        "1 to 4 next quarter",
        "What the words mean, and what published figures are worth",
    ]
    for one in deck.slides:
        texts = [shape.text_frame.text for shape in one.shapes if shape.has_text_frame]
        assert any(
            text.startswith("Programs: Claims AI · ") and "As of: Wed 18 Nov 2026" in text for text in texts
        )
        assert one.notes_slide.notes_text_frame.text


def test_charts_are_native_and_hold_the_numbers_of_the_pack(deck):
    funnel = slide(deck, "Ten of 36")
    assert list(chart(funnel).plots[0].categories) == ["Piloted", "Proven", "In production"]
    assert values(funnel) == {
        "Moved on": [24, 10, 0],
        "Open": [5, 8, 9],
        "On hold": [1, 2, 0],
        "Stopped or retired": [6, 4, 1],
    }
    ages = values(slide(deck, "One open pilot"))
    assert ages == {
        "Less than 85 % take": [11, 0],
        "Longer than 85 % take": [2, 0],
        "Longer than 95 %": [1, 0],
        "Not told yet": [0, 8],
    }
    assert values(slide(deck, "28 %"))["production 28 %"] == [0, 0, 0.1, 0.1, 0.28, 0.28]
    then = values(slide(deck, "Nothing differs"))
    assert then["Last pack"] == then["This pack"] == [36, 24, 10, 16, 11, 1, 1]


def test_tables_are_native(deck):
    assert cells(slide(deck, "One decision")) == [
        ["Pilot", "Question", "Options", "Decides", "Needed by"],
        [
            "Undisclosed merger desk (CLM-1)",
            "Shall Undisclosed merger desk go on, Ottilie Canary asks?",
            "Go on; stop",
            "Ottilie Canary",
            "Mon 30 Nov 2026",
        ],
    ]
    assert cells(slide(deck, "1 to 4"))[1] == ["Q1 2027", "1", "2", "4", "80 %", "2,000 times", "16"]


def test_nothing_long_is_cut():
    words = [f"word{number}" for number in range(2000)]
    rows = [(f"Pilot {number}", "Why " * number) for number in range(60)]
    long = [f"cell{number}" for number in range(900)]
    document = Document(
        "T" * 200,
        "",
        [("Tag", "x" * 400)],
        [
            Part(
                "a",
                "A",
                "Long",
                "",
                [Words([" ".join(words)]), Rows("R", ("P", "Q"), [*rows, ("Z", " ".join(long))])],
            )
        ],
    )
    deck = read(document)
    told = " ".join(
        text
        for one in deck.slides
        for shape in one.shapes
        for text in (
            [shape.text_frame.text]
            if shape.has_text_frame
            else [cell.text for row in shape.table.rows for cell in row.cells]
        )
    )

    assert [word for word in (*words, *long) if word not in told.split()] == []
    assert all(f"Pilot {number}" in told for number in range(60))
    assert "T" * 200 in told
    assert len(deck.slides) > 5
    for one in deck.slides:
        assert all(shape.top + shape.height <= deck.slide_height for shape in one.shapes)


def test_what_people_write_breaks_no_file_and_is_no_formula():
    given = content()
    given["funnel"]["stages"][0]["name"] = "=cmd|' /C calc'!A0\x0b\x00"
    given["funnel"]["stages"][1]["name"] = "http://evil.example"
    given["decisions"][0]["question"] = "Bell \x07 & <b> \ud800 ]]>"
    deck = read(compose(frozen(given, title="A \x1b title")))

    assert deck.slides[0].shapes.title.text_frame.text == "A  title"
    assert cells(slide(deck, "One decision"))[1][1] == "Bell  & <b>  ]]>"
    workbook = ZipFile(BytesIO(chart(slide(deck, "Ten of 36")).part.chart_workbook.xlsx_part.blob))
    sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "=cmd|" in workbook.read("xl/sharedStrings.xml").decode()


def test_empty_parts_say_so():
    given = content(decisions=[], decisions_total=0, stalled=[], stalled_total=0, changes=[])
    deck = read(compose(frozen(given)))

    texts = [shape.text_frame.text for one in deck.slides for shape in one.shapes if shape.has_text_frame]
    assert {
        "Nothing is to be decided.",
        "No pilot was moved, held or resumed.",
        "None passed a limit it had not passed before.",
    } <= set(texts)


def test_text_is_made_fit():
    assert fit("a\x00b\r\nc\rd\ud83d") == "ab\nc\nd"
    assert lines_of("aaa bbb", 3) == ["aaa", "bbb"]
    assert lines_of("a" * 7, 3) == ["aaa", "aaa", "a"]
    assert lines_of("", 3) == [""]
