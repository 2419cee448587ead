"""Who answers for what on a pilot: the tab, naming somebody, and seats that need nobody."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.permissions import SEATS, Deed, OwnerRole
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.waiver import NewWaiver, Revocation, revoke_waiver, waive
from pilots.forms.meant import contacts_for, is_settled, offer_names
from pilots.forms.owner import AddOwnerForm, SeatForm
from pilots.models import Ownership, Waiver
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.head import ROLE_WORDS, PilotHead
from pilots.web.http import UserRequest, by_web
from pilots.web.people import PilotPeople
from pilots.web.reach import account_apart, has_account_apart
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def pilot_people(request: UserRequest, key: str) -> HttpResponseBase:
    """Show who answers for what, now and before, and name somebody."""
    pilot, relation = find_pilot(request, key)
    if request.method == "POST":
        require(Deed.ASSIGN_OWNERS, relation)
    head = PilotHead(pilot, relation, tab="pilots:pilot_people", reader=request.user)
    form = AddOwnerForm(request.POST or None, initial=_likely_role(head, request.GET.get("role", "")))
    contacts = contacts_for(request.user, [pilot.program_id])
    if head.may_assign:
        offer_names(form, contacts)
    if form.is_valid() and is_settled(form, contacts):
        contact: Contact = form.cleaned_data["owner"]
        new = NewOwnership(
            pilot=pilot,
            contact=contact,
            role=OwnerRole(form.cleaned_data["role"]),
            reason=form.cleaned_data["reason"],
        )
        named: list[Ownership] = []
        if carried_out(
            form, lambda: named.append(add_owner(new, by=by_web(request))), ways_out=_way_out(head)
        ):
            owner = named[0].owner
            messages.success(request, f"{owner} is {ROLE_WORDS[new.role]} of {pilot}.")
            if has_account_apart(owner):
                messages.warning(request, account_apart(owner))
            return redirect("pilots:pilot_people", key=pilot.key)
    before = pilot.ownerships.filter(until__isnull=False).select_related("owner").order_by("-until", "-pk")
    context = {
        "pilot": pilot,
        "head": head,
        "form": form,
        "people": PilotPeople(head, request.user),
        "before": [(row.role_in_words, row) for row in before],
    }
    return TemplateResponse(request, "pilots/pilot_people.html", context)


def _way_out(head: PilotHead) -> dict[str, tuple[str, str]]:
    """Lead from the refusal of a second production owner to handing over from the first."""
    lead = next(
        (
            row
            for row in head.ownerships
            if row.role == OwnerRole.PRODUCTION_OWNER.value and row.deputises_id is None
        ),
        None,
    )
    if lead is None:
        return {}
    address = reverse("pilots:ownership_hand_over", args=[head.pilot.key, lead.pk])
    return {"second-production-owner": (f"Hand over from {lead.owner}", address)}


def _likely_role(head: PilotHead, asked: str) -> dict[str, str]:
    if asked in list(OwnerRole):
        return {"role": asked}
    role = OwnerRole.BUSINESS_OWNER if head.lead else OwnerRole.PRODUCTION_OWNER
    return {"role": role.value}


# --- Seats that need nobody ----------------------------------------------------------


def _seat(code: str) -> OwnerRole:
    if code not in {seat.value for seat in SEATS}:
        raise Http404("There is no such seat.")
    return OwnerRole(code)


@require_http_methods(["GET", "POST"])
@translating
def seat_waive(request: UserRequest, key: str, seat: str) -> HttpResponseBase:
    """Ask why nobody is needed in a seat and until when, and write it down."""
    role = _seat(seat)
    pilot, relation = find_pilot(request, key)
    require(Deed.WAIVE, relation)
    form = SeatForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        given = form.cleaned_data
        new = NewWaiver(
            pilot=pilot,
            subject=f"seat:{role.value}",
            reason=given["reason"],
            until=given["until"].first,
            version=given["version"],
        )
        if carried_out(form, lambda: waive(new, by=by_web(request))):
            messages.success(request, f"{ROLE_WORDS[role]} needs nobody until {given['until']}.")
            return redirect("pilots:pilot_people", key=pilot.key)
    return form_page(request, "pilots/seat_waive.html", pilot, form, role=ROLE_WORDS[role])


@require_POST
@translating
def seat_revoke(request: UserRequest, key: str, seat: str) -> HttpResponseBase:
    """Take back that nobody is needed in a seat."""
    role = _seat(seat)
    pilot, relation = find_pilot(request, key)
    require(Deed.WAIVE, relation)
    rows = Waiver.objects.filter(pilot=pilot, subject=f"seat:{role.value}", revoked_at__isnull=True)
    waiver = rows.select_related("pilot").order_by("-until").first()
    try:
        if waiver is None:
            raise Refused.because(f"{ROLE_WORDS[role]} needs somebody already.", code="not-waived")
        revoke_waiver(Revocation(waiver=waiver), by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{ROLE_WORDS[role]} needs somebody again.")
    return redirect("pilots:pilot_people", key=pilot.key)
