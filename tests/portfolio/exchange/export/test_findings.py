import pytest

from portfolio.exchange.export.answer import FileKind
from portfolio.exchange.export.findings import ReportLine, write_findings
from tests.portfolio.exchange.export.reading import body, csv_rows, sheets

FINDINGS = [
    ReportLine(7, "Start", "=1+1", "It is no date.", "warning"),
    ReportLine(None, "", "", "The file has no header.", "refused"),
]
ROWS = [["'=1+1", "It is no date.", "warning"], ["", "The file has no header.", "refused"]]


@pytest.mark.parametrize("kind", FileKind)
def test_report_is_safe_to_open_and_named_for_its_program(kind):
    answer = write_findings(iter(FINDINGS), kind, program="claims")

    content = body(answer)
    if kind is FileKind.XLSX:
        answer.file_to_stream.close()  # a server closes it with the response
    rows = csv_rows(content) if kind is FileKind.CSV else sheets(content)["Import report"]
    assert rows[0] == ["Line", "Column", "Text", "Reason", "Kind"]
    assert [row[2:] for row in rows[1:]] == ROWS
    assert [row[0] for row in rows[1:]] == (["7", ""] if kind is FileKind.CSV else [7, ""])
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="headway-import-report-claims-2026-11-18.{kind.value}"'
    )
