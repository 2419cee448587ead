"""Sets up on which days a program works, and in which stretches its clocks stand still."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from pilots.access.models import Event, Program
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.actions.event import event
from pilots.actions.program import lock_program
from pilots.calendar import EARLIEST, Day
from pilots.models import Freeze, Holiday

LATEST = date(2100, 12, 31)
LONGEST_NAME, LONGEST_REASON = 100, 200
LONGEST_FREEZE = timedelta(days=92)  # what lasts longer than a quarter is a hold, pilot by pilot
MOST = 500


@dataclass(frozen=True, kw_only=True)
class NewHoliday:
    program: Program
    day: date
    name: str


@dataclass(frozen=True, kw_only=True)
class NewFreeze:
    """Both days belong to it."""

    program: Program
    first_on: date
    last_on: date
    reason: str


# --- Working days ------------------------------------------------------------------


def set_working_days(program: Program, weekdays: Iterable[int], *, by: By) -> Program:
    """Say on which days of the week people work, Monday being 1."""
    wanted = sorted(set(weekdays))
    with transaction.atomic():
        locked = lock_program(program, by=by)
        if not wanted:
            raise Refused.because("Choose at least one day.", field="working_days", code="required")
        if not set(wanted) <= set(range(1, 8)):
            raise Refused.because("Days of the week go from 1 to 7.", field="working_days", code="unknown")
        before, after = locked.working_days, "".join(map(str, wanted))
        if before != after:
            locked.working_days = after
            locked.save(update_fields=["working_days"])
            _tell(
                "calendar.working_days_set",
                locked,
                locked.slug,
                before={"working_days": weekday_names(before)},
                after={"working_days": weekday_names(after)},
                by=by,
            )
    return locked


def weekday_names(digits: str) -> list[str]:
    return [("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[int(digit) - 1] for digit in digits]


# --- Holidays ----------------------------------------------------------------------


def add_holiday(new: NewHoliday, *, by: By) -> Holiday:
    with transaction.atomic():
        program = lock_program(new.program, by=by)
        row = Holiday(program=program, day=new.day, name=" ".join(new.name.split()))
        there = {other.day: other.name for other in program.holidays.order_by("day")}
        refuse_unstorable({"name": row.name})
        reasons = _outside(day=row.day)
        if row.day in there:
            sentence = f"{Day(row.day)} is a holiday already: {there[row.day]}."
            reasons.append(Reason(sentence, "day", "repeated"))
        reasons += _wordless(row.name, "name", "Say which holiday it is.", LONGEST_NAME)
        if len(there) >= MOST:
            reasons.append(Reason(f"A program has at most {MOST} holidays. Remove old ones.", "", "too-many"))
        if reasons:
            raise Refused(reasons)
        row.save(force_insert=True)
        _tell("calendar.holiday_added", program, row.name, after={"day": row.day.isoformat()}, by=by)
    return row


def remove_holiday(holiday: Holiday, *, by: By) -> None:
    """Raises `Holiday.DoesNotExist` for one that is gone."""
    with transaction.atomic():
        program = lock_program(holiday.program, by=by)
        row = program.holidays.get(pk=holiday.pk)
        _tell("calendar.holiday_removed", program, row.name, before={"day": row.day.isoformat()}, by=by)
        row.delete()


# --- Freezes -----------------------------------------------------------------------


def add_freeze(new: NewFreeze, *, by: By) -> Freeze:
    """Let the clocks of a program stand still for a stretch of days, past ones too."""
    with transaction.atomic():
        program = lock_program(new.program, by=by)
        row = Freeze(
            program=program,
            first_on=new.first_on,
            last_on=new.last_on,
            reason=" ".join(new.reason.split()),
        )
        refuse_unstorable({"reason": row.reason})
        if reasons := _freeze_faults(row, list(program.freezes.order_by("first_on"))):
            raise Refused(reasons)
        row.save(force_insert=True)
        _tell("calendar.freeze_added", program, row.reason, after=_days(row), by=by)
    return row


def remove_freeze(freeze: Freeze, *, by: By) -> None:
    """Raises `Freeze.DoesNotExist` for one that is gone."""
    with transaction.atomic():
        program = lock_program(freeze.program, by=by)
        row = program.freezes.get(pk=freeze.pk)
        _tell("calendar.freeze_removed", program, row.reason, before=_days(row), by=by)
        row.delete()


def _freeze_faults(row: Freeze, there: list[Freeze]) -> list[Reason]:
    reasons = _outside(first_on=row.first_on, last_on=row.last_on)
    if not reasons:
        overlapping = [
            other for other in there if other.first_on <= row.last_on and row.first_on <= other.last_on
        ]
        if row.last_on < row.first_on:
            sentence = f"It begins on {Day(row.first_on)}. Choose that day or a later one."
            reasons.append(Reason(sentence, "last_on", "order"))
        elif row.last_on - row.first_on >= LONGEST_FREEZE:
            longest = LONGEST_FREEZE.days
            sentence = f"A freeze has at most {longest} days. Put pilots that rest longer on hold."
            reasons.append(Reason(sentence, "last_on", "far"))
        elif overlapping:
            other = overlapping[0]
            sentence = f"{other.reason} lasts from {Day(other.first_on)} to {Day(other.last_on)} already."
            reasons.append(Reason(sentence, "first_on", "overlap"))
    reasons += _wordless(row.reason, "reason", "Say why it is frozen.", LONGEST_REASON)
    if len(there) >= MOST:
        reasons.append(Reason(f"A program has at most {MOST} freezes. Remove old ones.", "", "too-many"))
    return reasons


# --- Steps they share --------------------------------------------------------------


def _outside(**days: date) -> list[Reason]:
    return [
        Reason(f"{Day(day)} is outside 1990 to 2100.", name, "year")
        for name, day in days.items()
        if not EARLIEST <= day <= LATEST
    ]


def _wordless(text: str, field: str, sentence: str, longest: int) -> list[Reason]:
    if not text:
        return [Reason(sentence, field, "required")]
    return [Reason(f"Write at most {longest} characters.", field, "length")] if len(text) > longest else []


def _days(row: Freeze) -> dict[str, str]:
    return {"first_on": row.first_on.isoformat(), "last_on": row.last_on.isoformat()}


def _tell(
    verb: str,
    program: Program,
    subject: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    by: By,
) -> None:
    told = event(verb, by=by, program=program, subject=subject, before=before or {}, after=after or {})
    Event.objects.bulk_create([told])
