"""Finds how a file is to be read before anybody says so: as last time, by a shipped mapping, by a guess."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from pilots.access.models import Program
from pilots.calendar import MONTHS
from pilots.models import CustomField
from portfolio.exchange.chosen import plain_of
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.folding import fold
from portfolio.exchange.guessing import propose
from portfolio.exchange.layout import HEADER_WITHIN
from portfolio.exchange.mapping_reader import SHIPPED, load
from portfolio.exchange.models import SavedMapping
from portfolio.exchange.understanding import header_keys
from portfolio.exchange.workbook import Row, Sheet, Workbook

LONGEST_REGISTER = 60
_EDITIONS = frozenset({"v", "q", "fy", "final", "new", "draft", "copy", "of", "export"})


def first_mapping(workbook: Workbook, program: Program | None, file_name: str) -> dict[str, Any]:
    """Return a mapping in the shape of a mapping file. It may lack what only the person knows."""
    return _as_saved(workbook, program) or _as_shipped(workbook) or _guessed(workbook, program, file_name)


def header_mark(workbook: Workbook, plain: Mapping[str, Any]) -> str:
    """Return by what the header of a file is known again, as the mapping says where it stands."""
    place = plain.get("file", {})
    named = [sheet for sheet in workbook.sheets if fold(sheet.name) == fold(str(place.get("sheet", "")))]
    sheet = named[0] if named else workbook.first_visible
    rows = [row for row in sheet.rows if row.line == place.get("header", 1)] or sheet.rows[:1]
    return _mark(rows[0])


def register_of(file_name: str) -> str:
    """Return under which name the rows of such a file are remembered: its words without dates and editions.

    Next month's file of the same list has the same name; another list, whose row 1 is another row, has not.
    """
    words = re.findall(r"[^\W\d_]+", Path(file_name).stem.casefold())
    lasting = [word for word in words if word not in MONTHS.keys() | _EDITIONS]
    return " ".join(lasting)[:LONGEST_REGISTER].strip() or "spreadsheet"


def _mark(row: Row) -> str:
    keys = [fold(key) for key in header_keys(row.cells)]
    return hashlib.sha256(json.dumps(keys).encode()).hexdigest()


def _as_saved(workbook: Workbook, program: Program | None) -> dict[str, Any] | None:
    """Return what was kept for one of the rows at the top, its place corrected to this file's."""
    places = [
        (sheet, row) for sheet in workbook.sheets if not sheet.is_hidden for row in sheet.rows[:HEADER_WITHIN]
    ]
    marks = [_mark(row) for _, row in places]
    kept = {item.header: item for item in SavedMapping.objects.filter(program=program, header__in=marks)}
    for (sheet, row), mark in zip(places, marks, strict=True):
        if mark in kept:
            plain: dict[str, Any] = dict(kept[mark].mapping)
            return _placed(plain, sheet, row)
    return None


def _as_shipped(workbook: Workbook) -> dict[str, Any] | None:
    sheet = workbook.first_visible
    for path in sorted(SHIPPED.glob("*.toml")):
        marks = {fold(mark) for mark in load(path).headers}
        row = _first_with(sheet, marks)
        if row is not None:
            plain = in_json(tomllib.loads(path.read_text(encoding="utf-8")))
            return _placed(plain, sheet, row)
    return None


def _placed(plain: dict[str, Any], sheet: Sheet, row: Row) -> dict[str, Any]:
    """Return a mapping that says where in this file the header stands; a CSV file's sheet has no name."""
    place = {name: value for name, value in plain.get("file", {}).items() if name != "sheet"}
    named = {"sheet": sheet.name} if sheet.name else {}
    return {**plain, "file": {**place, **named, "header": row.line}}


def _first_with(sheet: Sheet, marks: set[str]) -> Row | None:
    for row in sheet.rows[:HEADER_WITHIN]:
        if marks <= {fold(cell) for cell in row.cells}:
            return row
    return None


def in_json(value: Any) -> Any:
    """Return a TOML value with its days and times as text."""
    if isinstance(value, dict):
        return {key: in_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [in_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _guessed(workbook: Workbook, program: Program | None, file_name: str) -> dict[str, Any]:
    title, register = Path(file_name).stem or file_name, register_of(file_name)
    fields = CustomField.objects.filter(program=program, is_active=True) if program else ()
    try:
        proposal = propose(workbook, custom=[(field.code, field.label) for field in fields])
        keys = [column.key for column in proposal.columns]
        return plain_of(proposal.chosen, title=title, register=register, header=keys)
    except CannotImport:
        return {"title": title, "register": register}
