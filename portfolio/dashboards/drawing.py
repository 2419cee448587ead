"""The parts that figures are made of: axes, lines, bands, dots, bars, words. Plain dicts for plotly.js.

Positions are in the unit of their axis, heights and widths of words in pixels. What a person wrote goes
through `figures.plain` before it comes here. A figure with nothing to compare has no grid, and no figure
has a legend of its own: words stand beside what they name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from portfolio.dashboards.figures import Figure

Trace = dict[str, Any]
SHORT, NORMAL, TALL = 200, 320, 400  # heights for which a page keeps room (static/css/components/figure.css)
TOP, BOTTOM, LEFT = 12, 40, 44  # pixels around the plot
LINE = 17  # pixels a line of words takes
NEAT = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Axis:
    """From where to where an axis goes, and at what values which words stand. No `ticks`: no words."""

    last: float
    ticks: Sequence[tuple[float, str]] = ()
    first: float = 0
    title: str = ""


@dataclass(frozen=True)
class Word:
    """Words at a place, right of it unless `side` says otherwise; `is_end` ones follow a line's last point.

    On a narrow screen words at an end move over the line; in a figure where some have a `key`, they all move
    above the plot, off the data, those of one height in one row behind a square in the colour of the key.
    """

    x: float
    y: float
    text: str
    colour: str = "--chart-text"
    side: str = "left"  # which side of the words lies at `x`: left, center, right
    up: float = 0  # pixels above the place
    away: float = 8  # pixels beside it
    is_end: bool = False
    is_strong: bool = False
    only: str = ""  # "wide" or "narrow": words for that screen only
    key: str = ""


def neat_ticks(last: float, about: int = 5, unit: str = "") -> list[tuple[float, str]]:
    """Return round values from 0 to the first one that is not below `last`, with their words."""
    if last <= 0:
        return [(0, f"0{unit}"), (1, f"1{unit}")]
    raw = last / about
    power = 10.0 ** floor(log10(raw))
    step = next(neat * power for neat in NEAT if neat * power >= raw * 0.999)
    if not unit:
        step = max(1, step)
    count = int(-(-last // step))
    return [(place * step, f"{place * step:,g}{unit}") for place in range(count + 1)]


def share_ticks(last: float) -> list[tuple[float, str]]:
    """Return values from 0 to a share (0 to 1) that is not below `last`, in percent; the ends say “%”."""
    step = next(step for step in (0.05, 0.1, 0.2, 0.25) if last <= 6 * step or step == 0.25)
    count = max(1, int(-(-last // step)))
    ticks = [round(place * step, 2) for place in range(count + 1)]
    return [(tick, f"{100 * tick:.0f}{' %' if tick in (ticks[0], ticks[-1]) else ''}") for tick in ticks]


def figure(
    traces: Sequence[Trace],
    x: Axis,
    y: Axis,
    *,
    height: int = NORMAL,
    words: Sequence[Word] = (),
    shapes: Sequence[dict[str, Any]] = (),
    right: int = 12,
    left: int = LEFT,
    bottom: int = BOTTOM,
    has_grid: bool = True,
    **more: Any,
) -> Figure:
    """Return a whole figure. `right` is room for words at the end of lines; `more` goes into the layout.

    `meta` in it is read by static/js/charts.js: `keys` are the colours of words above a narrow plot; with
    `widens` the axis grows there until its words fit.
    """
    keys = {word.text: word.key for word in words if word.key}
    if keys:
        more["meta"] = {**more.get("meta", {}), "keys": keys}
    return {
        "data": list(traces),
        "layout": {
            "height": height,
            "margin": {"l": left, "r": right, "t": TOP, "b": bottom, "pad": 0},
            "showlegend": False,
            "hovermode": "closest",
            "dragmode": False,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "--font", "size": 12, "color": "--chart-text"},
            "hoverlabel": {
                "bgcolor": "--inverse",
                "bordercolor": "--inverse",
                "align": "left",
                "namelength": -1,
                "font": {"color": "--on-inverse", "size": 12},
            },
            "xaxis": {**_axis(x), "showgrid": False, "showline": True, "linecolor": "--chart-axis"},
            "yaxis": {**_axis(y), "showgrid": has_grid, "gridcolor": "--line", "gridwidth": 1},
            "shapes": list(shapes),
            "annotations": [_annotation(word) for word in words],
            **more,
        },
    }


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "range": [axis.first, axis.last],
        "tickmode": "array",
        "tickvals": [at for at, _ in axis.ticks],
        "ticktext": [text for _, text in axis.ticks],
        "title": {"text": axis.title, "font": {"size": 12, "color": "--chart-text"}, "standoff": 8},
        "fixedrange": True,
        "zeroline": False,
        "tickangle": 0,
        "automargin": False,
    }


def _annotation(word: Word) -> dict[str, Any]:
    beside = {"left": word.away, "center": 0, "right": -word.away}[word.side]
    return {
        "name": "end" if word.is_end else word.only or "word",
        "x": word.x,
        "y": word.y,
        "text": word.text,
        "showarrow": False,
        "xanchor": word.side,
        "yanchor": "middle",
        "align": "left",
        "xshift": beside,
        "yshift": word.up,
        "font": {
            "color": word.colour,
            "size": 13 if word.is_strong else 12,
            "weight": 600 if word.is_strong else 400,
        },
    }


def line(
    x: Sequence[Any],
    y: Sequence[float],
    *,
    name: str,
    colour: str = "--chart-1",
    hover: Sequence[str] = (),
    urls: Sequence[str] = (),
    is_step: bool = False,
    dash: str = "solid",
    width: float = 2,
) -> Trace:
    """Return a line; a step line stays where it is until the next point."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "width": width, "shape": "hv" if is_step else "linear", "dash": dash},
        **_pointed_at(hover, urls),
    }


def step_line(x: Sequence[Any], y: Sequence[float], **how: Any) -> Trace:
    """Return a line that stays where it is until the next point."""
    return line(x, y, is_step=True, **how)


def band(
    x: Sequence[Any],
    low: Sequence[float],
    high: Sequence[float],
    *,
    name: str,
    colour: str = "--chart-1-band",
    hover: Sequence[str] = (),
    urls: Sequence[str] = (),
    is_step: bool = True,
) -> list[Trace]:
    """Return the area between two lines over the same `x`; draw it before the line that lies in it."""
    shape = {"width": 0, "shape": "hv" if is_step else "linear", "color": colour}
    lower = {"type": "scatter", "mode": "lines", "name": name, "x": list(x), "line": shape}
    return [
        {**lower, "y": list(low), "hoverinfo": "skip"},
        {**lower, "y": list(high), "fill": "tonexty", "fillcolor": colour, **_pointed_at(hover, urls)},
    ]


def dots(
    x: Sequence[Any],
    y: Sequence[float],
    *,
    name: str,
    colour: str = "--chart-1",
    hover: Sequence[str] = (),
    urls: Sequence[str] = (),
    size: int = 10,
    symbol: str = "circle",
    is_hollow: bool = False,
) -> Trace:
    """Return dots; hollow ones are drawn as rings over the paper."""
    rim = {"color": colour, "width": 2} if is_hollow else {"color": "--bg", "width": 1}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(x),
        "y": list(y),
        "cliponaxis": False,
        "marker": {
            "color": "--bg" if is_hollow else colour,
            "size": size,
            "symbol": symbol,
            "opacity": 1,
            "line": rim,
        },
        **_pointed_at(hover, urls),
    }


def bars(
    x: Sequence[Any],
    y: Sequence[Any],
    *,
    name: str,
    colour: str = "--chart-1",
    hover: Sequence[str] = (),
    urls: Sequence[str] = (),
    is_horizontal: bool = False,
    base: Sequence[float] | None = None,
    width: float | Sequence[float] | None = None,
    is_hatched: bool = False,
) -> Trace:
    """Return bars; `base` is where each begins, `width` how wide it is, both in the unit of their axis."""
    filled: dict[str, Any] = {"color": colour, "line": {"color": "--bg", "width": 1}}
    if is_hatched:
        paper = "--chart-zone-1"
        filled["pattern"] = {"shape": "/", "fgcolor": colour, "bgcolor": paper, "size": 5, "solidity": 0.3}
        filled["color"] = paper
    made: Trace = {
        "type": "bar",
        "orientation": "h" if is_horizontal else "v",
        "name": name,
        "x": list(x),
        "y": list(y),
        "marker": filled,
        **_pointed_at(hover, urls),
    }
    if base is not None:
        made["base"] = list(base)
    if width is not None:
        made["width"] = width if isinstance(width, int | float) else list(width)
    return made


def _pointed_at(hover: Sequence[str], urls: Sequence[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"hoverinfo": "text", "hovertext": list(hover)} if hover else {"hoverinfo": "skip"}
    return {**said, "customdata": list(urls)} if urls else said


def zone(x: tuple[float, float], y: tuple[float, float], colour: str = "--chart-zone-1") -> dict[str, Any]:
    """Return a quiet area behind everything."""
    return {
        "type": "rect",
        "x0": x[0],
        "x1": x[1],
        "y0": y[0],
        "y1": y[1],
        "fillcolor": colour,
        "line": {"width": 0},
        "layer": "below",
    }


def rule(
    x: tuple[Any, Any], y: tuple[float, float], colour: str = "--chart-axis", dash: str = "2px,3px"
) -> dict[str, Any]:
    """Return a thin dashed line from one place to another."""
    return {
        "type": "line",
        "x0": x[0],
        "x1": x[1],
        "y0": y[0],
        "y1": y[1],
        "line": {"color": colour, "width": 1, "dash": dash},
        "layer": "below",
    }


def apart(heights: Sequence[float], least: float) -> list[float]:
    """Return heights moved as little as needs be, in their order, so that all are `least` apart.

    For words at the ends of lines: `least` is a line of words in the unit of the axis,
    see `a_line`.
    """
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    groups: list[list[int]] = []
    for place in order:
        groups.append([place])
        while (
            len(groups) > 1 and _bottom(groups[-1], heights, least) < _top(groups[-2], heights, least) + least
        ):
            groups[-2].extend(groups.pop())
    moved = list(heights)
    for group in groups:
        start = _bottom(group, heights, least)
        for step, place in enumerate(group):
            moved[place] = start + step * least
    return moved


def _bottom(group: Sequence[int], heights: Sequence[float], least: float) -> float:
    middle = sum(heights[place] for place in group) / len(group)
    return middle - least * (len(group) - 1) / 2


def _top(group: Sequence[int], heights: Sequence[float], least: float) -> float:
    return _bottom(group, heights, least) + least * (len(group) - 1)


def a_line(y: Axis, height: int = NORMAL, bottom: int = BOTTOM) -> float:
    """Return how much of an axis a line of words covers."""
    return LINE * (y.last - y.first) / (height - TOP - bottom)
