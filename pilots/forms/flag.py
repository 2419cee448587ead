"""Forms that let flags rest, or contradict them."""

from django import forms

from pilots.forms.fields import DayField, LongWords


class SnoozeForm(forms.Form):
    """Until when the flags rest, and why; the reason stands on the pilot's page meanwhile."""

    until = DayField(
        label="Until",
        is_exact=True,
        help_text="On this day it counts again; at most 90 days from today",
        error_messages={"required": "Choose the day on which it counts again."},
    )
    reason = LongWords(
        label="Why",
        max_length=500,
        rows=2,
        error_messages={"required": "Say why, so that others can follow it."},
    )


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
