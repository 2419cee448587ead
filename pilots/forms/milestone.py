"""Forms of a pilot's milestones."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pilots.actions.by import Refused
from pilots.actions.milestone_rules import LONGEST_TITLE
from pilots.actions.owner import Contact, read_contact
from pilots.forms.change import ChangeForm
from pilots.forms.fields import DayField, LongWords, Words


class MilestoneForm(ChangeForm):
    title = Words(
        label="What is to be there",
        max_length=LONGEST_TITLE,
        error_messages={"required": "Say what is to be there."},
    )
    due_on = DayField(label="Due on", is_exact=True, required=False, help_text="Empty: no day is agreed yet")
    owner = Words(label="Who sees to it", required=False, help_text="Name or e-mail. Not mailed")
    is_required = forms.BooleanField(
        label="Its phase needs it", required=False, help_text="The phase is closed only when this is done"
    )

    def clean_owner(self) -> Contact | None:
        try:
            return read_contact(self.cleaned_data["owner"])
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the action takes them; an owner whose name was left as it is stays that one."""
        due, owner = self.cleaned_data["due_on"], self.cleaned_data["owner"]
        values = {
            "title": self.cleaned_data["title"],
            "due_on": due.first if due else None,
            "is_required": self.cleaned_data["is_required"],
        }
        is_left = "owner" not in self.changed_data
        return values if is_left else {**values, "owner": owner}


class MilestoneDoneForm(ChangeForm):
    done_on = DayField(
        label="Done on", is_exact=True, error_messages={"required": "Choose the day on which it was done."}
    )
    link = Words(label="Link to what shows it", required=False, help_text="Optional. It becomes evidence")
    text = LongWords(label="Or in a few lines", required=False, max_length=4000, rows=2)


class MilestoneRemoveForm(ChangeForm):
    """Asks nothing but whether it is meant."""
