"""The form about one's own digest."""

from typing import Any

from django import forms
from django.http import QueryDict

from pilots.access.models import Program, User
from pilots.calendar import Day
from pilots.forms.fields import DayField, Words
from portfolio.digests.actions import Preferences
from portfolio.digests.models import (
    FORM_CHOICES,
    HOUR_CHOICES,
    SCOPE_CHOICES,
    WEEKDAY_CHOICES,
    DigestForm,
    DigestScope,
    DigestSetting,
)


def _choice(sentence: str) -> dict[str, str]:
    return {"required": sentence, "invalid_choice": sentence}


class PreferencesForm(forms.Form):
    """Day, hour, zone, which pilots, which kind, a pause, and whether at all."""

    is_on = forms.BooleanField(label="Send me the digest", required=False)
    weekday = forms.TypedChoiceField(
        label="Day",
        choices=WEEKDAY_CHOICES,
        coerce=int,
        error_messages=_choice("Choose a day of the week."),
    )
    hour = forms.TypedChoiceField(
        choices=HOUR_CHOICES, coerce=int, error_messages=_choice("Choose an hour from 00:00 to 23:00.")
    )
    zone = Words(
        label="Time zone",
        max_length=64,
        help_text="Where you live, such as Europe/Berlin; pages show times in it too",
        error_messages={"required": "Write a time zone such as Europe/Berlin."},
    )
    scope = forms.ChoiceField(
        label="Which pilots",
        choices=SCOPE_CHOICES,
        error_messages=_choice("Choose which pilots it speaks of."),
    )
    programs = forms.ModelMultipleChoiceField(
        queryset=Program.objects.none(),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        help_text="Counts where “Only these programs” is chosen",
        error_messages={"invalid_choice": "Choose among the programs you see."},
    )
    as_form = forms.ChoiceField(
        label="What kind",
        choices=FORM_CHOICES,
        error_messages=_choice("Choose what kind of digest it is."),
    )
    paused_until = DayField(
        label="Pause until",
        is_exact=True,
        required=False,
        help_text="The first day on which it may come again; empty for no pause",
    )

    def __init__(self, data: QueryDict | None, *, person: User, setting: DigestSetting) -> None:
        chosen = [program.slug for program in setting.programs.all()] if setting.pk else []
        super().__init__(
            data,
            initial={
                "is_on": setting.is_on,
                "weekday": setting.weekday,
                "hour": setting.hour,
                "zone": person.zone,
                "scope": setting.scope,
                "programs": chosen,
                "as_form": setting.chosen_form.value,
                "paused_until": setting.paused_until,
            },
        )
        programs = Program.objects.visible_to(person).order_by("name")
        field = self.fields["programs"]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = programs
        self.fields["zone"].widget.attrs |= {"autocomplete": "off", "list": "zones"}
        self._usual = DigestForm.EXECUTIVE if person.is_executive else DigestForm.WORK

    @property
    def preferences(self) -> Preferences:
        cleaned: dict[str, Any] = self.cleaned_data
        paused: Day | None = cleaned["paused_until"]
        form = DigestForm(cleaned["as_form"])
        return Preferences(
            is_on=cleaned["is_on"],
            weekday=cleaned["weekday"],
            hour=cleaned["hour"],
            zone=cleaned["zone"].strip(),
            scope=DigestScope(cleaned["scope"]),
            programs=list(cleaned["programs"]),
            paused_until=paused.first if paused else None,
            # What is usual for a person is not written down, so it follows them when they become another.
            as_form=None if form is self._usual else form,
        )
