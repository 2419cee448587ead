"""What occurs in a file and has to be settled before it can be read: words, dates in two orders, people.

Plain functions over columns and rows: what does not occur is not asked.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portfolio.exchange.cells import DateStyle, NotUnderstood, ShortMonth, Slashes, read_date
from portfolio.exchange.folding import fold
from portfolio.exchange.guessing import Cell, ColumnProfile
from portfolio.exchange.people_cells import pair_people

MOST_EXAMPLES = 3
MOST_DOUBTS = 6
SLASHES = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{4}\b.*")
SERIAL = re.compile(r"\d{5}")
FISCAL = re.compile(r"q[1-4][\s/-]*fy[\s'-]*\d{2,4}|fy[\s'-]*\d{2,4}[\s/-]*q[1-4]", re.IGNORECASE)
SHORT_MONTHS = {
    ShortMonth.YEAR_LAST: re.compile(r"[a-z]{3,9}[- ]'?\d{2}", re.IGNORECASE),
    ShortMonth.YEAR_FIRST: re.compile(r"\d{2}[- ][a-z]{3,9}", re.IGNORECASE),
}
# A number that is one in two ways: 1.234 and 1,234.
TWO_WAYS = re.compile(r"[−+-]?\s*\d{1,3}[.,]\d{3}(?![\d.,]).*")
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")


@dataclass(frozen=True)
class Word:
    """A text of a column without regard to case, how often it stands there, and the first place."""

    text: str
    count: int
    line: int


def words(column: ColumnProfile, *, besides: Iterable[str] = ()) -> list[Word]:
    """Return the texts of a column, most frequent first; empty where there are too many to be asked about."""
    left_out = {fold(word) for word in besides}
    first: dict[str, int] = {}
    for cell in column.cells:
        first.setdefault(fold(cell.text), cell.line)
    return [
        Word(text, count, first[fold(text)])
        for text, count in column.words.items()
        if fold(text) not in left_out
    ]


@dataclass(frozen=True)
class TwoWays:
    """A date and what it is in either order; "" for no day of the calendar."""

    text: str
    line: int
    day_first: str
    month_first: str

    @property
    def is_open(self) -> bool:
        return bool(self.day_first and self.month_first and self.day_first != self.month_first)


@dataclass(frozen=True)
class Dates:
    """How the dates of a file are written, with an example of each way that needs a decision."""

    slashed: tuple[TwoWays, ...] = ()
    short_months: Mapping[ShortMonth, TwoWays] = field(default_factory=dict)
    serial: TwoWays | None = None
    fiscal: TwoWays | None = None


def dates(cells: Collection[Cell]) -> Dates:
    """Look through the cells of all columns of dates; open cases come first among the examples."""
    slashed = [_two_ways(cell) for cell in cells if SLASHES.fullmatch(cell.text)]
    unlike = {found.text: found for found in reversed(slashed)}
    examples = sorted(unlike.values(), key=lambda found: (not found.is_open, found.line))
    decided = [
        found for found in examples if not found.is_open and bool(found.day_first or found.month_first)
    ]
    return Dates(
        slashed=tuple(dict.fromkeys([*examples[:MOST_EXAMPLES], *decided[:1]])),
        short_months={
            style: example
            for style, form in SHORT_MONTHS.items()
            if (example := _example(cells, form, DateStyle(short_months=frozenset({style}))))
        },
        serial=_example(cells, SERIAL, DateStyle(serials=True)),
        fiscal=_example(cells, FISCAL, DateStyle(fiscal_year_begins=1)),
    )


def _two_ways(cell: Cell) -> TwoWays:
    day, month = (
        _read(cell.text, DateStyle(slashes=order)) for order in (Slashes.DAY_FIRST, Slashes.MONTH_FIRST)
    )
    return TwoWays(cell.text, cell.line, day, month)


def _example(cells: Collection[Cell], form: re.Pattern[str], style: DateStyle) -> TwoWays | None:
    """Return the first cell of this form that is a date when it is read in this style."""
    for cell in cells:
        if form.fullmatch(" ".join(cell.text.split())) and (day := _read(cell.text, style)):
            return TwoWays(cell.text, cell.line, day, "")
    return None


def _read(text: str, style: DateStyle) -> str:
    try:
        return str(read_date(text, style))
    except NotUnderstood:
        return ""


def number_in_two_ways(cells: Iterable[Cell]) -> Cell | None:
    """Return the first number that would be another one with the other decimal sign."""
    return next((cell for cell in cells if TWO_WAYS.fullmatch(cell.text)), None)


@dataclass(frozen=True)
class Person:
    """Somebody the file names, and how many rows do."""

    contact: str
    rows: int


@dataclass(frozen=True)
class People:
    """All that the columns of people name, most often named first, and what is in doubt about them."""

    found: tuple[Person, ...] = ()
    doubts: tuple[str, ...] = ()
    more_doubts: int = 0


def people(pairs: Iterable[tuple[ColumnProfile | None, ColumnProfile | None]]) -> People:
    """Read pairs of a column of names and one of addresses; either may be missing."""
    read = [
        (line, pair_people(name, address))
        for names, addresses in pairs
        for line, (name, address) in _beside(names, addresses).items()
    ]
    shared = _shared(contact for _, (contacts, _) in read for contact in contacts)
    spelt: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for _, (contacts, _) in read:
        for contact in contacts:
            name, address = _parted(contact)
            shown = name if fold(address) in shared else contact
            counts[fold(shown)] += 1
            spelt.setdefault(fold(shown), shown)
    doubts = [
        f"{address} stands beside {len(names)} names, so it may be a mailbox they share: the names are kept, "
        "the address is not."
        for address, names in sorted(shared.items())
    ]
    doubts += [f"Line {line}: {doubt}" for line, (_, doubt) in read if doubt]
    said = list(dict.fromkeys(doubts))
    return People(
        tuple(Person(spelt[key], count) for key, count in counts.most_common()),
        tuple(said[:MOST_DOUBTS]),
        max(0, len(said) - MOST_DOUBTS),
    )


def _beside(names: ColumnProfile | None, addresses: ColumnProfile | None) -> dict[int, tuple[str, str]]:
    by_line: dict[int, tuple[str, str]] = {}
    for cell in names.cells if names else ():
        by_line[cell.line] = (cell.text, "")
    for cell in addresses.cells if addresses else ():
        by_line[cell.line] = (by_line.get(cell.line, ("", ""))[0], cell.text)
    return dict(sorted(by_line.items()))


def _shared(contacts: Iterable[str]) -> dict[str, set[str]]:
    """Return the addresses that stand beside more than one name, with the names."""
    names_of: dict[str, set[str]] = {}
    for contact in contacts:
        name, address = _parted(contact)
        if name and address:
            names_of.setdefault(fold(address), set()).add(fold(name))
    return {address: names for address, names in names_of.items() if len(names) > 1}


def _parted(contact: str) -> tuple[str, str]:
    """Return the name and the address of `Ann Lee <ann@x.org>`; either may be ""."""
    found = _ADDRESS.search(contact)
    address = found[0] if found else ""
    return contact.replace(address, "").strip(" <>") if address else contact, address


def lines_without(
    rows: Sequence[int], columns: Sequence[ColumnProfile], *, empty: Iterable[str]
) -> list[int]:
    """Return the lines of which none of these columns says anything."""
    nothing = {fold(word) for word in empty}
    filled = {cell.line for column in columns for cell in column.cells if fold(cell.text) not in nothing}
    return [line for line in rows if line not in filled]
