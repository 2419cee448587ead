"""Who answers for what on a pilot: naming, accepting, ending."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.models import User
from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner, end_ownership
from pilots.forms.owner import AddOwnerForm, EndOwnershipForm
from pilots.models import Owner, Ownership
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.web.declined import declined
from pilots.web.head import ROLE_WORDS, PilotHead
from pilots.web.http import UserRequest, by_web
from pilots.web.reach import unreached
from pilots.web.refusals import translating


@dataclass(frozen=True)
class Seat:
    """Everybody who answers for one thing now."""

    role: str
    rows: list[Ownership]


@require_http_methods(["GET", "POST"])
@translating
def pilot_people(request: UserRequest, key: str) -> HttpResponseBase:
    """Show who answers for what, now and before, and name somebody."""
    pilot, relation = find_pilot(request, key)
    if request.method == "POST":
        require(Deed.ASSIGN_OWNERS, relation)
    head = PilotHead(pilot, relation, tab="pilots:pilot_people", reader=request.user)
    form = AddOwnerForm(request.POST or None, initial=_likely_role(head))
    if form.is_valid():
        contact: Contact = form.cleaned_data["owner"]
        new = NewOwnership(
            pilot=pilot,
            contact=contact,
            role=OwnerRole(form.cleaned_data["role"]),
            reason=form.cleaned_data["reason"],
        )
        if carried_out(form, lambda: add_owner(new, by=by_web(request))):
            messages.success(request, f"{contact.name} is {ROLE_WORDS[new.role]} of {pilot}.")
            return redirect("pilots:pilot_people", key=pilot.key)
    before = pilot.ownerships.filter(until__isnull=False).select_related("owner").order_by("-until", "-pk")
    context = {
        "pilot": pilot,
        "head": head,
        "form": form,
        "seats": _seats(head.ownerships),
        "addressed": _addressed(request.user, head.ownerships),
        "unreached": _unreached(head) if head.may_assign else set(),
        "declined": declined([row for row in head.ownerships if row.accepted_on is None]),
        "before": [(ROLE_WORDS[OwnerRole(row.role)], row) for row in before],
    }
    return TemplateResponse(request, "pilots/pilot_people.html", context)


@require_POST
@translating
def ownership_end(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """End one row; it stays on the page as history."""
    pilot, relation = find_pilot(request, key)
    require(Deed.ASSIGN_OWNERS, relation)
    ownership = get_object_or_404(pilot.ownerships.select_related("owner", "pilot"), pk=row)
    form = EndOwnershipForm(request.POST)
    if form.is_valid():
        try:
            end_ownership(ownership, by=by_web(request), reason=form.cleaned_data["reason"])
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            role = ROLE_WORDS[OwnerRole(ownership.role)]
            messages.success(request, f"{ownership.owner} is no longer {role}.")
    else:
        messages.error(request, " ".join(str(error) for error in form.errors["reason"]))
    return redirect("pilots:pilot_people", key=pilot.key)


@require_POST
@translating
def ownership_accept(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Record that the person signed in agrees to answer for it."""
    pilot, _ = find_pilot(request, key)
    ownership = get_object_or_404(pilot.ownerships.select_related("owner", "pilot"), pk=row)
    try:
        accept_ownership(ownership, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"You are {ROLE_WORDS[OwnerRole(ownership.role)]} of {pilot}.")
    return redirect("pilots:pilot_people", key=pilot.key)


def _seats(rows: list[Ownership]) -> list[Seat]:
    """Return the seats that are taken, and the one nobody may forget first."""
    lead = OwnerRole.PRODUCTION_OWNER
    order = [lead, *(role for role in OwnerRole if role is not lead)]
    seats = {role: [row for row in rows if row.role == role.value] for role in order}
    return [Seat(ROLE_WORDS[role], held) for role, held in seats.items() if held or role is lead]


def _addressed(user: User, rows: list[Ownership]) -> set[int]:
    """Return the keys of the contacts whose address the reader may know."""
    named = Owner.objects.addressed_to(user).filter(pk__in=[row.owner_id for row in rows])
    return set(named.values_list("pk", flat=True))


def _unreached(head: PilotHead) -> set[int]:
    """Return the keys of the contacts whom mail does not reach, and whom the reader may invite."""
    named = Owner.objects.filter(pk__in=[row.owner_id for row in head.ownerships])
    return set(unreached(named).filter(user=None).values_list("pk", flat=True))


def _likely_role(head: PilotHead) -> dict[str, str]:
    role = OwnerRole.BUSINESS_OWNER if head.lead else OwnerRole.PRODUCTION_OWNER
    return {"role": role.value}
