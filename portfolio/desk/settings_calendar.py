"""On which days a program works, and when its clocks stand still."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.calendar import (
    LONGEST_NAME,
    LONGEST_REASON,
    NewFreeze,
    NewHoliday,
    add_freeze,
    add_holiday,
    remove_freeze,
    remove_holiday,
    set_working_days,
)
from pilots.actions.change import require
from pilots.forms.fields import DayField, Words
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating

GONE = "It was removed already."
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class WeekForm(forms.Form):
    working_days = forms.TypedMultipleChoiceField(
        label="People work on",
        choices=[(str(number), name) for number, name in enumerate(WEEK, start=1)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one day.",
            "invalid_choice": "There is no such day. Choose some of these.",
        },
    )


class HolidayForm(forms.Form):
    day = DayField(
        label="Day", is_exact=True, error_messages={"required": "Choose the day on which nobody works."}
    )
    name = Words(
        label="Holiday", max_length=LONGEST_NAME, error_messages={"required": "Say which holiday it is."}
    )


class FreezeForm(forms.Form):
    first_on = DayField(
        label="First day", is_exact=True, error_messages={"required": "Choose its first day."}
    )
    last_on = DayField(label="Last day", is_exact=True, error_messages={"required": "Choose its last day."})
    reason = Words(
        label="Why",
        max_length=LONGEST_REASON,
        help_text="Such as “Close of the year”",
        error_messages={"required": "Say why it is frozen."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_calendar(request: UserRequest, slug: str) -> HttpResponseBase:
    """Show the calendar of a program; `what` says which of its three forms was sent."""
    program = _find(request, slug)
    what = request.POST.get("what", "") if request.method == "POST" else ""
    data = request.POST
    forms_of = {
        "week": WeekForm(
            data if what == "week" else None, initial={"working_days": list(program.working_days)}
        ),
        "holiday": HolidayForm(data if what == "holiday" else None, prefix="holiday"),
        "freeze": FreezeForm(data if what == "freeze" else None, prefix="freeze"),
    }
    form = forms_of.get(what)
    if form is not None and form.is_valid():
        act, said = _asked(program, what, form.cleaned_data, request)
        if carried_out(form, act):
            messages.success(request, said)
            return redirect("desk:settings_calendar", slug=slug)
    context = {
        "program": program,
        "holidays": list(program.holidays.order_by("-day")),
        "freezes": list(program.freezes.order_by("-first_on")),
        **forms_of,
    }
    return TemplateResponse(request, "desk/settings_calendar.html", context)


def _asked(
    program: Program, what: str, said: dict[str, Any], request: UserRequest
) -> tuple[Callable[[], object], str]:
    """Return what one of the forms asks for, and what to say when it is done."""
    by = by_web(request)
    match what:
        case "week":
            return (
                lambda: set_working_days(program, said["working_days"], by=by),
                "The working days are saved.",
            )
        case "holiday":
            holiday = NewHoliday(program=program, day=said["day"].first, name=said["name"])
            return lambda: add_holiday(holiday, by=by), f"{said['name']} is a holiday."
    freeze = NewFreeze(
        program=program,
        first_on=said["first_on"].first,
        last_on=said["last_on"].first,
        reason=said["reason"],
    )
    return lambda: add_freeze(freeze, by=by), f"{said['reason']}: the clocks stand still on those days."


@require_POST
@translating
def settings_holiday_remove(request: UserRequest, slug: str, row: int) -> HttpResponseBase:
    """Let a holiday be a day like others; one that somebody removed before is no fault."""
    program = _find(request, slug)
    holiday = program.holidays.select_related("program").filter(pk=row).first()
    if holiday is None:
        messages.info(request, GONE)
    else:
        remove_holiday(holiday, by=by_web(request))
        messages.success(request, f"{holiday.name} is a day like others again.")
    return redirect("desk:settings_calendar", slug=slug)


@require_POST
@translating
def settings_freeze_remove(request: UserRequest, slug: str, row: int) -> HttpResponseBase:
    """Let the clocks run on the days of a freeze; one that somebody removed before is no fault."""
    program = _find(request, slug)
    freeze = program.freezes.select_related("program").filter(pk=row).first()
    if freeze is None:
        messages.info(request, GONE)
    else:
        remove_freeze(freeze, by=by_web(request))
        messages.success(request, f"{freeze.reason}: the clocks run on those days again.")
    return redirect("desk:settings_calendar", slug=slug)


def _find(request: UserRequest, slug: str) -> Program:
    """Return a program the reader sets up; 404 for one they may not know of."""
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug)
    require(Deed.CONFIGURE, relation_to_program(request.user, program))
    return program
