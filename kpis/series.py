"""Reads what run charts draw: the newest readings of KPIs, and what changed while they were taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from kpis.charts.run import Change, Point
from kpis.models import Kpi, KpiVersion, Measurement
from kpis.terms import Provenance
from pilots.models import ModelVersion, Pilot


@dataclass(frozen=True)
class Series:
    """The readings to draw, newest first; `total` counts those that hold, drawn or not."""

    points: list[Point] = field(default_factory=list)
    total: int = 0


def series_of(kpis: Sequence[Kpi], pilot: Pilot, *, most: int) -> dict[int, Series]:
    """Return the newest `most` readings of each KPI of one pilot, by its id; one query."""
    newest = (
        Measurement.objects.current()
        .filter(kpi__in=kpis)
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F("kpi")],
                order_by=[F("measured_at").desc(), F("id").desc()],
            ),
            total=Window(Count("pk"), partition_by=[F("kpi")]),
        )
        .filter(place__lte=most)
        .order_by("-measured_at", "-id")
        .values_list("kpi_id", "measured_at", "value", "provenance", "total")
    )
    found = {kpi.pk: Series() for kpi in kpis}
    for kpi, at, value, provenance, total in newest.iterator():
        series = found[kpi]
        if not series.total:
            found[kpi] = series = Series(total=total)
        series.points.append(Point(at, pilot.program.today(at), value, Provenance(provenance)))
    return found


def versions_of(kpis: Sequence[Kpi]) -> dict[int, list[KpiVersion]]:
    """Return the versions of each KPI's definition, oldest first; one query."""
    found: dict[int, list[KpiVersion]] = {kpi.pk: [] for kpi in kpis}
    for version in KpiVersion.objects.filter(kpi__in=kpis).order_by("kpi", "number"):
        found[version.kpi_id].append(version)
    return found


def changes_of(versions: Mapping[int, Sequence[KpiVersion]], pilot: Pilot) -> dict[int, list[Change]]:
    """Return when the model became another, and when each definition moved; one query."""
    rows = ModelVersion.objects.filter(pilot=pilot).order_by("changed_on", "pk")
    model = [Change(row.changed_on, f"model {row.label}") for row in rows]
    return {
        kpi: model
        + [
            Change(pilot.program.today(row.since), "new definition", breaks=True, at=row.since)
            for row in numbered[1:]
        ]
        for kpi, numbered in versions.items()
    }


def span_in_days(points: Sequence[Point], columns: int) -> int:
    """Return how many days one column of a chart of these readings takes, at least one."""
    days = [point.day for point in points]
    return max((max(days) - min(days)) // columns, timedelta(days=1)).days
