"""The KPIs of one pilot as rows: what each is, where it stands, its course, and its newest reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from kpis.charts.bullet import Bullet, Target, Words, bullet
from kpis.charts.run import ROW, Change, Levels, Point, Run, Size, run
from kpis.models import Kpi, Measurement, SignOff
from kpis.series import Series, changes_of, series_of, span_in_days, versions_of
from kpis.standing import KpiStanding, standings_of
from kpis.terms import Provenance
from kpis.versions import Moved, moved
from kpis.web.definition import Signature, signature
from kpis.web.kpi_words import (
    by_later,
    cases,
    course,
    drop_in_words,
    headline,
    lacks,
    overdue,
    progress,
    shown_reading,
    target_in_words,
    what_it_is,
)
from kpis.web.numbers import plain_number, with_unit
from pilots.models import Pilot
from pilots.web.spoken import days, spoken

MOST_DRAWN = 500  # readings of one KPI that its row draws
MOST_LISTED = 12  # readings in the table under it


@dataclass(frozen=True)
class Badge:
    """Where a reading comes from: `kind` draws the disc, `words` stand beside it."""

    kind: str
    words: str


@dataclass(frozen=True)
class Listed:
    """A reading in the table under a chart."""

    day: str
    value: str
    provenance: str


@dataclass(frozen=True)
class Chart:
    """A run chart: its drawing, what it finds, what is left out of it, and its newest readings as a table."""

    drawing: Run | None
    finding: str
    note: str
    listed: list[Listed]
    total: int

    @property
    def is_cut(self) -> bool:
        """Whether the table names fewer readings than there are."""
        return self.total > len(self.listed)


@dataclass(frozen=True)
class KpiRow:
    """A KPI as its row shows it.

    `bullet` is None where no distance is known; then `progress` says why. `badge` is None without a reading.
    `by` says by which target progress is told, where that is younger than the reading.
    """

    kpi: Kpi
    url: str
    what: str
    signature: Signature
    lacks: str
    target: str
    bullet: Bullet | None
    progress: str
    by: str
    chart: Chart
    badge: Badge | None
    day: str
    overdue: str
    is_prepared_only: bool
    drop: str
    log_url: str


@dataclass(frozen=True)
class KpiList:
    """All rows of a pilot: the primary one first, then by name; `retired` are measured no longer."""

    headline: str
    rows: list[KpiRow]
    retired: list[Kpi]

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.retired


def kpi_list(pilot: Pilot, kpis: Sequence[Kpi], *, today: date, may_log: bool) -> KpiList:
    """Return the KPIs of a pilot as rows, in five queries whatever their number."""
    in_use = [kpi for kpi in kpis if kpi.retired_on is None]
    standings = standings_of(in_use, today=today)
    series = series_of(in_use, pilot, most=MOST_DRAWN)
    versions = versions_of(in_use)
    changes = changes_of(versions, pilot)
    signed = _signed(in_use)
    rows = [
        kpi_row(
            pilot,
            standings[kpi.pk],
            chart_of(standings[kpi.pk], series[kpi.pk], changes[kpi.pk], today=today, size=ROW),
            signed=signature(versions[kpi.pk], signed[kpi.pk], today),
            since=moved(versions[kpi.pk]),
            today=today,
            may_log=may_log,
        )
        for kpi in in_use
    ]
    primary = next((standings[kpi.pk] for kpi in in_use if kpi.is_primary), None)
    return KpiList(headline(primary), rows, [kpi for kpi in kpis if kpi.retired_on is not None])


def _signed(kpis: Sequence[Kpi]) -> dict[int, list[SignOff]]:
    """Return the signatures under each KPI in the order of their versions; one query."""
    found: dict[int, list[SignOff]] = {kpi.pk: [] for kpi in kpis}
    rows = SignOff.objects.filter(version__kpi__in=kpis).select_related("signer", "version")
    for row in rows.order_by("version__number", "signed_on", "pk"):
        found[row.version.kpi_id].append(row)
    return found


def kpi_row(
    pilot: Pilot,
    standing: KpiStanding,
    chart: Chart,
    *,
    signed: Signature,
    since: Moved | None,
    today: date,
    may_log: bool,
) -> KpiRow:
    kpi = standing.kpi
    log = reverse("pilots:kpi_reading_new", args=[pilot.key, kpi.code]) if may_log else ""
    return KpiRow(
        kpi=kpi,
        url=reverse("pilots:kpi_detail", args=[pilot.key, kpi.code]),
        what=what_it_is(kpi),
        signature=signed,
        lacks=lacks(kpi),
        target=_target(kpi),
        bullet=bullet_of(standing),
        progress=progress(standing),
        by=by_later(standing, since, today),
        chart=chart,
        badge=badge_of(standing.latest),
        day=spoken(standing.latest_on, today) if standing.latest_on else "",
        overdue="" if pilot.is_ended else overdue(standing),
        is_prepared_only=standing.is_prepared_only,
        drop=drop_in_words(standing),
        log_url=log,
    )


def _target(kpi: Kpi) -> str:
    """Return “Target 41 EUR.”, or the threshold where no target is set."""
    if kpi.target is not None:
        return f"Target {target_in_words(kpi)}."
    return "" if kpi.threshold is None else f"Threshold {with_unit(kpi.threshold, kpi.unit)}."


def badge_of(reading: Measurement | None) -> Badge | None:
    if reading is None:
        return None
    words = [Provenance(reading.provenance).label, cases(reading)]
    return Badge(reading.provenance, ", ".join(filter(None, words)))


def bullet_of(standing: KpiStanding) -> Bullet | None:
    """Return the drawing of the reading a KPI is judged by; without a target it leads to the threshold."""
    kpi, reading = standing.kpi, shown_reading(standing)
    has_target = kpi.target is not None
    end = kpi.target if has_target else kpi.threshold
    words = Words(
        value="" if reading is None else with_unit(reading.value, kpi.unit),
        baseline="" if kpi.baseline is None else f"{plain_number(kpi.baseline)} baseline",
        target=_end_in_words(kpi),
        threshold="" if kpi.threshold is None else f"{plain_number(kpi.threshold)} threshold",
    )
    target = Target(kpi.baseline, end, low=kpi.target_low, threshold=kpi.threshold if has_target else None)
    return bullet(target, None if reading is None else reading.value, words)


def _end_in_words(kpi: Kpi) -> str:
    if kpi.target is not None:
        return f"{target_in_words(kpi, unit=False)} target"
    return "" if kpi.threshold is None else f"{plain_number(kpi.threshold)} threshold"


def chart_of(
    standing: KpiStanding, series: Series, changes: Sequence[Change], *, today: date, size: Size
) -> Chart:
    """Return the run chart of a KPI, what it finds, and the newest readings as a table."""
    kpi = standing.kpi
    drawing = run(series.points, levels=_levels(kpi), changes=changes, size=size, today=today)
    return Chart(
        drawing=drawing,
        finding=course(standing, today),
        note=_note(drawing, series, size),
        listed=[_listed(point, kpi, today) for point in series.points[:MOST_LISTED]],
        total=series.total,
    )


def _levels(kpi: Kpi) -> Levels:
    is_range = kpi.target_low is not None
    known = {
        "target": (kpi.target, "highest" if is_range else "target"),
        "low": (kpi.target_low, "lowest"),
        "baseline": (kpi.baseline, "baseline"),
        "threshold": (kpi.threshold, "threshold"),
    }
    values = {kind: value for kind, (value, _) in known.items() if value is not None}
    return Levels(values, {kind: f"{plain_number(values[kind])} {known[kind][1]}" for kind in values})


def _note(drawing: Run | None, series: Series, size: Size) -> str:
    """Return what is not drawn, "" where everything is."""
    said = []
    if len(series.points) < series.total:
        said.append(f"The newest {len(series.points):,} of {series.total:,} readings.")
    if drawing is not None and drawing.is_thinned:
        span = days(span_in_days(series.points, size.columns))
        said.append(
            f"{drawing.count:,} readings, drawn by the lowest, the highest and the last of each {span}."
        )
    return " ".join(said)


def _listed(point: Point, kpi: Kpi, today: date) -> Listed:
    return Listed(spoken(point.day, today), with_unit(point.value, kpi.unit), point.provenance.label)
