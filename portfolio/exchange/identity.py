"""Which row of a register is which row of an earlier import: plain rules, no database.

A register's own identifier decides where there is one. Otherwise rows with the same agency and name
form a family; inside a family the content decides, then the unit, then whether exactly one row and
one known entry are left. What is left after that is ambiguous and never guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from portfolio.exchange.findings import CellWarning
from portfolio.exchange.folding import fold
from portfolio.exchange.understood import UnderstoodRow


class How(StrEnum):
    """What a row was known again by."""

    REFERENCE = "reference"
    KEY = "key"
    CONTENT = "content"
    NAME_AND_UNIT = "name and unit"
    NAME = "name"
    ANSWER = "your answer"


@dataclass(frozen=True, kw_only=True)
class KnownEntry:
    """What an earlier import remembered of a row, and the pilot it belongs to.

    `present` holds what the pilot says now, by the keys of `UnderstoodRow.texts`; `program` and `pilot`
    are ids. An `id` of 0 means that no import of this register has met the pilot yet.
    """

    id: int
    pilot: int
    key: str
    program: int
    reference: str
    family: str
    digest: str
    as_of: date
    values: dict[str, Any]
    present: dict[str, str]
    present_stage: str
    version: int
    is_visible: bool

    @property
    def is_numbered(self) -> bool:
        """Whether its reference was derived here, for want of one in the register."""
        return self.reference == numbered(self.family, self.reference.rpartition(":")[2])

    @property
    def unit(self) -> str:
        return fold(str(self.values.get("unit", "")))


@dataclass(frozen=True)
class Doubtful:
    """A row that may be one of several entries, or of none."""

    row: UnderstoodRow
    reason: str
    candidates: tuple[KnownEntry, ...] = ()


@dataclass
class Matching:
    """Each row is in exactly one of these; a new row goes with the reference it will be known by."""

    known: list[tuple[UnderstoodRow, KnownEntry, How]] = field(default_factory=list)
    new: list[tuple[UnderstoodRow, str]] = field(default_factory=list)
    ambiguous: list[Doubtful] = field(default_factory=list)


def numbered(family: str, ordinal: int | str) -> str:
    """Return the reference of a row without one: its family and its number there."""
    return f"{family}:{ordinal}"


def match(
    rows: Sequence[UnderstoodRow],
    entries: Sequence[KnownEntry],
    by_key: Mapping[str, KnownEntry] | None = None,
) -> Matching:
    """Say of each row which entry it is, that it is new (and its reference), or that nobody can tell.

    `by_key` maps the folded key of a pilot here to its entry: a list that Headway wrote names its pilots
    so. The answer does not depend on the order of the rows.
    """
    found = Matching()
    by_reference = {**(by_key or {}), **{entry.reference: entry for entry in entries}}
    rest, taken = _match_references(rows, by_reference, found)
    free: dict[str, list[KnownEntry]] = defaultdict(list)
    for entry in entries:
        if entry.id not in taken:
            free[entry.family].append(entry)
    families: dict[str, list[UnderstoodRow]] = defaultdict(list)
    for row in rest:
        families[row.family].append(row)
    for family, members in families.items():
        _match_family(family, members, free[family], set(by_reference), found)
    found.known.sort(key=lambda trio: trio[0].line)
    found.new.sort(key=lambda pair: pair[0].line)
    return found


def _match_references(
    rows: Sequence[UnderstoodRow], by_reference: dict[str, KnownEntry], found: Matching
) -> tuple[list[UnderstoodRow], set[int]]:
    """Take out the rows whose identifier decides; return the others, and the entries taken."""
    lines: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.reference:
            lines[row.reference].append(row.line)
    rest, taken = [], set()
    for row in rows:
        same = lines.get(row.reference, [])
        if len(same) > 1:
            named = ", ".join(str(line) for line in same[:4] if line != row.line)
            reason = f"Its identifier “{row.reference}” stands in row {named} too."
            found.ambiguous.append(Doubtful(row, reason))
        elif row.reference and row.reference in by_reference:
            entry = by_reference[row.reference]
            how = How.REFERENCE if entry.reference == row.reference else How.KEY
            found.known.append((row, entry, how))
            taken.add(entry.id)
        else:
            rest.append(row)
    return rest, taken


def _match_family(
    family: str,
    rows: list[UnderstoodRow],
    entries: list[KnownEntry],
    references: set[str],
    found: Matching,
) -> None:
    """Match one family. A row with an identifier of its own is never an entry with another identifier."""
    rows = sorted(rows, key=lambda row: (row.digest, row.line))
    entries = sorted(entries, key=lambda entry: (entry.digest, entry.id))
    rows, entries = _pair_equal(rows, entries, found)
    if any(row.reference for row in rows):
        entries = [entry for entry in entries if entry.is_numbered]
    rows, entries = _pair_single(rows, entries, found)
    if rows and entries:
        if len(rows) == len(entries) == 1:
            found.known.append((rows[0], entries[0], How.NAME))
            return
        candidates = tuple(entries)
        found.ambiguous += [
            Doubtful(row, _cannot_tell(row, len(rows), len(entries)), candidates) for row in rows
        ]
        return
    fresh = FreshReferences(references)
    for row in rows:
        found.new.append((row, fresh.of(row)))


class FreshReferences:
    """Gives new rows the references they will be known by, none of them twice."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._ordinals: dict[str, int] = defaultdict(int)

    def of(self, row: UnderstoodRow) -> str:
        """Return a row's own identifier, or its family and a number where it has none that is free."""
        reference = row.reference if row.reference not in self._taken else ""
        while not reference:
            self._ordinals[row.family] += 1
            candidate = numbered(row.family, self._ordinals[row.family])
            reference = "" if candidate in self._taken else candidate
        self._taken.add(reference)
        return reference


def without_repeated_identifiers(
    rows: Sequence[UnderstoodRow],
) -> tuple[list[UnderstoodRow], list[CellWarning]]:
    """Return the rows, those whose identifier stands twice without it, and a word on each such identifier."""
    lines: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.reference:
            lines[row.reference].append(row.line)
    repeated = {reference: found for reference, found in lines.items() if len(found) > 1}
    warnings = [
        CellWarning(
            found[0],
            "",
            reference,
            f"It stands in {len(found)} rows, so it identifies none. They are known by program and name.",
        )
        for reference, found in repeated.items()
    ]
    return [replace(row, reference="") if row.reference in repeated else row for row in rows], warnings


def _cannot_tell(row: UnderstoodRow, rows: int, entries: int) -> str:
    here = "This row" if rows == 1 else f"{rows} rows of this file"
    return (
        f"{here} and {entries} known from this register are called “{row.name[:80]}”, "
        "and nothing tells which is which."
    )


def _pair_equal(
    rows: list[UnderstoodRow], entries: list[KnownEntry], found: Matching
) -> tuple[list[UnderstoodRow], list[KnownEntry]]:
    """Pair rows and entries of the same content in order; return what is left on both sides."""
    waiting: dict[str, list[KnownEntry]] = defaultdict(list)
    for entry in entries:
        waiting[entry.digest].append(entry)
    rest, taken = [], set()
    for row in rows:
        if waiting[row.digest]:
            entry = waiting[row.digest].pop(0)
            taken.add(entry.id)
            found.known.append((row, entry, How.CONTENT))
        else:
            rest.append(row)
    return rest, [entry for entry in entries if entry.id not in taken]


def _pair_single(
    rows: list[UnderstoodRow], entries: list[KnownEntry], found: Matching
) -> tuple[list[UnderstoodRow], list[KnownEntry]]:
    """Pair the one row of a unit with the one entry of that unit; return what is left on both sides."""
    in_unit: dict[str, list[UnderstoodRow]] = defaultdict(list)
    for row in rows:
        in_unit[fold(row.unit)].append(row)
    known_in_unit: dict[str, list[KnownEntry]] = defaultdict(list)
    for entry in entries:
        known_in_unit[entry.unit].append(entry)
    paired = {unit for unit in in_unit if len(in_unit[unit]) == len(known_in_unit[unit]) == 1}
    for unit in paired:
        how = How.NAME_AND_UNIT if unit else How.NAME
        found.known.append((in_unit[unit][0], known_in_unit[unit][0], how))
    return (
        [row for row in rows if fold(row.unit) not in paired],
        [entry for entry in entries if entry.unit not in paired],
    )
