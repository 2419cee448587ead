"""Forms about who answers for what."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pilots.access.permissions import OwnerRole
from pilots.actions.by import Refused
from pilots.actions.owner import MAKERS, Contact, read_contact
from pilots.forms.change import ChangeForm
from pilots.forms.fields import DayField, LongWords, Words

ROLE_CHOICES = [(role.value, role.label) for role in OwnerRole]
CONCERNED = frozenset({OwnerRole.PRODUCTION_OWNER, *MAKERS})  # a builder who owns production needs a reason


class WhoField(Words):
    """A name or an address; gives a `Contact`, or None where nobody has to be named and nobody is."""

    default_error_messages = {"required": "Write a name or an address."}

    def clean(self, value: Any) -> Contact | None:
        text = super().clean(value)
        try:
            contact = read_contact(text)
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused
        if contact is None and self.required:
            raise ValidationError("Write a name or an address; nobody needs no entry.")
        return contact


def _exception() -> Words:
    return Words(
        label="Why a builder may own it",
        required=False,
        max_length=500,
        help_text="Needed only where a builder is to own production",
    )


class AddOwnerForm(forms.Form):
    owner = WhoField(label="Who", help_text="Name or e-mail. Not mailed")
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


class EndOwnershipForm(forms.Form):
    reason = Words(label="Why, if you like", required=False, max_length=500)


class HandOverForm(ChangeForm):
    """Asks who takes over and why; about milestones only where some are open."""

    owner = WhoField(
        label="Who takes over", help_text="Name or e-mail. Not mailed; it counts once they agree"
    )
    reason = LongWords(
        label="Why", max_length=500, rows=2, error_messages={"required": "Say why it is handed over."}
    )
    exception = _exception()
    with_milestones = forms.BooleanField(required=False)

    def ask_for(self, role: OwnerRole, *, milestones: int) -> None:
        if role not in CONCERNED:
            del self.fields["exception"]
        if milestones:
            what = "The open milestone goes" if milestones == 1 else f"The {milestones:,} open milestones go"
            self.fields["with_milestones"].label = f"{what} along"
        else:
            del self.fields["with_milestones"]


class DeputyForm(ChangeForm):
    owner = WhoField(label="Who stands in", help_text="Name or e-mail. Not mailed; it counts once they agree")
    until = DayField(
        label="Until",
        is_exact=True,
        help_text="The last day, it included",
        error_messages={"required": "Choose the last day on which they stand in."},
    )
    exception = _exception()

    def ask_for(self, role: OwnerRole) -> None:
        if role not in CONCERNED:
            del self.fields["exception"]


class TermsForm(ChangeForm):
    """What an owner may decide, and what they deliver. Only managers are asked about the first."""

    authority = LongWords(
        label="May decide",
        required=False,
        max_length=500,
        rows=2,
        help_text="In words, and who granted it: “accuracy against speed, granted by S. Keller”",
    )
    budget_authority = Words(
        label="Money they release",
        required=False,
        max_length=200,
        help_text="An amount, “none”, or “up to EUR 50,000”",
    )
    deliverable = Words(label="Delivers", required=False, max_length=300)
    due_on = DayField(label="Due on", is_exact=True, required=False)
    delivered_on = DayField(label="Delivered on", is_exact=True, required=False)

    def ask_for(self, *, is_manager: bool) -> None:
        if not is_manager:
            del self.fields["authority"], self.fields["budget_authority"]

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the action takes them."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        for name in ("due_on", "delivered_on"):
            given[name] = given[name].first if given[name] else None
        return given


class SeatForm(ChangeForm):
    """Why nobody is needed in a seat, and until when that holds."""

    reason = LongWords(
        label="Not needed because",
        max_length=1000,
        rows=2,
        error_messages={"required": "Say why nobody is needed there."},
    )
    until = DayField(
        label="Look again after",
        is_exact=True,
        help_text="The last day on which it holds; a year at most",
        error_messages={"required": "Choose the last day on which it holds."},
    )
