"""Everything the value page shows, ready for the template: words, amounts and the addresses behind them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Model
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from kpis.attainment import percent
from kpis.money.words import about, said, said_amount
from pilots.access.models import Program, User
from pilots.calendar import Day
from pilots.models import RiskTier
from pilots.web.chips import without
from pilots.web.list_shapes import Problem
from portfolio.dashboards.controls import Chip
from portfolio.dashboards.filters import DESCRIBED
from portfolio.dashboards.value.filters import GROUP, PARAMETERS, ValueFilterSet
from portfolio.dashboards.value.groups import BUDGET_GROUPS, GROUP_WORDS, Group, Progress
from portfolio.dashboards.value.lines import Line, read_lines
from portfolio.dashboards.value.sums import Sums, by_program, sums_of
from portfolio.dashboards.value.words import (
    Block,
    Figure,
    Piece,
    PilotRow,
    ProgramRow,
    delayed,
    headline,
    pilot_row,
    ratio,
    roi_sentence,
    share_of,
)

NAMED = 5  # pilots whose waiting costs most
PER_PAGE = 100  # pilots of the table; the file has all
PAGE = "page"


class ValuePage:
    """The value of one person's pilots. `filters` must be valid."""

    def __init__(self, user: User, filters: ValueFilterSet, *, page: str = "") -> None:
        self.user = user
        self._page = page
        self.filters = filters
        self.today: date = timezone.localdate()
        self._asked = _asked(filters.form.cleaned_data)

    # --- The numbers ------------------------------------------------------------------

    @cached_property
    def lines(self) -> list[Line]:
        return read_lines(self.filters.pilots, today=self.today)

    @cached_property
    def denominator(self) -> int:
        return self.filters.pilots.count()

    @cached_property
    def with_money(self) -> int:
        return sum(line.has_money for line in self.lines)

    @cached_property
    def sums(self) -> list[Sums]:
        return sums_of([line for line in self.lines if line.has_money or line.is_waiting])

    @cached_property
    def with_users(self) -> list[Line]:
        return [line for line in self.lines if line.has_users]

    def counted(self, group: Group) -> int:
        return sum(line.is_in(group) for line in self.lines)

    # --- The words over everything ----------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def basis(self) -> str:
        return "".join(piece.text for piece in self.based_on)

    @property
    def based_on(self) -> list[Piece]:
        """Of how many pilots money is known, so that no sum is read as the whole."""
        without_money = self.denominator - self.with_money
        known = Piece(f"{self.with_money:,}", self.listed(Group.WITH_MONEY) if self.with_money else "")
        verb = "has" if self.with_money == 1 else "have"
        base = f" of {self.denominator:,} pilots {verb} money written down"
        other = f"; of the other {without_money:,} no money is known." if without_money else "."
        if not self.with_money:
            none = (
                "The one pilot has no"
                if self.denominator == 1
                else f"None of {self.denominator:,} pilots has"
            )
            return [Piece(f"{none} money written down.")]
        return [known, Piece(f"{base}{other}")]

    @property
    def as_of(self) -> str:
        return f"{Day(self.today)}, {timezone.localtime():%H:%M}"

    # --- How far the numbers came --------------------------------------------------------------

    @property
    def finding(self) -> str:
        """The attainment in one sentence: of those with users, how many reached their target."""
        total = len(self.with_users)
        reached, unknown = self.counted(Group.REACHED), self.counted(Group.NOT_KNOWN)
        if not total:
            return "No pilot has users yet, so nothing is known of what it does for them."
        if unknown == total:
            only = "the one pilot" if total == 1 else f"the {total:,} pilots"
            return f"How far the primary KPI of {only} with users came, nobody knows."
        tail = f"; of {unknown:,} nobody knows" if unknown else ""
        return f"{reached:,} of {total:,} pilots with users reached the target of their primary KPI{tail}."

    @property
    def attainment(self) -> list[Figure]:
        total = len(self.with_users)
        return (
            [self._counted(Group(progress.value), progress.label, of=total) for progress in Progress]
            if total
            else []
        )

    @property
    def watched(self) -> list[Figure]:
        """What the budgets for speed and cost, and the feedback loops, say."""
        named = ((Group.BREACHED, "Slower or dearer than agreed"), (Group.DEPLOYED, "Only deployed"))
        found = [self._counted(group, label, of=len(self.lines)) for group, label in named]
        return [figure for figure in found if figure.url]

    def _counted(self, group: Group, label: str, *, of: int) -> Figure:
        count = self.counted(group)
        share = round(100 * count / of) if of else 0
        return Figure(label, f"{count:,}", self.listed(group) if count else "", share)

    # --- The money ----------------------------------------------------------------------------

    @cached_property
    def blocks(self) -> list[Block]:
        return [self._block(sums) for sums in self.sums]

    def _block(self, sums: Sums) -> Block:
        verified = _verified(sums)
        everything = [line.money.unconverted for line in sums.lines]
        apart: dict[str, Decimal] = {}
        for amounts in everything:
            for code, amount in amounts.items():
                apart[code] = apart.get(code, Decimal(0)) + amount
        return Block(
            currency=sums.currency,
            headline=headline(
                sums, spent_url=self.listed(Group.SPENT), verified_url=self.listed(Group.VERIFIED)
            ),
            roi=ratio(sums.roi),
            roi_sentence=roi_sentence(sums),
            roi_note=verified,
            spent=self._spent(sums),
            benefits=self._benefits(sums),
            budgets=[
                Figure(
                    commitment.label if commitment else "Not decided",
                    said(amount),
                    self.listed(BUDGET_GROUPS[commitment]),
                )
                for commitment, amount in sums.budgets.items()
            ],
            delayed=delayed(sums, url=self.listed(Group.WAITING)),
            waiting=self._waiting(sums),
            apart=", ".join(said_amount(apart[code], code) for code in sorted(apart)),
        )

    def _spent(self, sums: Sums) -> list[Figure]:
        widest = max((total.amount for total in sums.spent.values()), default=Decimal(0))
        return [
            Figure(
                place.label,
                said(total),
                self.listed(Group(place.value)),
                round(100 * total.amount / widest) if widest else 0,
                share_of(total, sums.cost),
            )
            for place, total in sums.spent.items()
            if total.count
        ]

    def _benefits(self, sums: Sums) -> list[Figure]:
        parts = (
            ("Verified", sums.verified, self.listed(Group.VERIFIED)),
            ("Claimed, not checked", sums.unchecked, self.listed(Group.UNCHECKED)),
            ("Rejected", sums.rejected, self.listed(Group.REJECTED)),
        )
        return [Figure(label, said(total), url) for label, total, url in parts if total.count]

    def _waiting(self, sums: Sums) -> list[Figure]:
        return [
            Figure(
                f"{line.pilot.key} {line.pilot.name}",
                about(line.money.delay.cost or Decimal(0), sums.currency),
                reverse("pilots:pilot_money", args=[line.pilot.key]),
                note=f"{line.money.delay.days:,} days",
            )
            for line in sums.delay.known[:NAMED]
        ]

    @cached_property
    def programs(self) -> list[ProgramRow]:
        return [
            ProgramRow(
                name=part.program.name,
                url=self._address(program=part.program.slug),
                pilots=len(part.sums.lines),
                pilots_url=f"{self._address(program=part.program.slug, group=Group.WITH_MONEY.value)}#pilots",
                cost=said(part.sums.cost),
                verified=said(part.sums.verified),
                unchecked=said(part.sums.unchecked),
                roi=ratio(part.sums.roi),
                verified_share=ratio(part.sums.verified_share),
            )
            for part in by_program(self.lines)
        ]

    # --- The pilots behind the numbers ------------------------------------------------------------

    @property
    def group(self) -> Group | None:
        asked = self._asked.get(GROUP)
        return Group(asked) if asked else None

    @cached_property
    def listed_lines(self) -> list[Line]:
        """Those of the group, or all; where most money went first, and last where nobody knows."""
        listed = [line for line in self.lines if self.group is None or line.is_in(self.group)]
        return sorted(listed, key=lambda line: (not line.has_money, -line.money.cost_actual.amount))

    @property
    def listed_words(self) -> str:
        count = len(self.listed_lines)
        pilots = "1 pilot" if count == 1 else f"{count:,} pilots"
        return f"{pilots} {GROUP_WORDS[self.group]}" if self.group else f"{pilots} with money, a KPI or users"

    @cached_property
    def listed_page(self) -> "Page[Line]":
        return Paginator(self.listed_lines, PER_PAGE).get_page(self._page)

    @property
    def rows(self) -> list[PilotRow]:
        return [pilot_row(line) for line in self.listed_page]

    # --- Filters and addresses --------------------------------------------------------------------

    @property
    def query(self) -> str:
        return urlencode(self._asked)

    def listed(self, group: Group) -> str:
        return f"{self._address(group=group.value)}#pilots"

    @property
    def everyone(self) -> str:
        """The address with every pilot listed; empty where they are."""
        return f"{self._address(group='')}#pilots" if self.group else ""

    def _address(self, **changed: str) -> str:
        asked = {name: text for name, text in {**self._asked, **changed}.items() if text}
        path = reverse("value:value")
        return f"{path}?{urlencode(asked)}" if asked else path

    @property
    def chips(self) -> list[Chip]:
        form = self.filters.form
        return [
            Chip(f"{form.fields[name].label} is", self._value(name), self._address(**{name: ""}))
            for name in DESCRIBED
            if name in self._asked
        ]

    def _value(self, name: str) -> str:
        value = self.filters.form.cleaned_data[name]
        if isinstance(value, Program):
            return value.name
        return RiskTier(value).label if name == "risk" else str(value)

    @property
    def described(self) -> list[Any]:
        return [self.filters.form[name] for name in DESCRIBED]

    @property
    def besides_described(self) -> dict[str, str]:
        return {name: text for name, text in self._asked.items() if name not in DESCRIBED}


def _verified(sums: Sums) -> str:
    if not sums.unchecked.is_whole:
        return "How much of what is claimed is verified is not known: part of it has no rate."
    if sums.verified_share is None:
        return "Nothing is claimed yet."
    return f"{percent(sums.verified_share)} of what is claimed is verified."


def not_understood(asked: QueryDict) -> list[Problem]:
    """Return what the page does not know in an address: it would add up other pilots than were asked for."""
    path = reverse("value:value")
    found = [
        (name, f"Value has no filter “{name[:40]}”.") for name in asked if name not in (*PARAMETERS, PAGE)
    ] + [
        (name, f"“{name}” stands in the address more than once. Leave one of them.")
        for name, values in asked.lists()
        if name in (*PARAMETERS, PAGE) and len(values) > 1
    ]
    return [Problem(sentence, without(asked, name, path=path)) for name, sentence in found]


def _asked(cleaned: Mapping[str, Any]) -> dict[str, str]:
    said_of = {name: cleaned.get(name) for name in PARAMETERS}
    return {
        name: str(value.slug)
        if isinstance(value, Program)
        else str(value.pk if isinstance(value, Model) else value)
        for name, value in said_of.items()
        if value
    }
