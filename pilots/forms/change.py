"""Forms that change one pilot: each carries the version that was read."""

from django import forms

from pilots.actions.by import Stale
from pilots.forms.fields import DayField, LongWords, VersionField, Words
from pilots.lifecycle import NEEDS_EVIDENCE, STAGE_CHOICES, Stage
from pilots.models.log import Going


class ChangeForm(forms.Form):
    """`stale` is set when somebody else changed the pilot meanwhile; the form then shows what was typed."""

    version = VersionField()
    stale: Stale | None = None

    def renew(self, stale: Stale) -> None:
        """Keep what was typed and carry the version of now, so that pressing again saves it."""
        self.stale = stale
        self.data = {**dict(self.data.items()), "version": str(stale.current)}


class MoveForm(ChangeForm):
    """Asks for the day and the reason, and for evidence only where the stage needs it."""

    to = forms.ChoiceField(
        choices=STAGE_CHOICES,
        widget=forms.HiddenInput,
        error_messages={
            "required": "Choose the stage it goes to.",
            "invalid_choice": "There is no such stage. Choose one of those below.",
        },
    )
    happened_on = DayField(
        label="When",
        help_text="A month is enough when nobody knows the day",
        error_messages={"required": "Write when it happened; a month is enough."},
    )
    reason = LongWords(label="Why", required=False, max_length=4000, rows=2)
    evidence = LongWords(required=False, max_length=4000, rows=3)
    noted = ""  # what a refusal that is written down says of it

    def ask_for(self, to: Stage | None, *, needs_reason: bool) -> None:
        """Ask what this stage needs, and nothing else."""
        if to not in NEEDS_EVIDENCE or needs_reason:
            del self.fields["evidence"]
        else:
            self.fields["evidence"].label = "Evidence"
            self.fields["evidence"].help_text = NEEDS_EVIDENCE[to]
        self.needs_reason = needs_reason


class HoldForm(ChangeForm):
    reason = LongWords(
        label="Why",
        max_length=4000,
        rows=2,
        error_messages={"required": "Say why it is put on hold."},
    )
    agreed_by = Words(
        label="Agreed by", max_length=200, error_messages={"required": "Say who agreed to the hold."}
    )
    review_on = DayField(
        label="Look again on",
        is_exact=True,
        help_text="On this day somebody decides whether it goes on",
        error_messages={"required": "Choose the day on which somebody looks again."},
    )


class ExtendHoldForm(ChangeForm):
    """The same hold, with a later review day."""

    review_on = DayField(
        label="Look again on",
        is_exact=True,
        help_text="A later day than the review that was planned",
        error_messages={"required": "Choose the day on which somebody looks again."},
    )
    reason = LongWords(
        label="Why it stays on hold",
        max_length=4000,
        rows=2,
        error_messages={"required": "Say why it stays on hold."},
    )
    agreed_by = Words(
        label="Agreed by",
        max_length=200,
        required=False,
        help_text="Leave it empty when the same person agreed",
    )


class ResumeForm(ChangeForm):
    note = LongWords(label="What changed", required=False, max_length=4000, rows=2)


class CheckInForm(forms.Form):
    """How it goes, by one of three answers, in words, or both."""

    going = forms.ChoiceField(
        label="How is it going?",
        choices=[(going.value, going.label) for going in (Going.MOVING, Going.WAITING, Going.BLOCKED)],
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": "Choose one of the three answers."},
    )
    text = LongWords(label="In a sentence", required=False, max_length=4000, rows=3)


class CorrectForm(ChangeForm):
    """A better date for one row of history, or the row taken back."""

    happened_on = DayField(
        label="It happened",
        required=False,
        help_text="A month is enough when nobody knows the day. Leave it as it is to take the row back",
    )
    reason = LongWords(
        label="Why it is corrected",
        max_length=4000,
        rows=2,
        error_messages={"required": "Say why the history is corrected."},
    )
