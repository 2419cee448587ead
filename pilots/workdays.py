"""Reads which days a program works, and on which the clocks of its pilots stand still."""

from collections.abc import Iterable, Mapping
from datetime import date

from pilots.calendar import WorkCalendar, weekdays_of
from pilots.columns import read_holds
from pilots.models import Freeze, Holiday, Pilot
from pilots.pauses import Frozen, Pauses


def read_freezes(programs: Iterable[int]) -> dict[int, tuple[Frozen, ...]]:
    """Return the freezes of each program, earliest first, by its id; one query."""
    found: dict[int, tuple[Frozen, ...]] = dict.fromkeys(programs, ())
    rows = Freeze.objects.filter(program__in=list(found)).order_by("first_on", "pk")
    for row in rows:
        found[row.program_id] += (Frozen(row.first_on, row.last_on),)
    return found


def read_calendars(weekdays: Mapping[int, str]) -> dict[int, WorkCalendar]:
    """Return on which days each program works; `weekdays` is `Program.working_days` by id; one query."""
    holidays: dict[int, set[date]] = {pk: set() for pk in weekdays}
    rows = Holiday.objects.filter(program__in=list(holidays)).order_by("day", "pk")
    for program_id, day in rows.values_list("program_id", "day"):
        holidays[program_id].add(day)
    return {pk: WorkCalendar(weekdays_of(days), frozenset(holidays[pk])) for pk, days in weekdays.items()}


def read_pauses(programs: Mapping[int, int]) -> dict[int, Pauses]:
    """Return the pauses of each pilot; `programs` is its program's id by its own; two queries."""
    freezes = read_freezes(set(programs.values()))
    return {pk: Pauses(holds, freezes[programs[pk]]) for pk, holds in read_holds(list(programs)).items()}


def pauses_of(pilot: Pilot) -> Pauses:
    return read_pauses({pilot.pk: pilot.program_id})[pilot.pk]
