"""Keeps what new pilots of a program can begin with."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pilots.access.models import Event, Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import refuse_unstorable, require
from pilots.actions.custom import checked_values, fields_of
from pilots.actions.description import read_tags
from pilots.actions.event import event
from pilots.custom import folded
from pilots.models import HowBuilt, PilotTemplate
from pilots.starts import KEYS

MOST = 20
LONGEST = {"name": 100, "hint": 500, "number": 500}


@dataclass(frozen=True, kw_only=True)
class NewTemplate:
    """A template to keep. `values` holds some of `starts.KEYS`; empty ones are left out."""

    program: Program
    name: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TemplateEdit:
    """Another name, or new starting values; None leaves them. `values` are then all there are."""

    template: PilotTemplate
    name: str | None = None
    values: Mapping[str, Any] | None = None


def add_template(new: NewTemplate, *, by: By) -> PilotTemplate:
    """Keep a template.

    Raises `Refused` with every fault, `Forbidden` for whoever may not, and `Program.DoesNotExist` where
    they do not see the program.
    """
    with transaction.atomic():
        there = _lock(new.program, by=by)
        row = PilotTemplate(program=new.program, name=" ".join(new.name.split()))
        row.values = _checked(row, new.values, there)
        if len(there) >= MOST:
            sentence = f"A program keeps at most {MOST} templates. Remove one of them first."
            raise Refused.because(sentence, code="too-many")
        row.save()
        _record("template.added", row, by=by, after={"name": row.name, **row.values})
    return row


def edit_template(edit: TemplateEdit, *, by: By) -> PilotTemplate:
    """Write a template anew; raises `PilotTemplate.DoesNotExist` for one that is gone."""
    with transaction.atomic():
        there = _lock(edit.template.program, by=by)
        row = _found(edit.template, there)
        before = {"name": row.name, **row.values}
        row.name = " ".join(edit.name.split()) if edit.name is not None else row.name
        others = [other for other in there if other.pk != row.pk]
        if edit.values is not None:
            row.values = _checked(row, edit.values, others)
        elif faults := _name_faults(row, others):
            raise Refused(faults)
        after = {"name": row.name, **row.values}
        if after != before:
            row.save(update_fields=["name", "values"])
            _record("template.edited", row, by=by, before=before, after=after)
    return row


def remove_template(template: PilotTemplate, *, by: By) -> None:
    """Keep a template no longer; pilots that began with it stay as they are."""
    with transaction.atomic():
        row = _found(template, _lock(template.program, by=by))
        _record("template.removed", row, by=by, before={"name": row.name, **row.values})
        row.delete()


def _lock(program: Program, *, by: By) -> list[PilotTemplate]:
    """Return the templates of a program; nobody else changes them until this is written."""
    visible = Program.objects.visible_to(by.user).filter(pk=program.pk).values("pk")
    found = Program.objects.filter(pk__in=visible).select_for_update(no_key=True).first()
    if found is None:
        raise Program.DoesNotExist("The program is gone, or not visible to the person who asked.")
    require(Deed.CONFIGURE, relation_to_program(by.user, found))
    return list(PilotTemplate.objects.filter(program=found).select_related("program").order_by("name", "pk"))


def _found(template: PilotTemplate, there: list[PilotTemplate]) -> PilotTemplate:
    row = next((known for known in there if known.pk == template.pk), None)
    if row is None:
        raise PilotTemplate.DoesNotExist("The template was removed meanwhile.")
    return row


def _record(
    verb: str,
    row: PilotTemplate,
    *,
    by: By,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    told = event(verb, by=by, program=row.program, subject=row.name, before=before, after=after)
    Event.objects.bulk_create([told])


def _checked(row: PilotTemplate, values: Mapping[str, Any], others: list[PilotTemplate]) -> dict[str, Any]:
    """Return the values as they are kept, or raise `Refused` with every fault."""
    if unknown := set(values) - set(KEYS):
        raise ValueError(f"Not known: {', '.join(sorted(unknown))}.")
    texts = {name: str(values.get(name) or "").strip() for name in ("hint", "number")}
    refuse_unstorable({"name": row.name, **texts})
    reasons = _name_faults(row, others)
    reasons += [
        Reason(f"Write at most {LONGEST[name]} characters.", name, "length")
        for name, text in texts.items()
        if len(text) > LONGEST[name]
    ]
    how_built = str(values.get("how_built") or "")
    if how_built not in {"", *HowBuilt}:
        reasons.append(Reason("Choose one of the list.", "how_built", "invalid"))
    tags: list[str] = []
    custom: dict[str, Any] = {}
    try:
        tags = read_tags(values.get("tags") or ())
        known = fields_of([row.program_id])[row.program_id]
        custom = checked_values(known, values.get("custom") or {})
    except Refused as refused:
        reasons += refused.reasons
    if reasons:
        raise Refused(reasons)
    filled = {code: value for code, value in custom.items() if value is not None}
    kept: dict[str, Any] = {**texts, "how_built": how_built, "tags": tags, "custom": filled}
    return {name: value for name, value in kept.items() if value}


def _name_faults(row: PilotTemplate, others: list[PilotTemplate]) -> list[Reason]:
    if not row.name:
        return [Reason("A template needs a name.", "name", "required")]
    if len(row.name) > LONGEST["name"]:
        return [Reason(f"Write at most {LONGEST['name']} characters.", "name", "length")]
    if any(folded(other.name) == folded(row.name) for other in others):
        sentence = f"This program has a template “{row.name}” already. Give this one another name."
        return [Reason(sentence, "name", "repeated")]
    return []
