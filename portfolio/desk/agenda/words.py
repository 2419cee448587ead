"""Check-ins: those that are overdue, those due soon, and what the reader answers for."""

from datetime import date, timedelta

from django.urls import reverse

from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.rules.time import CADENCE
from pilots.web.spoken import ahead, brief, days, spoken
from pilots.web.waiting import SOON, Waiting
from portfolio.desk.agenda.context import Reading, first, last_words
from portfolio.desk.agenda.shapes import AT_MOST, Chapter, Line

OVERDUE = "Overdue check-ins"
DUE = f"Due in {SOON.days} days"


def overdue(reading: Reading) -> Chapter:
    """Pilots of which more is to be heard by now, the longest silent first."""
    pilots = reading.waiting(Waiting.WORD)
    longest = first(pilots, "silence_clock_on")
    said = last_words(longest)
    lines = [
        _line(
            pilot,
            reading.last_word(said.get(pilot.pk)),
            when=f"{_last_sign(pilot, today)}, {days((today - pilot.silence_clock_on).days)}",
            is_late=True,
        )
        for pilot, today in reading.with_today(longest)
        if pilot.silence_clock_on
    ]
    return Chapter(OVERDUE, pilots.count(), lines, reading.list_url(waits=Waiting.WORD.value))


def due_soon(reading: Reading) -> Chapter:
    """Check-ins and hold reviews that come up, by their day."""
    pilots = reading.waiting(Waiting.SOON)
    # The day follows from the rhythm of each stage, so it is sorted here: four plain values a pilot.
    rows = pilots.values_list("pk", "stage", "hold_review_on", "silence_clock_on")
    dated = sorted((_due_on(Stage(stage), review, clock), pk) for pk, stage, review, clock in rows)
    nearest = pilots.select_related("program").in_bulk([pk for _, pk in dated[:AT_MOST]])
    shown = [nearest[pk] for _, pk in dated[:AT_MOST]]
    said = last_words(shown)
    lines = [
        _due_line(reading, pilot, today, reading.last_word(said.get(pilot.pk)))
        for pilot, today in reading.with_today(shown)
    ]
    url = reading.list_url(waits=Waiting.SOON.value)
    return Chapter(DUE, len(dated), lines, url, is_asked=False)


def _due_on(stage: Stage, review: date | None, clock: date | None) -> date:
    """Return the day of a hold's review; else the day the next check-in is due."""
    return review or (clock or date.min) + timedelta(days=CADENCE.get(stage, 0))


def _due_line(reading: Reading, pilot: Pilot, today: date, word: str) -> Line:
    day = _due_on(pilot.at_stage, pilot.hold_review_on, pilot.silence_clock_on)
    when = "today" if day == today else f"{spoken(day, today)}, {ahead(day, today)}"
    if pilot.hold_review_on is None:
        return _line(pilot, word, when=when, title="Check-in")
    page = pilot.get_absolute_url()
    why = "Somebody looks whether the hold goes on."
    return Line(
        pilot.name, pilot.key, page, why, "Review", page, icon="hold", title="Review the hold", when=when
    )


def own(reading: Reading) -> Chapter:
    """What the person answers for, the longest unheard first, so that a check-in needs no search."""
    pilots = reading.scope.pilots.owned_by(reading.reader).active()
    longest = first(pilots, "silence_clock_on")
    said = last_words(longest)
    lines = [
        _line(pilot, f"{reading.stage(pilot)} {reading.last_word(said.get(pilot.pk))}", icon="person")
        for pilot in longest
    ]
    url = reading.list_url(state="active", mine="true")
    return Chapter("Yours", pilots.count(), lines, url, is_asked=False)


def _line(
    pilot: Pilot,
    why: str,
    *,
    icon: str = "comment",
    title: str = "",
    when: str = "",
    is_late: bool = False,
) -> Line:
    return Line(
        pilot.name,
        pilot.key,
        pilot.get_absolute_url(),
        why,
        "Check in",
        reverse("pilots:pilot_check_in", args=[pilot.key]),
        icon=icon,
        title=title,
        when=when,
        is_late=is_late,
    )


def _last_sign(pilot: Pilot, today: date) -> str:
    """Return what silence counts from: “last word 9 Oct”, “last moved 4 Jul”, or “logged 4 Jul”."""
    signs = {"last word": pilot.heard_at, "last moved": pilot.moved_at, "logged": pilot.created_at}
    latest, sign = max((moment, sign) for sign, moment in signs.items() if moment)
    return f"{sign} {brief(Day(pilot.program.today(latest)), today)}"
