"""Forms of a pilot's plan: making it, and beginning, closing or reopening one of its phases."""

from collections.abc import Mapping, Sequence
from datetime import date

from django import forms
from django.forms import BoundField

from pilots.forms.change import ChangeForm
from pilots.forms.fields import DayField, LongWords
from pilots.models import Phase
from pilots.plans import TEMPLATE_CHOICES, Template


class PlanForm(ChangeForm):
    """A plan to make; where there is one already, why anew, and other last days for its open phases.

    `phases` are those of the plan that counts, in their order; empty for a first plan.
    """

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

    def __init__(
        self,
        *args: object,
        labels: Mapping[Template, str],
        made_from: str = "",
        phases: Sequence[Phase] = (),
        **options: object,
    ) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed on as they came
        self.made_from, self.phases = made_from, phases
        choices = [(template.value, label) for template, label in labels.items()]
        self.fields["template"].choices = choices  # type: ignore[attr-defined]  # it is a ChoiceField
        if made_from:
            self.fields["template"].help_text = "Another template has phases of its own, on its own days"
        for phase in phases:
            if phase.finished_on is None:
                self.fields[f"last_day_{phase.number}"] = DayField(
                    label=f"{phase.title}, last day",
                    is_exact=True,
                    required=False,
                    help_text="Empty: as the template says",
                )
        if made_from:
            self.fields["reason"] = LongWords(
                label="Why anew",
                required=False,
                max_length=500,
                rows=2,
                help_text="The old plan stays to be seen",
            )

    @property
    def last_day_fields(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith("last_day_")]

    @property
    def last_days(self) -> tuple[date | None, ...]:
        """The last days that were written, one a phase; none where another template has other phases."""
        if self.cleaned_data["template"] != self.made_from:
            return ()
        days = [self.cleaned_data.get(f"last_day_{phase.number}") for phase in self.phases]
        return tuple(day.first if day else None for day in days)


class BeginForm(ChangeForm):
    started_on = DayField(
        label="Began on",
        is_exact=True,
        error_messages={"required": "Choose the day on which work on it began."},
    )


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
