"""What stands in the columns of a sheet: how much, how often, and examples of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.exchange.folding import fold
from portfolio.exchange.formulas import as_meant
from portfolio.exchange.understanding import header_keys
from portfolio.exchange.workbook import Row, Sheet

MOST_WORDS = 60
SAMPLES = 5
LONGEST_WORD = 200


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A filled cell and the line it stands in."""

    line: int
    text: str


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """One column. `words` are its texts as spelt most often and how often they occur, without regard to case;
    empty where there are more than 60. `samples` are the first different texts."""

    key: str
    cells: tuple[Cell, ...]
    blank: int
    distinct: int
    samples: tuple[str, ...]
    words: dict[str, int]

    @property
    def filled(self) -> int:
        return len(self.cells)


def profile(sheet: Sheet, header: int) -> tuple[ColumnProfile, ...]:
    """Return a profile of each column; `header` is the line of the header row."""
    place = next((place for place, row in enumerate(sheet.rows) if row.line == header), None)
    if place is None:
        return ()
    return profiles(sheet.rows[place].cells, sheet.rows[place + 1 :])


def profiles(header: Sequence[str], rows: Sequence[Row]) -> tuple[ColumnProfile, ...]:
    return tuple(_column(key, place, rows) for place, key in enumerate(header_keys(header)))


def _column(key: str, place: int, rows: Sequence[Row]) -> ColumnProfile:
    texts = ((row.line, as_meant(row.cells[place]).strip()) for row in rows if place < len(row.cells))
    cells = tuple(Cell(line=line, text=text) for line, text in texts if text)
    spelt: dict[str, Counter[str]] = {}
    for cell in cells:
        spelt.setdefault(fold(cell.text), Counter())[" ".join(cell.text.split())] += 1
    few = len(spelt) <= MOST_WORDS and all(len(word) <= LONGEST_WORD for word in spelt)
    words = {
        count.most_common(1)[0][0]: count.total()
        for _, count in sorted(spelt.items(), key=lambda item: (-item[1].total(), item[0]))
    }
    return ColumnProfile(
        key=key,
        cells=cells,
        blank=len(rows) - len(cells),
        distinct=len(spelt),
        samples=tuple(dict.fromkeys(cell.text for cell in cells))[:SAMPLES],
        words=words if few else {},
    )
