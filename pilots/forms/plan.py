"""Forms of a pilot's plan: making it, and closing or reopening one of its phases."""

from django import forms

from pilots.forms.change import ChangeForm
from pilots.forms.fields import DayField, LongWords
from pilots.plans import TEMPLATE_CHOICES


class PlanForm(ChangeForm):
    """A plan to make. The reason is asked for only where there is a plan already."""

    start = DayField(
        label="Day 1",
        is_exact=True,
        help_text="The plan's days count from here",
        error_messages={"required": "Choose the first day of the plan."},
    )
    template = forms.ChoiceField(
        label="Made from",
        choices=TEMPLATE_CHOICES,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what the plan is made from.",
            "invalid_choice": "There is no such template. Choose one of these.",
        },
    )
    reason = LongWords(label="Why anew", required=False, max_length=500, rows=2)

    def __init__(self, *args: object, is_first: bool, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed on as they came
        if is_first:
            del self.fields["reason"]
        else:
            self.fields["reason"].help_text = "The old plan stays to be seen"


class CloseForm(ChangeForm):
    note = LongWords(
        label="What is there now",
        max_length=4000,
        rows=3,
        help_text="Two lines or a link",
        error_messages={"required": "Say what is there now: two lines or a link."},
    )
    finished_on = DayField(
        label="Finished on",
        is_exact=True,
        error_messages={"required": "Choose the day on which it was finished."},
    )


class ReopenForm(ChangeForm):
    reason = LongWords(
        label="Why it is open again",
        max_length=4000,
        rows=2,
        error_messages={"required": "Say why it is open again."},
    )
