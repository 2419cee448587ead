"""What the page of Pace shows, ready for the template: one view of how work moves, and what is beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse

from pilots.access.models import User
from pilots.web.chips import without
from pilots.web.list_shapes import Problem
from portfolio.dashboards import address, words
from portfolio.dashboards.address import Address
from portfolio.dashboards.beside import left_out, told_as_of
from portfolio.dashboards.controls import Controls
from portfolio.dashboards.figures import Chart
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.dashboards.page import Said
from portfolio.pace.reading import Reading
from portfolio.pace.sections.all import SECTIONS
from portfolio.pace.sections.section import Aside, Section

PAGE, EXPORT, VIEW = "pace:pace", "pace:pace_export", "view"
BY_CODE = {section.code: section for section in SECTIONS}
# A view that shows the first chart of another one under its own, as the two are read together.
UNDER = {"age": "time"}


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Block:
    """One chart with what stands beside it. `files` is the address of its numbers up to the format."""

    chart: Chart
    asides: Sequence[Aside] = ()
    files: str = ""


class PacePage:
    """The pace of one person's pilots. `filters` must be valid, `view` a known code or empty."""

    def __init__(self, user: User, filters: FunnelFilterSet, view: str = "") -> None:
        self.user = user
        self.filters = filters
        self.reading = Reading(user, filters)
        self.section: Section = BY_CODE.get(view, SECTIONS[0])
        is_first = self.section is SECTIONS[0]
        besides = {} if is_first else {VIEW: self.section.code}
        self.address = Address.of(filters.form.cleaned_data, page=PAGE, besides=besides)
        self.controls = Controls(filters, self.address, region="pace")

    @property
    def tabs(self) -> list[Tab]:
        return [
            Tab(
                section.label,
                self.address.with_(view=section.code if section is not SECTIONS[0] else ""),
                section is self.section,
            )
            for section in SECTIONS
        ]

    @cached_property
    def has_pilots(self) -> bool:
        return self.reading.funnel.denominator > 0

    @cached_property
    def blocks(self) -> list[Block]:
        """The charts of the view from the top; nothing is counted where no pilot is."""
        if not self.has_pilots:
            return []
        blocks = self._blocks(self.section)
        under = BY_CODE.get(UNDER.get(self.section.code, ""))
        return [*blocks, *self._blocks(under)[:1]] if under else blocks

    def _blocks(self, section: Section) -> list[Block]:
        shown = section.shown(self.reading)
        exported = replace(self.address, page=EXPORT, besides={VIEW: section.code})
        return [
            Block(chart, shown.asides if place == 0 else (), exported.here + "&format=")
            for place, chart in enumerate(shown.charts)
        ]

    @property
    def draws(self) -> bool:
        """Whether the page holds a picture, and so needs what draws it."""
        return any(block.chart.figure for block in self.blocks)

    @property
    def nothing(self) -> str:
        return words.nothing(self.reading.funnel, is_filtered=bool(self.address.asked))

    @property
    def left_out(self) -> list[Said]:
        entry = self.reading.cohort.entry.value
        return [
            Said(
                piece.number,
                piece.words,
                self.address.pilots(piece.asks, entry=entry) if piece.asks is not None else "",
            )
            for piece in left_out(self.reading.funnel, self.reading.cohort)
        ]

    @property
    def as_of(self) -> str:
        return told_as_of(self.reading.cohort)


def not_understood(asked: QueryDict) -> list[Problem]:
    """Return what Pace does not know in an address."""
    problems = address.not_understood(asked, page=PAGE, called="Pace", besides=(VIEW,))
    view = asked.get(VIEW, "")
    if view and view not in BY_CODE:
        known = ", ".join(BY_CODE)
        sentence = f"Pace has no view “{view[:40]}”. Known: {known}."
        problems.append(Problem(sentence, without(asked, VIEW, path=reverse(PAGE))))
    return problems
