"""Tells the rows of a sheet apart: what stands above, the header, pilots, titles between, totals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.exchange.choices import Sections
from portfolio.exchange.folding import fold
from portfolio.exchange.guessing.contents import looks_like_a_date
from portfolio.exchange.guessing.shapes import HEADER, SECTIONS, TOTALS, Doubt
from portfolio.exchange.guessing.spelling import quoted, shortened, words_of
from portfolio.exchange.guessing.title_words import ANY_OWNER, TITLES
from portfolio.exchange.guessing.titles import hints
from portfolio.exchange.list_cells import phrases
from portfolio.exchange.people_cells import TEAM
from portfolio.exchange.workbook import Row

SEARCHED = 20
SECTIONS_FROM_COLUMNS = 3
_TOTAL = re.compile(
    r"(?:grand\s+)?(?:total|sum|count|subtotal|summe|gesamt|gesamtsumme|anzahl|somme|suma|recuento)\b"
    r"[\s:=]*[\d.,]*(?:\s+\w+){0,2}",
    re.IGNORECASE,
)
_AS_OF = re.compile(
    r"\b(?:as of|stand|exported|export date|printed|date|état au|au|a fecha|fecha|datum)\b.*\d", re.IGNORECASE
)
_NUMBER = re.compile(r"[-+]?[\d.,' ]*\d%?")
_SENTENCE = re.compile(r"[.!?]\s*$|[:;]\s|\d{3,}")
_UNITS = TEAM | phrases(
    """
    underwriting, actuarial, accounting, controlling, treasury, tax, audit, logistics, production, purchasing,
    quality, maintenance, retail, wholesale, communications, administration, pricing, reinsurance,
    distribution, asia, europe, emea, apac, americas, north, south, east, west, area, region, directorate,
    verwaltung, produktion, logistik, schaden, finanzen, rh, finances, comptabilité, sinistres, achats,
    finanzas, compras
    """
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a sheet's header stands, None for an empty sheet, and what the rows below are.

    `body` are the rows that may be pilots; `titles` hold one cell only; `totals` add up.
    """

    header: Row | None
    body: tuple[Row, ...] = ()
    titles: tuple[Row, ...] = ()
    totals: tuple[Row, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def filled(row: Row) -> list[str]:
    return [cell.strip() for cell in row.cells if cell.strip()]


# --- The header -------------------------------------------------------------------


def lay_out(rows: Sequence[Row], line: int = 0) -> Layout:
    """Find the header and sort the rows below it; `line` is the header's, where a person has said it."""
    if not rows:
        return Layout(header=None)
    doubts: list[Doubt] = []
    chosen = next((place for place, row in enumerate(rows) if row.line == line), None)
    place = _find_header(rows, doubts) if chosen is None else chosen
    header = rows[place]
    doubts += _above(rows[:place])
    body, titles, totals = _below(header, rows[place + 1 :])
    repeated = [
        row for row in body if [fold(cell) for cell in filled(row)] == [fold(cell) for cell in filled(header)]
    ]
    if repeated:
        says = f"The header stands again in line {repeated[0].line}. Take that row out of the file."
        doubts.append(Doubt(HEADER, says))
    if totals:
        last = filled(totals[-1])
        says = f"Line {totals[-1].line} reads like a total (“{shortened(last[0])}”), not like a pilot."
        then = "It is left out." if len(last) == 1 else "Have it left out, or it is refused."
        doubts.append(Doubt(TOTALS, f"{says} {then}"))
    return Layout(header=header, body=body, titles=titles, totals=totals, doubts=tuple(doubts))


def _find_header(rows: Sequence[Row], doubts: list[Doubt]) -> int:
    points = [_header_points(row, rows, place) for place, row in enumerate(rows[:SEARCHED])]
    best = max(range(len(points)), key=lambda place: (points[place], -place))
    cells = filled(rows[best])
    has_values = any(map(_is_a_value, cells))
    if has_values or _known_titles(rows[best]) < min(2, len(cells)):
        # Among rows of values the first whole one is the likeliest.
        widths = [len(filled(row)) for row in rows[:SEARCHED]]
        best = widths.index(max(widths)) if has_values else best
        says = f"No row looks like a header for certain; line {rows[best].line} is taken."
        doubts.append(Doubt(HEADER, f"{says} Where there is none, add a row of titles above the list."))
        return best
    for other in (best - 1, best + 1):
        if 0 <= other < len(points) and _is_second_line(rows, best, other):
            two = sorted((rows[best].line, rows[other].line))
            lines = f"lines {two[0]} and {two[1]}"
            says = (
                f"The header may stand in two rows, {lines}; line {rows[best].line} is taken. "
                "A column named in the other one only has no name."
            )
            doubts.append(Doubt(HEADER, says))
            break
    return best


def _is_a_value(cell: str) -> bool:
    return looks_like_a_date(cell) or bool(_NUMBER.fullmatch(cell)) or "@" in cell


def _known_titles(row: Row) -> int:
    return sum(bool(_is_known(cell)) for cell in filled(row))


def _is_known(cell: str) -> bool:
    words = words_of(cell[:200])
    if " ".join(words) in ANY_OWNER or any(" ".join(words) in known for known in TITLES.values()):
        return True
    return len(words) <= 8 and bool(hints(cell))


def _header_points(row: Row, rows: Sequence[Row], place: int) -> float:
    cells = filled(row)
    if len(cells) < 2:
        return -100 if len(rows) > 1 else 0
    width = max(len(filled(other)) for other in rows[place : place + SEARCHED])
    values = sum(map(_is_a_value, cells))
    repeated = len(cells) - len({fold(cell) for cell in cells})
    known = _known_titles(row)
    follows = len(rows) - place > 1
    points: float = (
        10 * known / len(cells) ** 0.5
        + 10 * len(cells) / width
        - 20 * values / len(cells)
        - 10 * repeated / len(cells)
        - (0 if follows else 5)
        - place * 0.1
    )
    return points


def _is_second_line(rows: Sequence[Row], best: int, other: int) -> bool:
    """Say whether a row beside the header reads like a part of it: titles only, some where it has none."""
    header, row = rows[best], rows[other]
    cells = filled(row)
    if len(cells) < 2 or abs(row.line - header.line) != 1:
        return False
    width = max(len(header.cells), len(row.cells))
    named = {place for place, cell in enumerate(header.cells) if cell.strip()}
    beside = {place for place, cell in enumerate(row.cells) if cell.strip()}
    plain = not any(map(_is_a_value, cells))
    gaps = bool(beside - named) and len(named | beside) <= width
    if other > best:
        return plain and gaps and _known_titles(row) >= 2
    return plain and (gaps or _known_titles(row) >= 1 or len(cells) >= 2) and len(cells) < len(named) + 1


def _above(rows: Sequence[Row]) -> list[Doubt]:
    for row in rows:
        text = " ".join(filled(row))
        if _AS_OF.search(text) and len(text) < 120:
            says = f"Line {row.line}, above the header, says “{shortened(text, 80)}”."
            return [Doubt(HEADER, f"{says} Is that the day the file speaks of?")]
    return []


# --- What stands below ------------------------------------------------------------


def _below(header: Row, rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]]:
    wide = len(filled(header)) >= SECTIONS_FROM_COLUMNS
    body: list[Row] = []
    titles: list[Row] = []
    totals: list[Row] = []
    for place, row in enumerate(rows):
        cells = filled(row)
        if not cells:
            continue
        is_last = len(rows) - place <= 3
        adds_up = _TOTAL.fullmatch(cells[0]) or all(map(_NUMBER.fullmatch, cells))
        if is_last and adds_up and len(cells) <= max(2, len(filled(header)) // 2):
            totals.append(row)
        elif wide and len(cells) == 1:
            titles.append(row)
        else:
            body.append(row)
    if not body:
        return tuple(titles), (), tuple(totals)
    return tuple(body), tuple(titles), tuple(totals)


def judge_sections(layout: Layout, *, has_unit: bool) -> tuple[Sections, tuple[Doubt, ...]]:
    """Say what rows with one cell are: the business unit of those below, or titles that are left out."""
    single = [row for row in layout.totals if len(filled(row)) == 1]
    if not layout.titles and not single:
        return Sections.ROWS, ()
    if not layout.titles:
        return Sections.LEAVE_OUT, ()
    texts = [filled(row)[0] for row in layout.titles]
    last_of_all = layout.body[-1].line if layout.body else 0
    between = [row for row in layout.titles if row.line < last_of_all]
    lines = " and ".join(str(row.line) for row in layout.titles[:2])
    told = f"{quoted(texts[:2])} ({'lines' if len(layout.titles) > 1 else 'line'} {lines})"
    as_units = not has_unit and len(between) == len(layout.titles) and _read_like_units(texts)
    if as_units:
        more = f" and {len(texts) - 2} more" if len(texts) > 2 else ""
        says = f"{told}{more} stand alone in their rows and read like departments."
        return Sections.UNIT, (Doubt(SECTIONS, f"{says} They become the unit of the rows below them."),)
    rows = "row holds" if len(texts) == 1 else "rows hold"
    says = (
        f"{len(texts)} {rows} one cell only, such as {told}. They are left out as titles; "
        "if they are pilots, choose so."
    )
    return Sections.LEAVE_OUT, (Doubt(SECTIONS, says),)


def _read_like_units(texts: Sequence[str]) -> bool:
    folded = [fold(text) for text in texts]
    if len(set(folded)) < len(folded) or any(
        len(text.split()) > 5 or _SENTENCE.search(text) for text in texts
    ):
        return False
    like = sum(bool(set(fold(text).replace("&", " ").split()) & _UNITS) for text in texts)
    return like * 2 >= len(texts)
