"""The filters of a dashboard as its page offers them: what is on, what could be, and the address of each."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models import Min
from django.forms import BoundField
from django.utils import timezone

from pilots.access.models import Program
from pilots.calendar import Day, quarter
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import RiskTier
from pilots.web.spoken import months
from portfolio.dashboards import words
from portfolio.dashboards.address import Address
from portfolio.dashboards.benchmarks import MATURE, PATIENT
from portfolio.dashboards.filters import DESCRIBED, FunnelFilterSet
from portfolio.dashboards.known import HINTS, offered

QUARTERS = 4  # offered by name; others are typed


@dataclass(frozen=True)
class Choice:
    """One line of a filter's menu."""

    code: str
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Chip:
    """A filter that is on, as a sentence; `url` is the address without it."""

    says: str
    value: str
    url: str


@dataclass(frozen=True)
class Scale:
    """The months from which an as-of day can be picked; a step is the end of a month, the last is today."""

    first: date
    today: date
    day: date

    @property
    def steps(self) -> int:
        return _months_between(self.first, self.today)

    @property
    def step(self) -> int:
        return max(0, _months_between(self.first, self.day))

    @property
    def ends(self) -> tuple[str, str]:
        return f"{self.first:%b %Y}", f"{self.today:%b %Y}"


class Controls:
    """What stands over the charts. `filters` must be valid; `region` is the part of the page they change."""

    def __init__(self, filters: FunnelFilterSet, address: Address, *, region: str = "funnel") -> None:
        self._filters = filters
        self.region = region
        self._cohort = filters.cohort
        self.address = address

    @property
    def entry(self) -> str:
        return self._cohort.entry.label

    @property
    def entries(self) -> list[Choice]:
        return [
            Choice(
                stage.value,
                stage.label,
                self.address.with_(entry=stage.value if stage is not Stage.PILOTING else ""),
                stage is self._cohort.entry,
            )
            for stage in MAIN_PATH
        ]

    @property
    def maturity(self) -> str:
        return months(self._cohort.matured_months) if self._cohort.matured_months else ""

    @property
    def maturities(self) -> list[Choice]:
        asked = self._cohort.matured_months
        offered = sorted({MATURE, PATIENT} | ({asked} if asked else set()))
        every = Choice("any", "Any age", self.address.with_(matured_months=""), asked is None)
        return [every] + [
            Choice(str(count), months(count), self.address.with_(matured_months=str(count)), count == asked)
            for count in offered
        ]

    @property
    def period(self) -> str:
        if not (self._cohort.cohort_from or self._cohort.cohort_to):
            return ""
        return words.period(self._cohort.cohort_from, self._cohort.cohort_to)

    @property
    def quarters(self) -> list[Choice]:
        """The latest quarters in which pilots can have entered, and any time."""
        start, end = self._cohort.cohort_from, self._cohort.cohort_to
        any_time = self.address.with_(cohort_from="", cohort_to="")
        found = [Choice("any", "Any time", any_time, not (start or end))]
        place = self._cohort.day.year * 4 + (self._cohort.day.month - 1) // 3
        for number in range(place, place - QUARTERS, -1):
            of = quarter(number // 4, number % 4 + 1)
            url = self.address.with_(cohort_from=of.first.isoformat(), cohort_to=of.latest.isoformat())
            found.append(Choice(of.first.isoformat(), str(of), url, (start, end) == (of.first, of.latest)))
        return found

    @property
    def chips(self) -> list[Chip]:
        """The filters that are on, of those that describe a pilot."""
        return [
            Chip(
                f"{self._filters.form.fields[name].label} is",
                self._value(name),
                self.address.with_(**{name: ""}),
            )
            for name in DESCRIBED
            if name in self.address.asked
        ]

    def _value(self, name: str) -> str:
        value = self._filters.form.cleaned_data[name]
        if isinstance(value, Program):
            return value.name
        return RiskTier(value).label if name == "risk" else str(value)

    @property
    def described(self) -> list[BoundField]:
        form = self._filters.form
        for name, hint in HINTS.items():
            form[name].help_text = hint
            form.fields[name].widget.attrs["list"] = offered(name)
        return [form[name] for name in DESCRIBED]

    @property
    def bounds(self) -> list[BoundField]:
        return [self._filters.form[name] for name in ("cohort_from", "cohort_to")]

    @property
    def besides_described(self) -> dict[str, str]:
        """The hidden fields of the form that asks for what describes a pilot; likewise the next two."""
        return self.address.hidden(*DESCRIBED)

    @property
    def besides_period(self) -> dict[str, str]:
        return self.address.hidden("cohort_from", "cohort_to")

    @property
    def besides_day(self) -> dict[str, str]:
        return self.address.hidden("as_of")

    # --- As of ------------------------------------------------------------------------

    @property
    def as_of(self) -> str:
        return str(Day(self._cohort.day))

    @property
    def day(self) -> date:
        return self._cohort.day

    @property
    def today_url(self) -> str:
        """The address as of today; empty when it is that already."""
        asked = {"as_of", "known_at"} & set(self.address.asked)
        return self.address.with_(as_of="", known_at="") if asked else ""

    @property
    def recorded(self) -> Choice | None:
        """The other way to read a past day: as it was recorded by its end, or as it is known now."""
        if self._cohort.known_at is not None:
            return Choice("now", "Show it as known today", self.address.with_(known_at=""), is_current=True)
        if self._cohort.as_of is None:
            return None
        until = timezone.make_aware(datetime.combine(self._cohort.day + timedelta(days=1), time.min))
        url = self.address.with_(known_at=until.isoformat())
        return Choice("then", "Show it as recorded by that day", url, is_current=False)

    @property
    def recorded_by(self) -> str:
        """Until which moment rows count; “” where those of today do."""
        known_at = self._cohort.known_at
        return f"{timezone.localtime(known_at):%a %-d %b %Y, %H:%M}" if known_at else ""

    @cached_property
    def scale(self) -> Scale:
        column = f"reached_{self._cohort.entry.value}_on"
        today = self._cohort.today
        first: date = self._filters.pilots.aggregate(first=Min(column))["first"] or today
        return Scale(min(first, today).replace(day=1), today, self._cohort.day)


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
