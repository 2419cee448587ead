import hashlib

import pytest

from portfolio.exchange.reading import Unreadable, read_workbook


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "upload-7f3a"
        path.write_bytes(content)
        return path

    return write


def test_a_child_reads_the_file(file):
    content = "name,état\ncafé,à\n".encode("cp1252")

    workbook = read_workbook(file(content), encoding="cp1252")

    assert [(row.line, row.cells) for row in workbook.sheets[0].rows] == [
        (1, ("name", "état")),
        (2, ("café", "à")),
    ]
    assert workbook.encoding == "cp1252, as the mapping says"
    assert workbook.digest == hashlib.sha256(content).hexdigest()


def test_a_sentence_of_the_child_arrives(file):
    with pytest.raises(Unreadable) as refusal:
        read_workbook(file(b'a,b\n1,"open\n2,3\n'))

    sentence = "The row that begins on line 2 opens a quotation mark that is never closed."
    assert str(refusal.value) == sentence


def test_an_empty_file_is_refused(file):
    with pytest.raises(Unreadable, match=r"^The file is empty\.$"):
        read_workbook(file(b""))


def test_a_cell_of_300_mb_is_refused_before_it_is_read(file):
    path = file(b"a,b\n1,")
    with path.open("ab") as stream:
        stream.truncate(300 * 1024 * 1024)

    with pytest.raises(Unreadable, match=r"^The file has 300 MB; a register may have 50\."):
        read_workbook(path)


def test_a_folder_or_nothing_is_refused_by_the_name_people_gave(tmp_path):
    with pytest.raises(Unreadable, match=r"is no file\.$"):
        read_workbook(tmp_path)
    with pytest.raises(Unreadable, match=r"^There is no file register\.csv\.$"):
        read_workbook(tmp_path / "upload-7f3a", name="register.csv")
