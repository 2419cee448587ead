"""Forms about who answers for what."""

from django import forms
from django.core.exceptions import ValidationError

from pilots.access.permissions import OwnerRole
from pilots.actions.by import Refused
from pilots.actions.owner import Contact, read_contact
from pilots.forms.fields import Words

ROLE_CHOICES = [(role.value, role.label) for role in OwnerRole]


class AddOwnerForm(forms.Form):
    owner = Words(
        label="Who",
        help_text="Name or e-mail. Not mailed",
        error_messages={"required": "Write a name or an address."},
    )
    role = forms.ChoiceField(
        label="Answers as",
        choices=ROLE_CHOICES,
        error_messages={
            "required": "Choose what they answer for.",
            "invalid_choice": "There is no such role. Choose one of the list.",
        },
    )
    reason = Words(
        label="Why",
        required=False,
        max_length=500,
        help_text="Needed only where a builder is to own production",
    )

    def clean_owner(self) -> Contact:
        try:
            contact = read_contact(self.cleaned_data["owner"])
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused
        if contact is None:
            raise ValidationError("Write a name or an address; nobody needs no entry.")
        return contact


class EndOwnershipForm(forms.Form):
    reason = Words(label="Why, if you like", required=False, max_length=500)
