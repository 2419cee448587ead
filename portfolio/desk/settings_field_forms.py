"""Forms about the custom fields of a program."""

from typing import Any

from django import forms

from pilots.actions.custom import LONGEST_LABEL
from pilots.custom import FieldKind
from pilots.forms.change import ChangeForm
from pilots.forms.fields import LongWords, Words
from pilots.models.custom import FIELD_KIND_CHOICES


class ChoicesField(LongWords):
    """Words to choose from, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label="Choices", required=False, rows=5, **options)

    def clean(self, value: Any) -> list[str]:
        return [line for line in super().clean(value).split("\n") if line.strip()]


class EditFieldForm(ChangeForm):
    """The label, and what it can be where that is one of a list; it carries the version that was read."""

    label = Words(max_length=LONGEST_LABEL, error_messages={"required": "A field needs a label."})
    choices = ChoicesField(help_text="One a line. What was chosen before stays on its pilots")

    def __init__(self, *args: Any, kind: FieldKind, **options: Any) -> None:
        super().__init__(*args, **options)
        if kind is not FieldKind.CHOICE:
            del self.fields["choices"]


class NewFieldForm(forms.Form):
    label = Words(
        max_length=LONGEST_LABEL,
        help_text="As it stands on the form, such as “Cost centre”",
        error_messages={"required": "A field needs a label."},
    )
    kind = forms.ChoiceField(
        label="What it holds",
        choices=FIELD_KIND_CHOICES,
        help_text="It stays",
        error_messages={
            "required": "Choose what it holds.",
            "invalid_choice": "There is no such kind. Choose one of the list.",
        },
    )
    choices = ChoicesField(help_text="Only for one of a list: one choice a line")
