"""Loads and clears the sample portfolio in the browser."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.models import Role
from pilots.actions.account import add_member
from pilots.actions.by import Forbidden, Refused
from pilots.models import Pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.sample import clear_sample, load_sample, may_clear, may_load, sample_program


@require_POST
@translating
def sample_load(request: UserRequest) -> HttpResponseBase:
    """Load the sample, unless it is there, and make whoever asked its manager, so that they see it."""
    if not may_load(request.user):
        raise Forbidden("You may not load the sample: an administrator or the manager of a program can.")
    by = by_web(request)
    try:
        with transaction.atomic():
            program = sample_program() or load_sample(by=by)
            if not request.user.is_administrator:
                # Nobody manages the sample before it is there, so the system hands it over.
                add_member(program=program, user=request.user, role=Role.MANAGER, by=replace(by, user=None))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:today")
    return redirect(f"{reverse('desk:today')}?program={program.slug}")


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def sample_clear(request: UserRequest) -> HttpResponseBase:
    """Ask, then clear. Somebody who came with a demo log-in is signed out: it is gone."""
    program = sample_program()
    if program is None:
        raise Http404
    if not may_clear(request.user):
        raise Forbidden("You may not clear the sample: an administrator or one of its managers can.")
    if request.method != "POST":
        context = {"program": program, "pilots": Pilot.objects.filter(program=program).count()}
        return TemplateResponse(request, "desk/sample_clear.html", context)
    try:
        cleared = clear_sample(by=by_web(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:today")
    if request.user.is_sample:
        logout(request)
        messages.success(request, "The sample is gone, and its demo log-ins with it.")
        return redirect("account_login")
    messages.success(request, f"{cleared.pilots} sample pilots and {cleared.logins} demo log-ins are gone.")
    return redirect("desk:today")
