"""Defines the numbers that should move."""

from dataclasses import dataclass

from django.utils.text import slugify

from kpis.models import Kpi
from kpis.oneline import KpiLine
from pilots.access.permissions import Deed
from pilots.actions.by import By, Refused
from pilots.actions.change import changing
from pilots.models import Pilot


@dataclass(frozen=True, kw_only=True)
class NewKpi:
    pilot: Pilot
    line: KpiLine


def define_kpi(new: NewKpi, *, by: By) -> Kpi:
    """Add a KPI to a pilot; the first one is its primary one."""
    with changing([new.pilot], deed=Deed.EDIT, by=by) as change:
        pilot = change.pilots[new.pilot.pk]
        code = slugify(new.line.name)[:80] or "kpi"
        if Kpi.objects.filter(pilot=pilot, code=code).exists():
            raise Refused.because(
                f"{pilot.key} has a KPI called {new.line.name} already.", field="kpi", code="repeated"
            )
        kpi = Kpi.objects.create(
            pilot=pilot,
            code=code,
            name=new.line.name,
            unit=new.line.unit,
            direction=new.line.direction.value if new.line.direction else "",
            baseline=new.line.baseline,
            target=new.line.target,
            is_primary=not Kpi.objects.filter(pilot=pilot).exists(),
        )
        change.record(pilot, "kpi.defined", after={"kpi": str(new.line)})
    return kpi
