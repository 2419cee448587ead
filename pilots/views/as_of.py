"""A pilot as of a past day: `?as_of=` and `?known_at=` on its page."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from pilots.models import Pilot
from pilots.models.cohort import Cohort
from pilots.web.as_of import AsOf, DayForm
from pilots.web.cohort_filters import DAYS
from pilots.web.head_then import Then
from pilots.web.http import UserRequest


def asks_for_a_past_day(request: UserRequest) -> bool:
    return any(request.GET.get(name) for name in DAYS)


def pilot_then(request: UserRequest, pilot: Pilot) -> HttpResponseBase:
    """Show where a pilot was; nothing on this page can be changed.

    A day that cannot be read, or has not come, is said in a sentence with the way back. Today, in the
    zone of the pilot's program, is the page itself.
    """
    today = pilot.program.today(timezone.now())
    form = DayForm(request.GET, today=today)
    context: dict[str, Any] = {"pilot": pilot, "form": form}
    if not form.is_valid():
        problems = [sentence for errors in form.errors.values() for sentence in errors]
        return TemplateResponse(request, "pilots/pilot_then.html", {**context, "problems": problems})
    as_of, known_at = form.cleaned_data["as_of"], form.cleaned_data["known_at"]
    if known_at is None and as_of in (None, today):
        return redirect(pilot)
    cohort = Cohort(today=today, as_of=as_of, known_at=known_at)
    context |= {
        "then": Then(pilot, cohort),
        "as_of": AsOf.of(cohort, today_url=pilot.get_absolute_url()),
    }
    response: HttpResponse = TemplateResponse(request, "pilots/pilot_then.html", context)
    return response
