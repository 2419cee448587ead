"""Filters by the custom fields of programs: `field.<code>`, and `.from`, `.to` or `.known` behind it.

Codes are a program's own. Where the address names no program, a code asks the pilots of every program
that keeps a field of it and whose field can read the value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from pilots.access.models import User
from pilots.custom import FieldKind, UnreadableValue, Value, as_text, read_value, told
from pilots.models import CustomField, PilotQuerySet
from pilots.models.custom_value import SCALE, CustomText, Millionths, WholePart

PREFIX = "field."
YES_NO = {"true": True, "false": False}
NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.MONEY})
WITH_RANGE = NUMBERS | {FieldKind.DATE}
WORDS = frozenset({FieldKind.TEXT, FieldKind.LINK})


class Bound(StrEnum):
    """What is asked of a field beyond being something."""

    NONE = ""
    FROM = "from"
    TO = "to"
    KNOWN = "known"


@dataclass(frozen=True)
class Answer:
    """A filter that was read: how its chip says it, and which pilots it keeps."""

    says: str
    words: str
    keeps: Q


def name_of(code: str, bound: Bound = Bound.NONE) -> str:
    """Return how an address names it."""
    return f"{PREFIX}{code}.{bound}" if bound else f"{PREFIX}{code}"


def parted(name: str) -> tuple[str, Bound]:
    """Return the code and the bound in such a name; a code holds no point."""
    code, _, bound = name.removeprefix(PREFIX).partition(".")
    return code, Bound(bound) if bound in set(Bound) else Bound.NONE


def fields_in_reach(user: User | None, program: str) -> list[CustomField]:
    """Return the fields of the program with this slug, or of all a person may see; one query."""
    fields = CustomField.objects.visible_to(user)
    if "\x00" in program:
        return []
    if program:
        fields = fields.filter(program__slug=program)
    return list(fields.order_by("program__name", "position", "pk"))


def field_filters(
    names: Iterable[str], fields: Sequence[CustomField], *, offered: Sequence[CustomField] = ()
) -> dict[str, "FieldFilter"]:
    """Return a filter for each of these names, and for what a form asks of the `offered` fields."""
    asked = {name: parted(name) for name in names if name.startswith(PREFIX)}
    for field in offered:
        bounds = (Bound.FROM, Bound.TO) if field.of_kind in WITH_RANGE else (Bound.NONE,)
        asked |= {name_of(field.code, bound): (field.code, bound) for bound in bounds}
    return {
        name: FieldFilter(name, bound, [field for field in fields if field.code == code])
        for name, (code, bound) in asked.items()
    }


class _AnswerField(forms.CharField):
    def __init__(
        self, *args: Any, name: str, bound: Bound, fields: Sequence[CustomField], **kwargs: Any
    ) -> None:
        self.name, self.bound, self.fields = name, bound, fields
        super().__init__(*args, widget=_widget(fields, bound), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self._answer(text) if text else None

    def _answer(self, text: str) -> Answer:
        code, _ = parted(self.name)
        if not self.fields or self.name != name_of(code, self.bound):
            raise ValidationError(f"No program here keeps a field “{self.name[len(PREFIX) :][:60]}”.")
        kept, said, reasons = Q(), "", []
        for field in self.fields:
            try:
                condition, words = _asked_of(field, self.bound, text)
            except UnreadableValue as error:
                reasons.append(str(error))
                continue
            kept |= Q(program_id=field.program_id) & condition
            said = said or words
        if not kept:
            raise ValidationError(reasons[0], code="unreadable")
        return Answer(_says(self.fields[0], self.bound), said, kept)


class FieldFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter is untyped
    """One question about one code."""

    field_class = _AnswerField

    def __init__(self, name: str, bound: Bound, fields: Sequence[CustomField]) -> None:
        label = fields[0].label if fields else "Custom field"
        ending = {Bound.FROM: ", from", Bound.TO: ", up to", Bound.KNOWN: " is known"}.get(bound, "")
        super().__init__(name, label=label + ending, name=name, bound=bound, fields=fields)

    def filter(self, qs: PilotQuerySet, value: Answer | None) -> PilotQuerySet:
        return qs.filter(value.keeps) if value else qs


def _widget(fields: Sequence[CustomField], bound: Bound) -> forms.Widget:
    kind = fields[0].of_kind if fields else FieldKind.TEXT
    if bound is Bound.NONE and kind is FieldKind.CHOICE:
        choices = list(dict.fromkeys(choice for field in fields for choice in field.choices))
        return forms.Select(choices=[("", "Any"), *((choice, choice) for choice in choices)])
    if bound is Bound.NONE and kind is FieldKind.YES_NO:
        return forms.Select(choices=[("", "Any"), ("yes", "Yes"), ("no", "No")])
    if kind is FieldKind.DATE:
        return forms.DateInput(attrs={"type": "date"})
    return forms.TextInput(attrs={"inputmode": "decimal"} if kind in NUMBERS else {})


def _says(field: CustomField, bound: Bound) -> str:
    ways = {Bound.FROM: "is at least", Bound.TO: "is at most"}
    if field.of_kind is FieldKind.DATE:
        ways = {Bound.FROM: "is on or after", Bound.TO: "is on or before"}
    plain = "contains" if field.of_kind in WORDS and bound is Bound.NONE else "is"
    return f"{field.label} {ways.get(bound, plain)}"


def _asked_of(field: CustomField, bound: Bound, text: str) -> tuple[Q, str]:
    """Return what is asked of the pilots of one program, and the value in words."""
    kind, there = field.of_kind, CustomText(field.code)
    if bound is Bound.KNOWN:
        if text not in YES_NO:
            raise UnreadableValue(f"“{text[:40]}” is neither true nor false.")
        return Q(IsNull(there, not YES_NO[text])), "known" if YES_NO[text] else "not known"
    if bound is not Bound.NONE and kind not in WITH_RANGE:
        raise UnreadableValue(
            f"{field.label} is no number and no date, so nothing is from or up to it. "
            f"Ask for {PREFIX}{field.code}."
        )
    if kind in WORDS:
        if "\x00" in text:
            raise UnreadableValue("This text holds a NUL character. Remove it.")
        return Q(IContains(there, text)), text
    value = read_value(kind, text, field.choices)
    assert value is not None  # noqa: S101 -- blank texts never come here
    if bound is Bound.NONE:
        return Q(Exact(there, _stored(kind, value))), told(kind, value)
    if kind is FieldKind.DATE:
        lookup = GreaterThanOrEqual if bound is Bound.FROM else LessThanOrEqual
        return Q(lookup(there, value)), told(kind, value)
    return _beyond(there, Decimal(str(value)), bound), told(kind, value)


def _stored(kind: FieldKind, value: Value) -> str:
    return ("true" if value else "false") if kind is FieldKind.YES_NO else as_text(kind, value)


def _beyond(there: CustomText, number: Decimal, bound: Bound) -> Q:
    whole, rest = int(number), int((number - int(number)) * SCALE)
    before, after = WholePart(there), Millionths(there)
    past = GreaterThan if bound is Bound.FROM else LessThan
    within = GreaterThanOrEqual if bound is Bound.FROM else LessThanOrEqual
    return Q(past(before, whole)) | Q(Exact(before, whole)) & Q(within(after, rest))
