"""Forms about programs, their members and accounts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse

from pilots.access.models import Program
from pilots.access.models.program import ROLE_CHOICES, Role
from pilots.access.models.user import zone_names
from pilots.access.naming import free_prefix
from pilots.actions.account import LONGEST_ADDRESS, LONGEST_NAME, read_address
from pilots.actions.by import Refused
from pilots.forms.fields import Words

LONGEST_PREFIX = 8


def _zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(zone_names())]


class ZoneField(forms.ChoiceField):
    """A time zone out of all there are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="Time zone",
            choices=_zones,
            help_text="A day of the program begins at midnight there",
            error_messages={
                "required": "Choose the time zone in which its days begin.",
                "invalid_choice": "There is no such time zone. Choose one of the list.",
            },
            **options,
        )


class RoleField(forms.ChoiceField):
    """A role in a program."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=ROLE_CHOICES,
            error_messages={
                "required": "Choose a role.",
                "invalid_choice": "There is no such role. Choose viewer, contributor or manager.",
            },
            **options,
        )

    def clean(self, value: Any) -> Role:
        return Role(super().clean(value))


class AddressField(Words):
    """An e-mail address, as accounts keep it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label="E-mail", max_length=LONGEST_ADDRESS, **options)
        self.widget.attrs |= {"inputmode": "email", "autocomplete": "off"}

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return read_address(text)
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused


class EditProgramForm(forms.Form):
    name = Words(max_length=LONGEST_NAME, error_messages={"required": "A program needs a name."})
    zone = ZoneField()


class OpenProgramForm(EditProgramForm):
    """Opens a program. Without a prefix it takes the proposal that was seen: keys keep theirs."""

    prefix = Words(  # type: ignore[assignment]  # the form's own `prefix` stays: fields leave the class
        required=False,
        max_length=LONGEST_PREFIX,
        help_text="Starts every pilot’s key, such as CLM in CLM-12, and stays for good",
    )
    manages = forms.BooleanField(label="Make me its manager", required=False)
    field_order = ("name", "prefix", "zone", "manages")
    proposed = ""  # what an empty prefix would become, once somebody was told

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"zone": "UTC", "manages": True})
        self.fields["name"].widget.attrs |= {
            "hx-get": reverse("desk:settings_prefix"),
            "hx-target": "#proposed",
            "hx-trigger": "change",
        }

    def clean_prefix(self) -> str:
        return str(self.cleaned_data["prefix"]).upper()

    def clean(self) -> dict[str, Any]:
        name, prefix = self.cleaned_data.get("name"), self.cleaned_data.get("prefix")
        if name and prefix == "":
            seen, self.proposed = self.data.get("proposed", ""), propose_prefix(name)
            if seen == self.proposed:
                self.cleaned_data["prefix"] = self.proposed
            else:
                sentence = f"The first key would be {self.proposed}-1. Open it so, or write another prefix."
                self.add_error("prefix", sentence)
        return self.cleaned_data


class MemberForm(forms.Form):
    """Names a member. Who may open accounts is asked for a name, which a new account needs."""

    email = AddressField(error_messages={"required": "Write the address they sign in with."})
    name = Words(
        required=False, max_length=LONGEST_NAME, help_text="Needed only for somebody without an account"
    )
    role = RoleField()

    def __init__(self, data: QueryDict | None = None, *, may_open_accounts: bool) -> None:
        super().__init__(data, initial={"role": Role.CONTRIBUTOR.value})
        if not may_open_accounts:
            del self.fields["name"]
            self.fields["email"].help_text = "Of somebody with an account; an administrator can open one"


class RoleForm(forms.Form):
    role = RoleField()


class OpenAccountForm(forms.Form):
    email = AddressField(error_messages={"required": "Write the address they sign in with."})
    name = Words(max_length=LONGEST_NAME, error_messages={"required": "Write the person’s name."})
    is_executive = forms.BooleanField(
        label="Executive", required=False, help_text="Sees every ordinary pilot, changes nothing"
    )
    is_administrator = forms.BooleanField(
        label="Administrator", required=False, help_text="Opens accounts and programs, names members"
    )


def propose_prefix(name: str) -> str:
    """Return a prefix for a program of that name which no program has yet."""
    return free_prefix(name, set(Program.objects.values_list("prefix", flat=True)))
