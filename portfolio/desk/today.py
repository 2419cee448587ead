"""Where managers, owners and viewers land; executives land on the funnel."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.access.models import Program
from pilots.access.permissions import may_create_in, runs_the_site
from pilots.web.http import UserRequest
from portfolio.desk.agenda import Agenda
from portfolio.desk.sample import STORIES, may_clear, may_load
from portfolio.exchange.pages.access import may_import


@require_safe
def today(request: UserRequest) -> HttpResponseBase:
    user = request.user
    if user.is_executive and not user.memberships.exists():
        return redirect("dashboards:funnel")
    program = request.GET.get("program", "")
    if program and not Program.objects.visible_to(user).filter(slug=program).exists():
        raise Http404
    agenda = Agenda(user, program=program, now=timezone.now())
    if agenda.scope.is_empty:
        return _first_day(request, agenda)
    return TemplateResponse(request, "desk/today.html", {"agenda": agenda, "may_clear": may_clear(user)})


def _first_day(request: UserRequest, agenda: Agenda) -> TemplateResponse:
    """Teach the ways in that are open to this person."""
    user = request.user
    may_log = may_create_in(user)
    context = {
        "agenda": agenda,
        "may_import": may_import(user),
        "may_log": may_log,
        "may_open": runs_the_site(user) and not may_log,
        "may_load": may_load(user),
        "sample_size": len(STORIES),
        "is_member": user.memberships.exists(),
    }
    return TemplateResponse(request, "desk/today_empty.html", context)
