"""Draws the flow of a cohort by month: bands in stage order, work in progress, who came and who left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portfolio.dashboards import drawing
from portfolio.dashboards.drawing import Axis, Trace, Word
from portfolio.dashboards.figures import Figure
from portfolio.flow.months import Flow

RIGHT = 168  # pixels for the words at the ends
LABELS = 6  # dates under a chart, at most
WIDTH = 0.72  # of a month: how wide a bar is
NARROWEST = 6  # days: the bar of a month that has just begun


@dataclass(frozen=True)
class Band:
    """One band: its name, how high it is at each level, and its colour."""

    name: str
    heights: Sequence[int]
    colour: str
    is_strong: bool = False


def cumulative(flow: Flow, bands: Sequence[Band]) -> Figure:
    """Return the bands on each other, the first at the bottom; their sum is how many had entered."""
    days = [level.day.toordinal() for level in flow.levels]
    y = _upwards(flow.last.entered)
    low = [0] * len(days)
    traces: list[Trace] = []
    middles, drawn = [], []
    for band in bands:
        high = [under + height for under, height in zip(low, band.heights, strict=True)]
        if any(band.heights):
            hover = [
                f"{band.name}, {_spoken(level.day)}: {height:,}"
                for level, height in zip(flow.levels, band.heights, strict=True)
            ]
            area = drawing.band(
                days, low, high, name=band.name, colour=band.colour, hover=hover, is_step=False
            )
            edge = drawing.line(days, high, name=band.name, colour="--bg", width=1)
            traces += [*area, edge]
        if band.heights[-1]:
            middles.append((low[-1] + high[-1]) / 2)
            drawn.append(band)
        low = high
    places = drawing.apart(middles, drawing.a_line(y, drawing.TALL))
    words = [
        Word(
            days[-1],
            place,
            f"{band.name} {band.heights[-1]:,}",
            colour="--chart-ink",
            is_end=True,
            is_strong=band.is_strong,
            key=band.colour,
        )
        for band, place in zip(drawn, places, strict=True)
    ]
    return drawing.figure(traces, _along(flow), y, height=drawing.TALL, words=words, right=RIGHT)


def progress(flow: Flow) -> Figure:
    """Return the work in progress at each level, and how much of it was on hold."""
    days = [level.day.toordinal() for level in flow.levels]
    amounts = [level.in_progress for level in flow.levels]
    held = [level.on_hold for level in flow.levels]
    y = _upwards(max(amounts))
    ends = [("In progress", amounts, "--chart-1"), ("On hold", held, "--chart-2")]
    ends = ends if any(held) else ends[:1]
    traces = [
        drawing.line(
            days,
            counts,
            name=name,
            colour=colour,
            hover=[
                f"{name}, {_spoken(level.day)}: {n:,}" for level, n in zip(flow.levels, counts, strict=True)
            ],
        )
        for name, counts, colour in ends
    ]
    places = drawing.apart([counts[-1] for _, counts, _ in ends], drawing.a_line(y, drawing.SHORT))
    words = [
        Word(days[-1], place, f"{name} {counts[-1]:,}", colour, is_end=True, is_strong=True, key=colour)
        for (name, counts, colour), place in zip(ends, places, strict=True)
    ]
    return drawing.figure(traces, _along(flow), y, height=drawing.SHORT, words=words, right=RIGHT)


def turns(flow: Flow) -> Figure:
    """Return bars per month: up who came, down who reached production and who stopped."""
    middles = [(turn.month.first.toordinal() + turn.month.last.toordinal()) / 2 for turn in flow.turns]
    widths = [max(WIDTH * ((turn.month.last - turn.month.first).days + 1), NARROWEST) for turn in flow.turns]
    up = max((turn.came for turn in flow.turns), default=0)
    down = max((turn.left for turn in flow.turns), default=0)
    kinds = [
        ("came in", [turn.came for turn in flow.turns], "--chart-1-soft", None),
        ("reached production", [-turn.arrived for turn in flow.turns], "--chart-1", None),
        (
            "stopped",
            [-turn.stopped for turn in flow.turns],
            "--chart-2",
            [-turn.arrived for turn in flow.turns],
        ),
    ]
    traces = [
        drawing.bars(
            middles,
            [height or None for height in heights],  # nothing is drawn, not even a rim
            name=name,
            colour=colour,
            base=base,
            width=widths,
            hover=[
                f"{turn.month.first:%b %Y}: {abs(n):,} {name}"
                for turn, n in zip(flow.turns, heights, strict=True)
            ],
        )
        for name, heights, colour, base in kinds
    ]
    above = drawing.neat_ticks(max(up, down), about=3)
    step = above[1][0]
    ticks = [(-at, text) for at, text in above if 0 < at < down + step] + [
        (at, text) for at, text in above if at < up + step
    ]
    y = Axis(max(at for at, _ in ticks) or 1, ticks, first=min(at for at, _ in ticks))
    zero = drawing.rule((_along(flow).first, _along(flow).last), (0, 0), dash="solid")
    return drawing.figure(
        traces, _along(flow), y, height=drawing.SHORT, shapes=[zero], right=RIGHT, barmode="overlay"
    )


def _along(flow: Flow) -> Axis:
    """Return the axis of days, with the names of at most `LABELS` months where they begin."""
    step = next(step for step in (1, 2, 3, 6, 12) if len(flow.turns) <= LABELS * step)
    firsts = [turn.month.first for turn in flow.turns]
    named = [day for day in firsts if (day.month - 1) % step == 0] or firsts[:1]
    ticks = [
        (float(day.toordinal()), f"{day:%b %Y}" if place == 0 or day.month == 1 else f"{day:%b}")
        for place, day in enumerate(named)
    ]
    first, last = flow.before.day, flow.last.day
    return Axis(float(last.toordinal()), ticks, first=float(first.toordinal()))


def _upwards(highest: int) -> Axis:
    ticks = drawing.neat_ticks(highest)
    return Axis(ticks[-1][0] * 1.02, ticks)  # so that a line at the top is drawn whole


def _spoken(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
