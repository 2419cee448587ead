"""Reads which version of a definition is in force, whether it is signed, and when its numbers moved last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db.models import Exists, IntegerField, OuterRef, Subquery

from kpis.models import KpiVersion, SignOff

AT_ONCE = 5000  # ids in one query: SQLite takes at most 32,766


@dataclass(frozen=True)
class Moved:
    """Since when attainment is measured as it is; `part` is "target" or "baseline", whichever moved then."""

    at: datetime
    part: str


def moved(versions: Sequence[KpiVersion]) -> Moved | None:
    """Return when target or baseline moved last, None where they never did; `versions` oldest first."""
    found = None
    for before, after in pairwise(versions):
        for part in ("baseline", "target_low", "target"):
            if before.parts.get(part) != after.parts.get(part):
                found = Moved(after.since, "baseline" if part == "baseline" else "target")
    return found


def newest(kpi: str = "pk") -> Subquery:
    """Return the number of the version in force of the KPI that an outer query names by `kpi`."""
    rows = KpiVersion.objects.filter(kpi=OuterRef(kpi)).order_by("-number")
    return Subquery(rows.values("number")[:1], output_field=IntegerField())


def is_signed(kpi: str = "pk") -> Exists:
    """Return whether the version in force carries a signature, for an outer query that names the KPI."""
    rows = KpiVersion.objects.filter(kpi=OuterRef(OuterRef(kpi))).order_by("-number")
    return Exists(SignOff.objects.filter(version=Subquery(rows.values("pk")[:1])))


def current_versions(kpi_ids: Collection[int]) -> dict[int, KpiVersion]:
    """Return the version in force of each KPI, by the KPI's id; one query for 5,000 of them."""
    found: dict[int, KpiVersion] = {}
    for some in _chunks(kpi_ids):
        rows = KpiVersion.objects.filter(kpi__in=some, number=newest("kpi_id"))
        found |= {row.kpi_id: row for row in rows.order_by("pk")}
    return found


def signed_kpis(kpi_ids: Collection[int]) -> set[int]:
    """Return the ids of those whose version in force somebody signed; one query for 5,000 of them."""
    found: set[int] = set()
    for some in _chunks(kpi_ids):
        rows = SignOff.objects.filter(version__kpi__in=some, version__number=newest("version__kpi_id"))
        found |= set(rows.order_by().values_list("version__kpi", flat=True))
    return found


def _chunks(kpi_ids: Collection[int]) -> list[list[int]]:
    ids = sorted(set(kpi_ids))
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
