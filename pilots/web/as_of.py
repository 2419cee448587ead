"""What stands over a page of a past day: which day, how it is known, and the way back."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone

from pilots.calendar import Day
from pilots.models.cohort import Cohort
from pilots.web.filter_fields import DayFilter, MomentFilter


@dataclass(frozen=True)
class AsOf:
    """“As of Thu 1 Oct 2026, as we know it today.” `today_url` is the same page of today.

    `query` asks for the same day on other pages.
    """

    day: str
    known: str
    today_url: str
    query: str

    @classmethod
    def of(cls, cohort: Cohort, *, today_url: str) -> "AsOf":
        known = "as we know it today"
        if cohort.known_at is not None:
            moment = timezone.localtime(cohort.known_at)
            known = f"as it was recorded by {Day(moment.date())}, {moment:%H:%M}"
        asked = {"as_of": cohort.as_of, "known_at": cohort.known_at}
        query = urlencode({name: value.isoformat() for name, value in asked.items() if value})
        return cls(str(Day(cohort.day)), known, today_url, query)


class DayForm(forms.Form):
    """Reads `as_of` and `known_at` as the lists do, against the day of the pilot's program."""

    as_of = DayFilter(label="As of").field
    known_at = MomentFilter(label="As recorded at").field

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        self._today = today
        for field in self.fields.values():
            field.required = False

    def clean_as_of(self) -> date | None:
        day: date | None = self.cleaned_data["as_of"]
        if day is not None and day > self._today:
            raise forms.ValidationError(f"{Day(day)} has not come yet. Choose a day up to today.")
        return day

    def clean_known_at(self) -> Any:
        moment = self.cleaned_data["known_at"]
        if moment is not None and moment > timezone.now():
            raise forms.ValidationError("This moment has not come yet. Choose an earlier one.")
        return moment
