"""What a section of Pace gives to the page and to the API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from portfolio.dashboards.figures import Chart
from portfolio.pace.reading import Reading


@dataclass(frozen=True)
class Aside:
    """A list beside the charts: a heading, lines of name, number and words, and a closing sentence."""

    title: str
    lines: Sequence["AsideLine"] = ()
    closing: str = ""


@dataclass(frozen=True)
class AsideLine:
    text: str
    number: str = ""
    url: str = ""
    small: str = ""


@dataclass(frozen=True)
class Shown:
    """What a section shows: its charts from the top, and what stands beside them."""

    charts: Sequence[Chart]
    asides: Sequence[Aside] = ()


@dataclass(frozen=True)
class Section:
    """One tab. `shown` words it for the page; `shape` gives the same numbers to the API."""

    code: str
    label: str
    shown: Callable[[Reading], Shown]
    shape: Callable[[Reading], dict[str, Any]]
