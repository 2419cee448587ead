"""The money of one pilot: what it cost, what it brought, and what was set aside for it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from kpis.actions.ledger import (
    EDITABLE,
    BudgetDecision,
    Check,
    EntryEdit,
    NewEntry,
    RemoveEntry,
    add_entry,
    check_benefit,
    decide_budget,
    edit_entry,
    refuse_own,
    remove_entry,
)
from kpis.forms.money import BudgetForm, CheckForm, EntryForm, RemoveEntryForm
from kpis.models import Kpi, LedgerEntry
from kpis.money.read import tables_of
from kpis.money.terms import Basis, Commitment, Finding, LedgerKind
from kpis.money.words import said_amount
from kpis.web.money import MoneyPage
from kpis.web.money_rows import period_words, state_of, what_words
from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.calendar import Day
from pilots.forms.change import ChangeForm
from pilots.models import Pilot
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.head import PilotHead
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating

TITLES = {
    LedgerKind.COST: ("Write down a cost", "What it was or will be spent on, and for which days."),
    LedgerKind.BENEFIT: (
        "Write down a benefit",
        "Planned, or claimed: what has come counts in ROI once somebody else has verified it.",
    ),
    LedgerKind.BUDGET: ("Set a budget aside", "What became of it, and who decided, is written down after."),
}


@require_safe
@translating
def pilot_money(request: UserRequest, key: str) -> HttpResponseBase:
    pilot, relation = find_pilot(request, key)
    head = PilotHead(pilot, relation, tab="pilots:pilot_money", reader=request.user)
    page = MoneyPage(pilot, relation, reader=request.user, today=head.today, page=request.GET.get("page", ""))
    return TemplateResponse(request, "kpis/pilot_money.html", {"pilot": pilot, "head": head, "money": page})


@require_http_methods(["GET", "POST"])
@translating
def money_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask for one entry of the kind the address names; a cost where it names none."""
    pilot, relation = find_pilot(request, key)
    require(Deed.ENTER_MONEY, relation)
    try:
        kind = LedgerKind(request.GET.get("kind", LedgerKind.COST.value))
    except ValueError as unknown:
        raise Http404 from unknown
    own = tables_of([pilot.program_id])[pilot.program_id].currency
    initial = {"currency": own, "basis": Basis.ACTUAL.value, "version": pilot.version}
    form = EntryForm(_sent(request), kind=kind, kpis=_kpis(pilot), initial=initial)

    def add() -> None:
        new = NewEntry(pilot=pilot, kind=kind, version=form.cleaned_data["version"], **form.values)
        add_entry(new, by=by_web(request))

    if form.is_valid() and carried_out(form, lambda: _or_404(add)):
        amount = said_amount(form.cleaned_data["amount"], form.cleaned_data["currency"])
        messages.success(request, f"{amount} is written down.")
        return redirect("pilots:pilot_money", key=pilot.key)
    title, sub = TITLES[kind]
    return form_page(request, "kpis/money_new.html", pilot, form, kind=kind.value, title=title, sub=sub)


@require_http_methods(["GET", "POST"])
@translating
def money_edit(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Show an entry, and write what is new."""
    entry = _find(request, key, row, Deed.ENTER_MONEY)
    now = {name: getattr(entry, name) for name in EDITABLE} | {
        "amount": f"{entry.amount:.2f}",
        "kpi": str(entry.kpi_id or ""),
        "version": entry.pilot.version,
    }
    kind = LedgerKind(entry.kind)
    form = EntryForm(_sent(request), kind=kind, kpis=_kpis(entry.pilot, entry), initial=now)

    def edit() -> None:
        asked = EntryEdit(entry=entry, fields=form.values, version=form.cleaned_data["version"])
        edit_entry(asked, by=by_web(request))

    return _page(request, "kpis/money_edit.html", form, entry, edit, "is saved")


@require_http_methods(["GET", "POST"])
@translating
def money_remove(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask once, and take it out of the ledger."""
    entry = _find(request, key, row, Deed.ENTER_MONEY)
    form = RemoveEntryForm(_sent(request), initial={"version": entry.pilot.version})

    def remove() -> None:
        remove_entry(RemoveEntry(entry=entry, version=form.cleaned_data["version"]), by=by_web(request))

    return _page(request, "kpis/money_remove.html", form, entry, remove, "is out of the ledger")


@require_http_methods(["GET", "POST"])
@translating
def money_check(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask whether a claimed benefit came; whoever claimed it is refused before they type anything."""
    entry = _find(request, key, row, Deed.CHECK_BENEFIT)
    refuse_own(entry, request.user)
    initial = {"finding": entry.finding, "checked_note": entry.checked_note, "version": entry.pilot.version}
    form = CheckForm(_sent(request), initial=initial)

    def check() -> None:
        values = form.cleaned_data
        asked = Check(
            entry=entry,
            finding=Finding(values["finding"]),
            note=values["checked_note"],
            version=values["version"],
        )
        check_benefit(asked, by=by_web(request))

    return _page(request, "kpis/money_check.html", form, entry, check, "is checked")


@require_http_methods(["GET", "POST"])
@translating
def money_decide(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask what became of a budget."""
    entry = _find(request, key, row, Deed.CONCLUDE)
    by = by_web(request)
    initial = {
        "commitment": entry.commitment,
        "decided_by": entry.decided_by,
        "decided_because": entry.decided_because,
        "decided_on": Day(entry.decided_on or by.today(entry.pilot.program)),
        "version": entry.pilot.version,
    }
    form = BudgetForm(_sent(request), initial=initial)

    def decide() -> None:
        values = form.values
        asked = BudgetDecision(
            entry=entry,
            commitment=Commitment(values["commitment"]),
            decided_on=values["decided_on"],
            decided_by=values["decided_by"],
            because=values["decided_because"],
            version=form.cleaned_data["version"],
        )
        decide_budget(asked, by=by)

    return _page(request, "kpis/money_decide.html", form, entry, decide, "is decided")


# --- Steps they share ----------------------------------------------------------------


def _sent(request: UserRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _kpis(pilot: Pilot, entry: LedgerEntry | None = None) -> list[Kpi]:
    """Return the KPIs an entry may be about: those in use, and the one it is about already."""
    rows = list(Kpi.objects.filter(pilot=pilot).order_by("-is_primary", "name", "pk"))
    return [kpi for kpi in rows if kpi.retired_on is None or (entry and entry.kpi_id == kpi.pk)]


def _find(request: UserRequest, key: str, row: int, deed: Deed) -> LedgerEntry:
    pilot, relation = find_pilot(request, key)
    require(deed, relation)
    entry = get_object_or_404(LedgerEntry.objects.select_related("kpi", "checked_by"), pk=row, pilot=pilot)
    entry.pilot = pilot
    return entry


def _or_404(act: Callable[[], None]) -> None:
    try:
        act()
    except (LedgerEntry.DoesNotExist, Kpi.DoesNotExist) as gone:
        raise Http404 from gone


def _page(
    request: UserRequest,
    template: str,
    form: ChangeForm,
    entry: LedgerEntry,
    act: Callable[[], None],
    done: str,
) -> HttpResponseBase:
    pilot, amount = entry.pilot, said_amount(entry.amount, entry.currency)
    if form.is_valid() and carried_out(form, lambda: _or_404(act)):
        messages.success(request, f"{amount} {done}.")
        return redirect("pilots:pilot_money", key=pilot.key)
    today = by_web(request).today(pilot.program)
    return form_page(
        request,
        template,
        pilot,
        form,
        entry=entry,
        amount=amount,
        what=what_words(entry),
        period=period_words(entry, today),
        state=state_of(entry, today),
    )
