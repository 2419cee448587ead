"""Reports in words: the list on a pilot's page, and the figures of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Any

from kpis.attainment import attainment, breaches, percent
from kpis.models import Report
from kpis.money.between import Between
from kpis.reports.arrival import arrival_of
from kpis.reports.periods import Span, opens_on, span_of
from kpis.terms import Provenance, ReportKind, Verdict
from pilots.access.permissions import Deed, Relation, may
from pilots.calendar import Day
from pilots.lifecycle import RUNNING, Stage
from pilots.models import Pilot
from pilots.web.spoken import spoken

NOT_KNOWN = "not known"
SOON = timedelta(days=31)


@dataclass(frozen=True)
class ReportRow:
    """A report in the list; `verdict` is empty where it has none."""

    report: Report
    label: str
    days: str
    said: str
    verdict: str


@dataclass(frozen=True)
class Offered:
    """A report that could be begun, the days it would cover, and from when it can be published."""

    kind: ReportKind
    words: str


class Reports:
    """The reports about one pilot for one reader; four queries at most."""

    def __init__(self, pilot: Pilot, relation: Relation, today: date) -> None:
        self._pilot, self._relation, self._today = pilot, relation, today

    @property
    def may_begin(self) -> bool:
        return may(Deed.EDIT, self._relation) and bool(self.offered)

    @cached_property
    def rows(self) -> list[ReportRow]:
        return [self._row(report) for report in self._reports]

    @cached_property
    def offered(self) -> list[Offered]:
        """The next report of each kind whose days are known and have begun, and that is near."""
        if not self._matters:
            return []
        arrival = arrival_of(self._pilot, today=self._today)
        found = []
        for kind in ReportKind:
            there = [row for row in self._reports if row.kind == kind.value]
            if any(row.published_at is None for row in there):
                continue
            taken = {row.period_from for row in there}
            span = span_of(kind, arrival, today=self._today, taken=taken)
            if span is None or span.first > self._today or span.first in taken:
                continue
            if self._is_near(kind, span):
                found.append(Offered(kind, self._offer(kind, span)))
        return found

    def _is_near(self, kind: ReportKind, span: Span) -> bool:
        """Whether anybody would write it now: nobody concludes 30 days of last year, or reviews in years."""
        if kind is ReportKind.WINDOW:
            return self._pilot.at_stage is Stage.LIMITED
        return opens_on(kind, span) <= self._today + SOON

    @property
    def _matters(self) -> bool:
        return self._pilot.at_stage in {Stage.LIMITED, *RUNNING, Stage.RETIRED}

    @property
    def is_shown(self) -> bool:
        """Before it has users nobody looks back."""
        return self._matters or bool(self.rows)

    @cached_property
    def _reports(self) -> list[Report]:
        rows = Report.objects.filter(pilot=self._pilot).select_related("published_by")
        return list(rows.order_by("-period_to", "-period_from", "kind"))

    def _row(self, report: Report) -> ReportRow:
        return ReportRow(
            report=report,
            label=ReportKind(report.kind).label,
            days=days_of(report),
            said=self._said(report),
            verdict=Verdict(report.verdict).label if report.verdict else "",
        )

    def _said(self, report: Report) -> str:
        if report.published_at is None:
            return "Draft"
        on = spoken(self._pilot.program.today(report.published_at), self._today)
        by = f" by {report.published_by}" if report.published_by else ""
        return f"Published {on}{by}"

    def _offer(self, kind: ReportKind, span: Span) -> str:
        opens = opens_on(kind, span)
        words = f"{Day(span.first)} to {Day(span.last)}"
        return words if opens <= self._today else f"{words}, to be published from {Day(opens)} on"


def days_of(report: Report) -> str:
    return f"{Day(report.period_from)} to {Day(report.period_to)}"


# --- The figures of one ----------------------------------------------------------------


@dataclass(frozen=True)
class KpiFigure:
    """One KPI in the days of a report; what nobody knows says so. `moved` is "" where nothing did."""

    name: str
    is_primary: bool
    baseline: str
    target: str
    latest: str
    of: str
    attainment: str
    moved: str


@dataclass(frozen=True)
class Figures:
    """The figures of a report in words."""

    at: str
    kpis: list[KpiFigure]
    money: list[tuple[str, str]]


def in_words(figures: Mapping[str, Any], pilot: Pilot, *, last: date) -> Figures:
    """Return figures as they are shown: those that were kept, or those of a draft as they are now.

    `last` is the last day of the report.
    """
    at = datetime.fromisoformat(figures["at"])
    return Figures(
        at=str(Day(pilot.program.today(at))),
        kpis=[_figure(kpi, pilot, last) for kpi in figures["kpis"]],
        money=Between.of_json(figures["money"]).in_words(),
    )


def _figure(kpi: Mapping[str, Any], pilot: Pilot, last: date) -> KpiFigure:
    latest, unit = kpi["latest"], kpi["unit"]
    reached = kpi["attainment"]
    return KpiFigure(
        name=kpi["name"],
        is_primary=kpi["is_primary"],
        baseline=_number(kpi["baseline"], unit),
        target=_target(kpi),
        latest=_number(latest["value"], unit) if latest else "no reading in these days",
        of=_of(latest, kpi["readings"], pilot) if latest else "",
        attainment=percent(Decimal(reached)) if reached is not None else NOT_KNOWN,
        moved=_moved(kpi, last),
    )


def _moved(kpi: Mapping[str, Any], last: date) -> str:
    """Return that a KPI was agreed after the days, or moved since they began; old reports keep neither."""
    agreed, changed = (
        date.fromisoformat(day) if (day := kpi.get(name)) else None for name in ("agreed_on", "changed_on")
    )
    if agreed is not None and agreed > last:
        return f"agreed only on {Day(agreed)}, after these days"
    return f"definition changed on {Day(changed)}" if changed is not None else ""


def short_of_accepted(figures: Mapping[str, Any]) -> str:
    """Return that the primary KPI is not where it should be before a pilot expands, "" where it is.

    Its threshold counts where one is set, else its target. Where nobody can tell, nothing is said.
    """
    primary = next((kpi for kpi in figures["kpis"] if kpi["is_primary"]), None)
    if primary is None or primary["latest"] is None:
        return ""
    where = _short_of_threshold(primary) if primary["threshold"] is not None else _short_of_target(primary)
    return f"The primary KPI is {where}: expanding is your decision; say why." if where else ""


def _short_of_target(kpi: Mapping[str, Any]) -> str:
    share = kpi["attainment"]
    return "" if share is None or Decimal(share) >= 1 else f"at {_percent_down(Decimal(share))} of the way"


def _short_of_threshold(kpi: Mapping[str, Any]) -> str:
    value, threshold = Decimal(kpi["latest"]["value"]), Decimal(kpi["threshold"])
    if not breaches(value, threshold=threshold, direction=kpi["direction"]):
        return ""
    baseline = None if kpi["baseline"] is None else Decimal(kpi["baseline"])
    share = attainment(value, baseline=baseline, target=threshold)
    if share is None or share >= 1:  # a threshold on the far side of the baseline: no way leads to it
        return "worse than its threshold"
    return f"at {_percent_down(share)} of the way to its threshold"


def _percent_down(share: Decimal) -> str:
    """Return whole per cent, rounded down: 99.6 % of the way is not 100 %."""
    return percent(share.quantize(Decimal("0.01"), rounding=ROUND_FLOOR))


def _target(kpi: Mapping[str, Any]) -> str:
    if kpi["target_low"] is not None:
        return f"{_number(kpi['target_low'], '')} to {_number(kpi['target'], kpi['unit'])}"
    if kpi["target"] is None:
        return f"limit {_number(kpi['threshold'], kpi['unit'])}"
    return _number(kpi["target"], kpi["unit"])


def _number(text: str | None, unit: str) -> str:
    if text is None:
        return NOT_KNOWN
    return f"{Decimal(text):,f} {unit}".strip().replace("-", "−", 1)


def _of(latest: Mapping[str, Any], readings: int, pilot: Pilot) -> str:
    day = Day(pilot.program.today(datetime.fromisoformat(latest["measured_at"])))
    cases = f", {latest['sample_size']:,} cases" if latest["sample_size"] else ""
    count = "1 reading" if readings == 1 else f"{readings:,} readings"
    return f"{Provenance(latest['provenance']).label}{cases}, {day}; {count}"
