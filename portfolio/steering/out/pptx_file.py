"""Writes a document as PowerPoint: a title that is the finding, native charts and tables, nothing cut.

What does not fit on a slide goes on on the next. The library does not lay text out, so how many lines a
text takes is estimated, on the safe side. Import this module late: the library costs a fifth of a second.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import zip_longest
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches, Length, Pt

from portfolio.steering.out.document import Bars, Block, Document, Part, Paths, Rows, Words
from portfolio.steering.out.pptx_charts import GRID, INK, QUIET, add_bars, add_paths
from portfolio.steering.out.written import fit, lines_of

# All in inches.
WIDE, HIGH, EDGE = 13.333, 7.5, 0.55
ROOM = WIDE - 2 * EDGE
BODY, END = 1.65, 6.75
FOOT = 6.95
PAR = 0.27  # a line of words
CELL = 0.21  # a line in a table
GAP = 0.18
CHART = 4.1
LEAST_ROWS = 3  # a table begins on a slide only where so many rows of it fit
LONGEST_CELL = 14  # lines; a longer cell goes on in the next row
CONTINUED = " (continued)"


def pptx_bytes(document: Document, *, at: datetime) -> bytes:
    """Return the file. `at` is the moment of the freeze, written down as the file's own."""
    deck = Deck(document)
    deck.opening()
    for part in document.parts:
        deck.part(part)
    deck.presentation.core_properties.title = fit(document.title)
    deck.presentation.core_properties.author = "Headway"
    deck.presentation.core_properties.created = deck.presentation.core_properties.modified = at
    out = BytesIO()
    deck.presentation.save(out)
    return out.getvalue()


class Deck:
    """A presentation under the pen. `free` is where the next thing goes, in inches from above."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.presentation = Presentation()
        self.presentation.slide_width, self.presentation.slide_height = Inches(WIDE), Inches(HIGH)
        self.layout = _title_only(self.presentation)
        self.slide: Any = None
        self.free = BODY
        self.said: Part | None = None

    # --- Slides -----------------------------------------------------------------------------

    def opening(self) -> None:
        self._slide(self.document.title, self.document.sub)
        rows = tuple(self.document.facts)
        self.rows(Rows("What this pack is of", ("", ""), rows))
        self._note("\n".join([self.document.sub, *(f"{label}: {value}" for label, value in rows)]))

    def part(self, part: Part) -> None:
        self.said = part
        self._slide(part.title, part.sub)
        for block in part.blocks:
            self.block(block)

    def block(self, block: Block) -> None:
        match block:
            case Words():
                self.words(block)
            case Rows():
                self.rows(block)
            case Bars() | Paths():
                self.chart(block)

    def _slide(self, title: str, sub: str) -> None:
        self.slide = self.presentation.slides.add_slide(self.layout)
        title = fit(title)
        frame = self.slide.shapes.title.text_frame
        frame.text = title
        frame.paragraphs[0].font.size = Pt(_title_size(title))
        self.free = BODY
        if sub:
            lines = lines_of(sub, 130)
            self._text(sub, EDGE, 1.2, ROOM, PAR * len(lines), size=14, colour=QUIET)
            self.free = max(BODY, 1.2 + PAR * len(lines) + GAP)
        self._footer()
        if self.said is not None:
            self._note("\n".join(filter(None, [self.said.title, self.said.sub, self.document.foot])))

    def _next(self) -> None:
        """Go on with the same finding on a new slide."""
        title = self.slide.shapes.title.text_frame.text
        self._slide(title if title.endswith(CONTINUED) else title + CONTINUED, "")

    def _footer(self) -> None:
        lines = lines_of(self.document.foot, 190)
        top = FOOT - 0.15 * (len(lines) - 1)
        self._text(self.document.foot, EDGE, top, ROOM - 0.8, 0.3, size=9, colour=QUIET)
        box = self.slide.shapes.add_textbox(*_place(WIDE - EDGE - 0.7, FOOT, 0.7, 0.3))
        paragraph = box.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.RIGHT
        field = (
            f'<a:fld {nsdecls("a")} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">'
            f'<a:rPr lang="en-GB" sz="900"/><a:t>{len(self.presentation.slides)}</a:t></a:fld>'
        )
        paragraph._p.append(parse_xml(field))  # noqa: SLF001 -- the library has no fields

    def _note(self, text: str) -> None:
        self.slide.notes_slide.notes_text_frame.text = fit(text)

    # --- Blocks -----------------------------------------------------------------------------

    def words(self, block: Words) -> None:
        for text in block.lines:
            left = lines_of(text, 118)
            while left:
                fitting = int((END - self.free) / PAR)
                if fitting < min(len(left), 2):
                    self._next()
                    continue
                now, left = left[:fitting], left[fitting:]
                self._text(
                    "\n".join(now) if "\n" in text else " ".join(now), EDGE, self.free, ROOM, PAR * len(now)
                )
                self.free += PAR * len(now) + GAP / 2
        self.free += GAP / 2

    def chart(self, chart: Bars | Paths) -> None:
        if END - self.free < CHART:
            self._next()
        high = min(END - self.free, CHART + 0.4)
        place = _place(EDGE, self.free, ROOM, high)
        if isinstance(chart, Bars):
            add_bars(self.slide, chart, place)
        else:
            add_paths(self.slide, chart, place)
        self.free += high + GAP

    def rows(self, table: Rows) -> None:
        widths = _widths(table)
        rows = [part for row in table.rows for part in _parts(row, widths)]
        while rows:
            now = self._fitting(rows, widths)
            if len(now) < min(LEAST_ROWS, len(rows)) and self.free > BODY + 0.6:
                self._next()
                continue
            rows = rows[len(now) :]
            self._table(table, now, widths)
            if rows:
                self._next()

    def _fitting(self, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> list[Sequence[str]]:
        """Return the first rows that find room under what is there; one where none does."""
        free = self.free + CELL + 0.12
        found: list[Sequence[str]] = []
        for row in rows:
            free += _height(row, widths)
            if free > END and found:
                break
            found.append(row)
        return found

    def _table(self, table: Rows, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        has_head = any(table.head)
        lines = [table.head, *rows] if has_head else list(rows)
        heights = [_height(row, widths) for row in lines]
        place = _place(EDGE, self.free, sum(widths), sum(heights))
        frame = self.slide.shapes.add_table(len(lines), len(widths), *place)
        frame.name = fit(table.name)[:120]
        made = frame.table
        made.first_row, made.horz_banding = has_head, False
        for at, width in enumerate(widths):
            made.columns[at].width = Inches(width)
        for down, (row, height) in enumerate(zip(lines, heights, strict=True)):
            made.rows[down].height = Inches(height)
            for at, text in enumerate(row):
                is_strong = (has_head and down == 0) or (not has_head and at == 0)
                _write(made.cell(down, at), text, is_strong=is_strong, is_number=at in table.numbers)
        self.free += sum(heights) + GAP

    def _text(
        self,
        text: str,
        left: float,
        top: float,
        width: float,
        height: float,
        *,
        size: int = 16,
        colour: RGBColor = INK,
    ) -> None:
        box = self.slide.shapes.add_textbox(*_place(left, top, width, height))
        frame = box.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.text = fit(text)
        for paragraph in frame.paragraphs:
            paragraph.font.size, paragraph.font.color.rgb = Pt(size), colour


def _title_only(presentation: Any) -> Any:
    """Return the layout with a title alone, made for our size of slide; the others would be askew."""
    kept = presentation.slide_layouts.get_by_name("Title Only")
    for layout in list(presentation.slide_layouts):
        if layout is not kept:
            presentation.slide_layouts.remove(layout)
    for holder in (*kept.placeholders, *kept.slide_master.placeholders):
        if holder.placeholder_format.type is not None and "TITLE" in str(holder.placeholder_format.type):
            holder.left, holder.top, holder.width, holder.height = _place(EDGE, 0.4, ROOM, 0.8)
            holder.text_frame.word_wrap = True
            holder.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    for holder in list(kept.placeholders):
        if "TITLE" not in str(holder.placeholder_format.type):
            holder._element.getparent().remove(holder._element)  # noqa: SLF001 -- the only way to drop one
    return kept


def _title_size(title: str) -> int:
    """Return the points at which a title takes at most two lines of its room, as far as that is legible."""
    return next((size for size, most in ((26, 120), (22, 150), (18, 190)) if len(title) <= most), 14)


def _place(left: float, top: float, width: float, height: float) -> tuple[Length, Length, Length, Length]:
    return Inches(left), Inches(top), Inches(width), Inches(height)


def _widths(table: Rows) -> list[float]:
    """Return how wide each column is: as its longest text, between bounds, the whole filling the slide."""
    columns = list(zip_longest(table.head, *table.rows, fillvalue=""))
    wanted = [
        min(60, max(6, *(len(line) for text in column for line in str(text).split("\n"))))
        for column in columns
    ]
    return [round(ROOM * part / sum(wanted), 3) for part in wanted]


def _letters(width: float) -> int:
    """Return how many letters a column of this width holds in a line at 12 points."""
    return max(4, int((width - 0.16) * 72 / 6.4))


def _height(row: Sequence[str], widths: Sequence[float]) -> float:
    most = max(len(lines_of(text, _letters(width))) for text, width in zip(row, widths, strict=True))
    return most * CELL + 0.1


def _parts(row: Sequence[str], widths: Sequence[float]) -> Iterator[Sequence[str]]:
    """Yield the row, as several where a cell is longer than a slide can hold."""
    cells = [lines_of(text, _letters(width)) for text, width in zip(row, widths, strict=True)]
    most = max(len(lines) for lines in cells)
    if most <= LONGEST_CELL:
        yield row
        return
    for start in range(0, most, LONGEST_CELL):
        yield [" ".join(lines[start : start + LONGEST_CELL]) for lines in cells]


def _write(cell: Any, text: str, *, is_strong: bool, is_number: bool) -> None:
    cell.margin_left = cell.margin_right = Inches(0.08)
    cell.margin_top = cell.margin_bottom = Inches(0.04)
    cell.fill.background()
    cell.text_frame.word_wrap = True
    cell.text_frame.text = fit(text)
    _underline(cell)
    for paragraph in cell.text_frame.paragraphs:
        paragraph.font.size, paragraph.font.bold, paragraph.font.color.rgb = Pt(12), is_strong, INK
        if is_number:
            paragraph.alignment = PP_ALIGN.RIGHT


def _underline(cell: Any) -> None:
    """Draw a hairline under a cell; the library knows no borders."""
    line = f'<a:lnB {nsdecls("a")} w="6350"><a:solidFill><a:srgbClr val="{GRID}"/></a:solidFill></a:lnB>'
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001 -- see above
    properties.insert(0, parse_xml(line))
