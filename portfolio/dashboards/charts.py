"""Turns counts into figures for plotly.js: plain dicts, validated in tests, drawn by static/js/charts.js.

Colours are names of CSS custom properties ("--chart-1"); the browser puts the resolved ones in their
place, so a figure is right in light and dark. One row is 1 high; a bar takes the upper half of it.
Decimal becomes float here and nowhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.dashboards.funnel import Bar

Figure = dict[str, Any]
BAR = 0.5  # of a row
MARK_BELOW = 0.11  # how far a mark stands out under its bar


@dataclass(frozen=True)
class Segment:
    """One part of a bar: how many, in which colour, what it says when pointed at, and where it leads."""

    name: str
    count: int
    url: str


@dataclass(frozen=True)
class Mark:
    """A published share, drawn across one row."""

    row: int
    share: Decimal
    label: str


_FILLS: tuple[dict[str, Any], ...] = (
    {"color": "--chart-1"},
    {"color": "--chart-1-soft"},
    {
        "color": "--chart-zone-1",
        "pattern": {
            "shape": "/",
            "fgcolor": "--chart-hatch",
            "bgcolor": "--chart-zone-1",
            "size": 5,
            "solidity": 0.3,
        },
    },
    {"color": "--chart-2-soft"},
)
_INK = ("--bg", "--chart-ink", "--chart-ink", "--chart-ink")


def segments(bar: Bar, link: Callable[[Bar, str], str]) -> tuple[Segment, ...]:
    """Return the four parts of a bar; `link` gives the address behind each."""
    return (
        Segment("moved on", bar.moved_on, link(bar, "moved_on")),
        Segment("still open here", bar.open, link(bar, "open")),
        Segment("on hold", bar.on_hold, link(bar, "on_hold")),
        Segment("stopped or retired", bar.ended, link(bar, "ended")),
    )


def funnel_figure(rows: Sequence[Sequence[Segment]], names: Sequence[str], mark: Mark | None) -> Figure:
    """Return stacked bars, one per row from the top, with a thin guide from each dark end to the next bar."""
    entered = sum(segment.count for segment in rows[0])
    traces = [_trace(rows, names, place) for place in range(len(_FILLS))]
    shapes = [
        _line("guide", row[0].count, place + BAR, place + 1, {"color": "--chart-1", "width": 1}, opacity=0.45)
        for place, row in enumerate(rows[:-1])
        if row[0].count
    ]
    annotations = []
    if mark:
        at = float(mark.share * entered)
        reached = sum(segment.count for segment in rows[mark.row])
        shapes.append(
            _line(
                "mark",
                at,
                mark.row,
                mark.row + BAR + MARK_BELOW,
                {"color": "--chart-ink", "width": 2, "dash": "2px,2px"},
            )
        )
        annotations.append(_note(max(at, reached), mark.row + BAR / 2, mark.label))
    layout = {
        "barmode": "stack",
        "bargap": 0,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "--font", "size": 12, "color": "--chart-text"},
        "uniformtext": {"mode": "hide", "minsize": 12},
        "hoverlabel": {
            "bgcolor": "--inverse",
            "bordercolor": "--inverse",
            "align": "left",
            "font": {"color": "--on-inverse", "size": 12},
        },
        "xaxis": {"range": [0, entered], "visible": False, "fixedrange": True},
        "yaxis": {"range": [len(rows), 0], "visible": False, "fixedrange": True},
        "shapes": shapes,
        "annotations": annotations,
    }
    return {"data": traces, "layout": layout}


def _trace(rows: Sequence[Sequence[Segment]], names: Sequence[str], place: int) -> dict[str, Any]:
    parts = [row[place] for row in rows]
    is_hatched = "pattern" in _FILLS[place]
    return {
        "type": "bar",
        "orientation": "h",
        "name": parts[0].name,
        "x": [part.count for part in parts],
        "y": [row + BAR / 2 for row in range(len(rows))],
        "width": BAR,
        "marker": {**_FILLS[place], "line": {"color": "--bg", "width": 1}},
        "text": ["" if is_hatched or not part.count else f"{part.count:,}" for part in parts],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": _INK[place], "size": 12},
        "hoverinfo": "text",
        "hovertext": [f"{name}: {part.count:,} {part.name}" for name, part in zip(names, parts, strict=True)],
        "customdata": [part.url for part in parts],
    }


def _line(
    name: str, at: float, top: float, bottom: float, line: dict[str, Any], *, opacity: float = 1
) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "x0": at,
        "x1": at,
        "y0": top,
        "y1": bottom,
        "line": line,
        "opacity": opacity,
    }


def _note(at: float, row: float, words: str) -> dict[str, Any]:
    return {
        "x": at,
        "y": row,
        "text": words,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "middle",
        "xshift": 8,
        "font": {"color": "--text-3", "size": 12},
    }
