"""What stands in the columns of a sheet: how much, how often, and examples of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from portfolio.exchange.folding import fold
from portfolio.exchange.formulas import as_meant
from portfolio.exchange.understanding import header_keys
from portfolio.exchange.workbook import Row

MOST_WORDS = 60
SAMPLES = 5
LONGEST_WORD = 200


class Cell(NamedTuple):
    """A filled cell and the line it stands in. A tuple, because there are half a million of them."""

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


def profiles(header: Sequence[str], rows: Sequence[Row]) -> tuple[ColumnProfile, ...]:
    return tuple(_column(key, place, rows) for place, key in enumerate(header_keys(header)))


def _column(key: str, place: int, rows: Sequence[Row]) -> ColumnProfile:
    texts = ((row.line, row.cells[place].strip()) for row in rows if place < len(row.cells))
    cells = tuple(Cell(line, as_meant(text) if text[0] == "'" else text) for line, text in texts if text)
    times = Counter(cell.text for cell in cells)
    distinct = {fold(text) for text in times}
    few = len(distinct) <= MOST_WORDS and all(len(word) <= LONGEST_WORD for word in distinct)
    return ColumnProfile(
        key=key,
        cells=cells,
        blank=len(rows) - len(cells),
        distinct=len(distinct),
        samples=tuple(islice(times, SAMPLES)),
        words=_words(times) if few else {},
    )


def _words(times: Mapping[str, int]) -> dict[str, int]:
    """Return each word as it is spelt most often, the most frequent first."""
    spelt: dict[str, Counter[str]] = {}
    for text, count in times.items():
        spelt.setdefault(fold(text), Counter())[" ".join(text.split())] += count
    often_first = sorted(spelt.items(), key=lambda item: (-item[1].total(), item[0]))
    return {max(sorted(forms), key=forms.__getitem__): forms.total() for _, forms in often_first}
