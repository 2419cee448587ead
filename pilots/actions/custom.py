"""Sets up the custom fields of a program, and reads what is to stand in them."""

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from pilots.access.models import Event, Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import By, Reason, Refused, Stale
from pilots.actions.change import refuse_unstorable, require
from pilots.actions.event import event
from pilots.custom import LONGEST_CHOICE, MOST_CHOICES, FieldKind, UnreadableValue, check_value, folded
from pilots.models import CustomField

MOST_FIELDS = 50
LONGEST_LABEL = 100
EDITABLE = ("label", "choices", "position", "is_active")
NO_WORDS = "field"  # the code of a label without a Latin letter or digit


@dataclass(frozen=True, kw_only=True)
class NewField:
    """A field to set up. `choices` are for one of a list only."""

    program: Program
    label: str
    kind: FieldKind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FieldEdit:
    """New values for some of `EDITABLE`; what is not named stays. `position` is the place, from 0.

    `version` is the one the person read.
    """

    field: CustomField
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    version: int | None = None


# --- Setting up --------------------------------------------------------------------


def define_field(new: NewField, *, by: By) -> CustomField:
    return define_fields([new], by=by)[0]


def define_fields(news: Sequence[NewField], *, by: By, batch: uuid.UUID | None = None) -> list[CustomField]:
    """Set up each field, or none of them; in the order they are given, after those there are.

    Raises `Program.DoesNotExist` where the person does not see the program, `Forbidden` where they
    may not, and `Refused` for a label that is there already.
    """
    with transaction.atomic():
        known = _lock({new.program.pk for new in news}, by=by)
        rows = []
        for new in news:
            program, there = known[new.program.pk]
            row = CustomField(
                program=program,
                code=_free_code(new.label, there),
                label=" ".join(new.label.split()),
                kind=new.kind.value,
                choices=_spelled(new.choices),
                position=len(there),
            )
            _check(row, there)
            there.append(row)
            rows.append(row)
        CustomField.objects.bulk_create(rows)
        Event.objects.bulk_create(
            [
                event(
                    "field.defined",
                    by=by,
                    program=row.program,
                    subject=row.code,
                    after={"label": row.label, "kind": row.kind, "choices": row.choices},
                    batch=batch,
                )
                for row in rows
            ]
        )
    return rows


def edit_field(edit: FieldEdit, *, by: By) -> CustomField:
    """Write the named parts of a field; its code and kind stay, and so do the values on pilots.

    Raises `CustomField.DoesNotExist` for a field of a program the person does not see, and `Stale`
    where somebody else edited it since it was read.
    """
    unknown = set(edit.fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        seen = CustomField.objects.visible_to(by.user).get(pk=edit.field.pk)
        _, there = _lock({seen.program_id}, by=by)[seen.program_id]
        row = next(known for known in there if known.pk == seen.pk)
        if edit.version is not None and edit.version != row.version:
            raise Stale(row.key, edit.version, row.version)
        before = _state(row)
        row.label = " ".join(str(edit.fields.get("label", row.label)).split())
        row.choices = _spelled(edit.fields.get("choices", row.choices))
        row.is_active = edit.fields.get("is_active", row.is_active)
        if "position" in edit.fields:
            _place(row, there, edit.fields["position"])
        _check(row, [known for known in there if known.pk != row.pk])
        after = _state(row)
        changed = sorted(name for name in EDITABLE if before[name] != after[name])
        if changed:
            row.version += 1
            CustomField.objects.bulk_update(there, [*EDITABLE, "version"])
            told = event(
                "field.edited",
                by=by,
                program=row.program,
                subject=row.code,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
            Event.objects.bulk_create([told])
    return row


def _lock(ids: set[int], *, by: By) -> dict[int, tuple[Program, list[CustomField]]]:
    """Return each program with its fields in their order; nobody else sets up any until this is written."""
    visible = Program.objects.visible_to(by.user).filter(pk__in=ids).values("pk")
    programs = Program.objects.filter(pk__in=visible).order_by("pk").select_for_update(no_key=True)
    known: dict[int, tuple[Program, list[CustomField]]] = {program.pk: (program, []) for program in programs}
    if len(known) != len(ids):
        raise Program.DoesNotExist("A program is gone, or not visible to the person who asked.")
    for program, _ in known.values():
        require(Deed.DEFINE_FIELDS, relation_to_program(by.user, program))
    for row in CustomField.objects.filter(program__in=ids).select_related("program").in_order():
        known[row.program_id][1].append(row)
    return known


def _free_code(label: str, there: Iterable[CustomField]) -> str:
    taken = {row.code for row in there}
    code = first = slugify(label)[:50].strip("-_") or NO_WORDS
    number = 2
    while code in taken:
        code, number = f"{first}-{number}", number + 1
    return code


def _spelled(choices: Iterable[str]) -> list[str]:
    return [" ".join(choice.split()) for choice in choices if choice.strip()]


def _place(row: CustomField, there: list[CustomField], position: int) -> None:
    """Put a field in its place, and number all of the program anew."""
    others = [known for known in there if known.pk != row.pk]
    place = min(max(position, 0), len(others))
    there[:] = [*others[:place], row, *others[place:]]
    for number, known in enumerate(there):
        known.position = number


def _check(row: CustomField, others: Sequence[CustomField]) -> None:
    refuse_unstorable({"label": row.label})
    reasons = []
    if not row.label:
        reasons.append(Reason("A field needs a label.", "label", "required"))
    elif len(row.label) > LONGEST_LABEL:
        reasons.append(Reason(f"Write at most {LONGEST_LABEL} characters.", "label", "length"))
    active = [other for other in others if other.is_active]
    if row.is_active and any(folded(other.label) == folded(row.label) for other in active):
        sentence = f"This program has a field “{row.label}” already. Give this one another label."
        reasons.append(Reason(sentence, "label", "repeated"))
    if row.is_active and len(active) >= MOST_FIELDS:
        sentence = f"A program has at most {MOST_FIELDS} fields in use. Retire one of them first."
        reasons.append(Reason(sentence, "", "too-many"))
    reasons += _choice_faults(row)
    if reasons:
        raise Refused(reasons)


def _choice_faults(row: CustomField) -> list[Reason]:
    if row.of_kind is not FieldKind.CHOICE:
        sentence = "Only one of a list has choices. Leave them out."
        return [Reason(sentence, "choices", "not-a-list")] if row.choices else []
    refuse_unstorable({"choices": "".join(row.choices)})
    if not row.choices:
        return [Reason("Write what it can be, one choice a line.", "choices", "required")]
    if len(row.choices) > MOST_CHOICES:
        return [Reason(f"A list has at most {MOST_CHOICES} choices.", "choices", "too-many")]
    long = next((choice for choice in row.choices if len(choice) > LONGEST_CHOICE), None)
    if long is not None:
        sentence = f"“{long[:30]}…” is too long for a choice: {LONGEST_CHOICE} characters."
        return [Reason(sentence, "choices", "length")]
    if len({folded(choice) for choice in row.choices}) < len(row.choices):
        return [Reason("One of these is in the list twice.", "choices", "repeated")]
    return []


def _state(row: CustomField) -> dict[str, Any]:
    return {name: getattr(row, name) for name in EDITABLE}


# --- Values ------------------------------------------------------------------------

Known = Mapping[str, CustomField]


def fields_of(programs: Iterable[int]) -> dict[int, dict[str, CustomField]]:
    """Return the fields of each program by code, retired ones too, in their order; one query."""
    found: dict[int, dict[str, CustomField]] = {pk: {} for pk in programs}
    for row in CustomField.objects.filter(program__in=list(found)).in_order():
        found[row.program_id][row.code] = row
    return found


def checked_values(
    known: Known, asked: Mapping[str, Any], now: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what changes by what is asked, by code; None takes a value out.

    `known` are the fields of the pilot's program and `now` what stands there. Raises `Refused` with
    every fault, each with `custom/<code>` as its field.
    """
    now, changes, reasons = now or {}, {}, []
    for code, value in asked.items():
        is_there = code in known or code in now
        if is_there and value == now.get(code) and type(value) is type(now.get(code)):
            continue
        try:
            changes[code] = _checked(known.get(code), code, value)
        except UnreadableValue as error:
            reasons.append(Reason(str(error), f"custom/{code}", "invalid"))
    if reasons:
        raise Refused(reasons)
    return {code: value for code, value in changes.items() if value != now.get(code)}


def _checked(row: CustomField | None, code: str, value: object) -> Any:
    if row is None:
        raise UnreadableValue(f"This program has no field “{str(code)[:40]}”.")
    if not row.is_active and value is not None:
        raise UnreadableValue(f"{row.label} is retired: it can only be emptied.")
    try:
        return check_value(row.of_kind, value, row.choices)
    except UnreadableValue as error:
        raise UnreadableValue(f"{row.label}: {error}") from None
