"""Says which KPI is the primary one, and which are measured no longer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import QuerySet

from kpis.actions.kpi_rules import has_namesake
from kpis.models import Kpi
from kpis.terms import KpiKind
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.production_rules import versions
from pilots.models import Pilot

LONGEST_REASON = 1000


def make_primary(kpi: Kpi, *, by: By, version: int | None = None) -> Kpi:
    """Make it the one number the pilot is judged by, in place of the one before.

    Raises `Refused` for one that is retired, or is no business KPI; and where it is the primary one already.
    """
    with _changing_one(kpi, by=by, version=version) as (change, row, others):
        reasons = []
        if row.is_primary:
            reasons.append(Reason("It is the primary KPI already.", code="primary"))
        if row.kind != KpiKind.BUSINESS.value:
            sentence = "Only a business KPI can be the primary one: a pilot is worth what it moves there."
            reasons.append(Reason(sentence, code="not-business"))
        if row.retired_on is not None:
            reasons.append(Reason("It is retired. Bring it back first.", code="retired"))
        if reasons:
            raise Refused(reasons)
        before = next((other for other in others if other.is_primary), None)
        # One at a time: the database holds that there is never a second.
        Kpi.objects.filter(pilot=row.pilot_id, is_primary=True).update(is_primary=False)
        row.is_primary = True
        row.save(update_fields=["is_primary"])
        change.record(
            row.pilot,
            "kpi.made_primary",
            before={"primary": before.name} if before else {},
            after={"kpi": row.name, "primary": row.name},
        )
    return row


def retire_kpi(kpi: Kpi, *, by: By, reason: str = "", version: int | None = None) -> Kpi:
    """Measure it no longer; its readings, versions and signatures stay.

    Raises `Refused` for the primary one: a pilot without would be judged by nothing.
    """
    refuse_unstorable({"reason": reason})
    with _changing_one(kpi, by=by, version=version) as (change, row, others):
        if row.retired_on is not None:
            raise Refused.because("It is retired already.", code="retired")
        if row.is_primary:
            raise Refused.because(_another_first(others), code="primary")
        if len(reason.strip()) > LONGEST_REASON:
            sentence = f"Write at most {LONGEST_REASON:,} characters; these are {len(reason.strip()):,}."
            raise Refused.because(sentence, field="reason", code="length")
        row.retired_on = by.today(row.pilot.program)
        row.save(update_fields=["retired_on"])
        after = {"kpi": row.name, "retired_on": row.retired_on.isoformat()}
        change.record(row.pilot, "kpi.retired", after=after, reason=reason.strip())
    return row


def primary_candidates(kpi: Kpi) -> QuerySet[Kpi]:
    """Return which of its pilot's other KPIs could take its place as the primary one, by name."""
    others = Kpi.objects.in_use().filter(pilot=kpi.pilot_id, kind=KpiKind.BUSINESS.value)
    return others.exclude(pk=kpi.pk).order_by("name", "pk")


def _another_first(others: list[Kpi]) -> str:
    sentence = "It is the primary KPI, the one the pilot is judged by. "
    if any(other.retired_on is None and other.kind == KpiKind.BUSINESS.value for other in others):
        return f"{sentence}Make another one primary first."
    return f"{sentence}Agree another business KPI and make that one primary first."


def unretire_kpi(kpi: Kpi, *, by: By, version: int | None = None) -> Kpi:
    """Measure it again. Raises `Refused` where another KPI in use has its name by now."""
    with _changing_one(kpi, by=by, version=version) as (change, row, others):
        if row.retired_on is None:
            raise Refused.because("It is not retired.", code="not-retired")
        if has_namesake(row, others):
            sentence = f"{row.pilot.key} has another KPI called {row.name} by now. Rename that one first."
            raise Refused.because(sentence, code="repeated")
        before = {"retired_on": row.retired_on.isoformat()}
        row.retired_on = None
        row.save(update_fields=["retired_on"])
        change.record(row.pilot, "kpi.restored", before=before, after={"kpi": row.name})
    return row


@contextmanager
def _changing_one(kpi: Kpi, *, by: By, version: int | None) -> Iterator[tuple[Change, Kpi, list[Kpi]]]:
    """Open the change of one KPI; give it as it is now, and the pilot's others.

    Raises `Kpi.DoesNotExist` for one that was removed meanwhile.
    """
    pilot = Pilot(pk=kpi.pilot_id)
    with changing([pilot], deed=Deed.EDIT, by=by, versions=versions(pilot, version)) as change:
        rows = list(Kpi.objects.filter(pilot=kpi.pilot_id).order_by("pk"))
        row = next((row for row in rows if row.pk == kpi.pk), None)
        if row is None:
            raise Kpi.DoesNotExist("The KPI was removed meanwhile.")
        row.pilot = change.pilots[row.pilot_id]
        yield change, row, [other for other in rows if other is not row]
