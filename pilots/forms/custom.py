"""Fields of forms for the custom fields of a program: they read by the rules of `pilots.custom`."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pilots.custom import FieldKind, UnreadableValue, Value, as_text, read_value, told
from pilots.models import CustomField

NOT_KNOWN = ("", "Not known")
HINTS = {
    FieldKind.NUMBER: "With a point before decimals: 12.5",
    FieldKind.MONEY: "The amount alone: 12500.50",
    FieldKind.DATE: "A day such as 5 Oct 2026",
    FieldKind.LINK: "The whole address, beginning with https://",
}
KEYBOARDS = {FieldKind.NUMBER: "decimal", FieldKind.MONEY: "decimal", FieldKind.LINK: "url"}


class ValueField(forms.Field):
    """One value of a kind; None where it is left empty."""

    def __init__(self, kind: FieldKind, *, choices: Sequence[str] = (), **options: Any) -> None:
        self.kind = kind
        self.choices = choices
        super().__init__(required=False, widget=_widget(kind, choices), **options)

    def to_python(self, value: Any) -> Value | None:
        try:
            return read_value(self.kind, str(value or ""), self.choices)
        except UnreadableValue as error:
            raise ValidationError(str(error), code="unreadable") from error

    def prepare_value(self, value: Any) -> Any:
        """Return a stored value as people write it; what was typed stays as it was typed."""
        if isinstance(value, bool):
            return as_text(self.kind, value)
        is_stored_day = self.kind is FieldKind.DATE and isinstance(value, str) and _reads(self.kind, value)
        return told(self.kind, read_value(self.kind, value)) if is_stored_day else value


def _reads(kind: FieldKind, text: str) -> bool:
    try:
        return read_value(kind, text) == text
    except UnreadableValue:
        return False


def _widget(kind: FieldKind, choices: Sequence[str]) -> forms.Widget:
    match kind:
        case FieldKind.TEXT:
            return forms.Textarea(attrs={"rows": 2, "cols": False})
        case FieldKind.CHOICE:
            return forms.Select(choices=[NOT_KNOWN, *[(choice, choice) for choice in choices]])
        case FieldKind.YES_NO:
            return forms.Select(choices=[NOT_KNOWN, ("yes", "Yes"), ("no", "No")])
    attrs = {"autocomplete": "off"}
    return forms.TextInput(attrs=attrs | ({"inputmode": KEYBOARDS[kind]} if kind in KEYBOARDS else {}))


def field_for(field: CustomField, now: Any = None) -> ValueField:
    """Return the form's field; what stands there `now` stays among the choices until it is changed."""
    choices = list(field.choices)
    if field.of_kind is FieldKind.CHOICE and now and now not in choices:
        choices.append(str(now))
    return ValueField(
        field.of_kind, choices=choices, label=field.label, help_text=HINTS.get(field.of_kind, "")
    )
