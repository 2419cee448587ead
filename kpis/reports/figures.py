"""What a report shows: for each KPI what was measured in its days, and the money of those days.

The draft on the page and the figures that are kept are the same values, ready for JSON; numbers are text.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from kpis.attainment import attainment
from kpis.models import Kpi, KpiVersion, Measurement, Report
from kpis.money.between import money_between
from kpis.terms import USED
from pilots.models import Pilot


def figures_of(report: Report, pilot: Pilot, *, at: datetime) -> dict[str, Any]:
    """Return the figures of a report as they are at a moment.

    Keys: `at` (ISO 8601), `kpis` (a list, the primary one first: code, name, unit, direction, baseline,
    target, threshold, is_primary, `readings` in the days, `latest`, `attainment`, `agreed_on` (the day of
    its first version), `changed_on` (the day its definition last moved, where that is after the first day)),
    `money` (`kpis.money.between.Between`). Only readings of real use count. None is: not known.
    """
    kpis = list(Kpi.objects.in_use().filter(pilot=pilot).order_by("-is_primary", "name", "pk"))
    newest = _newest(kpis, report, pilot)
    moved = _moved(kpis, report, pilot)
    return {
        "at": at.isoformat(),
        "kpis": [_kpi(kpi, newest.get(kpi.pk)) | moved.get(kpi.pk, _NEVER) for kpi in kpis],
        "money": money_between(pilot, report.period_from, report.period_to).as_json(),
    }


_NEVER: dict[str, str | None] = {"agreed_on": None, "changed_on": None}


def _moved(kpis: Sequence[Kpi], report: Report, pilot: Pilot) -> dict[int, dict[str, str | None]]:
    """Return when each KPI was agreed and when its definition last moved, by its id; one query."""
    found: dict[int, dict[str, str | None]] = {}
    rows = KpiVersion.objects.filter(kpi__in=kpis).order_by("kpi", "number")
    for kpi, number, since in rows.values_list("kpi_id", "number", "since"):
        day = pilot.program.today(since)
        if number == 1:
            found[kpi] = {"agreed_on": day.isoformat(), "changed_on": None}
        elif day > report.period_from:
            found.setdefault(kpi, dict(_NEVER))["changed_on"] = day.isoformat()
    return found


def _newest(kpis: Sequence[Kpi], report: Report, pilot: Pilot) -> dict[int, Measurement]:
    """Return the newest reading of real use in the days of a report, by KPI; one query, one row for each.

    Each knows `number`: how many there were. A tool that pushes each minute sends a million in three years.
    """
    zone = ZoneInfo(pilot.program.zone)
    rows = Measurement.objects.current().filter(
        kpi__in=kpis,
        provenance__in=[provenance.value for provenance in USED],
        measured_at__gte=_midnight(report.period_from, zone),
        measured_at__lt=_midnight(report.period_to + timedelta(days=1), zone),
    )
    place = Window(RowNumber(), partition_by=[F("kpi")], order_by=[F("measured_at").desc(), F("id").desc()])
    number = Window(Count("pk"), partition_by=[F("kpi")])
    newest = rows.annotate(place=place, number=number).filter(place=1).order_by("pk")
    return {row.kpi_id: row for row in newest}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _kpi(kpi: Kpi, latest: Measurement | None) -> dict[str, Any]:
    reached = None
    if latest is not None:
        reached = attainment(latest.value, baseline=kpi.baseline, target=kpi.target, low=kpi.target_low)
    return {
        "code": kpi.code,
        "name": kpi.name,
        "unit": kpi.unit,
        "direction": kpi.direction,
        "is_primary": kpi.is_primary,
        "baseline": _text(kpi.baseline),
        "target": _text(kpi.target),
        "target_low": _text(kpi.target_low),
        "threshold": _text(kpi.threshold),
        "readings": getattr(latest, "number") if latest else 0,  # noqa: B009 -- annotated
        "latest": _shape(latest) if latest else None,
        "attainment": _text(reached),
    }


def _shape(row: Measurement) -> dict[str, Any]:
    return {
        "value": _text(row.value),
        "measured_at": row.measured_at.isoformat(),
        "provenance": row.provenance,
        "sample_size": row.sample_size,
    }


def _text(value: Decimal | None) -> str | None:
    """Return a number as text without the zeros of its column, None where nobody knows it."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
