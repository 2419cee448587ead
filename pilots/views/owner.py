"""One row of who answers for what: agreeing, ending, handing over, naming a deputy, its terms."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.permissions import Deed, OwnerRole, Relation, may
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.hand_over import HandOver, NewDeputy, hand_over, name_deputy
from pilots.actions.owner import accept_ownership, decline_ownership
from pilots.actions.owner_end import end_ownership, is_holder
from pilots.actions.owner_terms import EDITABLE, OwnershipEdit, edit_ownership
from pilots.forms.meant import contacts_for, is_settled, offer_names
from pilots.forms.owner import DeputyForm, EndOwnershipForm, HandOverForm, TermsForm
from pilots.models import Milestone, Ownership, Pilot
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.head import ROLE_WORDS
from pilots.web.http import UserRequest, by_web
from pilots.web.reach import account_apart, has_account_apart
from pilots.web.refusals import translating


def _find(request: UserRequest, key: str, row: int) -> tuple[Pilot, Relation, Ownership]:
    pilot, relation = find_pilot(request, key)
    rows = pilot.ownerships.select_related("owner", "deputises__owner")
    found = get_object_or_404(rows, pk=row)
    found.pilot = pilot
    return pilot, relation, found


def _require(request: UserRequest, relation: Relation, row: Ownership, deed: Deed) -> None:
    """Let through whoever accepted a row, and whoever may do the deed to the pilot."""
    if not is_holder(row, by=by_web(request)) or row.deputises_id is not None:
        require(deed, relation)


def _role(row: Ownership) -> str:
    role = ROLE_WORDS[OwnerRole(row.role)]
    return f"Deputy {role.lower()}" if row.deputises_id else role


def back_to_people(request: UserRequest, pilot: Pilot) -> HttpResponseBase:
    """Go back to the people of a pilot; whoever just gave it away may not see it any longer."""
    if Pilot.objects.visible_to(request.user).filter(pk=pilot.pk).exists():
        return redirect("pilots:pilot_people", key=pilot.key)
    return redirect("pilots:pilot_list")


# --- Agreeing and ending -----------------------------------------------------------


@require_POST
@translating
def ownership_accept(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Record that the person signed in agrees to answer for it."""
    pilot, _, ownership = _find(request, key, row)
    done = f"You are {_role(ownership)} of {pilot}."
    return _settled(request, pilot, lambda: accept_ownership(ownership, by=by_web(request)), done)


@require_POST
@translating
def ownership_decline(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Tell the managers that it is not theirs."""
    pilot, _, ownership = _find(request, key, row)
    done = f"The managers of {pilot.program} can read that it is not yours."
    return _settled(request, pilot, lambda: decline_ownership(ownership, by=by_web(request)), done)


def _settled(request: UserRequest, pilot: Pilot, act: Callable[[], object], done: str) -> HttpResponseBase:
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return back_to_people(request, pilot)


@require_http_methods(["GET", "POST"])
@translating
def ownership_end(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask why, and end one row; it stays on the page as history."""
    pilot, relation, ownership = _find(request, key, row)
    if ownership.deputises is None or not is_holder(ownership.deputises, by=by_web(request)):
        require(Deed.ASSIGN_OWNERS, relation)
    form = EndOwnershipForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        done = f"{ownership.owner} is no longer {_role(ownership)}."
        return _settled(
            request, pilot, lambda: end_ownership(ownership, by=by_web(request), reason=reason), done
        )
    context = {"pilot": pilot, "row": ownership, "role": _role(ownership), "form": form}
    return TemplateResponse(request, "pilots/owner_end.html", context)


# --- Handing over ------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@translating
def ownership_hand_over(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask who takes over and why, and hand it over in one step."""
    pilot, relation, ownership = _find(request, key, row)
    _require(request, relation, ownership, Deed.HAND_OVER)
    form = HandOverForm(request.POST or None, initial={"version": pilot.version, "with_milestones": True})
    waiting = Milestone.objects.waiting().filter(pilot=pilot, owner=ownership.owner).count()
    form.ask_for(OwnerRole(ownership.role), milestones=waiting)
    contacts = contacts_for(request.user, [pilot.program_id])
    offer_names(form, contacts)
    if form.is_valid() and is_settled(form, contacts):
        given = form.cleaned_data
        asked = HandOver(
            ownership=ownership,
            to=given["owner"],
            reason=given["reason"],
            exception=given.get("exception", ""),
            with_milestones=given.get("with_milestones", False),
            version=given["version"],
        )
        rows: list[Ownership] = []
        if carried_out(form, lambda: rows.append(hand_over(asked, by=by_web(request)))):
            owner = rows[0].owner
            manages = may(Deed.ASSIGN_OWNERS, relation)
            then = "it counts once they agree"  # who has an account is for managers to know
            if owner.user_id:
                then = "and is asked to agree"
            elif manages:
                then = "and has no account yet: invite them"
            is_apart = manages and has_account_apart(owner)
            if is_apart:
                messages.warning(request, account_apart(owner))
                then = "it counts once they agree"
            messages.success(request, f"{owner} is {_role(ownership)} of {pilot} now, {then}.")
            return back_to_people(request, pilot)
    return _page(request, "pilots/owner_hand_over.html", ownership, form)


@require_http_methods(["GET", "POST"])
@translating
def ownership_deputise(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask who stands in and until when."""
    pilot, relation, ownership = _find(request, key, row)
    _require(request, relation, ownership, Deed.HAND_OVER)
    form = DeputyForm(request.POST or None, initial={"version": pilot.version})
    form.ask_for(OwnerRole(ownership.role))
    contacts = contacts_for(request.user, [pilot.program_id])
    offer_names(form, contacts)
    if form.is_valid() and is_settled(form, contacts):
        given = form.cleaned_data
        new = NewDeputy(
            ownership=ownership,
            to=given["owner"],
            until=given["until"].first,
            exception=given.get("exception", ""),
            version=given["version"],
        )
        if carried_out(form, lambda: name_deputy(new, by=by_web(request))):
            done = f"{given['owner'].name} stands in for {ownership.owner} until {given['until']}"
            messages.success(request, f"{done}, once they agree.")
            return back_to_people(request, pilot)
    return _page(request, "pilots/owner_deputise.html", ownership, form)


@require_http_methods(["GET", "POST"])
@translating
def ownership_terms(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Write down what they may decide, and what they deliver by when."""
    pilot, relation, ownership = _find(request, key, row)
    _require(request, relation, ownership, Deed.ASSIGN_OWNERS)
    now = {name: getattr(ownership, name) for name in EDITABLE}
    form = TermsForm(request.POST or None, initial={**now, "version": pilot.version})
    form.ask_for(is_manager=may(Deed.ASSIGN_OWNERS, relation))
    if form.is_valid():
        version = form.cleaned_data["version"]
        edit = OwnershipEdit(ownership=ownership, fields=form.values, version=version)
        if carried_out(form, lambda: edit_ownership(edit, by=by_web(request))):
            messages.success(request, f"What {ownership.owner} answers for is saved.")
            return back_to_people(request, pilot)
    return _page(request, "pilots/owner_terms.html", ownership, form)


def _page(
    request: UserRequest, template: str, row: Ownership, form: HandOverForm | DeputyForm | TermsForm
) -> TemplateResponse:
    back = reverse("pilots:pilot_people", args=[row.pilot.key])
    return form_page(request, template, row.pilot, form, row=row, role=_role(row), back=back)
