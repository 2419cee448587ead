"""The page on which pilots are logged, and the fragments that help while somebody types."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.oneline import EXAMPLE, NEEDED
from pilots.access.models import Event, Program, Role, User
from pilots.actions.by import Refused
from pilots.forms.meant import contacts_for, is_settled, offer_names
from pilots.lifecycle import Stage
from pilots.models import CustomField, Pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import add_refusal, translating
from pilots.web.spoken import number_word
from portfolio.desk.alike import alike
from portfolio.desk.echo import echo
from portfolio.desk.log import log_pilot_with_kpi
from portfolio.desk.log_begin import Beginning, beginning_of, begins_anew, begun, typed
from portfolio.desk.log_form import LogForm, proposed
from portfolio.desk.log_start import Taken, choices, starts_for, taken_from

LONGEST_NAME = 500


@require_http_methods(["GET", "POST"])
@translating
def pilot_new(request: UserRequest) -> HttpResponseBase:
    """Show the eight fields, and log what they say. `?template=` and `?from=` fill some of them in.

    A start chosen while somebody types is sent with the form, logs nothing, and leaves what is typed.
    """
    programs = _programs(request.user)
    if not programs:
        return _closed(request)
    starts = starts_for(programs)
    beginning, is_start = beginning_of(request, programs, starts), begins_anew(request)
    program = _likely_program(request, programs, beginning)
    initial = _initial(request.user, program, beginning)
    if is_start:
        initial |= typed(request, beginning, begun(request, programs, starts))
    form = LogForm(
        request.user,
        None if is_start else request.POST or None,
        initial=initial,
        custom=_fields(_chosen(initial if is_start else request.POST, programs) or program),
        hint=beginning.start.hint if beginning.start else "",
    )
    taken = taken_from(beginning.source) if beginning.source else None
    contacts = contacts_for(request.user, programs)
    offer_names(form, contacts)
    if form.is_valid() and is_settled(form, contacts.filter(program=form.cleaned_data["program"])):
        pilot = _log(request, form, taken if form.cleaned_data["takes_over"] else None)
        if pilot is not None:
            messages.success(request, f"{pilot} was logged as {pilot.key}.")
            if "another" in request.POST:
                return redirect(reverse("desk:pilot_new", query={"program": pilot.program.slug}))
            return redirect(pilot)
    context = {
        "form": form,
        "is_sample": any(each.is_sample for each in programs if each.slug == form["program"].value()),
        "choices": choices(starts, programs, chosen=beginning.code, slug=program.slug if program else ""),
        "source": beginning.source,
        "begun": beginning.code,
        "unseen": beginning.unseen,
        "offered": beginning.offered,
        "taken": taken.said if taken else [],
        **echo(form["kpi"].value()),
        "example": beginning.start.number if beginning.start and beginning.start.is_example else "",
        **_alike(request, form["name"].value()),
    }
    return TemplateResponse(request, "desk/pilot_new.html", context)


def _log(request: UserRequest, form: LogForm, taken: Taken | None) -> Pilot | None:
    """Return the pilot that was logged; None where the form says why not."""
    try:
        return log_pilot_with_kpi(
            form.as_new_pilot(taken),
            kpi=form.cleaned_data["kpi"],
            more=taken.numbers if taken else (),
            by=by_web(request),
            once=form.sending,
        )
    except Refused as refused:
        add_refusal(form, refused)
    return None


@require_GET
def kpi_echo(request: UserRequest) -> TemplateResponse:
    """Say back how Headway reads the number that should move; writes nothing."""
    example = NEEDED if "needed" in request.GET else EXAMPLE
    said = echo(request.GET.get("kpi"), example=example)
    return TemplateResponse(request, "desk/partials/kpi_echo.html", said)


@require_GET
def pilots_alike(request: UserRequest) -> TemplateResponse:
    """Show pilots whose names say much the same; writes nothing."""
    return TemplateResponse(
        request, "desk/partials/pilots_alike.html", _alike(request, request.GET.get("name"))
    )


@require_GET
def log_more(request: UserRequest) -> TemplateResponse:
    """Show the fields that the chosen program keeps of its own, with what is typed already."""
    programs = _programs(request.user)
    asked = request.GET.get("program", "")
    program = next((program for program in programs if program.slug == asked), None)
    typed = {name: value for name, value in request.GET.items() if name not in {"form_id", "source"}}
    form = LogForm(request.user, initial=typed, custom=_fields(program))
    return TemplateResponse(
        request,
        "desk/partials/log_more.html",
        {"form": form, "is_sample": program is not None and program.is_sample},
    )


def _programs(user: User) -> list[Program]:
    return list(Program.objects.where(user, Role.CONTRIBUTOR, Role.MANAGER).order_by("name", "pk"))


def _fields(program: Program | None) -> list[CustomField]:
    return list(program.custom_fields.in_use().in_order()) if program else []


def _chosen(values: Mapping[str, Any], programs: list[Program]) -> Program | None:
    return next((program for program in programs if program.slug == values.get("program")), None)


def _initial(user: User, program: Program | None, beginning: Beginning) -> dict[str, Any]:
    manages = Program.objects.where(user, Role.MANAGER).exists()
    initial: dict[str, Any] = {
        "form_id": uuid.uuid4(),
        "program": program.slug if program else None,
        "stage": (Stage.PILOTING if manages else Stage.IDEA).value,
        "decide_by": proposed(_today(program, user)) if manages else None,
    }
    if beginning.source is not None:
        initial |= {"source": beginning.source.key, "takes_over": True}
    return initial | beginning.fills


def _likely_program(request: UserRequest, programs: list[Program], beginning: Beginning) -> Program | None:
    """Return the program named in the address, the start's, the only one, or the one last worked in."""
    asked = request.GET.get("program", "")
    named = next((program for program in programs if program.slug == asked), None)
    if named or beginning.program:
        return named or beginning.program
    if len(programs) == 1:
        return programs[0]
    last = Event.objects.filter(actor=request.user, program__in=programs).order_by("-id").first()
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
