"""The readiness of a pilot: seeing it, bringing and withdrawing evidence, and noting what waits for whom."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pilots.access.permissions import Deed, OwnerRole, may
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.evidence import NewEvidence, Withdrawal, bring_evidence, withdraw_evidence
from pilots.actions.waiting import NewWait, WaitOver, end_wait, wait_for
from pilots.forms.readiness import EvidenceForm, WaitForm, WithdrawForm
from pilots.gates import Standing
from pilots.models import Evidence, Pilot, Waiting
from pilots.playbook import EvidenceKind, Requirement
from pilots.readiness import playbooks_of, readiness_of
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.head import PilotHead
from pilots.web.http import UserRequest, by_web
from pilots.web.named import named_run_owner
from pilots.web.readiness import ReadinessPage
from pilots.web.refusals import translating
from pilots.web.spoken import any_of
from pilots.web.told_readiness import named_in


@require_safe
@translating
def pilot_readiness(request: UserRequest, key: str) -> HttpResponseBase:
    """Show what stands between a pilot and go-live, and what of it matters now."""
    pilot, relation = find_pilot(request, key)
    head = PilotHead(pilot, relation, tab="pilots:pilot_readiness", reader=request.user)
    page = ReadinessPage(
        pilot,
        head.readiness,
        relation=relation,
        reader=request.user,
        owners=_owners(head),
        named=named_run_owner(head.ownerships, head.today),
        at=timezone.now(),
    )
    context = {
        "pilot": pilot,
        "head": head,
        "page": page,
        "may_bring": may(Deed.BRING_EVIDENCE, relation) and not pilot.is_ended,
        "may_waive": may(Deed.WAIVE, relation) and not pilot.is_ended,
    }
    return TemplateResponse(request, "pilots/pilot_readiness.html", context)


def _owners(head: PilotHead) -> dict[OwnerRole, list[str]]:
    found: dict[OwnerRole, list[str]] = {}
    for row in head.ownerships:
        if row.deputises_id is None:
            found.setdefault(OwnerRole(row.role), []).append(row.owner.name)
    return found


# --- Evidence ----------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@translating
def evidence_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask what shows a requirement, and of which day it is."""
    pilot, relation = find_pilot(request, key)
    require(Deed.BRING_EVIDENCE, relation)
    asked = _attested(pilot)
    chosen = asked.get(request.GET.get("requirement", ""))
    form = EvidenceForm(
        request.POST or None,
        requirements=_choices(asked.values()),
        initial={
            "version": pilot.version,
            "requirement": chosen.code if chosen else "",
            "dated": by_web(request).today(pilot.program),
        },
    )
    if chosen:
        form.fields["kind"].help_text = _counts(chosen)
    if form.is_valid():
        cleaned = form.cleaned_data
        new = NewEvidence(
            pilot=pilot,
            requirement=cleaned["requirement"],
            kind=cleaned["kind"],
            link=cleaned["link"],
            text=cleaned["text"],
            dated=cleaned["dated"].first,
            audience=cleaned["audience"],
            version=cleaned["version"],
        )
        if carried_out(form, lambda: bring_evidence(new, by=by_web(request))):
            _say_brought(request, new, asked[new.requirement])
            return redirect("pilots:pilot_readiness", key=pilot.key)
    return form_page(request, "pilots/evidence_new.html", pilot, form, requirement=chosen)


def _say_brought(request: UserRequest, new: NewEvidence, requirement: Requirement) -> None:
    if new.kind is EvidenceKind.DEMO:
        said = f"The demo is noted for “{requirement.title}”. A demo never counts: bring a test or live use."
        messages.warning(request, said)
    else:
        messages.success(request, f"{new.kind.label} brought for “{requirement.title}”.")


def _counts(requirement: Requirement) -> str:
    kinds = [kind.label.lower() for kind in EvidenceKind if kind in requirement.kinds]
    return f"What counts here: {any_of(kinds)}"


def _attested(pilot: Pilot) -> dict[str, Requirement]:
    """Return by code what evidence can show."""
    asked = playbooks_of([pilot.program_id])[pilot.program_id].requirements
    return {code: requirement for code, requirement in asked.items() if not requirement.is_computed}


def _choices(requirements: Iterable[Requirement]) -> list[tuple[str, object]]:
    """Return requirements to choose from, below the gate or phase they belong to."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for requirement in requirements:
        gate = requirement.gate
        name = f"{gate.value} {gate.label}" if gate else "In the plan only"
        groups.setdefault(name, []).append((requirement.code, requirement.title))
    return [("", "Choose one"), *sorted(groups.items())]


@require_http_methods(["GET", "POST"])
@translating
def evidence_withdraw(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask why a piece of evidence does not hold, and take it back."""
    pilot, relation = find_pilot(request, key)
    require(Deed.BRING_EVIDENCE, relation)
    evidence = get_object_or_404(Evidence.objects.filter(pilot=pilot), pk=row)
    evidence.pilot = pilot
    form = WithdrawForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        cleaned = form.cleaned_data
        asked = Withdrawal(evidence=evidence, reason=cleaned["reason"], version=cleaned["version"])
        if carried_out(form, lambda: withdraw_evidence(asked, by=by_web(request))):
            messages.success(request, "The evidence is withdrawn. What rested on it is open again.")
            return redirect("pilots:pilot_readiness", key=pilot.key)
    shown = named_in(pilot, evidence.requirement) if evidence.requirement else ""
    return form_page(request, "pilots/evidence_withdraw.html", pilot, form, evidence=evidence, shown=shown)


# --- Waiting -----------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@translating
def wait_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask for whom a requirement waits, and since when."""
    pilot, relation = find_pilot(request, key)
    require(Deed.BRING_EVIDENCE, relation)
    open_ones = {standing.code: standing.requirement for standing in _open(pilot)}
    chosen = open_ones.get(request.GET.get("requirement", ""))
    form = WaitForm(
        request.POST or None,
        requirements=_choices(open_ones.values()),
        initial={
            "version": pilot.version,
            "requirement": chosen.code if chosen else "",
            "on_role": chosen.unblockers[0].value if chosen and chosen.unblockers else "",
            "since": by_web(request).today(pilot.program),
        },
    )
    if form.is_valid():
        cleaned = form.cleaned_data
        new = NewWait(
            pilot=pilot,
            requirement=cleaned["requirement"],
            on_role=cleaned["on_role"],
            since=cleaned["since"].first,
            note=cleaned["note"],
            version=cleaned["version"],
        )
        if carried_out(form, lambda: wait_for(new, by=by_web(request))):
            title = open_ones[new.requirement].title
            messages.success(request, f"“{title}” waits for {new.on_role.label.lower()}.")
            return redirect("pilots:pilot_readiness", key=pilot.key)
    return form_page(request, "pilots/wait_new.html", pilot, form, requirement=chosen)


@require_POST
@translating
def wait_end(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Note that it waits no longer."""
    pilot, relation = find_pilot(request, key)
    require(Deed.BRING_EVIDENCE, relation)
    waiting = get_object_or_404(Waiting.objects.filter(pilot=pilot), pk=row)
    waiting.pilot = pilot
    try:
        end_wait(WaitOver(waiting=waiting), by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        role = OwnerRole(waiting.on_role).label.lower()
        messages.success(request, f"It waits for {role} no longer.")
    return redirect("pilots:pilot_readiness", key=pilot.key)


def _open(pilot: Pilot) -> list[Standing]:
    readiness = readiness_of([pilot], at=timezone.now())[pilot.pk]
    return [standing for standing in readiness.standings if not standing.state.lets_pass]
