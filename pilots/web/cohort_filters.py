"""The parameters of a cohort and of the numbers in it, as charts and lists read them from the address."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from pilots.calendar import Day
from pilots.lifecycle import MAIN_PATH, STAGE_CHOICES, Stage
from pilots.models import PilotQuerySet
from pilots.models.changes import CHANGES, Window, changed_to
from pilots.models.cohort import Cohort, Now, Part, Selection
from pilots.web.filter_fields import CodeFilter, DayFilter, MomentFilter, YesNoFilter, choices_of

# What follows from flags, clocks and what is open now cannot be told of a past day.
TODAYS = (
    *("health", "pattern", "rule", "flagged", "shared", "waits", "waiting", "silent_since", "undecided"),
    "deployed",
)
LONGEST = 600  # months; more is a slip of the finger
ON_PATH = [(stage.value, stage.label) for stage in MAIN_PATH]
COHORT = ("entry", "cohort_from", "cohort_to", "matured_months", "as_of", "known_at")
DAYS = ("as_of", "known_at")
NUMBER = ("furthest", "there_now", "at", "now", "undated", "young")


class _CodesField(forms.CharField):
    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        self.known = [code for code, _ in choices]
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        codes = list(dict.fromkeys(code.strip() for code in text.split(","))) if text else []
        for code in codes:
            if code not in self.known:
                raise ValidationError(
                    f"“{code[:40]}” is not known here. Known: {', '.join(self.known)}.", code="invalid_choice"
                )
        return codes


@extend_schema_field(OpenApiTypes.STR)
class CodesFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter is untyped
    """Several codes out of a list, with commas between them."""

    field_class = _CodesField


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LONGEST})
class MonthsFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter is untyped
    """A number of months, from 1 to `LONGEST`."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        sentence = f"Write a whole number of months, from 1 to {LONGEST}."
        errors = dict.fromkeys(("invalid", "min_value", "max_value"), sentence)
        super().__init__(*args, min_value=1, max_value=LONGEST, error_messages=errors, **kwargs)


def window(first: date, last: date) -> Window:
    """Return the stretch from the beginning of one day to the end of another, in the reader's zone."""
    start, end = (datetime.combine(day, time.min) for day in (first, last + timedelta(days=1)))
    return Window(timezone.make_aware(start), timezone.make_aware(end))


def choices_of_changes() -> list[tuple[str, str]]:
    return [(change.value, change.label) for change in CHANGES]


class CohortForm(forms.Form):
    """Checks what two parameters say together, and that no day asked about is still to come."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        as_of, known_at = cleaned.get("as_of"), cleaned.get("known_at")
        if as_of and as_of > timezone.localdate():
            self.add_error("as_of", f"{Day(as_of)} has not come yet. Choose a day up to today.")
        if known_at and known_at > timezone.now():
            self.add_error("known_at", "This moment has not come yet. Choose an earlier one.")
        start, end = cleaned.get("cohort_from"), cleaned.get("cohort_to")
        if start and end and end < start:
            self.add_error("cohort_to", f"This is before {Day(start)}, where the period starts.")
        if (
            cleaned.get("changed_to")
            and not cleaned.get("changed_since")
            and "changed_since" not in self.errors
        ):
            self.add_error("changed_since", "Say since when.")
        for name in TODAYS:
            if (as_of or known_at) and cleaned.get(name) not in (None, "", []):
                self.add_error(name, "This is known for today only. Leave it out, or the past day.")
        if cleaned.get("undated") and cleaned.get("young"):
            self.add_error("young", "A pilot without a date cannot be called young. Choose one of the two.")
        return cleaned


class CohortFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    """Reads a cohort, and which number of it is meant; as soon as one is named, the list shows that number.

    As of today means as the columns say it, so that day is left out. A past day by itself names no
    cohort: the list then shows every pilot that was there, as it was.
    """

    replays = True

    entry = CodeFilter(label="Entered", choices=ON_PATH, empty_label="Piloting", method="together")
    cohort_from = DayFilter(label="Entered from", method="together")
    cohort_to = DayFilter(label="Entered up to", method="together")
    matured_months = MonthsFilter(label="Entered at least so many months before", method="together")
    as_of = DayFilter(label="As of", method="together")
    known_at = MomentFilter(label="As recorded at", method="together")
    furthest = CodesFilter(label="Came as far as", choices=ON_PATH, method="together")
    there_now = CodeFilter(
        label="There now, or further", choices=ON_PATH, empty_label="Anywhere", method="together"
    )
    at = CodesFilter(label="Is in", choices=STAGE_CHOICES, method="together")
    now = CodesFilter(label="Is", choices=choices_of(Now), method="together")
    undated = YesNoFilter(label="Without an entry date", method="together")
    young = YesNoFilter(label="Not matured yet", method="together")

    changed_to = CodeFilter(
        label="Changed to", choices=choices_of_changes(), empty_label="Anything", method="together"
    )
    changed_since = DayFilter(label="Changed to it since", method="together")
    changed_until = DayFilter(label="Changed to it up to", method="together")

    def together(self, pilots: PilotQuerySet, name: str, value: object) -> PilotQuerySet:
        """Change nothing: these narrow as one, in `filter_queryset`."""
        return pilots

    def get_form_class(self) -> type[forms.Form]:
        form: type[forms.Form] = super().get_form_class()
        return type(form.__name__, (CohortForm, form), {})

    def filter_queryset(self, queryset: PilotQuerySet) -> PilotQuerySet:
        replayed = self.replayed
        found: PilotQuerySet = super().filter_queryset(replayed.there(queryset) if replayed else queryset)
        selection = self.selection()
        if selection:
            found = selection.apply(self.countable(found))
        return self._changed(found)

    def countable(self, pilots: PilotQuerySet) -> PilotQuerySet:
        """Keep what counts; the sample does when it is the program that is asked for."""
        return pilots.countable(self.request.user, of=self.form.cleaned_data.get("program"))

    def _changed(self, pilots: PilotQuerySet) -> PilotQuerySet:
        read = self.form.cleaned_data
        if not read.get("changed_to") or not read.get("changed_since"):
            return pilots
        change = next(change for change in CHANGES if change.value == read["changed_to"])
        last = read.get("changed_until") or timezone.localdate()
        return changed_to(self.countable(pilots), change, window(read["changed_since"], last))

    @property
    def cohort(self) -> Cohort:
        """The cohort that the address names. The form must be valid."""
        read, today = self.form.cleaned_data, timezone.localdate()
        as_of: date | None = read.get("as_of")
        return Cohort(
            today=today,
            entry=Stage(read.get("entry") or Stage.PILOTING),
            cohort_from=read.get("cohort_from"),
            cohort_to=read.get("cohort_to"),
            matured_months=read.get("matured_months"),
            as_of=as_of if as_of != today else None,
            known_at=read.get("known_at"),
        )

    @property
    def names_cohort(self) -> bool:
        names = (name for name in (*COHORT, *NUMBER) if name not in DAYS)
        return any(self.form.cleaned_data.get(name) for name in names)

    @property
    def replayed(self) -> Cohort | None:
        """The past day as of which pilots are listed; None for today, and for a number of a cohort."""
        if not self.replays or self.names_cohort:
            return None
        cohort = self.cohort
        return cohort if cohort.reads_history else None

    def selection(self) -> Selection | None:
        """Return the number that the address names, or None when it speaks of no cohort."""
        if not self.names_cohort:
            return None
        read = self.form.cleaned_data
        return Selection(
            cohort=self.cohort,
            part=Part.UNDATED if read.get("undated") else Part.YOUNG if read.get("young") else Part.INSIDE,
            reached=Stage(read["reached"]) if read.get("reached") else None,
            furthest=tuple(Stage(code) for code in read.get("furthest", ())),
            there_now=Stage(read["there_now"]) if read.get("there_now") else None,
            at=tuple(Stage(code) for code in read.get("at", ())),
            now=tuple(Now(code) for code in read.get("now", ())),
        )
