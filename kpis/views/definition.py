"""The definition of a KPI: editing its parts, signing it, retiring it, and taking it out again."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from kpis.actions.kpi import KpiEdit, edit_kpis
from kpis.actions.remove import remove_kpi
from kpis.actions.retire import make_primary, primary_candidates, retire_kpi, unretire_kpi
from kpis.actions.sign import SignKpi, business_owners, own_signature, sign_kpi
from kpis.definition import completeness, missing_parts
from kpis.forms.definition import DefinitionForm, RemoveKpiForm, RetireForm, SignForm
from kpis.models import Kpi
from kpis.versions import current_versions, signed_kpis
from kpis.web.definition import signed_groups
from pilots.access.models import Role
from pilots.access.permissions import Deed, Relation
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def kpi_edit(request: UserRequest, key: str, code: str) -> HttpResponseBase:
    """Show what is known of it, and write what is new."""
    kpi, _ = find_kpi(request, key, code, Deed.EDIT)
    by = by_web(request)
    form = DefinitionForm(kpi, request.POST or None)
    form.ask_why(kpi, at=by.at, is_signed=kpi.pk in signed_kpis([kpi.pk]))

    def act() -> None:
        cleaned = form.cleaned_data
        edit = KpiEdit(
            kpi=kpi,
            fields=form.values,
            scope_reason=cleaned.get("scope_reason", ""),
            reason=cleaned.get("reason", ""),
            version=cleaned["version"],
        )
        edit_kpis([edit], by=by)

    if form.is_valid() and _done(form, act):
        saved = Kpi.objects.get(pk=kpi.pk)
        lacks = completeness(saved.name, missing_parts(saved))
        messages.success(request, f"{saved.name} is saved. {lacks}".strip())
        return _to(kpi)
    return form_page(request, "kpis/kpi_edit.html", kpi.pilot, form, kpi=kpi)


@require_http_methods(["GET", "POST"])
@translating
def kpi_sign(request: UserRequest, key: str, code: str) -> HttpResponseBase:
    """Show what there is to agree to, and write down who agreed."""
    kpi, relation = find_kpi(request, key, code, Deed.SIGN_KPI)
    by = by_web(request)
    today = by.today(kpi.pilot.program)
    signers = {owner.pk: owner for owner in business_owners(kpi.pilot)}
    oneself = own_signature(kpi.pilot, request.user)
    notes = relation.program_role is Role.MANAGER
    newest = current_versions([kpi.pk])[kpi.pk]
    begins = {"version": kpi.pilot.version, "version_number": newest.number, "signed_on": today}
    form = SignForm(request.POST or None, initial=begins)
    form.for_signers(list(signers.values()), oneself=oneself, notes=notes)

    def act() -> None:
        cleaned = form.cleaned_data
        day = cleaned.get("signed_on")
        sign = SignKpi(
            kpi=kpi,
            version_number=cleaned["version_number"],
            signer=signers[cleaned["signer"]] if "signer" in cleaned else None,
            signed_on=day.first if day else None,
            link=cleaned.get("link", ""),
            text=cleaned.get("text", ""),
            version=cleaned["version"],
        )
        sign_kpi(sign, by=by)

    if form.is_valid() and _done(form, act):
        messages.success(request, f"{kpi.name} is signed, version {newest.number}.")
        return _to(kpi)
    form.is_of(newest.number)
    return form_page(
        request,
        "kpis/kpi_sign.html",
        kpi.pilot,
        form,
        kpi=kpi,
        newest=newest,
        groups=signed_groups(kpi, today),
        lacks=completeness(kpi.name, missing_parts(kpi)),
        can_sign=bool(signers) or oneself is not None,
        signs_alone=not notes,
    )


@require_http_methods(["GET", "POST"])
@translating
def kpi_retire(request: UserRequest, key: str, code: str) -> HttpResponseBase:
    """Ask once, and measure it no longer."""
    kpi, _ = find_kpi(request, key, code, Deed.EDIT)
    form = RetireForm(request.POST or None, initial={"version": kpi.pilot.version})
    others = list(primary_candidates(kpi)) if kpi.is_primary else []

    def act() -> None:
        cleaned = form.cleaned_data
        retire_kpi(kpi, by=by_web(request), reason=cleaned["reason"], version=cleaned["version"])

    if form.is_valid() and _done(form, act):
        messages.success(request, f"{kpi.name} is retired. Its readings stay.")
        return _to(kpi)
    return form_page(request, "kpis/kpi_retire.html", kpi.pilot, form, kpi=kpi, others=others)


@require_http_methods(["GET", "POST"])
@translating
def kpi_remove(request: UserRequest, key: str, code: str) -> HttpResponseBase:
    """Ask once, and take it out."""
    kpi, _ = find_kpi(request, key, code, Deed.EDIT)
    form = RemoveKpiForm(request.POST or None, initial={"version": kpi.pilot.version})

    def act() -> None:
        remove_kpi(kpi, by=by_web(request), version=form.cleaned_data["version"])

    if form.is_valid() and _done(form, act):
        messages.success(request, f"{kpi.name} is removed.")
        return redirect("pilots:pilot_kpis", key=kpi.pilot.key)
    return form_page(request, "kpis/kpi_remove.html", kpi.pilot, form, kpi=kpi)


@require_POST
@translating
def kpi_primary(request: UserRequest, key: str, code: str) -> HttpResponseBase:
    """Make it the one number the pilot is judged by."""
    kpi, _ = find_kpi(request, key, code, Deed.EDIT)
    return _pressed(request, kpi, partial(make_primary, kpi), f"{kpi.name} is the primary KPI now.")


@require_POST
@translating
def kpi_restore(request: UserRequest, key: str, code: str) -> HttpResponseBase:
    """Measure it again."""
    kpi, _ = find_kpi(request, key, code, Deed.EDIT)
    return _pressed(request, kpi, partial(unretire_kpi, kpi), f"{kpi.name} is measured again.")


# --- Steps they share --------------------------------------------------------------


def find_kpi(request: UserRequest, key: str, code: str, deed: Deed) -> tuple[Kpi, Relation]:
    """Return a KPI with its pilot, and how the reader stands to it; 404 and 403 as everywhere."""
    pilot, relation = find_pilot(request, key)
    require(deed, relation)
    kpi = get_object_or_404(pilot.kpis.select_related("owner"), code=code)
    kpi.pilot = pilot
    return kpi, relation


def _done(form: DefinitionForm | SignForm | RetireForm | RemoveKpiForm, act: Callable[[], None]) -> bool:
    """Do what the form asks; a KPI that was removed meanwhile is not there."""
    try:
        return carried_out(form, act)
    except Kpi.DoesNotExist as gone:
        raise Http404 from gone


def _pressed(request: UserRequest, kpi: Kpi, act: Callable[..., object], done: str) -> HttpResponseBase:
    """Do what one button asks; a refusal is said on the page it leads back to."""
    try:
        act(by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    except Kpi.DoesNotExist as gone:
        raise Http404 from gone
    else:
        messages.success(request, done)
    return _to(kpi)


def _to(kpi: Kpi) -> HttpResponseBase:
    return redirect("pilots:kpi_detail", key=kpi.pilot.key, code=kpi.code)
