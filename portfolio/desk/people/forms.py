from typing import Any

from django import forms

from pilots.actions.account import LONGEST_NAME
from pilots.forms.fields import Words
from portfolio.desk.settings_forms import AddressField


class NewAccountForm(forms.Form):
    """A name and a password; the address is the one that was invited, and no field."""

    name = Words(label="Your name", max_length=LONGEST_NAME, error_messages={"required": "Write your name."})
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters",
        error_messages={"required": "Choose a password."},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class AddressIfKnown(AddressField):
    def clean(self, value: Any) -> str:
        return super().clean(value) if str(value or "").strip() else ""


class ContactForm(forms.Form):
    name = Words(max_length=200, error_messages={"required": "Write a name."})
    email = AddressIfKnown(
        required=False, help_text="Nobody gets mail because of it; it is where an invitation would go"
    )


class LinkForm(forms.Form):
    email = AddressField(error_messages={"required": "Write the address they sign in with."})
