"""Draws the time to production: step curves with bands, named at their right end, pilots at risk below."""

from portfolio.dashboards.drawing import (
    NORMAL,
    Axis,
    Trace,
    Word,
    a_line,
    apart,
    band,
    figure,
    share_ticks,
    step_line,
)
from portfolio.dashboards.figures import Figure
from portfolio.flow.incidence import Band
from portfolio.pace.sections.counting import percent_of, tenths
from portfolio.pace.sections.time_count import Mark, TimeCounted

RIGHT = 172  # pixels for the words at the end of the curves
BELOW = 78  # pixels for the months and, under them, the pilots at risk
ARRIVED, STOPPED = "--chart-1", "--chart-2"


def incidence_figure(counted: TimeCounted) -> Figure:
    """Return production against stopped, with what is still open said above them."""
    incidence, end = counted.incidence, counted.end.point
    y = _shares(max(end.arrived_high, end.stopped_high))
    traces = [
        *_banded(counted, incidence.stopped_band, "stopped", f"{STOPPED}-band"),
        *_banded(counted, incidence.arrived_band, "in production", f"{ARRIVED}-band"),
        _curve(counted, incidence.days, incidence.stopped, "stopped", STOPPED),
        _curve(counted, incidence.days, incidence.arrived, "in production", ARRIVED),
    ]
    told = [
        ("Stopped", "--chart-text", end.stopped, end.stopped_low, end.stopped_high),
        ("In production", ARRIVED, end.arrived, end.arrived_low, end.arrived_high),
    ]
    line = a_line(y, NORMAL, BELOW)
    heights = apart([value for _, _, value, _, _ in told], 2.2 * line)
    lift = max(0.0, line - min(heights))  # no words below the axis
    rest = _free([height + lift for height in heights], y, line)
    words = [
        word
        for (name, colour, value, low, high), height in zip(told, heights, strict=True)
        for word in _ending(
            counted, height + lift, f"{name} {percent_of(value)}", interval(low, high), colour
        )
    ]
    words.append(
        Word(counted.until, rest, f"The other {percent_of(counted.end.open)} still open", up=-6, is_end=True)
    )
    return _figure(counted, traces, y, words)


def _free(taken: list[float], y: Axis, line: float) -> float:
    """Return a height for one more line of words: at the top, else between the others or under them."""
    low, high = min(taken), max(taken)
    for height in (y.last, (low + high) / 2, low - 2 * line):
        if height >= line and all(abs(height - other) >= 2 * line for other in taken):
            return height
    return high + 2 * line


def alone_figure(counted: TimeCounted) -> Figure:
    """Return Kaplan–Meier, dashed, over the curve of production from above."""
    alone, incidence, end = counted.alone, counted.incidence, counted.end
    y = _shares(max(end.alone.high, end.point.arrived_high))
    traces = [
        *_banded(counted, alone.band, "Kaplan–Meier", f"{STOPPED}-band", alone.days),
        _curve(counted, incidence.days, incidence.arrived, "cumulative incidence", ARRIVED),
        _curve(counted, alone.days, alone.over, "Kaplan–Meier", STOPPED, dash="6px,3px"),
    ]
    told = [
        (
            end.alone.over,
            f"Kaplan–Meier {percent_of(end.alone.over)}",
            interval(end.alone.low, end.alone.high),
            "--chart-text",
        ),
        (end.point.arrived, f"In production {percent_of(end.point.arrived)}", "as above", ARRIVED),
    ]
    heights = apart([value for value, *_ in told], 2.2 * a_line(y, NORMAL, BELOW))
    lift = max(0.0, a_line(y, NORMAL, BELOW) - min(heights))
    words = [
        word
        for (_, name, under, colour), height in zip(told, heights, strict=True)
        for word in _ending(counted, height + lift, name, under, colour)
    ]
    return _figure(counted, traces, y, words)


def interval(low: float, high: float) -> str:
    return f"95 % interval {100 * low:.0f}–{100 * high:.0f}"


def _shares(highest: float) -> Axis:
    ticks = share_ticks(min(highest, 1.0))
    return Axis(last=min(ticks[-1][0], 1.0) or 1.0, ticks=ticks)


def _figure(counted: TimeCounted, traces: list[Trace], y: Axis, words: list[Word]) -> Figure:
    ticks = [
        (float(mark.day), f"{name_of(mark, counted)}<br><br>{mark.point.at_risk:,}") for mark in counted.marks
    ]
    unit = "months" if counted.in_months else "days"
    under = [
        Word(counted.until, 0, f"{unit} since {counted.entry.short_label}", up=-11, away=16),
        Word(counted.until, 0, "pilots at risk", up=-44, away=16),
    ]
    x = Axis(last=float(counted.until), ticks=ticks)
    return figure(traces, x, y, words=[*words, *under], right=RIGHT, bottom=BELOW)


def name_of(mark: Mark, counted: TimeCounted) -> str:
    """Return what stands under a tick: “6”, at the end “13.6”; a day where there are no months."""
    return tenths(mark.months) if counted.in_months else f"{mark.day}"


def _ending(counted: TimeCounted, height: float, name: str, under: str, colour: str) -> list[Word]:
    key = ARRIVED if colour == ARRIVED else STOPPED  # the line's own; its words are darker where it is grey
    return [
        Word(counted.until, height, name, colour, up=8, is_end=True, is_strong=True, key=key),
        Word(counted.until, height, under, up=-8, is_end=True),
    ]


def _curve(
    counted: TimeCounted,
    at: tuple[int, ...],
    shares: tuple[float, ...],
    name: str,
    colour: str,
    dash: str = "solid",
) -> Trace:
    days, values = counted.steps(shares, at)
    hover = [f"{name}: {percent_of(value)} by day {day:,}" for day, value in zip(days, values, strict=True)]
    return step_line(days, values, name=name, colour=colour, hover=hover, dash=dash)


def _banded(
    counted: TimeCounted, bands: tuple[Band, ...], name: str, colour: str, at: tuple[int, ...] | None = None
) -> list[Trace]:
    at = counted.incidence.days if at is None else at
    days, low = counted.steps([band[0] for band in bands], at)
    # Before the first step nobody is certain either: the table tells the same high end.
    _, high = counted.steps([band[1] for band in bands], at, counted.at(0).alone.high)
    return band(days, low, high, name=f"{name}, 95 % interval", colour=colour)
