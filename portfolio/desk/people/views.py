"""The page of people: whom mail reaches; inviting and withdrawing."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pilots.access.models import User
from pilots.actions.by import Forbidden, Refused
from pilots.actions.invitation import invite_owners, reasons_against, withdraw_invitation
from pilots.models import Invitation, Owner
from pilots.web.http import UserRequest, by_web
from pilots.web.reach import unreached
from pilots.web.refusals import translating
from portfolio.desk.people.page import PeoplePage, managed_programs

MOST_AT_ONCE = 200


@require_safe
def people(request: UserRequest) -> HttpResponseBase:
    """Show the contacts of the reader's programs."""
    context = {"people": PeoplePage(request)}
    return TemplateResponse(request, "people/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def invite(request: UserRequest) -> HttpResponseBase:
    """Show exactly which addresses would be mailed, and on POST invite them."""
    if not managed_programs(request.user).exists():
        raise Forbidden("You may not invite owners: a manager can.")
    if request.method == "POST":
        return _invite(request)
    return _confirm(request, _asked_for(request))


def _invite(request: UserRequest) -> HttpResponseBase:
    owners = _chosen(request.user, request.POST.getlist("owner"))
    if not owners:
        messages.error(request, "Nobody was chosen, so nobody was invited.")
        return redirect("people:people")
    try:
        sent = len(invite_owners(owners, by=by_web(request)))
    except Refused as refused:
        return _confirm(request, owners, refused=refused)
    messages.success(request, "1 person is invited." if sent == 1 else f"{sent} people are invited.")
    return redirect("people:people")


def _confirm(
    request: UserRequest, owners: list[Owner], *, refused: Refused | None = None
) -> TemplateResponse:
    against = reasons_against(owners, by=by_web(request))
    context = {
        "to_mail": [owner for owner in owners if owner.pk not in against],
        "against": list(against.values()),
        "refused": refused,
    }
    return TemplateResponse(request, "people/invite.html", context)


def _asked_for(request: UserRequest) -> list[Owner]:
    """Return the contacts named in the address, or with `all` everybody who gets no mail."""
    if "all" not in request.GET:
        return _chosen(request.user, request.GET.getlist("owner"))
    owners = unreached(_managed(request.user))
    if program := request.GET.get("program"):
        owners = owners.filter(program__slug=program)
    else:
        owners = owners.filter(program__is_sample=False)
    return list(owners.order_by("name", "pk")[:MOST_AT_ONCE])


def _chosen(user: User, texts: list[str]) -> list[Owner]:
    numbers = {
        int(text) for text in texts[:MOST_AT_ONCE] if text.isascii() and text.isdecimal() and len(text) < 19
    }
    return list(_managed(user).filter(pk__in=numbers).order_by("name", "pk"))


def _managed(user: User) -> QuerySet[Owner]:
    contacts = Owner.objects.visible_to(user).filter(program__in=managed_programs(user))
    return contacts.select_related("program", "user")


@require_POST
@translating
def withdraw(request: UserRequest, invitation: int) -> HttpResponseBase:
    """Close an invitation that was not answered."""
    seen = Invitation.objects.filter(owner__in=Owner.objects.visible_to(request.user))
    found = get_object_or_404(seen.select_related("owner"), pk=invitation)
    try:
        withdraw_invitation(found, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The invitation of {found.owner} is withdrawn: its link works no more.")
    return redirect("people:people")
