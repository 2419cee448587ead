"""Reads a table of readings, pasted or from a file: a header, then a row for each. Plain rules.

Every cell that cannot be read is named with its row, its column and its text; nothing is guessed.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from kpis.reading import MOST_READINGS, Unreadable, read_moment, read_number, read_one_day
from kpis.terms import Provenance

COLUMNS = (
    "date",
    "kpi",
    "value",
    "provenance",
    "sample_size",
    "window_from",
    "model_version",
    "source",
    "external_id",
    "note",
)
# What people, and the page itself, call a column that has another name here; without case and signs.
ALSO = {
    "measured_at": "date",
    "measured_on": "date",
    "day": "date",
    "sample": "sample_size",
    "cases": "sample_size",
    "n": "sample_size",
    "measured_in": "provenance",
    "reading": "value",
    "since": "window_from",
    "covers_the_days_since": "window_from",
    "version": "model_version",
    "version_of_the_model": "model_version",
    "id": "external_id",
}
SHOWN = ("kpi", "date", "value")  # what a row is known by, told back as it was typed
_UNIT = re.compile(r"(?P<number>[-\u2212]?[0-9][0-9.,]*)\s*(?P<unit>[^\s0-9.,].*)?", re.DOTALL)
_EXPONENT = re.compile(r"[eE][-+\u2212]?[0-9]+")  # the e400 of 1e400 is no unit
NOT_A_COLUMN = "This column is not known."
NO_TABLE = "There is nothing here. Paste a header such as “date, value”, and a row for each reading."


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read. `number` is its line, the header being 1; `measured_at` may be a day."""

    number: int
    kpi: Any
    value: Decimal
    provenance: Provenance
    measured_at: datetime | date
    window_from: date | None = None
    sample_size: int | None = None
    model_version: str = ""
    source: str = ""
    external_id: str = ""
    note: str = ""
    typed: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be read: its row (the header is 1), its column, what stands there, and why not.

    `column` is "" where the row as a whole is to blame. `typed` is what stands in the row's `SHOWN` cells.
    """

    row: int
    column: str
    text: str
    reason: str
    typed: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class _Header:
    delimiter: str
    places: Mapping[str, int]
    width: int
    faults: Sequence[Fault] = field(default_factory=tuple)


def read_table(
    text: str, *, kpis: Mapping[str, Any], zone: tzinfo, provenance: Provenance | None = None
) -> list[Row | Fault]:
    """Return the rows of a table in their order, and a fault for each cell that cannot be read.

    `kpis` maps what may stand in the column `kpi` to the KPI; where all of it is one KPI, the column may be
    left out. `provenance` is that of rows which name none. Times without an offset are of `zone`.
    """
    body = text.removeprefix("\ufeff").strip("\r\n")
    if not body.strip():
        return [Fault(1, "", "", NO_TABLE)]
    header = _header(
        body.splitlines()[0], needs_kpi=len(set(kpis.values())) != 1, needs_provenance=provenance is None
    )
    if header.faults:
        return list(header.faults)
    cells = _Cells(header, kpis={_same(name): kpi for name, kpi in kpis.items()}, zone=zone, usual=provenance)
    found: list[Row | Fault] = []
    sent = 0
    lines = csv.reader(io.StringIO(body, newline=""), delimiter=header.delimiter, strict=True)
    try:
        for number, line in enumerate(lines, start=1):
            if number == 1 or not any(cell.strip() for cell in line):
                continue
            sent += 1
            if sent > MOST_READINGS:
                sentence = f"A table has at most {MOST_READINGS:,} readings. Send the rest as another one."
                return [Fault(number, "", "", sentence)]
            found += cells.read(number, line)
    except csv.Error as error:
        sentence = f"This row cannot be taken apart: {error}. Look at its quotation marks."
        found.append(Fault(lines.line_num, "", "", sentence))
    return found or [Fault(1, "", "", NO_TABLE)]


def read_value(text: str, kpi: Any) -> Decimal:
    """Return the number of a reading, with or without its unit behind it; None is for a KPI nobody knows."""
    cleaned = text.strip()
    if not cleaned:
        raise Unreadable("Write the number.")
    match = _UNIT.fullmatch(cleaned)
    if match is None or match["unit"] is None or _EXPONENT.fullmatch(match["unit"]):
        return read_number(cleaned)
    number = read_number(match["number"])
    if kpi is not None and _same(match["unit"]) != _same(kpi.unit):
        unit = f"is measured in {kpi.unit}" if kpi.unit else "has no unit"
        raise Unreadable(f"{kpi.name} {unit}, not in “{match['unit'][:40]}”. Write the number alone.")
    return number


def _header(line: str, *, needs_kpi: bool, needs_provenance: bool) -> _Header:
    delimiter = next((sign for sign in "\t;" if sign in line), ",")
    names = next(csv.reader([line], delimiter=delimiter), [])
    while names and not names[-1].strip():
        names.pop()
    places: dict[str, int] = {}
    faults, unknown = [], []
    for place, name in enumerate(names):
        known = _column(name)
        if known is None:
            unknown.append(Fault(1, name.strip()[:40], name.strip()[:40], NOT_A_COLUMN))
        elif known in places:
            faults.append(Fault(1, known, name.strip(), f"The column {known} is there twice. Leave one out."))
        else:
            places[known] = place
    if unknown:  # what is known is said once, behind the last of them
        listed = f"{NOT_A_COLUMN} Known: {', '.join(COLUMNS)}."
        faults += [*unknown[:-1], replace(unknown[-1], reason=listed)]
    wanted = ["date", "value", *(["kpi"] if needs_kpi else []), *(["provenance"] if needs_provenance else [])]
    if not faults:
        faults = [
            Fault(1, name, "", f"The column {name} is missing. The first row names the columns.")
            for name in wanted
            if name not in places
        ]
    return _Header(delimiter, places, len(names), faults)


def _column(name: str) -> str | None:
    plain = re.sub(r"[\s_-]+", "_", name.strip()).casefold()
    known = ALSO.get(plain, plain)
    return known if known in COLUMNS else None


def _same(name: str) -> str:
    return " ".join(name.split()).casefold()


class _Cells:
    """Reads the rows below one header."""

    def __init__(
        self, header: _Header, *, kpis: Mapping[str, Any], zone: tzinfo, usual: Provenance | None
    ) -> None:
        self.header, self.kpis, self.zone, self.usual = header, kpis, zone, usual

    def read(self, number: int, line: Sequence[str]) -> Iterator[Row | Fault]:
        """Yield the row, or a fault for each of its cells that cannot be read."""
        if any(cell.strip() for cell in line[self.header.width :]):
            sentence = (
                f"It has {len(line)} cells, the header {self.header.width}. "
                "Put a number with a comma into quotation marks, or part the cells by tabs or semicolons."
            )
            yield Fault(number, "", "", sentence, self._typed(line))
            return
        typed = self._typed(line)
        faults: list[Fault] = []

        def cell(column: str, understand: Callable[[str], Any], nothing: Any = None) -> Any:
            text = self._text(line, column)
            try:
                return understand(text) if text or nothing is _NEEDED else nothing
            except Unreadable as error:
                faults.append(Fault(number, column, text[:80], str(error), typed))
                return None

        kpi = cell("kpi", self._kpi, _NEEDED)
        values = {
            "value": cell("value", lambda text: read_value(text, kpi), _NEEDED),
            "provenance": cell("provenance", self._provenance, _NEEDED),
            "measured_at": cell("date", lambda text: _filled(text, self._moment), _NEEDED),
            "window_from": cell("window_from", read_one_day),
            "sample_size": cell("sample_size", _whole),
            **{name: cell(name, str, "") for name in ("model_version", "source", "external_id", "note")},
        }
        if faults:
            yield from faults
        else:
            yield Row(number=number, kpi=kpi, **values, typed=typed)

    def _text(self, line: Sequence[str], column: str) -> str:
        place = self.header.places.get(column)
        return line[place].strip() if place is not None and place < len(line) else ""

    def _typed(self, line: Sequence[str]) -> dict[str, str]:
        return {column: self._text(line, column)[:80] for column in SHOWN}

    def _kpi(self, text: str) -> Any:
        if not text and len(set(self.kpis.values())) == 1:
            return next(iter(self.kpis.values()))
        if not text:
            raise Unreadable("Say which KPI it is of.")
        if (found := self.kpis.get(_same(text))) is None:
            raise Unreadable(f"There is no KPI “{text[:80]}” here.")
        return found

    def _provenance(self, text: str) -> Provenance:
        if not text and self.usual is not None:
            return self.usual
        if _same(text) not in list(Provenance):
            listed = ", ".join(Provenance)
            raise Unreadable(f"Write where it comes from: {listed}.")
        return Provenance(_same(text))

    def _moment(self, text: str) -> datetime | date:
        return read_moment(text, self.zone)


_NEEDED = object()


def _filled(text: str, understand: Callable[[str], Any]) -> Any:
    if not text:
        raise Unreadable("Write the day on which it was measured.")
    return understand(text)


def _whole(text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text):
        raise Unreadable("Write the number of cases in digits alone, such as 412.")
    return int(text)
