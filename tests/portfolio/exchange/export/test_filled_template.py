"""The template, filled in by somebody with a spreadsheet, is imported with every guess accepted."""

import io
import re
import zipfile

import pytest

from portfolio.exchange.columns import template_titles
from tests.portfolio.exchange.export.reading import body

FILLED = {
    "Name": "Triage",
    "Problem": "It takes nine days.",
    "Stage": "Piloting",
    "Reached Piloting": "2026-10",
}


def filled(content: bytes, kind: str) -> bytes:
    """Write one line into a template, as somebody would with a spreadsheet."""
    cells = [FILLED.get(title, "") for title in template_titles()]
    if kind == "csv":
        return content + ",".join(cells).encode() + b"\r\n"
    row = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' if text else "<c/>" for text in cells)
    book, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in book.namelist():
            part = book.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                part = re.sub("</sheetData>", f"<row>{row}</row></sheetData>", part)
            made.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_template_that_was_filled_in_is_imported_as_it_is(client, exported, program, bring_in, kind):
    template = body(client.get("/pilots/template/", {"format": kind}))

    proposal, outcome = bring_in(filled(template, kind), kind, program)

    said = [doubt.says for doubt in proposal.doubts]
    assert said == ([] if kind == "csv" else ["“How to fill it in” is not read."])
    assert (outcome.applied, outcome.plan.warnings) == (True, [])
    (row,) = exported("/pilots/export/")
    assert {title: row[title] for title in FILLED} == FILLED
