"""Reads where KPIs stand: their newest readings by how real they are, and what follows from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Min, Window
from django.db.models.functions import RowNumber

from kpis.attainment import attainment, drop
from kpis.models import Kpi, Measurement
from kpis.terms import REAL, USED, Provenance

PREPARED = frozenset(Provenance) - REAL  # a demo, or cases somebody chose
AT_ONCE = 5_000  # ids in one query: SQLite takes at most 32,766


@dataclass(frozen=True)
class KpiStanding:
    """Where one KPI stands.

    `latest_by` and `previous_by` hold the newest reading of each provenance and the one before it. `drop` is
    from the newest demo or chosen cases to the newest real reading, in the KPI's unit, positive is worse.
    `overdue_days` counts the days since a reading was expected: 0 is in time, None is without a cadence,
    a reading, or a use. `first_on` is the day of its first reading. Days are those of its program.
    """

    kpi: Kpi
    latest: Measurement | None = None
    latest_by: Mapping[Provenance, Measurement] = field(default_factory=dict)
    previous_by: Mapping[Provenance, Measurement] = field(default_factory=dict)
    latest_real: Measurement | None = None
    latest_used: Measurement | None = None
    latest_prepared: Measurement | None = None
    attainment: Decimal | None = None
    drop: Decimal | None = None
    latest_on: date | None = None
    overdue_days: int | None = None
    first_on: date | None = None

    @property
    def is_prepared_only(self) -> bool:
        """Whether there are readings, and none of them real: a demo satisfies no gate (S0-2)."""
        return self.latest is not None and self.latest_real is None


def attainment_of(kpi: Kpi, reading: Measurement | None) -> Decimal | None:
    """Return how far a reading is from the KPI's baseline to its target."""
    value = None if reading is None else reading.value
    return attainment(value, baseline=kpi.baseline, target=kpi.target, low=kpi.target_low)


def standings_of(kpis: Sequence[Kpi], *, today: date) -> dict[int, KpiStanding]:
    """Return where each KPI stands, by its id; one query for 5,000 of them, and none without KPIs.

    What was corrected or withdrawn does not count. `today` is the day of the KPIs' program.
    """
    newest: dict[int, list[Measurement]] = {kpi.pk: [] for kpi in kpis}
    ids = list(newest)
    for start in range(0, len(ids), AT_ONCE):
        for reading in _newest_two(ids[start : start + AT_ONCE]):
            newest[reading.kpi_id].append(reading)
    return {kpi.pk: _standing(kpi, newest[kpi.pk], today) for kpi in kpis}


def _newest_two(kpi_ids: Sequence[int]) -> Iterable[Measurement]:
    """Return the two newest readings of each KPI and provenance, newest first; each knows `first_at`."""
    order = [F("measured_at").desc(), F("id").desc()]
    return (
        Measurement.objects.current()
        .filter(kpi__in=kpi_ids)
        .annotate(
            place=Window(RowNumber(), partition_by=[F("kpi"), F("provenance")], order_by=order),
            first_at=Window(Min("measured_at"), partition_by=[F("kpi")]),
        )
        .filter(place__lte=2)
        .select_related("model_version", "kpi__pilot__program")
        .order_by("-measured_at", "-id")
    )


def _standing(kpi: Kpi, readings: Sequence[Measurement], today: date) -> KpiStanding:
    if not readings:
        return KpiStanding(kpi)
    latest = readings[0]
    newest: dict[Provenance, list[Measurement]] = {}
    for reading in readings:
        newest.setdefault(Provenance(reading.provenance), []).append(reading)
    real, prepared = _first(readings, REAL), _first(readings, PREPARED)
    program = latest.kpi.pilot.program
    latest_on = program.today(latest.measured_at)
    return KpiStanding(
        kpi=kpi,
        latest=latest,
        latest_by={provenance: rows[0] for provenance, rows in newest.items()},
        previous_by={provenance: rows[1] for provenance, rows in newest.items() if len(rows) > 1},
        latest_real=real,
        latest_used=_first(readings, USED),
        latest_prepared=prepared,
        attainment=attainment_of(kpi, real),
        drop=drop(prepared.value, real.value, kpi.direction) if prepared and real else None,
        latest_on=latest_on,
        overdue_days=_overdue(kpi, latest_on, today),
        first_on=program.today(getattr(latest, "first_at")),  # noqa: B009 -- annotated
    )


def _first(readings: Iterable[Measurement], provenances: frozenset[Provenance]) -> Measurement | None:
    return next((reading for reading in readings if reading.provenance in provenances), None)


def _overdue(kpi: Kpi, latest_on: date, today: date) -> int | None:
    if kpi.cadence_days is None or kpi.retired_on is not None:
        return None
    return max((today - latest_on - timedelta(days=kpi.cadence_days)).days, 0)
