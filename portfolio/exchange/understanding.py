"""Understands the rows of a register by its mapping: each row becomes a pilot as the register tells it.

What is not understood is a warning and stays unknown; what no pilot can be made of is refused.
"""

from collections.abc import Iterable, Sequence

from portfolio.exchange.choices import Sections
from portfolio.exchange.findings import CannotImport, CellWarning, Refusal
from portfolio.exchange.folding import fold, one_line
from portfolio.exchange.mapping import Mapping
from portfolio.exchange.row_reader import Reading, RowReader
from portfolio.exchange.understood import Understood, UnderstoodRow
from portfolio.exchange.workbook import Row

LEAST_FOR_SECTIONS = 3  # columns a table has before a row of one cell can be a title


class Unmapped(CannotImport):
    """The file lacks columns the mapping names; the message is a sentence."""


def header_keys(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column; repeated ones are told apart: `Reason`, `Reason (2)`, `Reason (3)`."""
    keys: dict[str, str] = {}
    for place, cell in enumerate(cells, 1):
        name = key = one_line(cell) or f"column {place}"
        number = 1
        while fold(key) in keys:
            number += 1
            key = f"{name} ({number})"
        keys[fold(key)] = key
    return tuple(keys.values())


def understand(rows: Iterable[Row], header: Sequence[str], mapping: Mapping, reading: Reading) -> Understood:
    """Understand every row; raises `Unmapped` when the header lacks a column."""
    places = column_places(header, mapping.columns, mapping.name)
    result = Understood()
    first_of: dict[str, int] = {}
    section, elsewhere = "", set[str]()
    for row in rows:
        result.read += 1
        if _is_section(row, header, mapping):
            result.left_out += 1
            section = one_line("".join(row.cells)) if mapping.layout.sections is Sections.UNIT else ""
            result.warnings.append(_section_told(row, section))
            continue
        reader = RowReader(row, header, places, mapping, reading=reading, section=section)
        understood = reader.understand()
        result.warnings += reader.warnings
        if reader.name:
            result.names[row.line] = reader.name
        if reader.is_left_out:
            result.left_out += 1
        if reader.refusals:
            result.refused.append(Refusal(row.line, " ".join(reader.refusals)))
        if understood is None:
            continue
        result.rows.append(understood)
        if reading.into and _names_another(understood.agency, reading.into.name, elsewhere):
            result.warnings.append(_brought_along(understood, mapping.program, reading.into.name))
        twin = first_of.setdefault(understood.digest, row.line)
        if twin != row.line:
            result.twins[row.line] = twin
    return result


def _names_another(agency: str, program: str, told: set[str]) -> bool:
    """Return whether a row names another program than the chosen one, once for each such name."""
    name = fold(agency)
    is_first = bool(name) and name != fold(program) and name not in told
    told.add(name)
    return is_first


def _brought_along(row: UnderstoodRow, column: str, program: str) -> CellWarning:
    reason = f"Rows of this program go into {program}, as you chose; its name is kept as their business unit."
    return CellWarning(row.line, column, row.agency, reason, is_noted=True)


def _is_section(row: Row, header: Sequence[str], mapping: Mapping) -> bool:
    if mapping.layout.sections is Sections.ROWS or len(header) < LEAST_FOR_SECTIONS:
        return False
    return sum(1 for cell in row.cells if cell.strip()) == 1


def _section_told(row: Row, section: str) -> CellWarning:
    text = one_line("".join(row.cells))
    what = "the business unit of the rows below it" if section else "a title and left out"
    return CellWarning(
        row.line, "", text, f"It is the only filled cell of its row, so it is taken as {what}.", is_noted=True
    )


# --- Columns -----------------------------------------------------------------------


def column_places(header: Sequence[str], columns: Sequence[str], called: str) -> dict[str, int]:
    """Return where each of these columns stands; raises `Unmapped` when one is not there."""
    known = {fold(name): place for place, name in reversed(list(enumerate(header)))}
    missing = [name for name in columns if fold(name) not in known]
    if missing:
        names = ", ".join(f"“{name}”" for name in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise Unmapped(f"The file has no column {names}{more}, which the mapping {called} names.")
    return {name: known[fold(name)] for name in columns}
