"""Taking a contact out of use: what they hold is shown first, and moves in one step."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.contact import OwnerEdit, edit_owner
from pilots.actions.deactivate import Deactivation, deactivate_owner
from pilots.actions.holdings import holdings
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.people.contact import find_contact
from portfolio.desk.people.leaving import LeavingForm, leaving_page


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def deactivate(request: UserRequest, owner: int) -> HttpResponseBase:
    """Show what a contact holds, ask who takes it over, and take the contact out of use."""
    contact = find_contact(request, owner)
    require(Deed.ASSIGN_OWNERS, relation_to_program(request.user, contact.program))
    if not contact.is_active:
        messages.error(request, f"{contact} is not active already.")
        return redirect("people:people")
    held = holdings([contact], reader=request.user)
    form = LeavingForm(request.POST if request.method == "POST" else None)
    form.ask_for(held)
    if form.is_valid():
        asked = Deactivation(owner=contact, heirs=form.heirs, reason=form.cleaned_data["reason"])
        if carried_out(form, lambda: deactivate_owner(asked, by=by_web(request))):
            messages.success(request, f"{contact} is out of use; nobody is asked for them any more.")
            return redirect("people:people")
    return leaving_page(request, form, held, who=contact.name, back=reverse("people:people"), closes=False)


@require_POST
@translating
def reactivate(request: UserRequest, owner: int) -> HttpResponseBase:
    """Let a contact be named again; roles do not come back by themselves."""
    contact = find_contact(request, owner)
    require(Deed.ASSIGN_OWNERS, relation_to_program(request.user, contact.program))
    try:
        edit_owner(OwnerEdit(owner=contact, fields={"is_active": True}), by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{contact} can be named again. What was handed over stays there.")
    return redirect("people:people")
