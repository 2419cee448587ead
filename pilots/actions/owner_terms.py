"""Writes down what an owner may decide, what money they release, and what they deliver by when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import as_json, changing, refuse_unstorable
from pilots.actions.owner_end import require_holder
from pilots.calendar import Day
from pilots.models import Ownership

GRANTED = ("authority", "budget_authority")
WORK = ("deliverable", "due_on", "delivered_on")
EDITABLE = (*GRANTED, *WORK)
LONGEST = {"authority": 500, "budget_authority": 200, "deliverable": 300}


@dataclass(frozen=True, kw_only=True)
class OwnershipEdit:
    """New values for some of `EDITABLE`; what is not named stays."""

    ownership: Ownership
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


def edit_ownership(edit: OwnershipEdit, *, by: By) -> Ownership:
    """Write the named fields of who answers for what; what keeps its value leaves no trace.

    Authority is for a manager to state. What is delivered, and when, whoever accepted it says too.
    Requirement rows S0-9, S1-9 and S1-11.
    """
    if unknown := set(edit.fields) - set(EDITABLE):
        raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
    pilot = edit.ownership.pilot
    versions = None if edit.version is None else {pilot.pk: edit.version}
    with changing([pilot], deed=Deed.SEE, by=by, versions=versions) as change:
        pilot = change.pilots[edit.ownership.pilot_id]
        row = Ownership.objects.select_related("owner").get(pk=edit.ownership.pk)
        before = _told(row)
        for name, value in edit.fields.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        after = _told(row)
        changed = [name for name in EDITABLE if before[name] != after[name]]
        if set(changed) & set(GRANTED):
            change.require(Deed.ASSIGN_OWNERS, pilot)
        require_holder(change, pilot, row, Deed.ASSIGN_OWNERS)
        _check(row, today=by.today(pilot.program))
        if changed:
            row.save(update_fields=changed)
            who = {"owner": row.owner.name, "role": row.role}
            change.record(
                pilot,
                "ownership.edited",
                before=who | {name: before[name] for name in changed},
                after=who | {name: after[name] for name in changed},
            )
    return row


def _told(row: Ownership) -> dict[str, Any]:
    return {name: as_json(getattr(row, name)) for name in EDITABLE}


def _check(row: Ownership, *, today: date) -> None:
    if row.until is not None:
        raise Refused.because("It ended before: what was agreed then stays as it is.", code="ended")
    refuse_unstorable(_told(row))
    reasons = [
        Reason(f"Write at most {most} characters; these are {len(text)}.", name, "length")
        for name, most in LONGEST.items()
        if len(text := getattr(row, name)) > most
    ]
    if row.delivered_on is not None and not row.deliverable:
        reasons.append(Reason("Say what was delivered.", "deliverable", "required"))
    if row.due_on is not None and not row.deliverable:
        reasons.append(Reason("Say what is due on that day.", "deliverable", "required"))
    if row.delivered_on is not None and row.delivered_on > today:
        reasons.append(Reason(f"{Day(row.delivered_on)} is still to come.", "delivered_on", "future"))
    if reasons:
        raise Refused(reasons)
