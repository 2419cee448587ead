"""The form on a card of the board."""

from django import forms

from pilots.forms.fields import VersionField
from pilots.lifecycle import STAGE_CHOICES


class CardForm(forms.Form):
    """Where a pilot goes, and the version of it that was on the board."""

    version = VersionField()
    to = forms.ChoiceField(
        choices=STAGE_CHOICES,
        error_messages={
            "required": "Choose the stage it goes to.",
            "invalid_choice": "There is no such stage. Choose one of the list.",
        },
    )
