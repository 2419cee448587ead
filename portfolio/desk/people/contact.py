"""One contact: its name and address, and the account that is linked to it by hand."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.account import account_of, require_administrator
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.contact import OwnerEdit, edit_owner
from pilots.actions.invitation import link_owner, unlink_owner
from pilots.models import Owner
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.people.forms import ContactForm, LinkForm


def find_contact(request: UserRequest, pk: int) -> Owner:
    """Return a contact the reader may know of; answer 404 for any other."""
    return get_object_or_404(Owner.objects.visible_to(request.user).select_related("program", "user"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def edit(request: UserRequest, owner: int) -> HttpResponseBase:
    """Correct how a contact is written down; managers may."""
    contact = find_contact(request, owner)
    require(Deed.ASSIGN_OWNERS, relation_to_program(request.user, contact.program))
    now = {"name": contact.name, "email": contact.email}
    form = ContactForm(request.POST if request.method == "POST" else None, initial=now)
    if form.is_valid():
        new = OwnerEdit(owner=contact, fields=form.cleaned_data)
        if carried_out(form, lambda: edit_owner(new, by=by_web(request))):
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("people:people")
    return TemplateResponse(request, "people/edit.html", {"contact": contact, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def link(request: UserRequest, owner: int) -> HttpResponseBase:
    """Link a contact to an account by hand, for administrators."""
    require_administrator(request.user, "link contacts to accounts")
    contact = find_contact(request, owner)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        address = form.cleaned_data["email"]
        if carried_out(form, lambda: link_owner(contact, account_of(address), by=by_web(request))):
            messages.success(request, f"{contact} is linked to the account {address}.")
            return redirect("people:people")
    context = {"contact": contact, "form": form}
    return TemplateResponse(request, "people/link.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def unlink(request: UserRequest, owner: int) -> HttpResponseBase:
    """Say what it means to take the account from a contact, and on POST do it; for administrators."""
    require_administrator(request.user, "take accounts from contacts")
    contact = find_contact(request, owner)
    account = contact.user
    if request.method == "POST":
        try:
            unlink_owner(contact, by=by_web(request))
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"{contact} is not linked to the account {account} any more.")
    elif account is not None:
        return TemplateResponse(request, "people/unlink.html", {"contact": contact, "account": account})
    return redirect("people:people")
