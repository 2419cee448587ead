"""In which currency a program adds up, and what others are worth in it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST

from kpis.actions.currency import (
    DECIMALS,
    LONGEST_NOTE,
    WHOLE_DIGITS,
    NewRate,
    add_rate,
    plain_rate,
    remove_rate,
    set_currency,
)
from kpis.forms.money import CurrencyField
from kpis.models import ProgramMoney, Rate
from kpis.money.terms import DEFAULT_CURRENCY
from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.change import require
from pilots.forms.fields import DayField, Words
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating

GONE = "It was removed already."
UNREADABLE = "Write a rate in digits, with a point before decimals, such as 0.92."


class RateField(Words):
    """A rate as people write it, exactly; what reads in two ways is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(error_messages={"required": UNREADABLE}, **options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> Decimal:
        text = str(super().clean(value)).strip()
        whole, _, decimals = text.partition(".")
        digits = whole + decimals
        is_plain = digits.isascii() and digits.isdecimal() and bool(whole)
        if not is_plain or len(whole) > WHOLE_DIGITS or len(decimals) > DECIMALS:
            raise ValidationError(UNREADABLE, code="unreadable")
        return Decimal(text)


class OwnCurrencyForm(forms.Form):
    currency = CurrencyField(label="It adds up in")


class RateForm(forms.Form):
    currency = CurrencyField()
    rate = RateField(label="One unit is worth", help_text="In the program’s currency, such as 0.92")
    since = DayField(
        label="Since",
        is_exact=True,
        error_messages={"required": "Choose the day from which it holds."},
        help_text="For periods that end then or later",
    )
    note = Words(
        label="Where it is from", required=False, max_length=LONGEST_NOTE, help_text="Such as a central bank"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_money(request: UserRequest, slug: str) -> HttpResponseBase:
    """Show the currency and the rates of a program; `what` says which of the two forms was sent."""
    program = _find(request, slug)
    what = request.POST.get("what", "") if request.method == "POST" else ""
    chosen = ProgramMoney.objects.filter(program=program).first()
    own = chosen.currency if chosen else DEFAULT_CURRENCY
    forms_of = {
        "own": OwnCurrencyForm(request.POST if what == "own" else None, initial={"currency": own}),
        "rate": RateForm(request.POST if what == "rate" else None, prefix="rate"),
    }
    form = forms_of.get(what)
    if form is not None and form.is_valid():
        act, said = _asked(program, what, form.cleaned_data, request)
        if carried_out(form, act):
            messages.success(request, said)
            return redirect("desk:settings_money", slug=slug)
    rates = Rate.objects.filter(program=program).order_by("currency", "-since", "-pk")
    context = {
        "program": program,
        "currency": own,
        "rates": [(row, plain_rate(row.rate)) for row in rates],
        **forms_of,
    }
    return TemplateResponse(request, "desk/settings_money.html", context)


def _asked(
    program: Program, what: str, said: dict[str, Any], request: UserRequest
) -> tuple[Callable[[], object], str]:
    """Return what one of the forms asks for, and what to say when it is done."""
    by, currency = by_web(request), said["currency"]
    if what == "own":
        return lambda: set_currency(program, currency, by=by), f"{program.name} adds up in {currency}."
    rate = NewRate(
        program=program, currency=currency, rate=said["rate"], since=said["since"].first, note=said["note"]
    )
    return lambda: add_rate(rate, by=by), f"The rate of {currency} is entered."


@require_POST
@translating
def settings_rate_remove(request: UserRequest, slug: str, row: int) -> HttpResponseBase:
    """Take a rate out; one that somebody removed before is no fault."""
    program = _find(request, slug)
    rate = Rate.objects.filter(program=program, pk=row).select_related("program").first()
    if rate is None:
        messages.info(request, GONE)
    else:
        remove_rate(rate, by=by_web(request))
        messages.success(request, f"That rate of {rate.currency} is removed.")
    return redirect("desk:settings_money", slug=slug)


def _find(request: UserRequest, slug: str) -> Program:
    """Return a program the reader sets up; 404 for one they may not know of."""
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug)
    require(Deed.CONFIGURE, relation_to_program(request.user, program))
    return program
