"""Forms of a pilot's readiness: evidence, waivers, approvals, and whom something waits for."""

from collections.abc import Iterable
from typing import Any

from django import forms

from pilots.access.roles import OwnerRole
from pilots.actions.approval import LONGEST_NOTE as LONGEST_APPROVAL_NOTE
from pilots.actions.evidence import LONGEST_REASON, LONGEST_TEXT
from pilots.actions.waiting import LONGEST_NOTE
from pilots.actions.waiver import LONGEST_REASON as LONGEST_WAIVER_REASON
from pilots.forms.change import ChangeForm
from pilots.forms.fields import DayField, LongWords, Words
from pilots.playbook import Audience, EvidenceKind

Choices = Iterable[tuple[str, Any]]
NOT_IN_LIST = {"invalid_choice": "There is no such choice. Take one of the list."}
MANAGER = "manager"  # how a form names the approval that rests on no role


class EvidenceForm(ChangeForm):
    """What was seen, when and by whom; for one requirement, or one of a list."""

    requirement = forms.ChoiceField(
        label="What it shows",
        error_messages={"required": "Choose what it shows.", **NOT_IN_LIST},
    )
    kind = forms.TypedChoiceField(
        label="What it is",
        choices=[(kind.value, kind.label) for kind in EvidenceKind],
        coerce=EvidenceKind,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is.", **NOT_IN_LIST},
    )
    link = Words(
        label="Link",
        required=False,
        help_text="Where it can be seen: a page, a report, a ticket",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    text = LongWords(
        label="What was seen",
        required=False,
        max_length=LONGEST_TEXT,
        rows=3,
        help_text="A few lines are enough where there is no link",
    )
    dated = DayField(
        label="Of which day",
        is_exact=True,
        help_text="The day of the test or the signature, not of bringing it here",
        error_messages={"required": "Write the day of what it shows."},
    )
    audience = forms.TypedChoiceField(
        label="Who tried it",
        choices=[("", "Nobody had to"), *((audience.value, audience.label) for audience in Audience)],
        coerce=Audience,
        empty_value=None,
        required=False,
        error_messages=NOT_IN_LIST,
    )

    def __init__(self, *args: Any, requirements: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["requirement"].choices = list(requirements)  # type: ignore[attr-defined]  # a choice field


class WithdrawForm(ChangeForm):
    reason = LongWords(
        label="Why it does not hold",
        max_length=LONGEST_REASON,
        rows=2,
        error_messages={"required": "Say why it does not hold."},
    )


class WaiveForm(ChangeForm):
    """What a pilot may pass without, why, and until when."""

    subject = forms.ChoiceField(
        label="What it may pass without",
        error_messages={"required": "Choose what it may pass without.", **NOT_IN_LIST},
    )
    reason = LongWords(
        label="Why",
        max_length=LONGEST_WAIVER_REASON,
        rows=3,
        help_text="Whoever reads it later decides on that",
        error_messages={
            "required": "Say why it may pass without this: whoever reads it later decides on that."
        },
    )
    until = DayField(
        label="Until",
        is_exact=True,
        help_text="The last day on which it holds; a year from now at most",
        error_messages={"required": "Choose the last day on which it holds."},
    )

    def __init__(self, *args: Any, subjects: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["subject"].choices = list(subjects)  # type: ignore[attr-defined]  # a choice field


class ConfirmForm(ChangeForm):
    """Asks nothing but whether it is meant."""


class ApproveForm(ChangeForm):
    """In which role somebody approves a gate, and what they want to be read with it."""

    role = forms.TypedChoiceField(
        label="You approve it as",
        coerce=lambda code: None if code == MANAGER else OwnerRole(code),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the role in which you approve it.", **NOT_IN_LIST},
    )
    note = LongWords(label="A note, if you like", required=False, max_length=LONGEST_APPROVAL_NOTE, rows=2)

    def __init__(self, *args: Any, roles: Iterable[OwnerRole | None], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(role.value, role.label) if role else (MANAGER, "Manager") for role in roles]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]  # a choice field
        if len(choices) == 1:
            self.fields["role"].initial = choices[0][0]


class WaitForm(ChangeForm):
    """For whom something waits, and since when."""

    requirement = forms.ChoiceField(
        label="What waits",
        error_messages={"required": "Choose what waits.", **NOT_IN_LIST},
    )
    on_role = forms.TypedChoiceField(
        label="For whom",
        choices=[(role.value, role.label) for role in OwnerRole],
        coerce=OwnerRole,
        error_messages={"required": "Choose for whom it waits.", **NOT_IN_LIST},
    )
    since = DayField(
        label="Since",
        is_exact=True,
        error_messages={"required": "Write since when it waits."},
    )
    note = Words(label="A note, if you like", required=False, max_length=LONGEST_NOTE)

    def __init__(self, *args: Any, requirements: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["requirement"].choices = list(requirements)  # type: ignore[attr-defined]  # a choice field
