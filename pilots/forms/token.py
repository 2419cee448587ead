"""Forms that make a token: what it is called, what it may, where, and for how long."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pilots.access.models import Program, User
from pilots.forms.fields import Words
from pilots.models import Pilot

LONGEST_NAME = 80
PROPOSED_DAYS = 90
LIFETIMES = {30: "30 days", PROPOSED_DAYS: "90 days", 365: "A year"}
# What a person can choose, and what a token then may.
MAY = {
    "read": ("Read", "Whatever you may see, and change nothing", {"read"}),
    "measure": ("Send readings", "Readings of KPIs, and see nothing else", {"measure"}),
    "write": ("Read and change", "Everything you may do yourself", {"read", "write"}),
}


def explained(words: str, line: str) -> SafeString:
    """Return the label of a choice with a line under it."""
    return format_html("{}<small>{}</small>", words, line)


class TokenForm(forms.Form):
    """The name and the lifetime of a token; `lifetime` is a `timedelta`."""

    name = Words(
        label="What it is for",
        max_length=LONGEST_NAME,
        help_text="You find it by this name again, such as “nightly training run”",
        error_messages={"required": "Say what it is for: that is its name."},
    )
    days = forms.TypedChoiceField(
        label="How long it works",
        choices=list(LIFETIMES.items()),
        coerce=int,
        initial=PROPOSED_DAYS,
        error_messages={
            "required": "Choose how long it works.",
            "invalid_choice": "Choose one of the three.",
        },
    )

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])


class OwnTokenForm(TokenForm):
    """A token of all of somebody's rights, or of less; `scopes`, `programs` and `pilot_ids` say of what."""

    may = forms.ChoiceField(
        label="What it may",
        choices=[(code, explained(words, line)) for code, (words, line, _) in MAY.items()],
        widget=forms.RadioSelect,
        initial="read",
        error_messages={
            "required": "Choose what it may.",
            "invalid_choice": "Choose one of the three.",
        },
    )
    programs = forms.ModelMultipleChoiceField(
        label="Only in these programs",
        queryset=Program.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="None ticked: wherever you are, also where you come later",
        error_messages={
            "invalid_choice": "Choose programs of the list.",
            "invalid_pk_value": "Choose programs of the list.",
        },
    )
    pilot = Words(
        label="Only for this pilot",
        required=False,
        help_text="Its key, such as CLM-12",
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        programs = self.fields["programs"]
        assert isinstance(programs, forms.ModelMultipleChoiceField)  # noqa: S101 -- for the type checker
        programs.queryset = Program.objects.visible_to(user).order_by("name", "pk")
        self.order_fields(["name", "may", "programs", "pilot", "days"])

    def clean_pilot(self) -> Pilot | None:
        key = self.cleaned_data["pilot"].upper()
        if not key:
            return None
        pilot = Pilot.objects.visible_to(self._user).filter(key=key).first()
        if pilot is None:
            raise ValidationError(
                f"You see no pilot {key}. Write the key of one that you see.", code="unknown"
            )
        return pilot

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("pilot") and cleaned.get("programs"):
            self.add_error("pilot", "Choose programs or one pilot, not both.")
        return cleaned

    @property
    def scopes(self) -> set[str]:
        return MAY[self.cleaned_data["may"]][2]

    @property
    def pilot_ids(self) -> list[int]:
        pilot = self.cleaned_data["pilot"]
        return [pilot.pk] if pilot else []
