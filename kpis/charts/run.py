"""The geometry of a run chart: readings over time against baseline and target. Plain: values in, places out.

Readings on prepared data and real ones are two lines that never join, and a change of the definition breaks
both: what stands left of it was measured against something else. Places along the time are per cent, or
thousandths inside the stretched drawing of the lines; heights are pixels. Of many readings each narrow column
keeps the lowest, the highest and the last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from kpis.charts.room import Span, room, span, take
from kpis.charts.scale import Days, Values, spread
from kpis.terms import REAL, Provenance

LABEL = 14  # pixels between two labels
LONGEST = 24  # letters of an event's label
NARROW = 220  # pixels that a phone leaves for the lines
MOST_SYMBOLS = 60  # of more readings, each is a dot of one path: a symbol each would be a long page
HOLLOW = frozenset(Provenance) - {Provenance.LIMITED, Provenance.LIVE}
SHORT, LONG = 14, 23  # letters that the narrow and the wide column right of the chart hold
SHORT_VALUE = 7  # letters that the narrow column left of it holds


@dataclass(frozen=True)
class Size:
    """How large a chart is: labels are laid out for `width`, and events have so many `rows` of them."""

    width: int
    height: int
    rows: int
    days: int
    columns: int
    values: int = 0

    @property
    def top(self) -> int:
        return 4 + LABEL * self.rows

    @property
    def bottom(self) -> int:
        return self.height - 24


ROW = Size(width=340, height=92, rows=1, days=1, columns=60)
PAGE = Size(width=980, height=280, rows=3, days=6, columns=240, values=5)


@dataclass(frozen=True)
class Point:
    """A reading: when, on which day of its program, how much, and how real."""

    at: datetime
    day: date
    value: Decimal
    provenance: Provenance


@dataclass(frozen=True)
class Change:
    """Something that happened on a day: a new version of the model, or of the definition."""

    day: date
    label: str
    breaks: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class Levels:
    """The values that lines are drawn at, with their labels: target, baseline, threshold, range."""

    values: Mapping[str, Decimal] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Symbol:
    x: str
    y: str
    kind: str


@dataclass(frozen=True)
class Dots:
    """Many readings of one kind as dots: `path` for a drawing 1,000 wide that is stretched to its place."""

    path: str
    kind: str
    is_hollow: bool


@dataclass(frozen=True)
class Line:
    """A line of readings: `points` for a drawing 1,000 wide that is stretched to its place."""

    points: str
    kind: str


@dataclass(frozen=True)
class Level:
    y: str
    label_y: str
    label: str
    kind: str

    @property
    def is_squeezed(self) -> bool:
        """Whether the label is longer than the widest column."""
        return len(self.label) > LONG


@dataclass(frozen=True)
class Mark:
    """A vertical; `label` is "" where another label takes the place, `text` says it all the same.

    `is_roomy`: on a phone its label would run into another or over the edge, so it is shown on wide screens.
    """

    x: str
    label: str
    label_y: int
    anchor: str
    text: str
    kind: str
    is_roomy: bool = False


@dataclass(frozen=True)
class Tick:
    x: str
    y: str
    label: str
    anchor: str
    is_between: bool = False


@dataclass(frozen=True)
class Run:
    """What is drawn: of `count` readings `drawn` have a symbol, or a dot where there are many."""

    height: int
    bottom: int
    top: int
    lines: list[Line]
    symbols: list[Symbol]
    dots: list[Dots]
    levels: list[Level]
    marks: list[Mark]
    days: list[Tick]
    values: list[Tick]
    count: int
    drawn: int

    @property
    def is_thinned(self) -> bool:
        return self.drawn < self.count

    @property
    def has_long_labels(self) -> bool:
        return any(len(level.label) > SHORT for level in self.levels)

    @property
    def has_long_values(self) -> bool:
        return any(len(tick.label) > SHORT_VALUE for tick in self.values)


def run(
    points: Sequence[Point], *, levels: Levels, changes: Sequence[Change], size: Size, today: date
) -> Run | None:
    """Return the drawing of readings in any order; None without any."""
    if not points:
        return None
    known = sorted(points, key=lambda point: point.at)
    days = Days.of([point.day for point in known])
    held = [*(float(point.value) for point in known), *(float(value) for value in levels.values.values())]
    values = Values.of(held, top=size.top, bottom=size.bottom)
    eras = _eras(known, [change for change in changes if change.breaks])
    kept = [_thinned(era, days, size.columns) for era in eras]
    drawn = sorted((point for era in kept for point in era), key=lambda point: point.at)
    are_many = len(drawn) > MOST_SYMBOLS
    return Run(
        height=size.height,
        top=size.top,
        bottom=size.bottom,
        lines=[line for era in kept if (line := _line(era, days, values)) is not None],
        symbols=[] if are_many else [_symbol(point, days, values) for point in drawn],
        dots=_dots(drawn, days, values) if are_many else [],
        levels=_levels(levels, values),
        marks=_marks(_shown(changes, days), days, size),
        days=_day_ticks(days, [known[0].day, known[-1].day], size, today),
        values=_value_ticks(values, size),
        count=len(known),
        drawn=len(drawn),
    )


def _is_real(point: Point) -> bool:
    return point.provenance in REAL


def _eras(points: Sequence[Point], breaks: Sequence[Change]) -> list[list[Point]]:
    """Return the readings by how real they are and by definition, each in order of time."""

    def era(point: Point) -> int:
        return sum(_is_before(change, point) for change in breaks)

    found = []
    for is_real in (False, True):
        of_kind = [point for point in points if _is_real(point) is is_real]
        found += [list(group) for _, group in groupby(of_kind, key=era)]
    return found


def _is_before(change: Change, point: Point) -> bool:
    return point.at >= change.at if change.at is not None else point.day >= change.day


def _thinned(points: Sequence[Point], days: Days, columns: int) -> list[Point]:
    """Return of each column the lowest, the highest and the last reading, where there are too many."""
    if len(points) <= columns:
        return list(points)

    def column(point: Point) -> int:
        return int(days.place(point.day) * columns / 100)

    kept: list[Point] = []
    for _, group in groupby(points, key=column):
        there = list(group)
        chosen = {id(point): point for point in (min(there, key=_value), max(there, key=_value), there[-1])}
        kept += sorted(chosen.values(), key=lambda point: point.at)
    return kept


def _value(point: Point) -> Decimal:
    return point.value


def _line(points: Sequence[Point], days: Days, values: Values) -> Line | None:
    if len(points) < 2:
        return None
    places = (f"{days.place(point.day) * 10:.1f},{values.place(float(point.value)):.1f}" for point in points)
    return Line(" ".join(places), "real" if _is_real(points[0]) else "prepared")


def _symbol(point: Point, days: Days, values: Values) -> Symbol:
    y = f"{values.place(float(point.value)):.1f}"
    return Symbol(f"{days.place(point.day):.2f}%", y, point.provenance.value)


def _dots(points: Sequence[Point], days: Days, values: Values) -> list[Dots]:
    """Return a path of each kind, least real first; a line without length is a dot, by its round ends."""
    found = []
    for kind in Provenance:
        places = [
            f"M{days.place(point.day) * 10:.1f} {values.place(float(point.value)):.1f}h0"
            for point in points
            if point.provenance is kind
        ]
        if places:
            found.append(Dots("".join(places), kind.value, kind in HOLLOW))
    return found


def _levels(levels: Levels, values: Values) -> list[Level]:
    kinds = list(levels.values)
    places = [values.place(float(levels.values[kind])) for kind in kinds]
    # A label's text stands 4 px below its middle.
    apart = spread([place + 4 for place in places], gap=LABEL, low=10, high=values.bottom + 12)
    return [
        Level(f"{place:.1f}", f"{label:.1f}", levels.labels[kind], kind)
        for kind, place, label in zip(kinds, places, apart, strict=True)
    ]


def _shown(changes: Sequence[Change], days: Days) -> list[Change]:
    """Return what happened while it was read, and the newest definition since, which no reading is of yet."""
    since = [change for change in changes if change.breaks and change.day > days.last]
    newest = sorted(since, key=lambda change: change.day)[-1:]
    return [change for change in changes if days.holds(change.day)] + newest


def _marks(changes: Sequence[Change], days: Days, size: Size) -> list[Mark]:
    """Return the verticals in order; labels take the first place where they meet no other.

    Those of definitions choose first, since a line that breaks wants its reason.
    """
    rows: list[list[Span]] = [[] for _ in range(size.rows)]
    on_a_phone: list[list[Span]] = [[] for _ in range(size.rows)]
    found = []
    for change in sorted(changes, key=lambda change: (not change.breaks, change.day)):
        text = change.label if len(change.label) <= LONGEST else f"{change.label[: LONGEST - 1]}…"
        share = days.place_within(change.day) / 100
        row, anchor = room(share * size.width, text, rows, size.width)
        narrow = span(share * NARROW, text, anchor)
        fits = row is not None and take(narrow, on_a_phone[row], NARROW)
        mark = Mark(
            x=f"{days.place_within(change.day):.2f}%",
            label="" if row is None else text,
            label_y=10 + LABEL * (row or 0),
            anchor=anchor,
            text=change.label,
            kind="definition" if change.breaks else "version",
            is_roomy=row is not None and not fits,
        )
        found.append((change.day, mark))
    return [mark for _, mark in sorted(found, key=lambda entry: entry[0])]


def _day_ticks(days: Days, ends: Sequence[date], size: Size, today: date) -> list[Tick]:
    first, last = ends
    y = f"{size.height - 4}"
    if first == last:
        return [Tick("50%", y, _brief(first, today), "middle")]
    start = Tick("0%", y, _brief(first, today), "start")
    end = Tick("100%", y, _brief(last, today), "end")
    room = 100 * 80 / size.width  # no label within 80 px of either end
    between = [
        Tick(f"{days.place(day):.2f}%", y, _month(day, today), "middle", is_between=True)
        for day in days.months(size.days)
        if room < days.place(day) < 100 - room
    ]
    return [start, *between, end]


def _brief(day: date, today: date) -> str:
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b} {day.year}"


def _month(day: date, today: date) -> str:
    return f"{day:%b}" if day.year == today.year else f"{day:%b} {day.year}"


def _value_ticks(values: Values, size: Size) -> list[Tick]:
    if not size.values:
        return []
    return [
        Tick("0", f"{values.place(value):.1f}", _plain(value), "start") for value in values.ticks(size.values)
    ]


def _plain(value: float) -> str:
    """Return a round value without the noise of binary fractions."""
    number = f"{Decimal(repr(value)).quantize(Decimal('0.000001')):,f}"
    return number.rstrip("0").rstrip(".").replace("-", "−") if "." in number else number.replace("-", "−")
