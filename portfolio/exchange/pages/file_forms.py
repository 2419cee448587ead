"""The file, the program it goes into, and the day it speaks of."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from pilots.access.models import Program, User
from pilots.access.permissions import runs_the_site
from pilots.calendar import Day
from pilots.forms.fields import DayField
from portfolio.exchange.pages.receiving import FIELD
from portfolio.exchange.reading.limits import MOST_BYTES, MOST_COLUMNS, MOST_ROWS

ANY_PROGRAM = "*"  # no slug looks like this
ENDINGS = (".xlsx", ".ods", ".csv", ".tsv", ".txt")
MEGABYTES = MOST_BYTES // (1024 * 1024)
TOO_BIG = (
    f"The file is larger than {MEGABYTES} MB, so it was not read. Leave out pictures and sheets that are "
    "not needed, or part it in two."
)
LIMITS = f"XLSX, ODS or CSV, up to {MEGABYTES} MB, {MOST_ROWS:,} rows and {MOST_COLUMNS} columns"


class AboutForm(forms.Form):
    """What a file is about. `program` gives a `Program`, or None where the file itself names programs."""

    program = forms.ChoiceField(
        error_messages={
            "required": "Choose the program the pilots belong to.",
            "invalid_choice": "You cannot import there. Choose one of your programs.",
        }
    )
    as_of = DayField(
        label="The file speaks of",
        is_exact=True,
        help_text="The day it was last brought up to date. Facts without a day of their own count from then.",
        error_messages={"required": "Write a day, such as today’s."},
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programs = Program.objects.run_by(user).filter(is_sample=False).order_by("name", "pk")
        self.programs = {program.slug: program for program in programs}
        choices = [(slug, program.name) for slug, program in self.programs.items()]
        if runs_the_site(user):
            choices.append((ANY_PROGRAM, "The file names the programs"))
        field = self.fields["program"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
        field.choices = choices

    def clean_program(self) -> Program | None:
        return self.programs.get(self.cleaned_data["program"])

    def clean_as_of(self) -> date:
        day: Day = self.cleaned_data["as_of"]
        program = self.cleaned_data.get("program")
        now = timezone.now()
        if day.first > (program.today(now) if program else timezone.localdate(now)):
            raise ValidationError(f"{day} has not come yet. Write a day up to today.", code="future")
        return day.first


class UploadForm(AboutForm):
    """The same with the file; `is_too_big` says that it was thrown away while it came."""

    file = forms.FileField(
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={
            "required": "Choose a file.",
            "missing": "Choose a file.",
            "invalid": "The file did not arrive. Choose it again.",
            "empty": "The file is empty. Choose one with a row of headings and rows below it.",
        },
    )

    def __init__(self, *args: Any, is_too_big: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_too_big:
            self.fields[FIELD].error_messages["required"] = TOO_BIG
