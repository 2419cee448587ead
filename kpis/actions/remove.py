"""Takes KPIs out again that an import defined."""

import uuid
from collections.abc import Sequence

from kpis.models import Kpi
from pilots.access.permissions import Deed
from pilots.actions.by import By
from pilots.actions.change import changing
from pilots.models import Pilot


def remove_kpis(kpis: Sequence[Kpi], *, by: By, deed: Deed, batch: uuid.UUID | None = None) -> None:
    """Take each KPI out, or none of them; the oldest that is left becomes the primary one."""
    if not kpis:
        return
    pilots = sorted({kpi.pilot_id for kpi in kpis})
    with changing([Pilot(pk=pk) for pk in pilots], deed=deed, by=by, batch=batch) as change:
        going = {kpi.pk for kpi in kpis}
        left: dict[int, list[Kpi]] = {pk: [] for pk in pilots}
        for kpi in Kpi.objects.filter(pilot__in=pilots).order_by("pk"):
            if kpi.pk in going:
                change.record(change.pilots[kpi.pilot_id], "kpi.removed", before={"kpi": kpi.name})
            else:
                left[kpi.pilot_id].append(kpi)
        Kpi.objects.filter(pk__in=going).delete()
        heirs = [rows[0].pk for rows in left.values() if rows and not any(row.is_primary for row in rows)]
        Kpi.objects.filter(pk__in=heirs).update(is_primary=True)
