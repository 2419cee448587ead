"""A pack as plain parts, in the order they are read: what print, PDF, PowerPoint and the shared page say.

Each of them is made from the same `Document`, so none says more or less than another. Nothing here knows
the database, the clock or a file format.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Look(StrEnum):
    """How a series is drawn. Never colour alone: each carries its name beside it or in the legend."""

    MAIN = "main"  # what is counted: blue
    SOFT = "soft"  # still open: light blue
    REST = "rest"  # ended, stopped: grey
    HATCH = "hatch"  # on hold
    THIN = "thin"  # edges of a band, what was before: a dashed line or a pale bar


@dataclass(frozen=True)
class Words:
    """Sentences, each a paragraph of its own."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Rows:
    """A table. The first cell of a row names it; `numbers` are the columns to set flush right.

    `name` says what the table is of, for whoever hears it.
    """

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Series:
    """The values of one colour, one for each name of its chart."""

    name: str
    look: Look
    values: Sequence[float]


@dataclass(frozen=True)
class Bars:
    """Bars from left to right, those of one name on top of each other unless `is_beside`.

    `said` stands beside each name's bars.
    """

    name: str
    names: Sequence[str]
    series: Sequence[Series]
    said: Sequence[str] = ()
    is_beside: bool = False


@dataclass(frozen=True)
class Path:
    """A line of points: days or months along, shares (0 to 1) up. A share holds until the next point."""

    name: str
    look: Look
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Paths:
    """Step lines over time; `across` names its unit, and `tick` is how far its ticks are apart."""

    name: str
    across: str
    paths: Sequence[Path]
    tick: int


Block = Words | Rows | Bars | Paths


@dataclass(frozen=True)
class Part:
    """One thing found: `title` is the finding, `sub` of how many and how it was counted."""

    code: str
    kind: str
    title: str
    sub: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole pack. `facts` are label and value: filters, as of, as seen by; they go on every sheet."""

    title: str
    sub: str
    facts: Sequence[tuple[str, str]]
    parts: Sequence[Part]

    @property
    def foot(self) -> str:
        """The facts in one line: “Program: Claims · As of 21 Nov 2026 · As seen by Priya Nair”."""
        return " · ".join(f"{label}: {value}" for label, value in self.facts)

    def texts(self) -> Iterator[str]:
        """Yield every text there is, for whoever must know that something is not said."""
        yield from (self.title, self.sub, self.foot)
        for part in self.parts:
            yield from (part.title, part.sub)
            for block in part.blocks:
                yield from _texts(block)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Words():
            yield from block.lines
        case Rows():
            yield from (block.name, *block.head)
            for row in block.rows:
                yield from row
        case Bars():
            yield from (block.name, *block.names, *block.said)
            yield from (series.name for series in block.series)
        case Paths():
            yield from (block.name, block.across)
            yield from (path.name for path in block.paths)
