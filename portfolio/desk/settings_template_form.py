"""The form of a pilot template: what the fields of a new pilot begin with."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from kpis.oneline import UnreadableKpi, read_kpi
from pilots.actions.by import Refused
from pilots.actions.description import read_tags
from pilots.actions.pilot_template import LONGEST
from pilots.forms.custom import field_for
from pilots.forms.fields import LongWords, Words
from pilots.models import CustomField, HowBuilt


class TemplateForm(forms.Form):
    name = Words(
        max_length=LONGEST["name"],
        help_text="As it stands on the form, such as “Letters of customers”",
        error_messages={"required": "A template needs a name."},
    )
    hint = LongWords(
        label="How the problem can be said",
        required=False,
        rows=2,
        max_length=LONGEST["hint"],
        help_text="Shown under the problem; nobody has to delete it",
    )
    number = Words(
        label="The number that should move, in one line",
        required=False,
        max_length=LONGEST["number"],
        help_text="Such as “Handling time ? → 9 min”; ? where each pilot starts elsewhere",
    )
    how_built = forms.ChoiceField(
        label="How it is built",
        required=False,
        choices=[("", "Not known"), *[(item.value, item.label) for item in HowBuilt]],
        error_messages={"invalid_choice": "Choose one of the list."},
    )
    tags = Words(required=False, max_length=2000, help_text="With commas between")

    def __init__(self, *args: Any, custom: Sequence[CustomField] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.custom_names = {f"custom/{field.code}": field.code for field in custom}
        for field in custom:
            name = f"custom/{field.code}"
            self.fields[name] = field_for(field, self.initial.get(name))

    def clean_number(self) -> str:
        try:
            read_kpi(self.cleaned_data["number"])
        except UnreadableKpi as error:
            raise ValidationError(str(error)) from error
        return str(self.cleaned_data["number"])

    def clean_tags(self) -> list[str]:
        try:
            return read_tags(self.cleaned_data["tags"].split(","))
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused

    @property
    def values(self) -> dict[str, Any]:
        """The starting values as the action takes them."""
        cleaned = self.cleaned_data
        plain = {name: cleaned[name] for name in ("hint", "number", "how_built", "tags")}
        return plain | {"custom": {code: cleaned[name] for name, code in self.custom_names.items()}}
