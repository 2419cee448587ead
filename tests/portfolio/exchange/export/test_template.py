import io
import re
import zipfile

import pytest

from pilots.access.models import Event
from pilots.actions.custom import FieldEdit, NewField, define_fields, edit_field
from pilots.custom import FieldKind
from portfolio.exchange.columns import STANDARD_COLUMNS, template_titles
from tests.portfolio.exchange.export.reading import body, csv_rows, sheets

URL = "/pilots/template/"


@pytest.fixture
def own_fields(program, by_system):
    fields = define_fields(
        [
            NewField(program=program, label="Country", kind=FieldKind.CHOICE, choices=("DE", "FR")),
            NewField(program=program, label="Vendor", kind=FieldKind.TEXT),
            NewField(program=program, label="Not used", kind=FieldKind.TEXT),
        ],
        by=by_system,
    )
    edit_field(FieldEdit(field=fields[2], fields={"is_active": False}), by=by_system)


def test_csv_is_a_header_and_nothing_else(client):
    answer = client.get(URL)

    assert csv_rows(body(answer)) == [list(template_titles())]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="headway-template-2026-11-18.csv"'
    assert not Event.objects.filter(verb="list.exported").exists()  # nothing of anybody left the house


def test_workbook_has_the_same_header_and_explains_each_column(client):
    found = sheets(body(client.get(URL, {"format": "xlsx"})))

    assert list(found) == ["Pilots", "How to fill it in"]
    assert found["Pilots"] == [list(template_titles())]
    header, *lines = found["How to fill it in"]
    assert [title for title, _ in lines] == list(template_titles())
    assert all(explained.endswith(".") for _, explained in lines)
    explained = dict(lines)
    assert (
        "Idea, Approved, Piloting, Proven, 90-day plan, Limited go-live, In production" in explained["Stage"]
    )
    assert "2026-10, Q4 2026 or 2026" in explained["Reached Piloting"]
    assert header[0] == "Column"


def test_workbook_of_a_program_has_its_own_fields(client, own_fields):
    answer = client.get(URL, {"format": "xlsx", "program": "claims"})

    found = sheets(body(answer))
    assert found["Pilots"] == [[*template_titles(), "Country", "Vendor (custom)"]]
    assert found["How to fill it in"][-2] == ["Country", "A field of Claims AI; one of: DE, FR."]
    assert answer.headers["Content-Disposition"].endswith('"headway-template-claims-2026-11-18.xlsx"')


def test_program_nobody_here_sees_has_no_template(client, other_program):
    assert client.get(URL, {"program": "finance"}).status_code == 404


def test_workbook_offers_the_words_and_leaves_months_as_they_are_typed(client):
    """A spreadsheet makes the first of October of `2026-10` unless the column is one of text."""
    book = zipfile.ZipFile(io.BytesIO(body(client.get(URL, {"format": "xlsx"}))))
    sheet, styles = book.read("xl/worksheets/sheet1.xml").decode(), book.read("xl/styles.xml").decode()

    assert sheet.count("<dataValidation ") == 4
    assert "Minimal risk,Limited risk,High risk,Prohibited practice" in sheet
    as_text = _style(styles, 49)
    spans = re.findall(r'<col min="(\d+)" max="(\d+)"[^>]* style="(\d+)"', sheet)
    typed = {
        place
        for first, last, style in spans
        if int(style) == as_text
        for place in range(int(first), int(last) + 1)
    }
    others = [title for place, title in enumerate(template_titles(), start=1) if place not in typed]
    assert others == ["Decide by", "KPI baseline", "KPI target", "Milestone due", "Milestone done"]


def _style(styles: str, number_format: int) -> int:
    """Return the place of the cell format with this number format (49 is text)."""
    formats = styles.split("<cellXfs")[1].split("<xf ")[1:]
    return next(place for place, text in enumerate(formats) if f'numFmtId="{number_format}"' in text)


def test_template_asks_for_nothing_that_is_derived():
    asked = [column for column in STANDARD_COLUMNS if column.in_template]

    assert all(column.meaning for column in asked)
    assert {column.title for column in STANDARD_COLUMNS if not column.meaning} == {
        "In this stage since",
        "On hold since",
        "Health",
        "Updated",
    }
