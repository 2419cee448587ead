"""Chooses the sheet with the pilots."""

from dataclasses import dataclass

from portfolio.exchange.guessing.candidates import DOUBTFUL_FROM, candidates
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.profiles import ColumnProfile, profiles
from portfolio.exchange.guessing.rows import Layout, lay_out
from portfolio.exchange.guessing.shapes import SHEET, Doubt
from portfolio.exchange.guessing.spelling import all_spelt, quoted, words_of
from portfolio.exchange.workbook import Sheet, Workbook

ENOUGH = 3
_OF_A_REGISTER = frozenset(
    {"name", "reference", "problem", "stage", "program", "unit", "vendor", "risk", "owner:production_owner"}
)
_REGISTERS = all_spelt(
    "pilot, pilote, piloto, register, project, projekt, projekte, projet, proyecto, inventory, portfolio"
)
_BESIDE = all_spelt(
    """
    archive, archiv, old, alt, copy, kopie, template, vorlage, readme, note, notiz, legend, legende, list,
    liste, lookup, pivot, dashboard, chart, dropdown, value, instruction, example, log, kpi, milestone,
    meilenstein
    """
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """A sheet, laid out, with its columns."""

    sheet: Sheet
    layout: Layout
    columns: tuple[Contents, ...]

    @property
    def header(self) -> int:
        return self.layout.header.line if self.layout.header else 1


def read(sheet: Sheet, line: int = 0) -> Read:
    layout = lay_out(sheet.rows, line)
    header = layout.header.cells if layout.header else ()
    columns = tuple(Contents(profile, len(layout.body)) for profile in profiles(header, layout.body))
    return Read(sheet=sheet, layout=layout, columns=columns)


def profile(sheet: Sheet, header: int) -> tuple[ColumnProfile, ...]:
    """Return a profile of each column, without titles between the rows and totals; `header` is its line."""
    return tuple(contents.profile for contents in read(sheet, header).columns)


def choose_sheet(workbook: Workbook, *, name: str = "", line: int = 0) -> tuple[Read, tuple[Doubt, ...]]:
    """Return the sheet that looks most like a register; hidden ones are read only when they are named."""
    named = next((sheet for sheet in workbook.sheets if name and sheet.name == name), None)
    if named is not None:
        return read(named, line), ()
    shown = [sheet for sheet in workbook.sheets if not sheet.is_hidden] or list(workbook.sheets)
    laid = [read(sheet) for sheet in shown]
    points = [_points(item) for item in laid]
    best = max(range(len(laid)), key=lambda place: (points[place], -place))
    says = []
    rivals = [
        item.sheet.name
        for place, item in enumerate(laid)
        if place != best and points[place] >= ENOUGH and points[place] * 2 >= points[best]
    ]
    if rivals:
        chosen = shown[best].name
        says.append(
            f"{quoted(rivals)} may be a register too. “{chosen}” is read; import others by themselves."
        )
    hidden = [sheet.name for sheet in workbook.sheets if sheet.is_hidden and sheet.rows]
    if hidden and not laid[best].sheet.is_hidden:
        are = "is" if len(hidden) == 1 else "are"
        says.append(f"{quoted(hidden)} {are} hidden and not read unless you choose so.")
    if points[best] < ENOUGH:
        says.append("No sheet looks like a list of pilots for certain.")
    found = read(shown[best], line) if line else laid[best]
    return found, tuple(Doubt(SHEET, sentence) for sentence in says)


def _points(item: Read) -> float:
    """Return how much a sheet looks like a register: plain columns, a name among them, rows."""
    rows = len(item.layout.body)
    if not rows:
        return 0
    plain = {
        candidate.code
        for candidate in candidates(item.columns, known=_OF_A_REGISTER)
        if candidate.points >= DOUBTFUL_FROM
    }
    words = set(words_of(item.sheet.name))
    by_columns = len(plain) + 4 * ("name" in plain) + 2 * ("stage" in plain)
    by_name = 2 * bool(words & _REGISTERS) - 4 * bool(words & _BESIDE)
    return by_columns + by_name + (rows >= 2) + min(rows, 50) / 50
