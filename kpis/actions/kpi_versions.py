"""Keeps every definition a KPI ever had: each change of a signed part makes a version."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Max

from kpis.definition import digest_of, parts_of
from kpis.models import Kpi, KpiVersion
from pilots.actions.by import By

LONGEST_REASON = 500


def write_first(kpis: Sequence[Kpi], *, by: By) -> None:
    """Keep the definition of new KPIs as their version 1."""
    _insert([_version(kpi, 1, "", by=by) for kpi in kpis])


def write_next(
    kpis: Sequence[Kpi], was: Mapping[int, Mapping[str, Any]], reasons: Mapping[int, str], *, by: By
) -> dict[int, int]:
    """Keep the definition of those that now have other signed parts than `was`; return the new numbers.

    A signature under the version before says nothing of this one.
    """
    changed = [kpi for kpi in kpis if parts_of(kpi) != was[kpi.pk]]
    if not changed:
        return {}
    counted = KpiVersion.objects.filter(kpi__in=[kpi.pk for kpi in changed]).order_by()
    newest = dict(counted.values_list("kpi").annotate(Max("number")))
    rows = [_version(kpi, newest.get(kpi.pk, 0) + 1, reasons.get(kpi.pk, ""), by=by) for kpi in changed]
    _insert(rows)
    return {row.kpi_id: row.number for row in rows}


def _version(kpi: Kpi, number: int, reason: str, *, by: By) -> KpiVersion:
    parts = parts_of(kpi)
    return KpiVersion(
        kpi=kpi,
        number=number,
        parts=parts,
        digest=digest_of(parts),
        since=by.at,
        made_by=by.user,
        reason=reason[:LONGEST_REASON],
    )


def _insert(rows: Sequence[KpiVersion]) -> None:
    KpiVersion.objects.bulk_create(rows, batch_size=1000)
