"""Defines the numbers that should move, and changes what was agreed about them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.text import slugify

from kpis.models import Kpi
from kpis.oneline import (
    LONGEST_NAME,
    LONGEST_UNIT,
    NO_NAME,
    NO_TARGET,
    NOTHING_MOVES,
    TOO_MANY_DIGITS,
    KpiLine,
    direction_of,
    fits,
)
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.models import Pilot
from pilots.rows import update_rows

EDITABLE = ("name", "baseline", "target", "unit")
NUMBERS = ("baseline", "target")
LONGEST_CODE = 80


@dataclass(frozen=True, kw_only=True)
class NewKpi:
    pilot: Pilot
    line: KpiLine


@dataclass(frozen=True, kw_only=True)
class KpiEdit:
    """New values for some of `EDITABLE`; what is not named stays. Numbers are `Decimal`, None is unknown."""

    kpi: Kpi
    fields: Mapping[str, Any] = field(default_factory=dict)


def define_kpi(new: NewKpi, *, by: By) -> Kpi:
    """Add a KPI to a pilot; the first one is its primary one."""
    return define_kpis([new], by=by)[0]


def define_kpis(
    news: Sequence[NewKpi], *, by: By, deed: Deed = Deed.EDIT, batch: uuid.UUID | None = None
) -> list[Kpi]:
    """Add each KPI, or none of them; the first of a pilot is its primary one.

    Raises `Refused` for a name the pilot has already, and for numbers Headway cannot hold.
    """
    with changing([new.pilot for new in news], deed=deed, by=by, batch=batch) as change:
        known = _known(change.pilots)
        rows = []
        for new in news:
            pilot, line = change.pilots[new.pilot.pk], new.line
            kpi = Kpi(
                pilot=pilot,
                code=_free_code(line.name, known[pilot.pk]),
                name=line.name,
                unit=line.unit,
                direction=line.direction.value if line.direction else "",
                baseline=line.baseline,
                target=line.target,
                is_primary=not known[pilot.pk],
            )
            _check(kpi, pilot, known[pilot.pk])
            known[pilot.pk].append(kpi)
            rows.append(kpi)
            change.record(pilot, "kpi.defined", after={"kpi": str(line)})
        Kpi.objects.bulk_create(rows, batch_size=1000)
    return rows


def edit_kpis(
    edits: Sequence[KpiEdit], *, by: By, deed: Deed = Deed.EDIT, batch: uuid.UUID | None = None
) -> list[Kpi]:
    """Write the named fields of each KPI, or of none; fields that keep their value leave no trace.

    Which way is better follows from the numbers; the code stays, since links name it. Raises `Refused`
    as `define_kpis` does, and `Kpi.DoesNotExist` for one that is gone.
    """
    with changing([Pilot(pk=edit.kpi.pilot_id) for edit in edits], deed=deed, by=by, batch=batch) as change:
        known = _known(change.pilots)
        rows = {kpi.pk: kpi for kpis in known.values() for kpi in kpis}
        changed: dict[int, Kpi] = {}
        for edit in edits:
            if edit.kpi.pk not in rows:
                raise Kpi.DoesNotExist("A KPI is gone.")
            kpi = rows[edit.kpi.pk]
            was_called = kpi.name
            before, after = _set(kpi, edit.fields)
            if not after:
                continue
            pilot = change.pilots[kpi.pilot_id]
            _check(kpi, pilot, [other for other in known[pilot.pk] if other is not kpi])
            changed[kpi.pk] = kpi
            change.record(
                pilot, "kpi.edited", before={"kpi": was_called, **before}, after={"kpi": was_called, **after}
            )
        update_rows(Kpi, list(changed.values()), [*EDITABLE, "direction"])
    return [rows[edit.kpi.pk] for edit in edits]


def _known(pilots: Iterable[int]) -> dict[int, list[Kpi]]:
    known: dict[int, list[Kpi]] = {pk: [] for pk in pilots}
    for kpi in Kpi.objects.filter(pilot__in=list(known)).order_by("pk"):
        known[kpi.pilot_id].append(kpi)
    return known


def _set(kpi: Kpi, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the named fields and the direction that follows; return what they were and what they are."""
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
    before, after = {}, {}
    for name in EDITABLE:
        if name not in fields:
            continue
        old, new = getattr(kpi, name), _cleaned(name, fields[name])
        if new != old:
            setattr(kpi, name, new)
            before[name], after[name] = _told(old), _told(new)
    if set(after) & set(NUMBERS):
        direction = direction_of(kpi.baseline, kpi.target)
        kpi.direction = direction.value if direction else ""
    return before, after


def _cleaned(name: str, value: Any) -> Any:
    if name not in NUMBERS:
        return " ".join(value.split())
    if name == "target" and value is None:
        raise Refused.because(NO_TARGET, field=name, code="required")
    if not fits(value):
        raise Refused.because(TOO_MANY_DIGITS, field=name, code="digits")
    return value


def _told(value: Any) -> Any:
    """Return a value as an event keeps it: a number as text, without the zeros of its column."""
    if not isinstance(value, Decimal):
        return value
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _check(kpi: Kpi, pilot: Pilot, others: Sequence[Kpi]) -> None:
    refuse_unstorable({"name": kpi.name, "unit": kpi.unit})
    reasons = [
        Reason(f"The {name} of a KPI has at most {longest} characters.", name, "length")
        for name, longest in (("name", LONGEST_NAME), ("unit", LONGEST_UNIT))
        if len(getattr(kpi, name)) > longest
    ]
    if not kpi.name:
        reasons.append(Reason(NO_NAME, "name", "required"))
    unfit = [name for name in NUMBERS if not fits(getattr(kpi, name))]
    reasons += [Reason(TOO_MANY_DIGITS, name, "digits") for name in unfit]
    if not unfit and kpi.baseline == kpi.target:
        reasons.append(Reason(NOTHING_MOVES, "target", "same"))
    if _same(kpi.name) in {_same(other.name) for other in others}:
        reasons.append(Reason(f"{pilot.key} has a KPI called {kpi.name} already.", "kpi", "repeated"))
    if reasons:
        raise Refused(reasons)


def _same(name: str) -> str:
    """Return what two names have in common that people would take for one."""
    return slugify(name, allow_unicode=True) or name.casefold()


def _free_code(name: str, known: Sequence[Kpi]) -> str:
    """Return the end of the KPI's address: its name, numbered where a KPI that has another name took it."""
    base = slugify(name)[:LONGEST_CODE] or "kpi"
    taken = {kpi.code for kpi in known}
    code, number = base, 1
    while code in taken:
        number += 1
        code = f"{base[: LONGEST_CODE - len(str(number)) - 1]}-{number}"
    return code
