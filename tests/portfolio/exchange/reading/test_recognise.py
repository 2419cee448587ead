import pytest

from portfolio.exchange.reading import Unreadable
from portfolio.exchange.reading.archive import PROTECTED

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
AGAIN = "Save the sheet as .xlsx or CSV and import that."
PAGE = (
    "The file is a web page or XML, whatever its name says. "
    "Open it in a spreadsheet program, save it as .xlsx, and import that."
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7", f"The file is a PDF. {AGAIN}"),
        (b"\x89PNG\r\n", f"The file is a picture. {AGAIN}"),
        (b"\x1f\x8b\x08", f"The file is a gzip archive. {AGAIN}"),
        (b"SQLite format 3\0", f"The file is a database. {AGAIN}"),
        (OLE, "The file is a workbook of an old Excel (.xls). Save it as .xlsx and import that."),
        (OLE + "EncryptedPackage".encode("utf-16-le"), PROTECTED),
        (b'\xef\xbb\xbf\r\n<?xml version="1.0"?><Workbook>', PAGE),
        (b"<HTML><table><tr><td>Name", PAGE),
    ],
)
def test_other_files_are_refused_with_what_to_do(read, content, sentence):
    with pytest.raises(Unreadable) as refusal:
        read(content)

    assert str(refusal.value) == sentence
