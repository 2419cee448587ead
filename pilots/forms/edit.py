"""What describes a pilot, on one form."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField

from pilots.actions.by import Refused
from pilots.actions.description import read_tags
from pilots.actions.pilot import EDITABLE
from pilots.actions.scope import LONGEST_REASON, settled
from pilots.forms.change import ChangeForm
from pilots.forms.custom import field_for
from pilots.forms.fields import DayField, LongWords, Words
from pilots.models import CustomField, HowBuilt, Pilot, RiskTier

NOT_CLASSIFIED = "Not classified yet"


class DescribingForm(ChangeForm):
    """A form that writes what describes a pilot, so that two people's changes can be put together."""

    custom_names: Mapping[str, str] = {}

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        apart = {"version", "scope_reason"}
        return {name: value for name, value in self.cleaned_data.items() if name not in apart}

    @property
    def why_scope(self) -> str:
        return str(self.cleaned_data.get("scope_reason", ""))

    def ask_about_scope(self, pilot: Pilot, *, at: datetime) -> None:
        """Ask why the scope changes, of a pilot whose scope is settled by now."""
        found = settled([pilot], at=at).get(pilot.pk)
        if found is not None:
            self.fields["scope_reason"] = LongWords(
                label="Why the scope changes",
                required=False,
                max_length=LONGEST_REASON,
                rows=2,
                help_text=f"Day {found.day} of the plan: use case and serving pattern are settled. "
                "Only where you change one of them",
            )

    def take_over(self, names: Iterable[str], pilot: Pilot) -> None:
        """Show what the pilot says now in these fields, in place of what was sent."""
        now = values_of(pilot)
        data = dict(self.data.items())
        for name in names:
            value = self.fields[name].prepare_value(now.get(name))
            if value is False:
                data.pop(name, None)
            else:
                data[name] = "on" if value is True else "" if value is None else value
        self.data = data


class EditForm(DescribingForm):
    name = Words(max_length=200, error_messages={"required": "A pilot needs a name."})
    unit = Words(
        label="Unit", required=False, max_length=200, help_text="The department or site it belongs to"
    )
    problem = LongWords(
        label="Problem, in one sentence",
        max_length=4000,
        rows=3,
        error_messages={"required": "Say in one sentence what is wrong today."},
    )
    vendor = Words(required=False, max_length=200)
    contract = Words(required=False, max_length=500)
    how_built = forms.ChoiceField(
        label="How it is built",
        required=False,
        choices=[("", "Not known"), *[(item.value, item.label) for item in HowBuilt]],
        error_messages={"invalid_choice": "Choose one of the list."},
    )
    risk = forms.ChoiceField(
        label="Risk, EU AI Act",
        required=False,
        choices=[("", NOT_CLASSIFIED), *[(tier.value, tier.label) for tier in RiskTier]],
        error_messages={"invalid_choice": "Choose one of the list."},
    )
    decide_by = DayField(required=False, is_exact=True)
    tags = Words(
        required=False, max_length=2000, help_text="Words people group pilots by, with commas between"
    )
    is_confidential = forms.BooleanField(
        label="Confidential",
        required=False,
        help_text="Only managers of its program and its owners see it, and it is in no total",
    )

    def __init__(
        self, *args: Any, may_mark_confidential: bool, custom: Sequence[CustomField] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not may_mark_confidential:
            del self.fields["is_confidential"]
        self.custom_names = {f"custom/{field.code}": field.code for field in custom}
        for field in custom:
            name = f"custom/{field.code}"
            self.fields[name] = field_for(field, self.initial.get(name))

    @property
    def custom_fields(self) -> list[BoundField]:
        return [self[name] for name in self.custom_names]

    def clean_tags(self) -> list[str]:
        try:
            return sorted(read_tags(self.cleaned_data["tags"].split(",")))
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        apart = {"version", "scope_reason", *self.custom_names}
        values = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        day = values["decide_by"]
        values |= {"decide_by": day.first if day else None}
        if self.custom_names:
            values["custom"] = {code: self.cleaned_data[name] for name, code in self.custom_names.items()}
        return values


def values_of(pilot: Pilot) -> dict[str, Any]:
    """Return what the form starts from: the pilot as it is."""
    values = described(pilot)
    custom = {f"custom/{code}": value for code, value in values.pop("custom").items()}
    return values | custom | {"tags": ", ".join(values["tags"]), "version": pilot.version}


def described(pilot: Pilot) -> dict[str, Any]:
    """Return the fields the action can edit, as it keeps them."""
    values = {name: getattr(pilot, name) for name in EDITABLE if name != "tags"}
    return values | {"tags": list(pilot.tags.order_by("name").values_list("name", flat=True))}
