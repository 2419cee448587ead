"""The milestones of a pilot: adding one, changing it, and saying that it is done."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.milestone import (
    CloseMilestone,
    MilestoneEdit,
    NewMilestone,
    RemoveMilestone,
    ReopenMilestone,
    add_milestone,
    close_milestone,
    edit_milestone,
    remove_milestone,
    reopen_milestone,
)
from pilots.forms.change import ChangeForm
from pilots.forms.milestone import MilestoneDoneForm, MilestoneForm, MilestoneRemoveForm
from pilots.forms.plan import ReopenForm
from pilots.models import Milestone
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def milestone_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask what is to be there and by when, and add it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.PLAN, relation)
    form = MilestoneForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        new = NewMilestone(
            pilot=pilot,
            title=form.cleaned_data["title"],
            due_on=form.values["due_on"],
            owner=form.cleaned_data["owner"],
            is_required=form.cleaned_data["is_required"],
            version=form.cleaned_data["version"],
        )
        if carried_out(form, lambda: add_milestone(new, by=by_web(request))):
            messages.success(request, f"“{form.cleaned_data['title']}” is on the plan.")
            return redirect("pilots:pilot_plan", key=pilot.key)
    return form_page(request, "pilots/milestone_edit.html", pilot, form, milestone=None)


@require_http_methods(["GET", "POST"])
@translating
def milestone_edit(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Show what was agreed, and write what is new in it."""
    milestone = _find(request, key, row)
    form = MilestoneForm(
        request.POST or None,
        initial={
            "version": milestone.pilot.version,
            "title": milestone.title,
            "due_on": milestone.due_on,
            "owner": milestone.owner.name if milestone.owner else "",
            "is_required": milestone.is_required,
        },
    )

    def edit() -> None:
        version = form.cleaned_data["version"]
        asked = MilestoneEdit(milestone=milestone, fields=form.values, version=version)
        edit_milestone(asked, by=by_web(request))

    return _milestone_page(request, "pilots/milestone_edit.html", form, milestone, edit, "is saved")


@require_http_methods(["GET", "POST"])
@translating
def milestone_done(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask since when it is there, and close it."""
    milestone = _find(request, key, row)
    today = by_web(request).today(milestone.pilot.program)
    form = MilestoneDoneForm(
        request.POST or None, initial={"version": milestone.pilot.version, "done_on": today}
    )

    def close() -> None:
        cleaned = form.cleaned_data
        asked = CloseMilestone(
            milestone=milestone,
            done_on=cleaned["done_on"].first,
            link=cleaned["link"],
            text=cleaned["text"],
            version=cleaned["version"],
        )
        close_milestone(asked, by=by_web(request))

    return _milestone_page(request, "pilots/milestone_done.html", form, milestone, close, "is done")


@require_http_methods(["GET", "POST"])
@translating
def milestone_reopen(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask why, and take back that it was done."""
    milestone = _find(request, key, row)
    form = ReopenForm(request.POST or None, initial={"version": milestone.pilot.version})

    def reopen() -> None:
        cleaned = form.cleaned_data
        asked = ReopenMilestone(milestone=milestone, reason=cleaned["reason"], version=cleaned["version"])
        reopen_milestone(asked, by=by_web(request))

    return _milestone_page(request, "pilots/milestone_reopen.html", form, milestone, reopen, "is open again")


@require_http_methods(["GET", "POST"])
@translating
def milestone_remove(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask once, and take it off the plan."""
    milestone = _find(request, key, row)
    form = MilestoneRemoveForm(request.POST or None, initial={"version": milestone.pilot.version})

    def remove() -> None:
        asked = RemoveMilestone(milestone=milestone, version=form.cleaned_data["version"])
        remove_milestone(asked, by=by_web(request))

    return _milestone_page(
        request, "pilots/milestone_remove.html", form, milestone, remove, "is off the plan"
    )


def _find(request: UserRequest, key: str, row: int) -> Milestone:
    pilot, relation = find_pilot(request, key)
    require(Deed.PLAN, relation)
    milestone = get_object_or_404(pilot.milestones.select_related("owner"), pk=row)
    milestone.pilot = pilot
    return milestone


def _milestone_page(
    request: UserRequest,
    template: str,
    form: ChangeForm,
    milestone: Milestone,
    act: Callable[[], None],
    done: str,
) -> HttpResponseBase:
    pilot, title = milestone.pilot, milestone.title
    if form.is_valid() and carried_out(form, act):
        messages.success(request, f"“{title}” {done}.")
        return redirect("pilots:pilot_plan", key=pilot.key)
    return form_page(request, template, pilot, form, milestone=milestone)
