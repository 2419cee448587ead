"""The fields programs keep of their own, each a column: fields of one name in several programs share it."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from pilots.custom import FieldKind, as_text
from pilots.models import CustomField, Pilot, PilotQuerySet
from portfolio.exchange.columns import titled
from portfolio.exchange.export.table import Column, Value
from portfolio.exchange.folding import fold

# Behind a label that a column of every pilot bears already.
OWN = "(custom)"


def fields_of(pilots: PilotQuerySet) -> list[CustomField]:
    """Return the fields in use of the programs of these pilots, in the order programs keep them."""
    programs = pilots.order_by().values("program")
    fields = CustomField.objects.in_use().filter(program__in=programs)
    return list(fields.order_by("program__name", "position", "pk"))


def title_of(field: CustomField) -> str:
    return f"{field.label} {OWN}" if titled(field.label) else field.label


def custom_columns(fields: Iterable[CustomField]) -> list[Column[Pilot]]:
    by_title: dict[str, list[CustomField]] = {}
    for field in fields:
        by_title.setdefault(fold(title_of(field)), []).append(field)
    return [Column(title_of(alike[0]), _value_of(alike)) for alike in by_title.values()]


def _value_of(alike: list[CustomField]) -> Callable[[Pilot], Value]:
    by_program = {field.program_id: (field.code, field.of_kind) for field in alike}

    def value(pilot: Pilot) -> Value:
        if pilot.program_id not in by_program:
            return None
        code, kind = by_program[pilot.program_id]
        return as_value(kind, as_text(kind, pilot.custom.get(code)))

    return value


def as_value(kind: FieldKind, text: str) -> Value:
    """Return a value of a custom field as a file holds it."""
    if text and kind in {FieldKind.NUMBER, FieldKind.MONEY}:
        return Decimal(text)
    return date.fromisoformat(text) if text and kind is FieldKind.DATE else text
