"""Promise I5: files made to hurt are refused in a second, and the process that was given them stays small.

The bound of time is wider than the promise, because a test shares its machine.
"""

import sys
import time
from pathlib import Path

import pytest

from portfolio.exchange.reading import Unreadable, read_workbook
from portfolio.exchange.reading.unreadable import BROKEN
from tests.portfolio.exchange.reading import bombs

MB = 1024 * 1024
FAR = "a register may have 50,000 rows and 200 columns."
TYPE = "The workbook declares a document type"


def peak() -> int:
    """Return the most memory this process held since it was last forgotten, in bytes."""
    told = dict(entry.split(":", 1) for entry in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) * 1024


# CI runs on Linux, so it is never skipped there.
@pytest.mark.skipif(sys.platform != "linux", reason="the most memory a process held is told by /proc")
@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        pytest.param(bombs.one_huge_cell, "The workbook unpacks to 300 MB; 100 may be.", id="300 MB cell"),
        pytest.param(
            bombs.one_huge_cell_that_lies,
            "Cell A1 of sheet “S1” has more than 32,768 characters.",
            id="300 MB cell that lies",
        ),
        pytest.param(
            bombs.one_far_cell, f"Sheet “S1” has something in cell XFD1048576; {FAR}", id="XFD1048576"
        ),
        pytest.param(
            bombs.two_million_rows, f"Sheet “S1” has something in cell A50002; {FAR}", id="2 million rows"
        ),
        pytest.param(
            bombs.two_million_blank_rows, "The workbook unpacks to more than 100 times", id="blank rows"
        ),
        pytest.param(bombs.lying_sizes, BROKEN, id="lying sizes"),
        pytest.param(bombs.many_parts, "The file is an archive of more than 200 parts", id="10^5 members"),
        pytest.param(bombs.nested_archives, "The file is a zip archive and no workbook.", id="nested zips"),
        pytest.param(bombs.nested_entities, TYPE, id="entities"),
        pytest.param(bombs.nested_entities_of_shared_texts, TYPE, id="entities of shared texts"),
        pytest.param(bombs.nested_entities_of_ods, TYPE, id="entities of ODS"),
        pytest.param(
            bombs.one_text_in_many_cells, "The workbook has more than 67,108,864 characters.", id="one text"
        ),
        pytest.param(bombs.many_sheets_of_one_part, BROKEN, id="one part, many sheets"),
        pytest.param(
            bombs.repeated_cells,
            f"Sheet “T1” has something in cell XFD1048576; {FAR}",
            id="ODS repeated cells",
        ),
        pytest.param(
            bombs.repeated_spaces, "Cell A1 of sheet “T1” has more than 32,768 characters.", id="ODS spaces"
        ),
        pytest.param(bombs.deep_markup, "The workbook has no sheet with anything", id="deep markup"),
        pytest.param(bombs.squeezed, "The workbook unpacks to more than 100 times", id="squeezed"),
    ],
)
def test_a_bomb_is_refused_fast_and_the_parent_stays_small(tmp_path, build, sentence):
    path = tmp_path / "register.xlsx"
    path.write_bytes(build())
    Path("/proc/self/clear_refs").write_text("5")  # forget how much memory building it took
    before, began = peak(), time.monotonic()

    with pytest.raises(Unreadable) as refusal:
        read_workbook(path)

    assert str(refusal.value).startswith(sentence)
    assert time.monotonic() - began < 5
    assert peak() - before < 50 * MB
