"""Works out from its cells how a file writes days. What nothing proves stays undecided, with an example."""

import re
from calendar import month_name
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pilots.calendar import EARLIEST, MONTHS
from portfolio.exchange.cells import (
    LATEST_YEAR,
    SPREADSHEET_DAY_ZERO,
    DateStyle,
    NotUnderstood,
    ShortMonth,
    Slashes,
    read_date,
)
from portfolio.exchange.guessing.contents import Contents, looks_like_a_serial
from portfolio.exchange.guessing.profiles import Cell
from portfolio.exchange.guessing.shapes import DATES, Doubt
from portfolio.exchange.guessing.spelling import shortened

_NUMBERS = re.compile(r"(\d{1,2})([/.])(\d{1,2})[/.](\d{4})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_YEAR_LAST = re.compile(r"([a-zA-Z]{3,9})[- ]'?(\d{2})")
_YEAR_FIRST = re.compile(r"(\d{2})[- ]([a-zA-Z]{3,9})")
_FISCAL = re.compile(r"q[1-4][\s/-]*fy|fy[\s'-]*\d{2,4}[\s/-]*q[1-4]", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_DAYS_IN_A_MONTH = 31


@dataclass
class _Seen:
    """The cells that write days in a way that is read in two ways, and what proves which."""

    day_first: Cell | None = None
    month_first: Cell | None = None
    either: Cell | None = None
    only_full_stops: bool = True
    year_last: list[Cell] = field(default_factory=list)
    year_first: list[Cell] = field(default_factory=list)
    serials: list[Cell] = field(default_factory=list)
    fiscal: Cell | None = None
    years: set[int] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class DateGuess:
    style: DateStyle
    doubts: tuple[Doubt, ...]


def guess_dates(columns: Sequence[Contents], kept: Sequence[Contents]) -> DateGuess:
    """Return how days are written in columns that look like days; `kept` are those that will be read as days.

    All columns with days bear witness, since one list has one way; numbers count as days in `kept` only.
    """
    seen = _Seen()
    for contents in columns:
        for cell in contents.said:
            _look_at(cell, seen)
    for contents in kept:
        seen.serials += [cell for cell in contents.said if looks_like_a_serial(cell.text)]
    doubts: list[str] = []
    style = DateStyle(
        slashes=_slashes(seen, doubts),
        short_months=_short_months(seen, doubts),
        serials=_serials(seen, doubts),
    )
    if seen.fiscal:
        doubts.append(
            f"{_told(seen.fiscal)} is a quarter of a fiscal year. Say in which month that begins, "
            "or such cells stay unknown."
        )
    doubts += _unread(kept, style)
    return DateGuess(style=style, doubts=tuple(Doubt(DATES, says) for says in doubts))


def _look_at(cell: Cell, seen: _Seen) -> None:
    text = " ".join(cell.text.split())
    seen.years |= {int(year) for year in _YEAR.findall(text) if EARLIEST.year <= int(year) <= LATEST_YEAR}
    if match := _NUMBERS.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if not EARLIEST.year <= year <= LATEST_YEAR or max(first, second) > _DAYS_IN_A_MONTH:
            return
        seen.only_full_stops &= match[2] == "."
        if first > 12 and second <= 12:
            seen.day_first = seen.day_first or cell
        elif second > 12 and first <= 12:
            seen.month_first = seen.month_first or cell
        elif first != second and max(first, second) <= 12:
            seen.either = seen.either or cell
    elif (match := _YEAR_LAST.fullmatch(text)) and match[1].lower() in MONTHS:
        seen.year_last.append(cell)
    elif (match := _YEAR_FIRST.fullmatch(text)) and match[2].lower() in MONTHS:
        seen.year_first.append(cell)
    elif _FISCAL.search(text):
        seen.fiscal = seen.fiscal or cell


def _slashes(seen: _Seen, doubts: list[str]) -> Slashes | None:
    if seen.day_first and seen.month_first:
        doubts.append(
            f"{_told(seen.day_first)} puts the day first, {_told(seen.month_first)} the month. "
            "Choose one; cells of the other kind stay unknown."
        )
        return None
    if seen.day_first:
        return Slashes.DAY_FIRST
    if seen.month_first:
        return Slashes.MONTH_FIRST
    if seen.either is None:
        return None
    first, _, second, year = _NUMBERS.fullmatch(" ".join(seen.either.text.split())).groups()  # type: ignore[union-attr]
    readings = f"{int(first)} {month_name[int(second)]} or {int(second)} {month_name[int(first)]}"
    if seen.only_full_stops:
        doubts.append(
            f"{_told(seen.either)}: {readings} {year}? With full stops the day usually stands first, "
            "so it is taken first; nothing in the file proves it."
        )
        return Slashes.DAY_FIRST
    doubts.append(f"{_told(seen.either)}: {readings} {year}? Nothing in the file proves it; please choose.")
    return None


def _short_months(seen: _Seen, doubts: list[str]) -> frozenset[ShortMonth]:
    found = set()
    for cells, pattern, group, style in (
        (seen.year_last, _YEAR_LAST, 2, ShortMonth.YEAR_LAST),
        (seen.year_first, _YEAR_FIRST, 1, ShortMonth.YEAR_FIRST),
    ):
        if not cells:
            continue
        numbers = [int(pattern.fullmatch(" ".join(cell.text.split()))[group]) for cell in cells]  # type: ignore[index]
        beyond = next(
            (cell for cell, number in zip(cells, numbers, strict=True) if not 1 <= number <= 31), None
        )
        as_days = any(2000 + number not in _around(seen.years) for number in numbers)
        if beyond is not None:
            found.add(style)
        elif style is ShortMonth.YEAR_LAST and seen.years and not as_days:
            found.add(style)
            doubts.append(
                f"{_told(cells[0])} is taken for a month and a year, as all such cells name years the file "
                "speaks of."
            )
        else:
            month, number = _parts(cells[0], style)
            doubts.append(
                f"{_told(cells[0])}: {month} 20{number:02}, or {number} {month} without a year? It stays "
                "unknown unless you choose the year."
            )
    return frozenset(found)


def _parts(cell: Cell, style: ShortMonth) -> tuple[str, int]:
    one, two = re.split(r"[- ]", " ".join(cell.text.split()), maxsplit=1)
    name, number = (one, two) if style is ShortMonth.YEAR_LAST else (two, one)
    return name.capitalize(), int(number.strip("'"))


def _around(years: set[int]) -> range:
    return range(min(years) - 2, max(years) + 3) if years else range(0)


def _serials(seen: _Seen, doubts: list[str]) -> bool:
    if not seen.serials:
        return False
    cell = seen.serials[0]
    day = SPREADSHEET_DAY_ZERO + timedelta(days=int(cell.text))
    doubts.append(
        f"{_told(cell)} is taken for a day as spreadsheets count them: {day.day} {day:%B %Y}. "
        f"{len(seen.serials)} {'cell is' if len(seen.serials) == 1 else 'cells are'} written so."
    )
    return True


def _unread(kept: Sequence[Contents], style: DateStyle) -> list[str]:
    """Tell per reason how many cells stay unknown however the choices above are made, with an example."""
    orders = (style.slashes,) if style.slashes else tuple(Slashes)
    found: dict[str, list[Cell]] = {}
    for contents in kept:
        for cell in contents.said:
            why = [_why_unread(cell.text, order) for order in orders]
            if all(why):
                found.setdefault(why[0], []).append(cell)
    return [
        f"{_told(cells[0])} {why}"
        + (f", and {len(cells) - 1} more" if len(cells) > 1 else "")
        + ": unknown, and told again before anything is written."
        for why, cells in found.items()
    ]


def _why_unread(text: str, slashes: Slashes) -> str:
    style = DateStyle(slashes=slashes, short_months=frozenset(ShortMonth), fiscal_year_begins=1, serials=True)
    try:
        read_date(text, style)
    except NotUnderstood as doubt:
        return re.sub(r"the year \d{4}", "a year", str(doubt))
    return ""


def _told(cell: Cell) -> str:
    return f"“{shortened(cell.text)}” in line {cell.line}"
