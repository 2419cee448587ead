"""Draws the charts of a document as plain shapes for SVG: rectangles, lines and words with their places.

They are for paper and for whoever has no script: print, PDF and the shared page. Positions are in the units
of a box of `WIDTH`; templates/steering/out/drawn.html writes them down. Words are escaped there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portfolio.steering.out.document import Bars, Look, Path, Paths

WIDTH = 640
NAME, SAID = 132, 150  # room for the names left of bars, and for what stands right of them
ROW, BAR = 30, 18
HIGH, LEFT, RIGHT, TOP, BOTTOM = 230, 40, 120, 12, 40
LEGEND, LINE = 26, 16
LETTER = 6.2  # about what a letter of 11 takes


# Colours on paper; a screen has its own (css/pages/paper.css).
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
    width: int = WIDTH
    boxes: list[Box] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


def draw(chart: Bars | Paths, code: str) -> Drawing:
    drawing = _bars(chart) if isinstance(chart, Bars) else _paths(chart)
    drawing.code = code
    return drawing


def _bars(chart: Bars) -> Drawing:
    drawing = Drawing(chart.name, 0)
    begin = _legend(drawing, [(series.name, series.look) for series in chart.series])
    lengths = [[series.values[at] for series in chart.series] for at in range(len(chart.names))]
    most = max((max(row) if chart.is_beside else sum(row) for row in lengths), default=0)
    scale = (WIDTH - NAME - SAID) / most if most else 0
    for at, name in enumerate(chart.names):
        top = begin + ROW * at
        drawing.words.append(Word(name, NAME - 8, top + 13, "end"))
        end = _row(drawing, chart, [length * scale for length in lengths[at]], top)
        if at < len(chart.said):
            drawing.words.append(Word(chart.said[at], round(end + 8, 2), top + 13))
    last = begin + ROW * len(chart.names)
    drawing.strokes.append(Stroke("axis", f"{NAME},{begin - 4} {NAME},{last - 6}"))
    drawing.height = last + 4
    return drawing


def _row(drawing: Drawing, chart: Bars, widths: Sequence[float], top: float) -> float:
    """Draw the bars of one name; return where the longest ends."""
    high = BAR / len(widths) if chart.is_beside else BAR
    x, y = float(NAME), top
    for series, width in zip(chart.series, widths, strict=True):
        if width > 0:
            drawing.boxes.append(Box(series.look, round(x, 2), round(y, 2), round(width, 2), round(high, 2)))
        if chart.is_beside:
            y += high
        else:
            x += width
    return NAME + max(widths) if chart.is_beside else x


def _legend(drawing: Drawing, named: Sequence[tuple[str, Look]]) -> float:
    """Name the looks in lines over the bars; return where the bars may begin."""
    x, line = float(NAME), 0
    for name, look in named:
        wide = 15 + LETTER * len(name) + 18
        if x + wide > WIDTH and x > NAME:
            x, line = float(NAME), line + 1
        drawing.boxes.append(Box(look, round(x, 2), 4 + LINE * line, 10, 10))
        drawing.words.append(Word(name, round(x + 15, 2), 13 + LINE * line))
        x += wide
    return LEGEND + LINE * line


def _paths(chart: Paths) -> Drawing:
    drawing = Drawing(chart.name, HIGH)
    last = max((path.points[-1][0] for path in chart.paths if path.points), default=0) or 1
    highest = max((share for path in chart.paths for _, share in path.points), default=0)
    top_share = _ceiling(highest)
    wide, high = WIDTH - LEFT - RIGHT, HIGH - TOP - BOTTOM

    def place(day: float, share: float) -> tuple[float, float]:
        return round(LEFT + wide * day / last, 2), round(TOP + high * (1 - share / top_share), 2)

    for part in range(5):
        share = top_share * part / 4
        left, y = place(0, share)
        drawing.strokes.append(Stroke("axis" if part == 0 else "grid", f"{left},{y} {LEFT + wide},{y}"))
        drawing.words.append(Word(f"{share:.0%}".replace("%", " %"), LEFT - 6, y + 4, "end"))
    for day in _days(last):
        drawing.words.append(Word(f"{day:,}", place(day, 0)[0], HIGH - BOTTOM + 16, "middle"))
    drawing.words.append(Word(chart.across, LEFT + wide / 2, HIGH - 6, "middle"))
    ends = []
    for path in chart.paths:
        if path.points:
            drawing.strokes.append(Stroke(path.look.value, _line(path, place, is_step=chart.is_step)))
            if path.look is not Look.THIN:
                ends.append((*place(*path.points[-1]), path.name))
    drawing.words += _ends(ends)
    return drawing


def _line(path: Path, place: Callable[[float, float], tuple[float, float]], *, is_step: bool) -> str:
    """Return the corners of a line; a step line stays where it is until the next point."""
    corners: list[tuple[float, float]] = []
    for day, share in path.points:
        x, y = place(day, share)
        if is_step and corners:
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


def _days(last: float) -> list[int]:
    step = next((step for step in (30, 60, 90, 180, 360) if last <= 6 * step), 720)
    return list(range(0, int(last) + 1, step))
