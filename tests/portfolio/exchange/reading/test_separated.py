import io
import tracemalloc

import pytest

from portfolio.exchange.reading import Unreadable, limits, recognise

RUSSIAN = "имя;стадия\nПроверка заявлений и документов;идея\nРазбор писем граждан;пилот\n"


def read(content, *, encoding=""):
    """Read in this process, as the child does."""
    stream = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    return recognise.read(stream, encoding=encoding)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name,état\ncafé,à\n".encode(), "UTF-8"),
        ("name,état\ncafé,à\n".encode("utf-8-sig"), "UTF-8 with a byte order mark"),
        ("name,état\ncafé,à\n".encode("utf-16"), "UTF-16"),
        ("name,état\ncafé,à\n".encode("cp1252"), "Windows-1252 (it is not UTF-8)"),
    ],
)
def test_encoding_is_found_and_said(content, encoding):
    workbook = read(content)

    assert workbook.encoding == encoding
    assert [row.cells for row in workbook.sheets[0].rows] == [("name", "état"), ("café", "à")]


def test_another_alphabet_is_not_read_as_western_nonsense():
    content = RUSSIAN.encode("cp1251")

    with pytest.raises(Unreadable, match=r"^The file is neither UTF-8 nor Windows-1252; it may be cp1251\."):
        read(content)
    named = read(content, encoding="cp1251")

    assert named.sheets[0].rows[1].cells == ("Проверка заявлений и документов", "идея")
    assert named.encoding == "cp1251, as the mapping says"


def test_a_named_encoding_that_does_not_fit_is_refused():
    with pytest.raises(Unreadable, match=r"byte 0xe9 has no meaning there"):
        read("a,b\ncafé,1\n".encode("cp1252"), encoding="ascii")


def test_a_named_encoding_without_its_mark_is_refused():
    with pytest.raises(Unreadable, match=r"^The file is not utf-16, as the mapping says\.$"):
        read("a,b\n1,2\n".encode("utf-16-le"), encoding="utf-16")


@pytest.mark.parametrize(
    ("delimiter", "word"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_delimiter_is_found(delimiter, word):
    rows = [["name", "note"], ["one", "a, b; c"], ["two", "d"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)

    workbook = read(text)

    assert workbook.delimiter == word
    assert [list(row.cells) for row in workbook.sheets[0].rows] == rows


def test_delimiter_a_spreadsheet_announces_is_taken():
    workbook = read("sep=;\r\na;b\r\n1,5;2\r\n")

    assert [(row.line, row.cells) for row in workbook.sheets[0].rows] == [(2, ("a", "b")), (3, ("1,5", "2"))]


def test_rows_know_the_line_they_begin_on():
    text = 'a,b\r\n1,"two\r\nlines"\r\n\r\n , \r\n2,"x ""quoted"" y"\r\n'

    workbook = read(text)

    assert [(row.line, row.cells) for row in workbook.sheets[0].rows] == [
        (1, ("a", "b")),
        (2, ("1", "two\r\nlines")),
        (6, ("2", 'x "quoted" y')),
    ]


def test_formulas_emoji_and_right_to_left_text_are_text():
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "🧪 محاولة", "‫שלום‬"]

    workbook = read(",".join("abcdef") + "\n" + ",".join(cells) + "\n")

    assert list(workbook.sheets[0].rows[1].cells) == cells


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\n \n\n", "The file holds nothing but white space."),
        (
            b"a,b\n1,2\n3,\x00\n",
            "Line 3 holds a NUL byte, so this is no text file. Save the sheet as CSV in UTF-8.",
        ),
        (
            "a,b\n1,\x00\n".encode("utf-16"),
            "Line 2 holds a NUL byte, so this is no text file. Save the sheet as CSV in UTF-8.",
        ),
        (
            b'a,b\n1,"open\n2,3\n',
            "The row that begins on line 2 opens a quotation mark that is never closed.",
        ),
        (
            b'a,b\n1,"x"y\n',
            "The row that begins on line 2 has a quotation mark inside a quoted cell; write it twice.",
        ),
        (b"a," * 200 + b"\n", "Line 1 has 201 columns; a register may have 200."),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(content, sentence):
    with pytest.raises(Unreadable) as refusal:
        read(content)

    assert str(refusal.value) == sentence


@pytest.mark.parametrize("length", [limits.MOST_IN_CELL + 1, 200_000])
def test_a_long_cell_is_refused_with_its_line(length):
    content = "a,b\n1,2\n3," + "x" * length + "\n"

    with pytest.raises(Unreadable, match=r"^The row that begins on line 3 has a cell of more than 32,768"):
        read(content)


def test_the_longest_cell_that_fits_is_read():
    workbook = read("a,b\n1," + "x" * limits.MOST_IN_CELL + "\n")

    assert len(workbook.sheets[0].rows[1].cells[1]) == limits.MOST_IN_CELL


def test_a_cell_without_end_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "register.csv"
    path.write_bytes(b"a,b\n1," + b"x" * (45 * 1024 * 1024))
    tracemalloc.start()

    with (
        path.open("rb") as stream,
        pytest.raises(Unreadable, match=r"^Line 2 has millions of characters and"),
    ):
        recognise.read(stream)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30 * 1024 * 1024


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MOST_ROWS", 3)
    read("a,b\n" + "1,2\n" * 3)

    with pytest.raises(Unreadable, match=r"^The file has more than 3 rows"):
        read("a,b\n" + "1,2\n" * 4)
