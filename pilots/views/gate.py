"""Passing a gate of a pilot: approving it, or letting the pilot pass without something for a time."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed, OwnerRole, Relation
from pilots.actions.approval import (
    OWN_EVIDENCE,
    ApprovalTakenBack,
    NewApproval,
    approve_gate,
    faults_of_gate,
    revoke_approval,
)
from pilots.actions.by import Forbidden
from pilots.actions.change import require
from pilots.actions.waiver import OTHER_SUBJECTS, NewWaiver, Revocation, revoke_waiver, waive
from pilots.approving import approving_roles
from pilots.forms.readiness import ApproveForm, ConfirmForm, WaiveForm
from pilots.gates import GateStanding, Readiness
from pilots.models import Approval, Pilot, Waiver
from pilots.playbook import Gate
from pilots.readiness import readiness_of
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.readiness import lacking_words
from pilots.web.refusals import translating
from pilots.web.spoken import any_of
from pilots.web.told_readiness import named, named_in

# --- Waivers -----------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@translating
def pilot_waive(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask what a pilot may pass without, why and until when; `?subject=` chooses beforehand."""
    pilot, relation = find_pilot(request, key)
    require(Deed.WAIVE, relation)
    subjects = _subjects(_readiness(pilot))
    form = WaiveForm(
        request.POST or None,
        subjects=subjects,
        initial={"version": pilot.version, "subject": request.GET.get("subject", "")},
    )
    if form.is_valid():
        cleaned = form.cleaned_data
        new = NewWaiver(
            pilot=pilot,
            subject=cleaned["subject"],
            reason=cleaned["reason"],
            until=cleaned["until"].first,
            version=cleaned["version"],
        )
        if carried_out(form, lambda: waive(new, by=by_web(request))):
            messages.success(request, f"{named_in(pilot, new.subject)} is waived until {cleaned['until']}.")
            return redirect("pilots:pilot_readiness", key=pilot.key)
    return form_page(request, "pilots/waive.html", pilot, form)


def _subjects(readiness: Readiness) -> list[tuple[str, object]]:
    """Return what stands in the way of a pilot: open requirements, gates, and what else can be waived."""
    open_ones = [
        (standing.code, standing.requirement.title)
        for standing in readiness.standings
        if not standing.state.lets_pass
    ]
    gates = [
        (item.gate.value, f"{item.gate.value} {item.gate.label}, all of it")
        for item in readiness.gates.values()
        if item.standings and not item.state.lets_pass
    ]
    return [
        ("", "Choose one"),
        ("One requirement", open_ones),
        ("A whole gate", gates),
        ("Something else", list(OTHER_SUBJECTS.items())),
    ]


@require_http_methods(["GET", "POST"])
@translating
def waiver_revoke(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask once, and end a waiver today."""
    pilot, relation = find_pilot(request, key)
    require(Deed.WAIVE, relation)
    waiver = get_object_or_404(Waiver.objects.filter(pilot=pilot).select_related("waived_by"), pk=row)
    waiver.pilot = pilot
    form = ConfirmForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        asked = Revocation(waiver=waiver, version=form.cleaned_data["version"])
        if carried_out(form, lambda: revoke_waiver(asked, by=by_web(request))):
            messages.success(request, f"The waiver of {named_in(pilot, waiver.subject)} is revoked.")
            return redirect("pilots:pilot_readiness", key=pilot.key)
    return form_page(
        request,
        "pilots/waiver_revoke.html",
        pilot,
        form,
        waiver=waiver,
        shown=named_in(pilot, waiver.subject),
    )


# --- Approvals ---------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@translating
def gate_approve(request: UserRequest, key: str, gate: str) -> HttpResponseBase:
    """Show what a gate rests on now, and let somebody who may approve it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.APPROVE_GATE, relation)
    if gate not in list(Gate):
        raise Http404
    item = _readiness(pilot).gates[Gate(gate)]
    roles = _require_a_role(item, relation) if item.lacking else []
    if faults := faults_of_gate(item):
        messages.warning(request, faults[0].sentence)
        return redirect("pilots:pilot_readiness", key=pilot.key)
    if request.user.pk in item.brought_by:
        messages.warning(request, OWN_EVIDENCE)
        return redirect("pilots:pilot_readiness", key=pilot.key)
    form = ApproveForm(request.POST or None, roles=roles, initial={"version": pilot.version})
    if form.is_valid():
        cleaned = form.cleaned_data
        new = NewApproval(
            pilot=pilot,
            gate=item.gate,
            role=cleaned["role"],
            note=cleaned["note"],
            version=cleaned["version"],
        )
        if carried_out(form, lambda: approve_gate(new, by=by_web(request))):
            messages.success(request, f"{item.gate.value} {item.gate.label} is approved by you.")
            return redirect("pilots:pilot_readiness", key=pilot.key)
    return form_page(request, "pilots/gate_approve.html", pilot, form, item=item, lacking=lacking_words(item))


def _require_a_role(item: GateStanding, relation: Relation) -> list[OwnerRole | None]:
    """Return the roles a person could approve under; raise `Forbidden` where none of theirs counts."""
    roles = approving_roles(item, relation)
    if not roles:
        wanted = any_of([role.label.lower() for role in item.lacking])
        raise Forbidden(f"You may not approve {item.gate.value} {item.gate.label}: {wanted} can.")
    return roles


@require_http_methods(["GET", "POST"])
@translating
def approval_revoke(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask once, and take an approval back."""
    pilot, relation = find_pilot(request, key)
    require(Deed.APPROVE_GATE, relation)
    approval = get_object_or_404(Approval.objects.filter(pilot=pilot).select_related("approved_by"), pk=row)
    approval.pilot = pilot
    form = ConfirmForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        asked = ApprovalTakenBack(approval=approval, version=form.cleaned_data["version"])
        if carried_out(form, lambda: revoke_approval(asked, by=by_web(request))):
            messages.success(request, f"The approval of {named(approval.gate)} is taken back.")
            return redirect("pilots:pilot_readiness", key=pilot.key)
    return form_page(
        request, "pilots/approval_revoke.html", pilot, form, approval=approval, shown=named(approval.gate)
    )


def _readiness(pilot: Pilot) -> Readiness:
    return readiness_of([pilot], at=timezone.now())[pilot.pk]
