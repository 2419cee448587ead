"""A backtest: how far it is, what came of it, and setting the limits that were tried."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from pilots.actions.limits import LONGEST_REASON, set_limits
from pilots.forms.fields import LongWords
from pilots.models import Backtest
from pilots.rules.backtest import FEWEST
from pilots.rules.registry import Rule
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.spoken import number_word
from portfolio.desk.stalled.backtest_words import MOST_LISTED, BacktestPage, place_of, working
from portfolio.desk.stalled.kept_reason import reason_kept


class SetForm(forms.Form):
    """Sets the limits that were tried."""

    reason = LongWords(
        label="Why",
        required=False,
        max_length=LONGEST_REASON,
        rows=2,
        help_text="Stands in the history of the limits",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def backtest(request: UserRequest, rule: str, pk: int) -> HttpResponseBase:
    """Show how far a backtest is, then what came of it; POST sets its limits."""
    rows = Backtest.objects.visible_to(request.user).select_related("program", "asked_by")
    row = get_object_or_404(rows, pk=pk, rule=rule)
    found = row.known_rule
    page = BacktestPage(row, found, reader=request.user, at=timezone.now()) if found else None
    if request.htmx:
        return _news(request, row)
    if found is None or page is None:
        return TemplateResponse(request, "stalled/backtest_gone.html", {"row": row})
    form = SetForm(
        request.POST if request.method == "POST" else None, initial={"reason": reason_kept(request, row)}
    )
    if form.is_valid() and _is_set(request, form, row, found):
        query = f"?{urlencode({'program': row.program.slug})}" if row.program else ""
        return redirect(f"{reverse('stalled:rules')}{query}#{found.key}")
    context = {
        "page": page,
        "rule": found,
        "row": row,
        "form": form,
        "most": MOST_LISTED,
        "fewest": number_word(FEWEST),
    }
    return TemplateResponse(request, "stalled/backtest.html", context)


def _is_set(request: UserRequest, form: SetForm, row: Backtest, rule: Rule) -> bool:
    reason = form.cleaned_data["reason"]
    done = carried_out(
        form,
        lambda: set_limits(rule, row.limits, program=row.program, reason=reason, by=by_web(request)),
    )
    if done:
        said = f"{rule.title}: the limits of {place_of(row.program)} were set."
        messages.success(request, f"{said} Pilots are judged by them within the hour.")
    return done


def _news(request: UserRequest, row: Backtest) -> HttpResponse:
    """Answer a page that waits: nothing new (204), other words, or the whole page once it is over."""
    words = working(row, timezone.now())
    if not words:
        return HttpResponseClientRedirect(request.path)
    if request.GET.get("shown") == f"{words} {row.percent}":
        return HttpResponse(status=204)
    context = {"working": words, "address": request.path, "percent": row.percent}
    return HttpResponse(render_to_string("stalled/partials/backtest_working.html", context, request))
