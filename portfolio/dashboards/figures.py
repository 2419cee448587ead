"""What every chart of a dashboard is made of: the finding, the picture, the same numbers as a table.

A figure is a plain dict for plotly.js, drawn by static/js/charts.js and validated in tests. Colours are
names of CSS custom properties ("--chart-1"), resolved in the browser. Every text that goes into a figure
passes through `plain`: plotly.js reads a few HTML tags in its texts. The parts of a figure are made in
portfolio/dashboards/drawing.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

Figure = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One field of the table under a chart; `url` opens exactly the pilots behind it, "" for none."""

    text: str
    url: str = ""
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    """The numbers of a chart. The first cell of a row names it."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Chart:
    """One chart. `finding` says what it shows, in a sentence; `sub` of how many, and how it was counted.

    `figure` None draws nothing: `refused` then says in words why. `legend` are kinds of `c-swatch` with
    their words. `points` are the texts beside the chart, most important first.
    """

    code: str
    finding: str
    sub: str
    figure: Figure | None
    table: Table | None
    legend: Sequence[tuple[str, str]] = ()
    note: str = ""
    refused: str = ""
    points: Sequence[str] = ()


def plain(text: str) -> str:
    """Return text that plotly.js shows as it is written, whatever tags stand in it."""
    return escape(text, quote=False)
