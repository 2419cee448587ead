"""Forms that ask for a decision, settle one, and settle an answer from a mail."""

from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.utils.dateparse import parse_datetime

from pilots.actions.decision import LONGEST_OPTION, LONGEST_QUESTION, LONGEST_REASON, PROPOSED_OPTIONS
from pilots.forms.fields import DayField, LongWords, Words

NOT_WHOLE = (
    "What was sent does not say which answer you read. Read it below, then confirm it or set it aside."
)


class AskForm(forms.Form):
    """A question, the answers to choose from, who decides, and by when."""

    question = Words(
        label="The question",
        max_length=LONGEST_QUESTION,
        error_messages={"required": "Write the question in a sentence."},
    )
    options = LongWords(
        label="Answers to choose from",
        required=False,
        max_length=2000,
        rows=3,
        initial="\n".join(PROPOSED_OPTIONS),
        help_text="One a line. Leave it empty for a free answer",
    )
    decider = forms.ChoiceField(
        label="Who decides",
        required=False,
        error_messages={"invalid_choice": "They cannot see it. Choose somebody from the list."},
    )
    needed_by = DayField(
        label="Needed by", required=False, is_exact=True, help_text="Leave it empty when there is no hurry"
    )

    def __init__(self, data: object = None, *, deciders: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        self.fields["decider"].choices = [("", "Any manager"), *deciders]  # type: ignore[attr-defined]

    def clean_options(self) -> list[str]:
        lines = str(self.cleaned_data["options"]).splitlines()
        return [line.strip() for line in lines if line.strip()]


class DecideForm(forms.Form):
    """What is decided, why, and on what authority."""

    choice = Words(label="Decision", max_length=LONGEST_OPTION)
    reason = LongWords(label="Why", required=False, max_length=LONGEST_REASON, rows=3)
    authority = Words(
        label="On what authority",
        required=False,
        max_length=LONGEST_OPTION,
        help_text="Such as the meeting or the role that may decide this",
    )
    decided_on = DayField(
        label="Decided on", required=False, is_exact=True, help_text="Leave it empty for today"
    )

    def __init__(self, data: object = None, *, options: Sequence[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        if options:
            self.fields["choice"] = forms.ChoiceField(
                label="Decision",
                choices=[(option, option) for option in options],
                widget=forms.RadioSelect,
                error_messages={
                    "required": "Choose one of the answers.",
                    "invalid_choice": "Choose one of the answers.",
                },
            )
        else:
            self.fields["choice"].error_messages["required"] = "Write what is decided."


class SettleForm(forms.Form):
    """The answer as the manager read it: `given_at` shows whether a newer one has come since."""

    given_at = forms.CharField(widget=forms.HiddenInput, error_messages={"required": NOT_WHOLE})

    def clean_given_at(self) -> datetime:
        try:
            read = parse_datetime(self.cleaned_data["given_at"])
        except ValueError:  # written as a moment, such as the 45th
            read = None
        if read is None or read.tzinfo is None:
            raise forms.ValidationError(NOT_WHOLE, code="unreadable")
        return read
