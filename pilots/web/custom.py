"""The custom fields of a pilot as its page shows them."""

from dataclasses import dataclass

from pilots.custom import FieldKind, told
from pilots.models import Pilot


@dataclass(frozen=True)
class Shown:
    """One field: its value in words, empty when not known; `url` for a link."""

    label: str
    text: str
    url: str = ""


def shown_fields(pilot: Pilot) -> list[Shown]:
    """Return the fields its program keeps, and the retired ones in which something stands; one query."""
    found = []
    for field in pilot.program.custom_fields.in_order():
        value = pilot.custom.get(field.code)
        if value is None and not field.is_active:
            continue
        text = told(field.of_kind, value)
        label = field.label if field.is_active else f"{field.label} (retired)"
        found.append(Shown(label, text, text if field.of_kind is FieldKind.LINK else ""))
    return found
