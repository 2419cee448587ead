"""Finds the sheets that hold KPIs or milestones of the pilots on the first one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pilots.access.roles import OwnerRole
from portfolio.exchange.choices import MoreSheet
from portfolio.exchange.folding import fold_name, fold_reference
from portfolio.exchange.guessing.candidates import Candidate, candidates
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.fitting import fits
from portfolio.exchange.guessing.giving import Giving
from portfolio.exchange.guessing.rounding_off import round_off
from portfolio.exchange.guessing.shapes import SHEET, Doubt, sheet_place
from portfolio.exchange.guessing.sheets import Read, read
from portfolio.exchange.guessing.spelling import quoted, spelt
from portfolio.exchange.guessing.title_words import POINTERS
from portfolio.exchange.meanings import meanings_of_more
from portfolio.exchange.workbook import Workbook

MOSTLY = 0.5
TRANSLATED = 60
_OWNERS = {f"owner:{role.value}": "milestone_owner" for role in OwnerRole}
# What titles mean on such a sheet: an owner there is the milestone's, a unit the KPI's.
_INSTEAD: dict[str, dict[str, str]] = {
    "kpi": {"unit": "kpi_unit", "name": "kpi_name"},
    "milestone": {"name": "milestone_title", "decide_by": "milestone_due", **_OWNERS},
}
_NAMING = ("kpi_name", "kpi_line", "milestone_title")


@dataclass(frozen=True, kw_only=True)
class MoreRead:
    """A second sheet: what its columns were taken for, and what stands in them."""

    chosen: MoreSheet
    columns: Mapping[str, Contents]


def more_sheets(
    workbook: Workbook, register: Read, given: Mapping[str, str]
) -> tuple[tuple[MoreRead, ...], tuple[Doubt, ...]]:
    """Return the visible sheets with KPIs or milestones; `given` are the codes of the register's columns."""
    cells = (
        cell.text
        for contents in register.columns
        if given.get(contents.profile.key) in {"name", "reference"}
        for cell in contents.said
    )
    pilots = frozenset(_folds(cells))
    found: list[MoreRead] = []
    unread: list[str] = []
    doubts: list[Doubt] = []
    for sheet in workbook.sheets:
        if sheet is register.sheet or sheet.is_hidden or not sheet.rows:
            continue
        more = _more_sheet(read(sheet), pilots, doubts)
        if more is None:
            unread.append(sheet.name)
        else:
            found.append(more)
    if unread:
        doubts.append(Doubt(SHEET, f"{quoted(unread)} {'is' if len(unread) == 1 else 'are'} not read."))
    return tuple(found), tuple(doubts)


def _folds(texts: Iterable[str]) -> set[str]:
    return {folded for text in texts for folded in (fold_name(text), fold_reference(text)) if folded}


def _more_sheet(item: Read, pilots: frozenset[str], doubts: list[Doubt]) -> MoreRead | None:
    pointer = _pointer(item.columns, pilots)
    if pointer is None:
        return None
    rest = [contents for contents in item.columns if contents is not pointer]
    givings = [giving for giving in (_giving(rest, "kpi"), _giving(rest, "milestone")) if _names(giving)]
    if not givings:
        return None
    best = max(givings, key=lambda giving: len(giving.given))
    codes = {guess.key: guess.code for guess in best.guessed()} | {pointer.profile.key: "pilot"}
    place = sheet_place(item.sheet.name)
    doubts += [Doubt(place, doubt.says) for doubt in (*item.layout.doubts, *best.doubts)]
    strangers = [cell for cell in pointer.said if not _folds([cell.text]) & pilots]
    if strangers:
        more = f", and {len(strangers) - 1} more are none" if len(strangers) > 1 else ""
        first = strangers[0]
        doubts.append(
            Doubt(place, f"“{first.text}” in line {first.line} is no pilot of the first sheet{more}.")
        )
    columns = {contents.profile.key: contents for contents in item.columns}
    chosen = MoreSheet(
        sheet=item.sheet.name, header=item.header, columns={key: codes[key] for key in columns}
    )
    return MoreRead(chosen=chosen, columns=columns)


def _names(giving: Giving) -> bool:
    return any(giving.has(code) for code in _NAMING)


def _giving(columns: Sequence[Contents], kind: str) -> Giving:
    """Give the meanings of one kind, KPIs or milestones."""
    known = {meaning.code: meaning for meaning in meanings_of_more()}
    giving = Giving(columns, known)
    instead = _INSTEAD[kind]
    translated = (_translated(one, instead) for one in candidates(columns, known={*known, *instead}))
    of_kind = [one for one in translated if one.code.startswith(kind)]
    for candidate in sorted(of_kind, key=lambda one: (-one.points, one.code, one.key)):
        giving.give(candidate)
    round_off(giving)
    return giving


def _translated(candidate: Candidate, instead: Mapping[str, str]) -> Candidate:
    code = instead.get(candidate.code)
    if code is None:
        return candidate
    points = TRANSLATED + fits(code, candidate.cells)
    return replace(candidate, code=code, points=points, is_vague=False)


def _pointer(columns: Sequence[Contents], pilots: frozenset[str]) -> Contents | None:
    """Return the column whose cells are mostly pilots of the first sheet, by identifier or by name."""

    def points(contents: Contents) -> float:
        texts = {cell.text for cell in contents.said}
        share = sum(bool(_folds([text]) & pilots) for text in texts) / len(texts) if texts else 0.0
        return share + 0.2 * (spelt(contents.profile.key) in POINTERS) if share >= MOSTLY else 0.0

    best = max(columns, key=lambda contents: (points(contents), contents.profile.key), default=None)
    return best if best is not None and points(best) else None
