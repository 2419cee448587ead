"""Says who sees to flags: one by one, or several at once. Flags are chosen as for `flags.flags_snooze`."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pilots.access.models import User
from pilots.access.permissions import Deed
from pilots.actions.assign import assign_flags
from pilots.actions.change import require
from pilots.forms.flag import NOBODY, AssignForm
from pilots.models import Flag
from pilots.models.pilot import relations
from pilots.views.attempt import carried_out
from pilots.views.flags import chosen_flags, find_flag, flag_page, flags_page, split_by_reader
from pilots.web.assignees import may_see_to
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.way_back import way_on


@require_http_methods(["GET", "POST"])
@translating
def flag_assign(request: UserRequest, row: int) -> HttpResponseBase:
    """Ask who sees to one flag."""
    flag = find_flag(request, row)
    form, people = _form(request, [flag])
    if form.is_valid() and _is_done(request, form, [flag], people):
        return redirect(way_on(request, flag.pilot.get_absolute_url()))
    return flag_page(request, "stalled/flag_assign.html", flag, form)


@require_http_methods(["GET", "POST"])
@translating
def flags_assign(request: UserRequest) -> HttpResponseBase:
    """Ask once who sees to several flags."""
    is_sent = request.method == "POST"
    asked = request.POST if is_sent else request.GET
    theirs, others = split_by_reader(request, chosen_flags(request, asked))
    form, people = _form(request, theirs)
    if others and (is_sent or not theirs):
        require(Deed.SNOOZE, relations(request.user, [others[0].pilot])[others[0].pilot_id])
    if is_sent and not theirs:
        form.add_error(None, "No flag is chosen. Choose at least one, or go back.")
    if is_sent and form.is_valid() and _is_done(request, form, theirs, people):
        return redirect(way_on(request, reverse("stalled:stalled")))
    return flags_page(request, "stalled/flags_assign.html", theirs, others, form)


def _form(request: UserRequest, flags: Sequence[Flag]) -> tuple[AssignForm, dict[str, User]]:
    """Offer who may be asked; proposed is who sees to all of them now, else the reader."""
    people = {str(user.pk): user for user in may_see_to(flags)}
    now = {str(flag.assignee_id) for flag in flags if flag.assignee_id}
    proposed = now.pop() if len(now) == 1 else str(request.user.pk)
    names = [(pk, f"{user}, you" if user == request.user else str(user)) for pk, user in people.items()]
    data = request.POST if request.method == "POST" else None
    form = AssignForm(data, people=names, chosen=proposed if proposed in people else NOBODY)
    return form, people


def _is_done(request: UserRequest, form: AssignForm, flags: Sequence[Flag], people: dict[str, User]) -> bool:
    to = people.get(form.cleaned_data["person"])
    if not carried_out(form, lambda: assign_flags(flags, to=to, by=by_web(request))):
        return False
    what = str(flags[0].pilot) if len(flags) == 1 else f"{len(flags)} flags"
    who = "You see" if to == request.user else f"{to} sees" if to else "Nobody sees"
    messages.success(request, f"{who} to it now: {what}.")
    return True
