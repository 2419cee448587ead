"""Forms that change several pilots at once: each reads what is asked of all of them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pilots.actions.bulk_asks import Asked, PutOnHold, SetOwner, SetTags, SetValues
from pilots.actions.by import Refused
from pilots.actions.owner import read_contact
from pilots.custom import UnreadableValue, Value, read_value
from pilots.forms.fields import DayField, LongWords, Words
from pilots.models import CustomField, Pilot


class BulkKind(StrEnum):
    """What can be changed of several pilots at once; the label is that of the page."""

    OWNER = "owner"
    TAG = "tag"
    HOLD = "hold"
    UNIT = "unit"
    DECIDE_BY = "decide_by"
    FIELD = "field"

    @property
    def label(self) -> str:
        return {
            "owner": "Name the production owner",
            "tag": "Tag",
            "hold": "Put on hold",
            "unit": "Set the unit",
            "decide_by": "Set when it is decided",
            "field": "Set a custom field",
        }[self.value]


class BulkForm(forms.Form):
    """One kind of change. `asked` is what it means, once the form is valid."""

    def __init__(self, *args: Any, pilots: Sequence[Pilot] = (), **options: Any) -> None:
        self.pilots = pilots
        super().__init__(*args, **options)

    @property
    @abstractmethod
    def asked(self) -> Asked:
        """What every form of its kind tells."""


class OwnerForm(BulkForm):
    owner = Words(
        label="Production owner",
        max_length=300,
        help_text="A name, name and address, or “nobody yet”. They are not mailed",
        error_messages={"required": "Write a name, or “nobody yet”."},
    )

    reason = Words(
        label="Why, where somebody is replaced",
        required=False,
        max_length=500,
        help_text="Needed where one of them has an accountable owner already",
    )

    def clean_owner(self) -> Any:
        try:
            return read_contact(self.cleaned_data["owner"])
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused

    @property
    def asked(self) -> Asked:
        return SetOwner(contact=self.cleaned_data["owner"], reason=self.cleaned_data["reason"])


class TagForm(BulkForm):
    add = Words(label="Tags to add", required=False, max_length=500, help_text="With commas between them")
    remove = Words(label="Tags to remove", required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.asked.add and not self.asked.remove:
            self.add_error("add", "Write a tag to add, or one to remove.")
        return cleaned

    @property
    def asked(self) -> SetTags:
        return SetTags(add=_parts(self.cleaned_data["add"]), remove=_parts(self.cleaned_data["remove"]))


class HoldAllForm(BulkForm):
    reason = LongWords(
        label="Why", max_length=4000, rows=2, error_messages={"required": "Say why they are put on hold."}
    )
    agreed_by = Words(
        label="Agreed by", max_length=200, error_messages={"required": "Say who agreed to the hold."}
    )
    review_on = DayField(
        label="Look again on",
        is_exact=True,
        help_text="On this day somebody decides whether they go on",
        error_messages={"required": "Choose the day on which somebody looks again."},
    )

    @property
    def asked(self) -> Asked:
        read = self.cleaned_data
        return PutOnHold(
            reason=read["reason"], agreed_by=read["agreed_by"], review_on=read["review_on"].first
        )


class UnitForm(BulkForm):
    unit = Words(label="Unit", required=False, max_length=200, help_text="Leave it empty to take it out")

    @property
    def asked(self) -> Asked:
        return SetValues(plain={"unit": self.cleaned_data["unit"].strip()})


class DecideByForm(BulkForm):
    decide_by = DayField(
        label="Decide by", is_exact=True, required=False, help_text="Leave it empty to take it out"
    )

    @property
    def asked(self) -> Asked:
        day = self.cleaned_data["decide_by"]
        return SetValues(plain={"decide_by": day.first if day else None})


class FieldForm(BulkForm):
    """One custom field of the programs of these pilots, and what is to stand in it."""

    code = forms.ChoiceField(
        label="Field",
        error_messages={
            "required": "Choose a field.",
            "invalid_choice": "None of these pilots’ programs keeps this field.",
        },
    )
    value = Words(label="Value", required=False, max_length=4000, help_text="Leave it empty to take it out")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        programs = {pilot.program_id for pilot in self.pilots}
        fields = CustomField.objects.in_use().filter(program__in=programs).in_order()
        self.known: dict[str, list[CustomField]] = {}
        for found in fields:
            self.known.setdefault(found.code, []).append(found)
        choices = [(code, found[0].label) for code, found in self.known.items()]
        self.fields["code"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        values: set[Value | None] = set()
        try:
            for found in self.known[cleaned["code"]]:
                values.add(read_value(found.of_kind, cleaned["value"], found.choices))
        except UnreadableValue as error:
            self.add_error("value", str(error))
        if len(values) > 1:
            self.add_error("code", "It holds different things in these programs. Choose pilots of one.")
        self.read = next(iter(values), None)
        return cleaned

    @property
    def asked(self) -> Asked:
        return SetValues(custom={self.cleaned_data["code"]: self.read})

    @property
    def labels(self) -> Mapping[str, str]:
        return {code: found[0].label for code, found in self.known.items()}


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


FORMS: dict[BulkKind, type[BulkForm]] = {
    BulkKind.OWNER: OwnerForm,
    BulkKind.TAG: TagForm,
    BulkKind.HOLD: HoldAllForm,
    BulkKind.UNIT: UnitForm,
    BulkKind.DECIDE_BY: DecideByForm,
    BulkKind.FIELD: FieldForm,
}
