"""Ordering lists by a custom field, on both engines alike: numbers as numbers, choices as listed."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, IntegerField, Value, When
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, IsNull

from pilots.custom import FieldKind
from pilots.models import CustomField
from pilots.models.custom_value import CustomText, Millionths, WholePart
from pilots.web.field_filters import NUMBERS, PREFIX, parted

WAYS = {
    FieldKind.NUMBER: ("lowest first", "highest first"),
    FieldKind.MONEY: ("lowest first", "highest first"),
    FieldKind.DATE: ("earliest first", "latest first"),
    FieldKind.CHOICE: ("as listed", "last choice first"),
    FieldKind.YES_NO: ("no first", "yes first"),
    FieldKind.TEXT: ("A to Z", "Z to A"),
    FieldKind.LINK: ("A to Z", "Z to A"),
}


class Unorderable(ValueError):
    """The message is for whoever asked for the order."""


def alike(name: str, fields: Sequence[CustomField]) -> list[CustomField]:
    """Return the fields an ordering such as `field.cost` names; of several kinds nothing is ordered."""
    code, _ = parted(name)
    found = [field for field in fields if field.code == code]
    if not found or name != f"{PREFIX}{code}":
        raise Unorderable(f"No program here keeps a field “{name.removeprefix(PREFIX)[:60]}”.")
    if len({field.kind for field in found}) > 1:
        raise Unorderable(
            f"{found[0].label} holds different things in different programs. "
            "Choose one program to order by it."
        )
    return found


def field_terms(fields: Sequence[CustomField]) -> list[Any]:
    """Return what orders by these fields of one code and one kind, upwards; nothing where nothing stands."""
    kind, there = fields[0].of_kind, CustomText(fields[0].code)
    if kind in NUMBERS:
        return [WholePart(there), Millionths(there)]
    if kind is FieldKind.CHOICE:
        choices = list(dict.fromkeys(choice for field in fields for choice in field.choices))
        places = [When(Exact(there, choice), then=Value(place)) for place, choice in enumerate(choices)]
        nothing = When(IsNull(there, rhs=True), then=None)
        # What was taken out of the list since stands behind what is in it.
        return [Case(nothing, *places, default=Value(len(choices)), output_field=IntegerField())]
    return [there] if kind in {FieldKind.DATE, FieldKind.YES_NO} else [Lower(there)]


def order_words(field: CustomField, *, is_down: bool) -> str:
    return f"by {field.label}, {WAYS[field.of_kind][is_down]}"
