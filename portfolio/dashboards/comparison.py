"""The comparison of cohorts as the funnel page shows it: rows that open their pilots, and what to mind."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse

from pilots.access.models import Program, User
from pilots.calendar import quarter
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models.cohort import Cohort, Now
from pilots.web.chips import without
from pilots.web.list_shapes import Problem
from pilots.web.spoken import any_of
from portfolio.dashboards import address
from portfolio.dashboards.address import Address
from portfolio.dashboards.compare import MOST, CompareBy, Compared, compare
from portfolio.dashboards.controls import Choice
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.dashboards.funnel import Funnel
from portfolio.dashboards.words import Asks, asks_open, percent
from portfolio.flow.lives import FEWEST

PARAMETER = "by"
CODES = [by.value for by in CompareBy]
REACHED = {Stage.PRODUCTION: "Reached production", Stage.SUSTAINED: "Held value"}


@dataclass(frozen=True)
class Number:
    """A count of pilots and the list of exactly those; url "" where there is none, or no list finds them."""

    count: int
    url: str

    @property
    def said(self) -> str:
        return f"{self.count:,}"


@dataclass(frozen=True)
class Line:
    """One cohort. `low` and `wide` place its interval, and `rate` its bar, on 100; None where it has none."""

    label: str
    everyone: Number
    reached: Number | None
    still_open: Number
    ended: Number
    share: str
    interval: str
    rate: float | None
    low: float | None
    wide: float | None


class Comparison:
    """The cohorts of a funnel side by side; `by` None shows the choices alone, and counts nothing."""

    def __init__(
        self, user: User, filters: FunnelFilterSet, funnel: Funnel, at: Address, by: CompareBy | None
    ) -> None:
        self._user = user
        self._filters = filters
        self._funnel = funnel
        self._address = at
        self._cohort: Cohort = filters.cohort
        self.by = by

    @property
    def choices(self) -> list[Choice]:
        return [
            Choice(by.value, by.label, self._address.with_(**{PARAMETER: by.value}), by is self.by)
            for by in CompareBy
        ]

    @property
    def closed_url(self) -> str:
        """The page without the comparison."""
        return self._address.with_(**{PARAMETER: ""})

    @property
    def query(self) -> str:
        """What its file asks for."""
        return self._address.query

    @cached_property
    def compared(self) -> list[Compared]:
        return compare(self._filters.pilots, self._cohort, self.by) if self.by else []

    @property
    def head(self) -> str:
        return self.by.label if self.by else ""

    @property
    def goal(self) -> str:
        """The heading of those that came there; “” where nothing comes after the entry."""
        return REACHED[self._funnel.goal] if self._funnel.goal else ""

    @cached_property
    def lines(self) -> list[Line]:
        return [self._line(one, self._asks(one)) for one in self.compared]

    @property
    def total(self) -> Line:
        """All pilots of the funnel, each once."""
        funnel = self._funnel
        ended = sum(bar.ended for bar in funnel.bars if bar.stage in self._short)
        whole = Compared(
            value="",
            label="All",
            denominator=funnel.denominator,
            reached=funnel.arrived if funnel.goal else None,
            ended=ended,
        )
        return self._line(whole, {})

    @property
    def _short(self) -> tuple[Stage, ...]:
        """The stages before the goal; all where there is none."""
        goal = self._funnel.goal
        return MAIN_PATH[: MAIN_PATH.index(goal)] if goal else MAIN_PATH

    def _line(self, one: Compared, asks: Asks | None) -> Line:
        goal, interval = self._funnel.goal, one.interval
        furthest = {"furthest": tuple(stage.value for stage in self._short)}

        def number(count: int, more: Asks) -> Number:
            return Number(count, self._list({**asks, **more}) if count and asks is not None else "")

        return Line(
            label=one.label,
            everyone=number(one.denominator, {}),
            reached=None if goal is None else number(one.reached or 0, {"reached": (goal.value,)}),
            still_open=number(one.still_open, asks_open(self._funnel)),
            ended=number(one.ended, {**furthest, "now": (Now.ENDED.value,)}),
            share=_percent(one.rate) if one.rate is not None else "" if one.is_enough else "too few",
            interval=f"{_percent(interval.low)} to {_percent(interval.high)}" if interval else "",
            rate=_of_hundred(one.rate),
            low=_of_hundred(interval.low) if interval else None,
            wide=_of_hundred(interval.high - interval.low) if interval else None,
        )

    def _list(self, asks: Asks) -> str:
        return self._address.pilots(asks, entry=self._cohort.entry.value)

    def _asks(self, one: Compared) -> Asks | None:
        """Return what the list is asked for to show one cohort; None where it cannot be asked so exactly."""
        # A filter reads its value without the space around it, so no list finds one that has some.
        if not one.value or one.value != one.value.strip():
            return None
        if self.by is CompareBy.QUARTER:
            return self._quarter(date.fromisoformat(one.value))
        if self.by is CompareBy.PROGRAM and one.value not in self._named:
            return None
        return {str(self.by): (one.value,)}

    def _quarter(self, first: date) -> Asks:
        """Return the days of a quarter that lie in the period asked for."""
        of = quarter(first.year, (first.month + 2) // 3)
        start = max(first, self._cohort.cohort_from or first)
        end = min(of.latest, self._cohort.cohort_to or of.latest)
        return {"cohort_from": (start.isoformat(),), "cohort_to": (end.isoformat(),)}

    @cached_property
    def _named(self) -> set[str]:
        """The programs a filter may name; who only owns a pilot sees it, and cannot ask for its program."""
        return set(Program.objects.visible_to(self._user).values_list("slug", flat=True))

    # --- What to mind -------------------------------------------------------------------------

    @property
    def notes(self) -> list[str]:
        return [said for said in (self._in_two, self._in_none, self._beyond, self._caveat) if said]

    @property
    def _in_two(self) -> str:
        if self.by is not CompareBy.TAG:
            return ""
        return "A pilot with two tags is in two rows, so the rows may add up to more than all."

    @property
    def _in_none(self) -> str:
        if self.by is not CompareBy.QUARTER or not any(one.value == "" for one in self.compared):
            return ""
        return "A start day that is known so roughly that it can lie in two quarters is in neither."

    @property
    def _beyond(self) -> str:
        if not any(one.value is None for one in self.compared):
            return ""
        kept = "newest" if self.by is CompareBy.QUARTER else "largest"
        return f"The {MOST} {kept} have a row each, the others one together."

    @property
    def _caveat(self) -> str:
        few = f"Below {FEWEST} pilots no rate is told; intervals that overlap may well be chance."
        if self.by is not CompareBy.QUARTER:
            return f"{few} Cohorts differ in age and in what they try, so a higher rate proves no cause."
        if self._cohort.matured_months:
            return f"{few} Older quarters have still had more time."
        return f"{few} Younger quarters have had less time, so a difference between quarters is no trend."


def asked_by(asked: QueryDict) -> CompareBy | None:
    """Return what cohorts are compared by; None where the address does not say, or nothing that is known."""
    code = asked.get(PARAMETER, "")
    return CompareBy(code) if code in CODES else None


def not_known(code: str) -> str:
    """Return why cohorts cannot be compared by something."""
    return f"Cohorts cannot be compared by “{code[:40]}”. Choose {any_of(CODES)}."


def not_understood(asked: QueryDict) -> list[Problem]:
    """Return what the funnel page does not know in an address."""
    problems = address.not_understood(asked, besides=(PARAMETER,))
    code = asked.get(PARAMETER, "")
    if code and code not in CODES:
        url = without(asked, PARAMETER, path=reverse("dashboards:funnel"))
        problems.append(Problem(not_known(code), url))
    return problems


def _percent(share: float) -> str:
    return percent(Decimal(str(round(share, 6))))


def _of_hundred(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)
