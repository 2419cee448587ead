"""The form of a template of plans: a few fields a phase, and its milestones one a line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField

from pilots.actions.milestone_rules import one_line
from pilots.actions.plan_template import LAST_DAY, LONGEST_LABEL
from pilots.forms.fields import LongWords, Words
from pilots.plans import PhaseShape, PlannedMilestone, PlanShape
from pilots.playbook import PhaseCode

KINDS = {
    PhaseCode.SCOPE: "Scope",
    PhaseCode.BUILD: "Build",
    PhaseCode.INTEGRATE: "Integrate",
    PhaseCode.COMMITTEE: "Committee",
    PhaseCode.SHIP: "Ship",
}
LINE = re.compile(r"(?P<day>\d{1,4})(?P<needed>!?)\s+(?P<title>.+)")
PARTS = ("title", "last_day", "code", "milestones")


class MilestonesField(LongWords):
    """Milestones, one a line: its day, an exclamation mark where the phase needs it, its title."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, rows=5, **options)

    def clean(self, value: Any) -> tuple[PlannedMilestone, ...]:
        lines = [one_line(line) for line in super().clean(value).split("\n") if line.strip()]
        return tuple(self._read(line) for line in lines)

    def _read(self, line: str) -> PlannedMilestone:
        match = LINE.fullmatch(line)
        if match is None:
            short = line if len(line) <= 40 else f"{line[:40]}…"
            sentence = f"“{short}” names no day. Write the day, then what is to be there: 24 Data comes in."
            raise ValidationError(sentence, code="unreadable")
        return PlannedMilestone(match["title"], int(match["day"]), bool(match["needed"]))


class TemplateForm(forms.Form):
    """One template; a phase whose fields are all empty is left out, and one row is there to add another."""

    label = Words(
        label="Name", max_length=LONGEST_LABEL, error_messages={"required": "A template needs a name."}
    )

    def __init__(self, data: Mapping[str, Any] | None, *, shape: PlanShape) -> None:
        super().__init__(data, initial=_initial(shape))
        self.count = len(shape.phases) + 1
        for number in range(1, self.count + 1):
            self.fields |= _phase_fields(number)

    @property
    def phases(self) -> list[list[BoundField]]:
        """The fields of each phase, in their order."""
        return [[self[f"phase_{number}_{part}"] for part in PARTS] for number in range(1, self.count + 1)]

    def clean(self) -> dict[str, Any]:
        """Ask for title and last day of each phase that says anything."""
        for number in self._used():
            if self.cleaned_data.get(f"phase_{number}_last_day", 0) is None:
                self.add_error(f"phase_{number}_last_day", "Say on which day of the plan it ends.")
        return self.cleaned_data

    @property
    def shape(self) -> PlanShape:
        said = self.cleaned_data
        return PlanShape(
            said["label"],
            tuple(
                PhaseShape(
                    PhaseCode(said[f"phase_{number}_code"]) if said[f"phase_{number}_code"] else None,
                    said[f"phase_{number}_title"],
                    said[f"phase_{number}_last_day"],
                    said[f"phase_{number}_milestones"],
                )
                for number in self._used()
            ),
        )

    def _used(self) -> Iterator[int]:
        for number in range(1, self.count + 1):
            if any(self.cleaned_data.get(f"phase_{number}_{part}") for part in PARTS):
                yield number


def _phase_fields(number: int) -> dict[str, forms.Field]:
    wrong = f"Write a day of the plan from 1 to {LAST_DAY:,}."
    return {
        f"phase_{number}_title": Words(label=f"Phase {number}", required=False, max_length=LONGEST_LABEL),
        f"phase_{number}_last_day": forms.IntegerField(
            label="Last day",
            required=False,
            min_value=1,
            max_value=LAST_DAY,
            error_messages={"invalid": wrong, "min_value": wrong, "max_value": wrong},
        ),
        f"phase_{number}_code": forms.ChoiceField(
            label="Exit criteria",
            required=False,
            choices=[("", "None"), *[(code.value, f"Those of {word}") for code, word in KINDS.items()]],
            error_messages={"invalid_choice": "There is no such kind. Choose one of the list."},
        ),
        f"phase_{number}_milestones": MilestonesField(label="Milestones"),
    }


def _initial(shape: PlanShape) -> dict[str, Any]:
    values: dict[str, Any] = {"label": shape.label}
    for number, phase in enumerate(shape.phases, start=1):
        values[f"phase_{number}_title"] = phase.title
        values[f"phase_{number}_last_day"] = phase.last_day
        values[f"phase_{number}_code"] = phase.code.value if phase.code else ""
        values[f"phase_{number}_milestones"] = "\n".join(
            f"{item.day}{'!' if item.is_required else ''} {item.title}" for item in phase.milestones
        )
    return values
