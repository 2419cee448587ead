"""How a pilot learns from its outcomes: the form."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from kpis.actions.loop import EDITABLE, LoopEdit, edit_loop
from kpis.forms.report import LoopForm
from kpis.models import FeedbackLoop
from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def loop_edit(request: UserRequest, key: str) -> HttpResponseBase:
    """Show what is known of it, and write what is new."""
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    loop = FeedbackLoop.objects.filter(pilot=pilot).first() or FeedbackLoop(pilot=pilot)
    now = {name: getattr(loop, name) for name in EDITABLE}
    form = LoopForm(request.POST or None, initial=now | {"version": pilot.version})

    def act() -> None:
        edit = LoopEdit(pilot=pilot, fields=form.values, version=form.cleaned_data["version"])
        edit_loop(edit, by=by_web(request))

    if form.is_valid() and carried_out(form, act):
        messages.success(request, "It is saved.")
        return redirect("pilots:pilot_kpis", key=pilot.key)
    return form_page(request, "kpis/loop_edit.html", pilot, form)
