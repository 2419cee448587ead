"""The eight fields at the door."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.urls import reverse

from kpis.oneline import KpiLine, UnreadableKpi, read_kpi
from pilots.access.models import Program, Role, User
from pilots.actions.by import Refused
from pilots.actions.description import read_tags
from pilots.actions.owner import Contact, read_contact
from pilots.actions.pilot import NewPilot
from pilots.actions.stage import DECIDE_WITHIN
from pilots.calendar import Day
from pilots.forms.custom import field_for
from pilots.forms.fields import DayField, LongWords, Words
from pilots.lifecycle import STAGE_CHOICES, Stage
from pilots.models import CustomField, HowBuilt
from portfolio.desk.log_start import Taken

# Names this form's content, so that the same content sent twice is one pilot and other content another.
SENDING = uuid.UUID("6f3f4a52-4a3c-4d43-9a0b-6d2a6f0f3c11")
# Nothing is to be decided of a pilot that is …
DECIDED = {
    Stage.IDEA: "an idea",
    Stage.PROVEN: "proven",
    Stage.TRANSITION: "in its 90-day plan",
    Stage.LIMITED: "in limited go-live",
    Stage.PRODUCTION: "in production",
    Stage.SUSTAINED: "holding its value",
    Stage.STOPPED: "stopped",
    Stage.RETIRED: "retired",
}


class LogForm(forms.Form):
    """Logs a pilot. `form_id` is made when the page is shown, so a second press logs nothing twice."""

    form_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "This form was cut short on its way. Load the page again.",
            "invalid": "This form was changed on its way. Load the page again.",
        },
    )
    name = Words(max_length=200, error_messages={"required": "Give it a name people will know it by."})
    program = forms.ModelChoiceField(
        queryset=Program.objects.none(),
        to_field_name="slug",
        empty_label="Choose a program",
        error_messages={
            "required": "Choose the program it belongs to.",
            "invalid_choice": "You cannot log pilots there. Choose one of your programs.",
        },
    )
    problem = LongWords(
        label="Problem, in one sentence",
        max_length=4000,
        rows=2,
        help_text="Say it without the word AI: “It takes 14 minutes to check one windscreen invoice, "
        "and one in nine is still paid too high.”",
        error_messages={"required": "Say in one sentence what is wrong today."},
    )
    owner = Words(
        help_text="Name or e-mail, or “nobody yet”. Not mailed",
        error_messages={"required": "Write a name, an address, or “nobody yet”."},
    )
    stage = forms.ChoiceField(
        label="Stage today",
        choices=STAGE_CHOICES,
        error_messages={
            "required": "Choose the stage it is in today.",
            "invalid_choice": "This is no stage. Choose one of the list.",
        },
    )
    since = DayField(
        label="In this stage since", required=False, help_text="A month is enough; “not known” will do"
    )
    decide_by = DayField(required=False, is_exact=True)
    kpi = Words(label="The number that should move, in one line", required=False)
    source = Words(widget=forms.HiddenInput, required=False)
    takes_over = forms.BooleanField(label="Take these over too", required=False)
    how_built = forms.ChoiceField(
        label="How it is built",
        required=False,
        choices=[("", "Not known"), *[(item.value, item.label) for item in HowBuilt]],
        error_messages={"invalid_choice": "Choose one of the list."},
    )
    tags = Words(
        required=False, max_length=2000, help_text="Words people group pilots by, with commas between"
    )

    def __init__(
        self, user: User, *args: Any, custom: Sequence[CustomField] = (), hint: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if hint:
            self.fields["problem"].help_text = hint
        self.custom_names = {f"custom/{field.code}": field.code for field in custom}
        for field in custom:
            self.fields[f"custom/{field.code}"] = field_for(field)
        self.fields["program"].widget.attrs |= {
            "hx-get": reverse("desk:log_more"),
            "hx-target": "#more",
            "hx-trigger": "change",
            "hx-include": "#more",
        }
        programs = Program.objects.where(user, Role.CONTRIBUTOR, Role.MANAGER).order_by("name", "pk")
        self.managed = set(Program.objects.where(user, Role.MANAGER).values_list("pk", flat=True))
        program, stage = self.fields["program"], self.fields["stage"]
        assert isinstance(program, forms.ModelChoiceField)  # noqa: S101 -- for the type checker
        assert isinstance(stage, forms.ChoiceField)  # noqa: S101
        program.queryset = programs
        self.fields["name"].widget.attrs |= {
            "autofocus": not self.is_bound,
            "hx-get": reverse("desk:pilots_alike"),
            "hx-target": "#alike",
            "hx-trigger": "change",
        }
        self.fields["kpi"].widget.attrs |= {
            "hx-get": reverse("desk:kpi_echo"),
            "hx-target": "#kpi-echo",
            "hx-trigger": "input changed delay:300ms",
        }
        if not self.managed:
            stage.choices = [(Stage.IDEA.value, Stage.IDEA.label)]
            stage.help_text = "You may log ideas; a manager logs what is under way"

    def clean_owner(self) -> Contact | None:
        try:
            return read_contact(self.cleaned_data["owner"])
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused

    def clean_tags(self) -> tuple[str, ...]:
        try:
            return tuple(read_tags(self.cleaned_data["tags"].split(",")))
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused

    @property
    def more(self) -> list[BoundField]:
        """What is folded: asked where the program keeps fields of its own, or a start fills it."""
        return [self[name] for name in ("how_built", "tags", *self.custom_names)]

    @property
    def has_more(self) -> bool:
        """Whether there is anything to fold: fields of the program, or something a start put there."""
        return bool(self.custom_names) or any(field.value() for field in self.more)

    @property
    def is_unfolded(self) -> bool:
        """Whether what is folded wants to be seen: it is filled in, or needs another look."""
        return any(field.value() or field.errors for field in self.more)

    def clean_kpi(self) -> KpiLine | None:
        try:
            return read_kpi(self.cleaned_data["kpi"])
        except UnreadableKpi as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        program, stage = self.cleaned_data.get("program"), self.cleaned_data.get("stage")
        if program and stage and program.pk not in self.managed and stage != Stage.IDEA.value:
            self.add_error(
                "stage",
                f"In {program} you may log ideas. Choose {Stage.IDEA.label}, or ask a manager to log it.",
            )
        decide_by = self.cleaned_data.get("decide_by")
        if stage in DECIDED and decide_by is not None:
            if self._is_proposed(decide_by):
                self.cleaned_data["decide_by"] = None
            else:
                needless = f"A pilot that is {DECIDED[stage]} needs no decision day. Leave it empty."
                self.add_error("decide_by", needless)
        return self.cleaned_data

    def _is_proposed(self, day: Day) -> bool:
        """Return whether nobody touched the day; the form may be a day old, or of another time zone."""
        offered: Day | None = self.initial.get("decide_by")
        return offered is not None and abs((day.first - offered.first).days) <= 1

    def as_new_pilot(self, taken: Taken | None = None) -> NewPilot:
        """Return the pilot to log, with what it takes over from another one."""
        cleaned = self.cleaned_data
        decide_by: Day | None = cleaned["decide_by"]
        return NewPilot(
            program=cleaned["program"],
            name=cleaned["name"],
            problem=cleaned["problem"],
            stage=Stage(cleaned["stage"]),
            since=cleaned["since"],
            owner=cleaned["owner"],
            decide_by=decide_by.first if decide_by else None,
            how_built=HowBuilt(cleaned["how_built"]) if cleaned["how_built"] else None,
            tags=cleaned["tags"],
            custom={
                code: cleaned[name]
                for name, code in self.custom_names.items()
                if cleaned.get(name) is not None
            },
            **(taken.fields_in(cleaned["program"]) if taken else {}),
        )

    @property
    def sending(self) -> uuid.UUID:
        """The same for the same content of the same form, and different for anything else."""
        content = "\x1f".join(f"{name}={self.cleaned_data[name]}" for name in self.fields)
        return uuid.uuid5(SENDING, content)


def proposed(today: date) -> Day:
    """Return the day by which a pilot logged today should be decided."""
    return Day(today + DECIDE_WITHIN)
