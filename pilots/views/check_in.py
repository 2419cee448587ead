"""Says how a pilot goes: a check-in in 20 seconds, or a comment."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.log import NewLine, check_in
from pilots.forms.change import CheckInForm
from pilots.models import LogEntry, LogKind, Pilot
from pilots.models.log import Going
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.spoken import ago, spoken


@require_http_methods(["GET", "POST"])
@translating
def pilot_check_in(request: UserRequest, key: str) -> HttpResponseBase:
    """Write one line into the log; the button pressed says whether it is a check-in or a comment."""
    pilot, relation = find_pilot(request, key)
    require(Deed.CHECK_IN, relation)
    form = CheckInForm(request.POST or None)
    if form.is_valid():
        kind = LogKind.COMMENT if "comment" in request.POST else LogKind.CHECK_IN
        going = form.cleaned_data["going"]
        line = NewLine(
            pilot=pilot,
            kind=kind,
            text=form.cleaned_data["text"],
            going=Going(going) if going else None,
        )
        if carried_out(form, lambda: check_in(line, by=by_web(request))):
            messages.success(request, f"Your {kind.label.lower()} on {pilot} is noted.")
            return redirect(pilot)
    context = {"pilot": pilot, "form": form, "last": _last(pilot)}
    return TemplateResponse(request, "pilots/pilot_check_in.html", context)


def _last(pilot: Pilot) -> str:
    """Say when somebody last checked in."""
    entries = LogEntry.objects.filter(pilot=pilot, kind=LogKind.CHECK_IN.value).select_related("author")
    entry = entries.order_by("-written_at", "-id").first()
    if entry is None:
        return "Nobody has checked in yet."
    today = pilot.program.today(timezone.now())
    day = pilot.program.today(entry.written_at)
    return f"Last check-in {spoken(day, today)}, {ago(day, today)}."
