"""Takes KPIs out again that were defined by mistake, or by an import."""

import uuid
from collections.abc import Sequence

from kpis.models import Kpi, LedgerEntry, Measurement, SignOff
from kpis.terms import KpiKind
from pilots.access.guards import permit_deletes
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import changing
from pilots.models import Pilot


def remove_kpi(kpi: Kpi, *, by: By, version: int | None = None) -> None:
    """Take one KPI out with its versions; what it was stays in the events."""
    versions = {} if version is None else {kpi.pilot_id: version}
    remove_kpis([kpi], by=by, versions=versions)


def remove_kpis(
    kpis: Sequence[Kpi],
    *,
    by: By,
    deed: Deed = Deed.EDIT,
    versions: dict[int, int] | None = None,
    batch: uuid.UUID | None = None,
) -> None:
    """Take each KPI out, or none of them; the oldest business one that is left becomes the primary one.

    Raises `Refused` for one that has readings, corrected ones among them, that somebody signed, or that
    money names: those are kept, so it is retired instead; and `Kpi.DoesNotExist` for one that is gone.
    """
    if not kpis:
        return
    pilots = sorted({kpi.pilot_id for kpi in kpis})
    going = {kpi.pk for kpi in kpis}
    read = versions or {}
    with changing([Pilot(pk=pk) for pk in pilots], deed=deed, by=by, versions=read, batch=batch) as change:
        rows = list(Kpi.objects.filter(pilot__in=pilots).order_by("pk"))
        if going - {row.pk for row in rows}:
            raise Kpi.DoesNotExist("A KPI is gone.")
        _refuse_kept([row for row in rows if row.pk in going])
        heirs = _heirs(rows, going)
        for row in rows:
            if row.pk in going:
                heir = heirs.get(row.pilot_id) if row.is_primary else None
                after = {"primary": heir.name} if heir else {}
                change.record(
                    change.pilots[row.pilot_id], "kpi.removed", before={"kpi": row.name}, after=after
                )
        with permit_deletes():
            Kpi.objects.filter(pk__in=going).delete()
        Kpi.objects.filter(pk__in=[heir.pk for heir in heirs.values()]).update(is_primary=True)


def _refuse_kept(rows: Sequence[Kpi]) -> None:
    ids = [row.pk for row in rows]
    measured = set(Measurement.objects.filter(kpi__in=ids).order_by().values_list("kpi", flat=True))
    signed = set(
        SignOff.objects.filter(version__kpi__in=ids).order_by().values_list("version__kpi", flat=True)
    )
    named = set(LedgerEntry.objects.filter(kpi__in=ids).order_by().values_list("kpi", flat=True))
    reasons = [
        Reason(f"{row.name} has readings, and readings are kept. Retire it instead.", code="has-readings")
        for row in rows
        if row.pk in measured
    ]
    reasons += [
        Reason(f"{row.name} was signed, and signatures are kept. Retire it instead.", code="signed")
        for row in rows
        if row.pk in signed - measured
    ]
    reasons += [
        Reason(
            f"Money is written down for {row.name}. Name another KPI there, or retire it.", code="has-money"
        )
        for row in rows
        if row.pk in named - measured - signed
    ]
    if reasons:
        raise Refused(reasons)


def _heirs(rows: Sequence[Kpi], going: set[int]) -> dict[int, Kpi]:
    """Return, by pilot, which KPI becomes primary where the primary one goes and another can be."""
    left = [row for row in rows if row.pk not in going]
    settled = {row.pilot_id for row in left if row.is_primary}
    heirs: dict[int, Kpi] = {}
    for row in left:
        fits = row.kind == KpiKind.BUSINESS.value and row.retired_on is None
        if fits and row.pilot_id not in settled:
            heirs.setdefault(row.pilot_id, row)
    return heirs
