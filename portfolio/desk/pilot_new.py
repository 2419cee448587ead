"""The page on which pilots are logged, and the two fragments that help while somebody types."""

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from pilots.access.models import Event, Program, Role, User
from pilots.access.permissions import may_create_in
from pilots.actions.by import Refused
from pilots.lifecycle import Stage
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import add_refusal, translating
from pilots.web.spoken import number_word
from portfolio.desk.alike import alike
from portfolio.desk.echo import echo
from portfolio.desk.log import log_pilot_with_kpi
from portfolio.desk.log_form import LogForm, proposed

LONGEST_NAME = 500


@require_http_methods(["GET", "POST"])
@translating
def pilot_new(request: UserRequest) -> HttpResponseBase:
    """Show the eight fields, and log what they say."""
    if not may_create_in(request.user):
        return _closed(request)
    form = LogForm(request.user, request.POST or None, initial=_initial(request))
    if form.is_valid():
        try:
            pilot = log_pilot_with_kpi(
                form.as_new_pilot(), kpi=form.cleaned_data["kpi"], by=by_web(request), once=form.sending
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"{pilot} was logged as {pilot.key}.")
            if "another" in request.POST:
                return redirect(reverse("desk:pilot_new", query={"program": pilot.program.slug}))
            return redirect(pilot)
    context = {"form": form, **echo(form["kpi"].value()), **_alike(request, form["name"].value())}
    return TemplateResponse(request, "desk/pilot_new.html", context)


@require_GET
def kpi_echo(request: UserRequest) -> TemplateResponse:
    """Say back how Headway reads the number that should move; writes nothing."""
    return TemplateResponse(request, "desk/partials/kpi_echo.html", echo(request.GET.get("kpi")))


@require_GET
def pilots_alike(request: UserRequest) -> TemplateResponse:
    """Show pilots whose names say much the same; writes nothing."""
    return TemplateResponse(
        request, "desk/partials/pilots_alike.html", _alike(request, request.GET.get("name"))
    )


def _initial(request: UserRequest) -> dict[str, Any]:
    user = request.user
    programs = list(Program.objects.where(user, Role.CONTRIBUTOR, Role.MANAGER).order_by("pk"))
    program = _likely_program(user, programs, asked=request.GET.get("program", ""))
    manages = Program.objects.where(user, Role.MANAGER).exists()
    return {
        "form_id": uuid.uuid4(),
        "program": program.slug if program else None,
        "stage": (Stage.PILOTING if manages else Stage.IDEA).value,
        "decide_by": proposed(_today(program, user)) if manages else None,
    }


def _likely_program(user: User, programs: list[Program], *, asked: str) -> Program | None:
    """Return the program named in the address, the only one, or the one this person last worked in."""
    for program in programs:
        if program.slug == asked:
            return program
    if len(programs) == 1:
        return programs[0]
    last = Event.objects.filter(actor=user, program__in=programs).order_by("-id").first()
    return next((program for program in programs if last and program.pk == last.program_id), None)


def _today(program: Program | None, user: User) -> date:
    now = timezone.now()
    return program.today(now) if program else timezone.localdate(now)


def _alike(request: UserRequest, name: object) -> dict[str, Any]:
    found = alike(str(name or "")[:LONGEST_NAME], user=request.user, today=_today(None, request.user))
    count = len(found)
    title = (
        "Another pilot looks alike" if count == 1 else f"{number_word(count).capitalize()} pilots look alike"
    )
    return {"alike": found, "alike_title": title}


def _closed(request: UserRequest) -> TemplateResponse:
    """Explain why there is nothing to fill in, and who can change that."""
    programs = Program.objects.visible_to(request.user).filter(memberships__user=request.user)
    managers = User.objects.filter(
        memberships__program__in=programs, memberships__role=Role.MANAGER.value, is_active=True
    ).distinct()
    context = {"programs": list(programs.order_by("name")), "managers": list(managers.order_by("name", "pk"))}
    return TemplateResponse(request, "desk/pilot_new_closed.html", context, status=403)
