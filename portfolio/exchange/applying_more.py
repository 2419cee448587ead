"""Writes KPIs and milestones of an import, and says what was there before."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpis, edit_kpis
from kpis.models import Kpi
from kpis.oneline import KpiLine
from pilots.access.permissions import Deed
from pilots.actions.by import By
from pilots.actions.milestone import MilestoneEdit, NewMilestone, add_milestones, edit_milestones
from pilots.models import Milestone, Pilot
from portfolio.exchange.more_cells import MilestoneCells
from portfolio.exchange.understood import Told, kpi_key, milestone_key

AT_ONCE = 5000  # ids in one query: SQLite takes at most 32,766
# What was written of one thing: its pilot, its key such as `kpi.12`, and [before, after].
Trace = tuple[int, str, list[Any]]


def write_kpis(told: Sequence[tuple[Pilot, Told]], *, by: By, batch: uuid.UUID) -> Iterator[Trace]:
    """Define or edit the KPIs among what is told; the traces of new ones have None before."""
    lines = [(pilot, item.value) for pilot, item in told if isinstance(item.value, KpiLine)]
    there = {
        (kpi.pilot_id, kpi_key(kpi.name)): kpi
        for kpi in _of_pilots(Kpi.objects.order_by("pk"), [pilot for pilot, _ in lines])
    }
    news, edits = [], []
    for pilot, line in lines:
        kpi = there.get((pilot.pk, kpi_key(line.name)))
        fields = {"baseline": line.baseline, "target": line.target, "unit": line.unit}
        if kpi is None:
            news.append(NewKpi(pilot=pilot, line=line))
        else:
            edits.append(KpiEdit(kpi=kpi, fields=fields))
    before = [_plain(edit.kpi, tuple(edit.fields)) for edit in edits]
    defined = define_kpis(news, by=by, deed=Deed.IMPORT, batch=batch) if news else []
    if edits:
        edit_kpis(edits, by=by, deed=Deed.IMPORT, batch=batch)
    for kpi in defined:
        yield kpi.pilot_id, f"kpi.{kpi.pk}", [None, _plain(kpi, ("name", "baseline", "target", "unit"))]
    for edit, was in zip(edits, before, strict=True):
        yield edit.kpi.pilot_id, f"kpi.{edit.kpi.pk}", [was, _as_json(edit.fields)]


def write_milestones(told: Sequence[tuple[Pilot, Told]], *, by: By, batch: uuid.UUID) -> Iterator[Trace]:
    """Add or edit the milestones among what is told; a blank day or owner takes nothing away."""
    cells = [(pilot, item.value) for pilot, item in told if isinstance(item.value, MilestoneCells)]
    there = {
        (row.pilot_id, milestone_key(row.title)): row
        for row in _of_pilots(Milestone.objects.order_by("pk"), [pilot for pilot, _ in cells])
    }
    news, edits = [], []
    for pilot, item in cells:
        row = there.get((pilot.pk, milestone_key(item.title)))
        if row is None:
            news.append(
                NewMilestone(
                    pilot=pilot, title=item.title, due_on=item.due_on, done_on=item.done_on, owner=item.owner
                )
            )
        else:
            fields = {"due_on": item.due_on, "done_on": item.done_on, "owner": item.owner}
            said = {name: value for name, value in fields.items() if value is not None}
            edits.append(MilestoneEdit(milestone=row, fields=said))
    before = [_milestone(edit.milestone) for edit in edits]
    added = add_milestones(news, by=by, deed=Deed.IMPORT, batch=batch) if news else []
    edited = edit_milestones(edits, by=by, deed=Deed.IMPORT, batch=batch) if edits else []
    for row in added:
        yield row.pilot_id, f"milestone.{row.pk}", [None, {"title": row.title, **_milestone(row)}]
    for row, was in zip(edited, before, strict=True):
        yield row.pilot_id, f"milestone.{row.pk}", [was, _milestone(row)]


def _milestone(row: Milestone) -> dict[str, Any]:
    return _plain(row, ("due_on", "done_on", "owner_id"))


def _plain(row: Kpi | Milestone, names: Sequence[str]) -> dict[str, Any]:
    return _as_json({name: getattr(row, name) for name in names})


def _as_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, date | Decimal) else value for name, value in fields.items()
    }


def _of_pilots(rows: QuerySet[Any], pilots: Sequence[Pilot]) -> Iterator[Any]:
    ids = sorted({pilot.pk for pilot in pilots})
    for start in range(0, len(ids), AT_ONCE):
        yield from rows.filter(pilot__in=ids[start : start + AT_ONCE])
