"""Draws the charts of a document as plain shapes for SVG: rectangles, lines and words with their places.

They are for paper and for whoever has no script: print, PDF and the shared page. Positions are in the units
of a box as wide as its `Room`; templates/steering/out/drawn.html writes them down. Words are escaped there.
Each chart is drawn twice: `PAGE` for paper and wide screens, `PHONE` for narrow ones, where its letters stay
as large. The style sheet shows one of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portfolio.steering.out.document import Bars, Look, Path, Paths

ROW, BAR = 30, 18
OVER = 16  # for a line of words over a bar
HIGH, LEFT, TOP, BOTTOM = 230, 40, 12, 40
LEGEND, LINE = 26, 16
LETTER = 6.2  # about what a letter of 11 takes


@dataclass(frozen=True)
class Room:
    """How much room a chart has: in all, left and right of its bars, and right of its lines.

    Without room beside them words stand over what they name.
    """

    width: int
    name: int
    said: int
    right: int

    @property
    def is_narrow(self) -> bool:
        return self.name == 0


PAGE = Room(640, name=132, said=150, right=120)
PHONE = Room(340, name=0, said=0, right=8)

# Colours on paper; a screen has its own (css/components/drawn.css).
FILLS = {
    Look.MAIN: "#2250c0",
    Look.SOFT: "#b4c4ec",
    Look.REST: "#6d6f74",
    Look.THIN: "#a9a8a3",
}
STROKES = {  # colour, width, dashes
    "axis": ("#a9a8a3", 1, ""),
    "grid": ("#e6e5e1", 1, ""),
    Look.MAIN.value: ("#2250c0", 2.2, ""),
    Look.SOFT.value: ("#b4c4ec", 2.2, ""),
    Look.REST.value: ("#6d6f74", 2.2, "6 4"),
    Look.HATCH.value: ("#7c8da6", 2.2, "2 3"),
    Look.THIN.value: ("#a9a8a3", 1, "2 3"),
}


@dataclass(frozen=True)
class Box:
    look: Look
    x: float
    y: float
    width: float
    height: float

    @property
    def fill(self) -> str:
        """A colour; "" where the page hatches."""
        return FILLS.get(self.look, "")


@dataclass(frozen=True)
class Stroke:
    """A line; `kind` is the look of a series, or “axis” or “grid”."""

    kind: str
    points: str

    @property
    def colour(self) -> str:
        return STROKES[self.kind][0]

    @property
    def width(self) -> float:
        return STROKES[self.kind][1]

    @property
    def dash(self) -> str:
        return STROKES[self.kind][2]


@dataclass(frozen=True)
class Word:
    text: str
    x: float
    y: float
    side: str = "start"  # which end of the words lies at x: start, middle, end


@dataclass
class Drawing:
    """All shapes of one chart. `name` says what it shows; `code` is its own on the page."""

    name: str
    height: float
    code: str = ""
    width: int = PAGE.width
    boxes: list[Box] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    @property
    def is_narrow(self) -> bool:
        return self.width == PHONE.width


def draw(chart: Bars | Paths, code: str, room: Room = PAGE) -> Drawing:
    drawing = _bars(chart, room) if isinstance(chart, Bars) else _paths(chart, room)
    drawing.code = code
    return drawing


def _bars(chart: Bars, room: Room) -> Drawing:
    drawing = Drawing(chart.name, 0, width=room.width)
    begin = _legend(drawing, [(series.name, series.look) for series in chart.series], room)
    lengths = [[series.values[at] for series in chart.series] for at in range(len(chart.names))]
    most = max((max(row) if chart.is_beside else sum(row) for row in lengths), default=0)
    scale = (room.width - room.name - room.said) / most if most else 0
    over = OVER if room.is_narrow else 0
    for at, name in enumerate(chart.names):
        top = begin + (ROW + over) * at
        said = chart.said[at] if at < len(chart.said) else ""
        end = _row(drawing, chart, [length * scale for length in lengths[at]], (room.name, top + over))
        if room.is_narrow:
            drawing.words.append(Word(name, 0, top + 11))
            drawing.words.append(Word(said, room.width, top + 11, "end"))
        else:
            drawing.words.append(Word(name, room.name - 8, top + 13, "end"))
            drawing.words.append(Word(said, round(end + 8, 2), top + 13))
    last = begin + (ROW + over) * len(chart.names)
    if not room.is_narrow:
        drawing.strokes.append(Stroke("axis", f"{room.name},{begin - 4} {room.name},{last - 6}"))
    drawing.height = last + 4
    return drawing


def _row(drawing: Drawing, chart: Bars, widths: Sequence[float], begin: tuple[float, float]) -> float:
    """Draw the bars of one name from a place on; return where the longest ends."""
    high = BAR / max(len(widths), 1) if chart.is_beside else BAR
    x, y = begin
    for series, width in zip(chart.series, widths, strict=True):
        if width > 0:
            drawing.boxes.append(Box(series.look, round(x, 2), round(y, 2), round(width, 2), round(high, 2)))
        if chart.is_beside:
            y += high
        else:
            x += width
    return begin[0] + max(widths, default=0) if chart.is_beside else x


def _legend(
    drawing: Drawing, named: Sequence[tuple[str, Look]], room: Room, *, is_line: bool = False
) -> float:
    """Name the looks in lines over the chart; return where it may begin."""
    x, line = float(room.name), 0
    for name, look in named:
        wide = 15 + LETTER * len(name) + 18
        if x + wide > room.width and x > room.name:
            x, line = float(room.name), line + 1
        y = LINE * line
        if is_line:
            drawing.strokes.append(Stroke(look.value, f"{round(x, 2)},{9 + y} {round(x + 12, 2)},{9 + y}"))
        else:
            drawing.boxes.append(Box(look, round(x, 2), 4 + y, 10, 10))
        drawing.words.append(Word(name, round(x + 15, 2), 13 + y))
        x += wide
    return LEGEND + LINE * line


def _paths(chart: Paths, room: Room) -> Drawing:
    drawing = Drawing(chart.name, HIGH, width=room.width)
    top = float(TOP)
    if room.is_narrow:
        told = [(path.name, path.look) for path in chart.paths if path.look is not Look.THIN]
        top = _legend(drawing, told, room, is_line=True) + 4
    drawing.height = top + HIGH - TOP
    last = max((path.points[-1][0] for path in chart.paths if path.points), default=0) or 1
    highest = max((share for path in chart.paths for _, share in path.points), default=0)
    top_share = _ceiling(highest)
    wide, high = room.width - LEFT - room.right, HIGH - TOP - BOTTOM
    foot = top + high

    def place(at: float, share: float) -> tuple[float, float]:
        return round(LEFT + wide * at / last, 2), round(top + high * (1 - share / top_share), 2)

    for part in range(5):
        share = top_share * part / 4
        left, y = place(0, share)
        drawing.strokes.append(Stroke("axis" if part == 0 else "grid", f"{left},{y} {LEFT + wide},{y}"))
        drawing.words.append(Word(f"{share:.0%}".replace("%", " %"), LEFT - 6, y + 4, "end"))
    for at in range(0, int(last) + 1, chart.tick):
        drawing.words.append(Word(f"{at:,}", place(at, 0)[0], foot + 16, "middle"))
    drawing.words.append(Word(chart.across, LEFT + wide / 2, foot + 34, "middle"))
    ends = []
    for path in chart.paths:
        if path.points:
            drawing.strokes.append(Stroke(path.look.value, _line(path, place)))
            if path.look is not Look.THIN and not room.is_narrow:
                ends.append((*place(*path.points[-1]), path.name))
    drawing.words += _ends(ends)
    return drawing


def _line(path: Path, place: Callable[[float, float], tuple[float, float]]) -> str:
    """Return the corners of a line, which stays where it is until the next point."""
    corners: list[tuple[float, float]] = []
    for at, share in path.points:
        x, y = place(at, share)
        if corners and corners[-1][1] != y:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return " ".join(f"{x},{y}" for x, y in corners)


def _ends(ends: Sequence[tuple[float, float, str]]) -> list[Word]:
    """Name lines at their ends, at least a line of words apart."""
    words, free = [], 0.0
    for x, y, name in sorted(ends, key=lambda end: end[1]):
        at = max(y + 4, free)
        words.append(Word(name, x + 6, round(at, 2)))
        free = at + 14
    return words


def _ceiling(highest: float) -> float:
    """Return the least neat share that is not below the highest."""
    return next((share for share in (0.04, 0.1, 0.2, 0.4, 0.6, 0.8) if highest <= share), 1.0)
