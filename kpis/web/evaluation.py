"""The runs of an evaluation by version of the model, and what each version gained on the one before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from kpis.attainment import improvement, percent
from kpis.models import Kpi, Measurement
from kpis.noise import is_per_cent
from kpis.terms import Provenance
from kpis.web.kpi_rows import Badge, badge_of
from kpis.web.kpi_words import within_noise
from kpis.web.numbers import with_unit
from pilots.models import ModelVersion, Pilot
from pilots.web.spoken import spoken

Runs = Mapping[Provenance, Measurement]


@dataclass(frozen=True)
class RunRow:
    """The newest run of a version on one kind of data; `gain` compares it with the version before."""

    badge: Badge | None
    value: str
    day: str
    gain: str


@dataclass(frozen=True)
class VersionRuns:
    """A version of the model, and its newest run on each kind of data, the most real first."""

    label: str
    since: str
    is_live: bool
    runs: list[RunRow]


@dataclass(frozen=True)
class Evaluation:
    """`finding` says whether the live version was run; versions stand newest first."""

    finding: str
    is_missing: bool
    versions: list[VersionRuns]
    without_version: bool


def evaluation_of(kpi: Kpi, pilot: Pilot, *, today: date) -> Evaluation:
    """Return the runs of each version of a pilot's model; two queries."""
    versions = list(ModelVersion.objects.filter(pilot=pilot).order_by("changed_on", "pk"))
    newest: dict[int | None, dict[Provenance, Measurement]] = {}
    for reading in _newest_runs(kpi):
        newest.setdefault(reading.model_version_id, {})[Provenance(reading.provenance)] = reading
    rows = [
        VersionRuns(
            label=version.label,
            since=spoken(version.changed_on, today),
            is_live=version.is_live,
            runs=_runs(kpi, newest.get(version.pk, {}), _before(versions[:place], newest), pilot, today),
        )
        for place, version in enumerate(versions)
    ]
    finding, is_missing = _finding(versions, newest, pilot, today)
    return Evaluation(finding, is_missing, rows[::-1], None in newest)


def _newest_runs(kpi: Kpi) -> Iterable[Measurement]:
    order = [F("measured_at").desc(), F("id").desc()]
    parts = [F("model_version"), F("provenance")]
    return (
        Measurement.objects.current()
        .filter(kpi=kpi)
        .annotate(place=Window(RowNumber(), partition_by=parts, order_by=order))
        .filter(place=1)
        .order_by("pk")
    )


def _before(
    versions: Sequence[ModelVersion], newest: Mapping[int | None, Runs]
) -> dict[Provenance, tuple[str, Measurement]]:
    """Return the run to compare with on each kind of data: the last version before that has one."""
    return {
        provenance: (version.label, reading)
        for version in versions
        for provenance, reading in newest.get(version.pk, {}).items()
    }


def _runs(
    kpi: Kpi,
    runs: Runs,
    before: Mapping[Provenance, tuple[str, Measurement]],
    pilot: Pilot,
    today: date,
) -> list[RunRow]:
    return [
        RunRow(
            badge=badge_of(runs[provenance]),
            value=with_unit(runs[provenance].value, kpi.unit),
            day=spoken(pilot.program.today(runs[provenance].measured_at), today),
            gain=_gain(kpi, runs[provenance], before.get(provenance)),
        )
        for provenance in reversed(Provenance)
        if provenance in runs
    ]


def _gain(kpi: Kpi, new: Measurement, before: tuple[str, Measurement] | None) -> str:
    """Return “3.8 % better than v2 (80 %), inside the noise”."""
    if before is None:
        return "No version before it was run on such data."
    label, old = before
    was = f"{label} ({with_unit(old.value, kpi.unit)})"
    if new.value == old.value:
        return f"The same as {was}."
    gain = improvement(new.value, old.value, kpi.direction)
    if gain is None:
        return f"After {was}."
    way = "better" if gain > 0 else "worse"
    return f"{percent(abs(gain), places=1)} {way} than {was}{_noise(kpi, new, old)}."


def _noise(kpi: Kpi, new: Measurement, old: Measurement) -> str:
    if not is_per_cent(kpi.unit):
        return ""
    match within_noise(kpi, new, old):
        case True:
            return ", inside the noise"
        case False:
            return ", beyond the noise"
        case None:
            return "; nobody can tell whether that is noise, because the cases are not known"


def _finding(
    versions: Sequence[ModelVersion], newest: Mapping[int | None, Runs], pilot: Pilot, today: date
) -> tuple[str, bool]:
    live = next((version for version in versions if version.is_live), None)
    if not versions:
        return "No version of the model is recorded, so runs cannot be told apart by it.", False
    if live is None:
        return "No version of the model is live.", False
    runs = newest.get(live.pk, {})
    if not runs:
        return f"{live.label} is live and has no run.", True
    last = max(pilot.program.today(reading.measured_at) for reading in runs.values())
    return f"{live.label} is live, and was last run on {spoken(last, today)}.", False
