import hashlib
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portfolio.exchange.reading import Unreadable, child, limits, read_packed, read_workbook, supervise
from portfolio.exchange.reading.unreadable import BROKEN
from portfolio.exchange.workbook import unpack

# A child that does not behave; the limits are small so that the test is fast.
LIMITS = "child.restrain(memory=200 * 2**20, seconds=1, files=8, written=1000)\n"
EATS = "x = [bytearray(2**23) for _ in range(30)]\nprint('S lived')"
SPINS = "import time\nwhile time.process_time() < 1.2:\n    pass\nprint('S lived')"
WRITES = "import pathlib\npathlib.Path('{}').write_text('x' * 2000)\nprint('S lived')"
OPENS = "x = [open('/dev/null') for _ in range(20)]\nprint('S lived')"
STAYS = "import os, time\nos.write(1, b'W')\nos.close(1)\ntime.sleep(60)"


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


@pytest.fixture
def ask(file):
    """Run a child that does something; the parent treats it like a real one."""

    def go(deed, *, limits=LIMITS, content=b"a,b\n", **more):
        start = f"import sys\nsys.path.insert(0, {str(child.ROOT)!r})\n"
        code = f"{start}from portfolio.exchange.reading import child\n{limits}{deed}"
        with file(content).open("rb") as stream:
            return supervise.ask([sys.executable, "-I", "-c", code], stream, **more)

    return go


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        pytest.param(EATS, BROKEN, id="eats memory"),
        pytest.param(SPINS, supervise.TOO_LONG, id="spins"),
        pytest.param(WRITES, BROKEN, id="writes"),
        pytest.param(OPENS, BROKEN, id="opens files"),
    ],
)
def test_a_child_is_ended_by_its_limits(ask, tmp_path, deed, sentence):
    deed = deed.format(tmp_path / "written")

    with pytest.raises(Unreadable) as refusal:
        ask(deed)

    assert str(refusal.value) == sentence
    assert ask(deed, limits="") == b"S lived\n"  # without limits it would have gone on


@pytest.mark.parametrize(
    "deed", [pytest.param("import time\ntime.sleep(60)", id="sleeps"), pytest.param(STAYS, id="stays")]
)
def test_a_child_is_ended_by_the_clock(ask, deed):
    with pytest.raises(Unreadable) as refusal:
        ask(deed, seconds=0.5)

    assert str(refusal.value) == supervise.TOO_LONG


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        pytest.param("import os\nos.abort()", BROKEN, id="dies"),
        pytest.param("import os\nos.kill(os.getpid(), 9)", supervise.TOO_MUCH, id="killed by the system"),
        pytest.param("pass", BROKEN, id="says nothing"),
        pytest.param("sys.exit('memory allocation of 9 bytes failed')", supervise.TOO_MUCH, id="library"),
        pytest.param("print('x' * 5000)", supervise.TOO_MUCH, id="says too much"),
    ],
)
def test_a_child_that_fails_becomes_a_sentence(ask, monkeypatch, deed, sentence):
    monkeypatch.setattr(limits, "MOST_IN_ANSWER", 4096)

    with pytest.raises(Unreadable) as refusal:
        ask(deed)

    assert str(refusal.value) == sentence


def test_a_file_that_takes_too_much_memory_is_refused(ask, file, monkeypatch):
    content = "\n".join(",".join(f"{row} {column}" for column in range(50)) for row in range(8000)).encode()
    less = "from portfolio.exchange.reading import limits\nlimits.MOST_MEMORY = 44 * 2**20\nchild.main('')"

    assert ask(less, limits="", content=content) == child.MEMORY
    assert ask("child.main('')", limits="", content=content).startswith(child.WORKBOOK)
    monkeypatch.setattr(supervise, "ask", lambda *_: child.MEMORY)
    with pytest.raises(Unreadable, match=r"^Reading the file takes more memory than it may\."):
        read_workbook(file(content))


def test_a_child_knows_no_secret(ask, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "sesame")

    told = ask("import os\nprint('S', sorted(os.environ))").decode()

    assert "SECRET_KEY" not in told
    assert "PATH" in told


def test_several_threads_may_read_and_leave_nothing_behind(file):
    path = file(b"a,b\n1,2\n")
    digest = read_workbook(path).digest
    before = open_files()

    with ThreadPoolExecutor(2) as pool:
        books = list(pool.map(read_workbook, [path] * 4))

    assert {book.digest for book in books} == {digest}
    assert open_files() == before


def test_few_files_are_read_at_once(ask, monkeypatch):
    monkeypatch.setattr(supervise, "AT_ONCE", threading.BoundedSemaphore(1))
    with supervise.AT_ONCE, pytest.raises(Unreadable, match=re.escape(supervise.BUSY)):
        ask("print('S lived')", seconds=0.2)

    with pytest.raises(Unreadable, match=re.escape(supervise.TOO_LONG)):
        ask("import time\ntime.sleep(60)", seconds=0.7)
    assert ask("print('S lived')") == b"S lived\n"  # it was given back


def test_a_file_can_be_kept_as_the_child_packed_it(file):
    path = file(b"a,b\n1,2\n")

    assert unpack(read_packed(path)) == read_workbook(path)


def open_files():
    return sorted(entry.name for entry in Path("/dev/fd").iterdir())
