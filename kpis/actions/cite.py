"""Shows a reading as evidence of a requirement."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kpis.actions.measurement import refuse_gone
from kpis.models import Measurement
from kpis.reading import day_of, plain
from kpis.terms import KpiKind, Provenance
from pilots.access.permissions import Deed
from pilots.actions.by import By
from pilots.actions.change import changing
from pilots.actions.evidence import NewEvidence, add_evidence
from pilots.calendar import Day
from pilots.models import Evidence, Pilot
from pilots.playbook import EvidenceKind

_KINDS = {
    Provenance.DEMO: EvidenceKind.DEMO,
    Provenance.SHADOW: EvidenceKind.SHADOW,
    Provenance.LIMITED: EvidenceKind.LIVE,
    Provenance.LIVE: EvidenceKind.LIVE,
}


@dataclass(frozen=True, kw_only=True)
class Cite:
    """A reading that shows a requirement, by its code. `version` is that of the pilot as it was read."""

    measurement: Measurement
    requirement: str
    version: int | None = None


def cite_measurement(cite: Cite, *, by: By) -> Evidence:
    """Bring evidence made of a reading's figures, dated its day; it counts for what the reading is of.

    Raises `Refused` for a reading that was corrected or withdrawn, and as `bring_evidence` does.
    """
    pilot_id = cite.measurement.kpi.pilot_id
    versions = {} if cite.version is None else {pilot_id: cite.version}
    with changing([Pilot(pk=pilot_id)], deed=Deed.BRING_EVIDENCE, by=by, versions=versions) as change:
        pilot = change.pilots[pilot_id]
        row = Measurement.objects.select_related("kpi", "model_version").get(pk=cite.measurement.pk)
        refuse_gone(row)
        day = day_of(row.measured_at, ZoneInfo(pilot.program.zone))
        new = NewEvidence(
            pilot=pilot,
            kind=kind_of(row),
            dated=day,
            requirement=cite.requirement.strip(),
            text=figures(row, Day(day)),
        )
        return add_evidence(change, [new])[0]


def kind_of(row: Measurement) -> EvidenceKind:
    """Return what a reading counts as: a chosen set is a test of the model's quality, and of nothing else."""
    if row.provenance == Provenance.CURATED:
        return EvidenceKind.TEST if row.kpi.kind == KpiKind.MODEL_QUALITY else EvidenceKind.DEMO
    return _KINDS[Provenance(row.provenance)]


def figures(row: Measurement, day: Day) -> str:
    """Return “Handling time 9.4 min, 412 cases, model v3, shadow, Mon 26 Oct 2026”."""
    parts = [
        " ".join(filter(None, [row.kpi.name, plain(row.value), row.kpi.unit])),
        f"{row.sample_size:,} {'case' if row.sample_size == 1 else 'cases'}" if row.sample_size else "",
        f"model {row.model_version.label}" if row.model_version else "",
        Provenance(row.provenance).label.lower(),
        str(day),
    ]
    return ", ".join(filter(None, parts))
