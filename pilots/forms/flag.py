"""Forms that let flags rest, contradict them, or say who sees to them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from pilots.calendar import Day
from pilots.forms.fields import DayField, LongWords, Words

WEEKS = (1, 2, 4)
PROPOSED = 2
NOBODY = "nobody"
NO_DAY = "Choose the day on which it counts again."


class SnoozeForm(forms.Form):
    """Why the flags rest, and until when; the reason stands on the pilot's page meanwhile.

    Either so many weeks from `today` or a day of one's own, which goes first.
    """

    reason = Words(
        label="Why",
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say why, so that others can follow it."},
    )
    weeks = forms.TypedChoiceField(
        label="Rests for", required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    until = DayField(
        label="Until another day",
        is_exact=True,
        required=False,
        help_text="On this day it counts again; at most 90 days from today",
    )

    def __init__(self, data: object = None, *, today: date) -> None:
        super().__init__(data, initial={"weeks": PROPOSED})  # type: ignore[arg-type]
        self._days = {weeks: today + timedelta(weeks=weeks) for weeks in WEEKS}
        self.fields["weeks"].choices = [  # type: ignore[attr-defined]
            (weeks, f"{weeks} week{'s' if weeks > 1 else ''}, to {Day(day)}")
            for weeks, day in self._days.items()
        ]
        if not self.is_bound:
            self.fields["reason"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("until") is None and "until" not in self.errors and "weeks" not in self.errors:
            weeks = cleaned.get("weeks")
            if weeks is None:
                self.add_error(
                    "until",
                    forms.ValidationError("Choose the day on which it counts again.", code="required"),
                )
            else:
                cleaned["until"] = Day(self._days[weeks])
        return cleaned


class DisputeForm(forms.Form):
    """Why the rule is wrong here, and until when that holds."""

    reason = LongWords(
        label="Why it is not stalled",
        max_length=500,
        rows=2,
        error_messages={"required": "Say why, so that others can follow it."},
    )
    until = DayField(
        label="Look again on",
        is_exact=True,
        required=False,
        help_text="After four weeks when you leave it empty",
    )


class AssignForm(forms.Form):
    """Who sees to the flags. Nobody has to be said too: an empty answer takes nothing from anyone."""

    person = forms.ChoiceField(
        label="Who sees to it",
        required=False,  # somebody or nobody is chosen from the start, so no word has to ask for it
        error_messages={
            "invalid_choice": "This person cannot see it, or is not here any longer.",
        },
    )

    def __init__(
        self, data: object = None, *, people: Sequence[tuple[str, str]], chosen: str = NOBODY
    ) -> None:
        super().__init__(data, initial={"person": chosen})  # type: ignore[arg-type]
        self.fields["person"].choices = [(NOBODY, "Nobody"), *people]  # type: ignore[attr-defined]
        if not self.is_bound:
            self.fields["person"].widget.attrs["autofocus"] = True

    def clean_person(self) -> str:
        chosen: str = self.cleaned_data["person"]
        if not chosen:
            raise forms.ValidationError("Choose somebody, or nobody.", code="required")
        return chosen
