"""Lets flags rest, contradicts them and wakes them: from a pilot's page, and from what is stuck.

Who sees to them: `assign`.
"""

from collections.abc import Iterable
from datetime import date

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.permissions import Deed, may
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.flag import Dispute, Snooze, dispute_flags, snooze_flags, wake_flags
from pilots.forms.flag import DisputeForm, SnoozeForm
from pilots.models import Flag, Pilot
from pilots.models.pilot import relations
from pilots.views.attempt import carried_out
from pilots.web.flag_words import told_of
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.way_back import NAME, THEN, place_after, way_back, way_on

MOST = 200
BESIDE = ("pilot__program", "snoozed_by", "disputed_by", "assignee")


@require_http_methods(["GET", "POST"])
@translating
def flag_snooze(request: UserRequest, row: int) -> HttpResponseBase:
    """Ask until when one flag rests, and why."""
    flag = find_flag(request, row)
    form = SnoozeForm(request.POST or None, today=today_of(flag))
    if form.is_valid():
        snooze = Snooze(flag=flag, until=form.cleaned_data["until"].first, reason=form.cleaned_data["reason"])
        if carried_out(form, lambda: snooze_flags([snooze], by=by_web(request))):
            messages.success(request, f"Snoozed until {form.cleaned_data['until']}: {flag.pilot}.")
            return redirect(way_on(request, flag.pilot.get_absolute_url()))
    return flag_page(request, "stalled/flag_snooze.html", flag, form)


@require_http_methods(["GET", "POST"])
@translating
def flag_dispute(request: UserRequest, row: int) -> HttpResponseBase:
    """Ask why one flag is wrong."""
    flag = find_flag(request, row)
    form = DisputeForm(request.POST or None)
    if form.is_valid():
        until = form.cleaned_data["until"]
        dispute = Dispute(flag=flag, reason=form.cleaned_data["reason"], until=until.first if until else None)
        if carried_out(form, lambda: dispute_flags([dispute], by=by_web(request))):
            messages.success(request, f"Noted as not stalled: {flag.pilot}. The flag stays in sight.")
            return redirect(way_on(request, flag.pilot.get_absolute_url()))
    return flag_page(request, "stalled/flag_dispute.html", flag, form)


@require_POST
@translating
def flag_wake(request: UserRequest, row: int) -> HttpResponseBase:
    """End a snooze or a dispute before its day."""
    flag = find_flag(request, row)
    try:
        wake_flags([flag], by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"It counts again: {flag.pilot}.")
    return redirect(way_on(request, flag.pilot.get_absolute_url()))


@require_http_methods(["GET", "POST"])
@translating
def flags_snooze(request: UserRequest) -> HttpResponseBase:
    """Ask once for several flags. Pilots are chosen by GET; the flags that rest are those sent along."""
    back = way_back(request, reverse("stalled:stalled"))
    asked = request.POST if request.method == "POST" else request.GET
    theirs, others = split_by_reader(request, chosen_flags(request, asked))
    is_sent = request.method == "POST"
    form = SnoozeForm(request.POST if is_sent else None, today=today_of(*theirs[:1]))
    if others and (is_sent or not theirs):
        require(Deed.SNOOZE, relations(request.user, [others[0].pilot])[others[0].pilot_id])
    if is_sent and not theirs:
        form.add_error(None, "No flag is chosen. Choose at least one, or go back.")
    if is_sent and form.is_valid():
        until, reason = form.cleaned_data["until"], form.cleaned_data["reason"]
        snoozes = [Snooze(flag=flag, until=until.first, reason=reason) for flag in theirs]
        if carried_out(form, lambda: snooze_flags(snoozes, by=by_web(request))):
            count = "1 flag" if len(snoozes) == 1 else f"{len(snoozes)} flags"
            messages.success(request, f"Snoozed until {until}: {count}.")
            return redirect(way_on(request, back))
    return flags_page(request, "stalled/flags_snooze.html", theirs, others, form)


def find_flag(request: UserRequest, row: int) -> Flag:
    """Return a flag of a pilot the reader sees, if they may snooze there; 404 or 403 otherwise."""
    flags = Flag.objects.visible_to(request.user).select_related(*BESIDE)
    flag = flags.filter(pk=row).first() if row < 2**63 else None
    if flag is None:
        raise Http404
    require(Deed.SNOOZE, relations(request.user, [flag.pilot])[flag.pilot_id])
    return flag


def chosen_flags(request: UserRequest, asked: QueryDict) -> list[Flag]:
    """Return the flags that are named, and the open ones that count of the pilots that are."""
    pilots, flags = asked.getlist("pilot"), asked.getlist("flag")
    visible = Flag.objects.visible_to(request.user).select_related(*BESIDE)
    ids = [int(text) for text in flags[:MOST] if text.isascii() and text.isdigit() and len(text) < 19]
    keys = [key.upper() for key in pilots[:MOST] if "\x00" not in key]
    named = visible.filter(pk__in=ids)
    of_pilots = visible.counting(timezone.now()).filter(pilot__key__in=keys)
    found = {flag.pk: flag for flag in [*named, *of_pilots]}
    return sorted(found.values(), key=lambda flag: (flag.pilot_id, -flag.at_severity.rank, flag.crossed_on))


def split_by_reader(request: UserRequest, flags: Iterable[Flag]) -> tuple[list[Flag], list[Flag]]:
    """Return the flags the reader may snooze, and the others."""
    pilots = list({flag.pilot_id: flag.pilot for flag in flags}.values())
    stands = relations(request.user, pilots)
    theirs = [flag for flag in flags if may(Deed.SNOOZE, stands[flag.pilot_id])]
    return theirs, [flag for flag in flags if not may(Deed.SNOOZE, stands[flag.pilot_id])]


def today_of(*flags: Flag) -> date:
    """Return the day it is where the first of these flags is."""
    return flags[0].pilot.program.today(timezone.now()) if flags else timezone.localdate()


def flag_page(request: UserRequest, template: str, flag: Flag, form: Form) -> TemplateResponse:
    pilot: Pilot = flag.pilot
    context = {
        "pilot": pilot,
        "flag": flag,
        "told": told_of(flag, at=timezone.now()),
        "form": form,
        "conflict": None,
        "back": way_back(request, pilot.get_absolute_url()),
        "back_name": NAME,
        "then": place_after(request),
        "then_name": THEN,
    }
    return TemplateResponse(request, template, context)


def flags_page(
    request: UserRequest, template: str, theirs: Iterable[Flag], others: Iterable[Flag], form: Form
) -> TemplateResponse:
    now = timezone.now()
    context = {
        "form": form,
        "rows": [told_of(flag, at=now) for flag in theirs],
        "others": sorted({str(flag.pilot) for flag in others}),
        "back": way_back(request, reverse("stalled:stalled")),
        "back_name": NAME,
        "then": place_after(request),
        "then_name": THEN,
        "most": MOST,
    }
    return TemplateResponse(request, template, context)
