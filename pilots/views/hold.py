"""Puts a pilot on hold and resumes it."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.hold import GRACE, Extension, NewHold, Resume, extend_hold, hold_pilot, resume_pilot
from pilots.forms.change import ChangeForm, ExtendHoldForm, HoldForm, ResumeForm
from pilots.models import Hold, Pilot
from pilots.views.attempt import carried_out
from pilots.views.conflict import conflict
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def pilot_hold(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask why, who agreed, and when somebody looks again."""
    pilot, relation = find_pilot(request, key)
    require(Deed.HOLD, relation)
    form = HoldForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        cleaned = form.cleaned_data
        hold = NewHold(
            pilot=pilot,
            reason=cleaned["reason"],
            agreed_by=cleaned["agreed_by"],
            review_on=cleaned["review_on"].first,
            version=cleaned["version"],
        )
        extend_at = reverse("pilots:pilot_hold_extend", args=[pilot.key])
        if carried_out(
            form,
            lambda: hold_pilot(hold, by=by_web(request)),
            ways_out={"on-hold": ("Extend it", extend_at)},
        ):
            messages.success(request, f"{pilot} is on hold until {cleaned['review_on']}.")
            return redirect(pilot)
    return _page(request, "pilots/pilot_hold.html", pilot, form)


@require_http_methods(["GET", "POST"])
@translating
def pilot_hold_extend(request: UserRequest, key: str) -> HttpResponseBase:
    """Move the review of the open hold on, in one step, with a reason."""
    pilot, relation = find_pilot(request, key)
    require(Deed.HOLD, relation)
    form = ExtendHoldForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        cleaned = form.cleaned_data
        extension = Extension(
            pilot=pilot,
            review_on=cleaned["review_on"].first,
            reason=cleaned["reason"],
            agreed_by=cleaned["agreed_by"],
            version=cleaned["version"],
        )
        if carried_out(form, lambda: extend_hold(extension, by=by_web(request))):
            messages.success(request, f"{pilot} stays on hold until {cleaned['review_on']}.")
            return redirect(pilot)
    return _page(request, "pilots/pilot_hold_extend.html", pilot, form)


@require_http_methods(["GET", "POST"])
@translating
def pilot_resume(request: UserRequest, key: str) -> HttpResponseBase:
    """End the hold; its clocks go on from today."""
    pilot, relation = find_pilot(request, key)
    require(Deed.HOLD, relation)
    form = ResumeForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        resume = Resume(pilot=pilot, note=form.cleaned_data["note"], version=form.cleaned_data["version"])
        if carried_out(form, lambda: resume_pilot(resume, by=by_web(request))):
            grace = f"For {GRACE.days} days nothing is held against it."
            messages.success(request, f"{pilot} is no longer on hold. {grace}")
            return redirect(pilot)
    return _page(request, "pilots/pilot_resume.html", pilot, form)


def _page(request: UserRequest, template: str, pilot: Pilot, form: ChangeForm) -> TemplateResponse:
    if form.stale:
        pilot.refresh_from_db()
    context = {
        "pilot": pilot,
        "form": form,
        "hold": Hold.objects.filter(pilot=pilot, until__isnull=True).first(),
        "conflict": conflict(pilot, form.stale) if form.stale else None,
    }
    return TemplateResponse(request, template, context, status=409 if form.stale else 200)
