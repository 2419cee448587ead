"""What a walk through a sheet saw, before a library opens it: how far it goes, and what would be lost."""

from dataclasses import dataclass, field
from functools import lru_cache

from portfolio.exchange.reading import limits
from portfolio.exchange.reading.unreadable import BROKEN, Unreadable

Place = tuple[int, int]  # row and column, counted from 1
SMALLER = "Delete what is not needed, or save the sheet with the pilots alone as CSV and import that."


@lru_cache(maxsize=512)
def column_number(letters: str) -> int:
    """Return 1 for A and 16384 for XFD. Raises `Unreadable` for what is no column."""
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z" or len(letters) > 3:
            raise Unreadable(BROKEN)
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return A for 1 and XFD for 16384."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(place: Place) -> str:
    """Return a place as people write it: `B7`."""
    row, column = place
    return f"{column_letters(column)}{row}"


@dataclass
class Places:
    """Some places of a kind: all are counted, the first ones are kept to be named."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, words: str) -> None:
        self.count += 1
        if len(self.first) < 3:
            self.first.append(words)


@dataclass
class Spent:
    """How much all sheets of a workbook hold together."""

    cells: int = 0
    text: int = 0

    def add(self, cells: int, text: int) -> None:
        self.cells += cells
        self.text += text
        if self.cells > limits.MOST_CELLS:
            raise Unreadable(f"The workbook has more than {limits.MOST_CELLS:,} filled cells. {SMALLER}")
        if self.text > limits.MOST_TEXT:
            raise Unreadable(f"The workbook has more than {limits.MOST_TEXT:,} characters. {SMALLER}")


@dataclass
class Seen:
    """One sheet. `instead` are texts that are truer than what the library reads in these places."""

    name: str
    spent: Spent
    instead: dict[Place, str] = field(default_factory=dict)
    negative: dict[Place, str] = field(default_factory=dict)
    merges: list[tuple[Place, Place]] = field(default_factory=list)
    errors: Places = field(default_factory=Places)
    unfinished: Places = field(default_factory=Places)
    long_numbers: Places = field(default_factory=Places)
    early_dates: Places = field(default_factory=Places)
    hidden_rows: Places = field(default_factory=Places)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    comments: Places = field(default_factory=Places)
    widest: int = 0

    def fill(self, place: Place, length: int, *, down: int = 1, across: int = 1) -> None:
        """Take note of a filled cell, said `down` × `across` times from this place on.

        Raises `Unreadable` where it is further away, or longer, than in any register.
        """
        row, column = place
        if row + down - 1 > limits.MOST_ROWS + 1 or column + across - 1 > limits.MOST_COLUMNS:
            end = address((row + down - 1, column + across - 1))
            raise Unreadable(
                f"Sheet “{self.name}” has something in cell {end}; a register may have "
                f"{limits.MOST_ROWS:,} rows and {limits.MOST_COLUMNS} columns. {SMALLER}"
            )
        self.check_length(place, length)
        self.widest = max(self.widest, column + across - 1)
        self.spent.add(down * across, down * across * length)

    def check_length(self, place: Place, length: int) -> None:
        if length > limits.MOST_IN_CELL:
            raise Unreadable(
                f"Cell {address(place)} of sheet “{self.name}” has more than "
                f"{limits.MOST_IN_CELL:,} characters. Shorten it."
            )

    def check_marks(self, rows: int) -> None:
        if rows > limits.MOST_ROW_MARKS:
            raise Unreadable(f"Sheet “{self.name}” has more rows than a sheet can have. {SMALLER}")

    def merge(self, first: Place, last: Place) -> None:
        """Take note of merged cells; only those over several rows matter later."""
        if last[0] > first[0]:
            self.merges.append((first, last))
        if len(self.merges) > limits.MOST_MERGES:
            raise Unreadable(
                f"Sheet “{self.name}” has more than {limits.MOST_MERGES:,} merged cells. {SMALLER}"
            )
