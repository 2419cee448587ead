"""What people say of flags: not now (snooze), not so (dispute), or look again (wake).

Both need a reason and an end, and end by themselves: readers compare moments, so nothing has to run. The
flag stays visible meanwhile and only leaves health; an escalation wakes it (`actions.judge`).
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from pilots.access.models import Event, Program
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import refuse_unstorable, require
from pilots.actions.event import event
from pilots.calendar import Day
from pilots.columns import judged
from pilots.models import Flag, Pilot
from pilots.models.pilot import relations

LONGEST = timedelta(days=90)
DISPUTED_FOR = timedelta(days=28)
LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True)
class Snooze:
    """“We know, and not before that day.” On the day `until` the flag counts again."""

    flag: Flag
    until: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """“The rule is wrong here.” Without a day it is looked at again after four weeks."""

    flag: Flag
    reason: str
    until: date | None = None


def snooze_flags(snoozes: Sequence[Snooze], *, by: By) -> list[Flag]:
    """Let these flags rest until a day, and return them as they are now.

    Raises `Refused` for a flag that has cleared, a day that is not one of the next 90, or no reason;
    `Forbidden` for whoever may not, `Pilot.DoesNotExist` for a pilot they do not see.
    """
    wanted = {snooze.flag.pk: snooze for snooze in snoozes}

    def rest(flag: Flag) -> Event:
        snooze = wanted[flag.pk]
        _check(flag, snooze.until, snooze.reason, by=by, deed="snooze")
        flag.snoozed_until = _start_of(snooze.until, flag.pilot.program)
        flag.snooze_reason, flag.snoozed_by = snooze.reason.strip(), by.user
        return _event("flag.snoozed", flag, by=by, until=snooze.until, reason=flag.snooze_reason)

    return _settle([snooze.flag for snooze in snoozes], rest, by=by)


def dispute_flags(disputes: Sequence[Dispute], *, by: By) -> list[Flag]:
    """Say that these flags are wrong; refuses the same as `snooze_flags`."""
    wanted = {dispute.flag.pk: dispute for dispute in disputes}

    def contradict(flag: Flag) -> Event:
        dispute = wanted[flag.pk]
        until = dispute.until or by.today(flag.pilot.program) + DISPUTED_FOR
        _check(flag, until, dispute.reason, by=by, deed="dispute")
        flag.disputed_until = _start_of(until, flag.pilot.program)
        flag.dispute_reason, flag.disputed_by = dispute.reason.strip(), by.user
        return _event("flag.disputed", flag, by=by, until=until, reason=flag.dispute_reason)

    return _settle([dispute.flag for dispute in disputes], contradict, by=by)


def wake_flags(flags: Sequence[Flag], *, by: By) -> list[Flag]:
    """End their snooze or dispute before its day; refuses a flag that has neither, or has cleared."""

    def wake(flag: Flag) -> Event:
        reasons = _closed(flag, by=by, deed="wake")
        if not reasons and not (flag.is_snoozed(by.at) or flag.is_disputed(by.at)):
            reasons = [Reason("It is neither snoozed nor disputed now.", "", "awake")]
        if reasons:
            raise Refused(reasons)
        flag.snoozed_until = flag.disputed_until = None
        return _event("flag.woken", flag, by=by)

    return _settle(flags, wake, by=by)


# --- What all three do ----------------------------------------------------------------


def _settle(flags: Iterable[Flag], deed: Callable[[Flag], Event], *, by: By) -> list[Flag]:
    """Lock the pilots, do the deed to each flag as it is now, and bring health up to date.

    Not by `changing(…)`: that raises the version of each pilot, and nothing of the pilot's record changes.
    Whoever has its form open would be told that somebody else changed it. The pilots are locked all the
    same, as the scan locks them, so that flags and health are never written by two at once.
    """
    ids = {flag.pk for flag in flags}
    with transaction.atomic():
        pilots = hold_pilots({flag.pilot_id for flag in flags}, by=by)
        known: dict[int, list[Flag]] = {pk: [] for pk in pilots}
        asked = []
        for flag in Flag.objects.filter(pilot__in=list(pilots)).order_by("pk"):
            flag.pilot = pilots[flag.pilot_id]
            if flag.pk in ids:
                asked.append(flag)
            if flag.closed_at is None:
                known[flag.pilot_id].append(flag)
        if len(asked) != len(ids):
            raise Flag.DoesNotExist("A flag is gone.")
        events = [deed(flag) for flag in asked]
        batch = uuid.uuid4() if len(events) > 1 else None
        for recorded in events:
            recorded.batch = batch
        Flag.objects.bulk_update(asked, WRITTEN, batch_size=200)
        Event.objects.bulk_create(events, batch_size=1000)
        _write_health(pilots, known, at=by.at)
    return asked


WRITTEN = (
    "snoozed_until",
    "snooze_reason",
    "snoozed_by",
    "disputed_until",
    "dispute_reason",
    "disputed_by",
)


def hold_pilots(ids: set[int], *, by: By) -> dict[int, Pilot]:
    """Lock the pilots of flags, by id, for somebody who may answer for them; inside a transaction.

    Raises `Pilot.DoesNotExist` for one that is not seen, `Forbidden` for one whose flags they may not answer.
    """
    rows = (
        Pilot.objects.visible_to(by.user)
        .filter(pk__in=ids)
        .select_related("program")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    pilots = {pilot.pk: pilot for pilot in rows}
    if len(pilots) != len(ids):
        raise Pilot.DoesNotExist("A pilot is gone, or not visible to the person who asked.")
    stands = relations(by.user, list(pilots.values()))
    for pk in pilots:
        require(Deed.SNOOZE, stands[pk])
    return pilots


def _write_health(pilots: dict[int, Pilot], known: dict[int, list[Flag]], *, at: datetime) -> None:
    changed = []
    for pk, pilot in pilots.items():
        found = judged(pilot, known[pk], at=at)
        if (pilot.health, pilot.pattern) != (found["health"], found["pattern"]):
            pilot.health, pilot.pattern = found["health"], found["pattern"]
            changed.append(pilot)
    Pilot.objects.bulk_update(changed, ("health", "pattern"), batch_size=200)


def _check(flag: Flag, until: date, reason: str, *, by: By, deed: str) -> None:
    refuse_unstorable({"reason": reason})
    reasons = _closed(flag, by=by, deed=deed)
    today = by.today(flag.pilot.program)
    if until <= today:
        said = "That is today" if until == today else f"{Day(until)} has passed"
        reasons.append(Reason(f"{said}. Choose a day from tomorrow on.", "until", "past"))
    elif until > today + LONGEST:
        last = Day(today + LONGEST)
        reasons.append(Reason(f"That is too far ahead. Choose a day up to {last}.", "until", "too-far"))
    if not reason.strip():
        reasons.append(Reason("Say why, so that others can follow it.", "reason", "required"))
    elif len(reason.strip()) > LONGEST_REASON:
        sentence = f"Write at most {LONGEST_REASON} characters; these are {len(reason.strip())}."
        reasons.append(Reason(sentence, "reason", "max_length"))
    if reasons:
        raise Refused(reasons)


def _closed(flag: Flag, *, by: By, deed: str) -> list[Reason]:
    if flag.closed_at is None:
        return []
    day = Day(flag.pilot.program.today(flag.closed_at))
    return [Reason(f"It cleared on {day}, so there is nothing to {deed}.", "", "cleared")]


def _start_of(day: date, program: Program) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(program.zone))


def _event(verb: str, flag: Flag, *, by: By, until: date | None = None, reason: str = "") -> Event:
    rule = flag.known_rule
    after: dict[str, Any] = {"rule": flag.rule_key, "severity": flag.severity}
    if until is not None:
        after["until"] = until.isoformat()
    return event(
        verb,
        by=by,
        program=flag.pilot.program,
        pilot=flag.pilot,
        subject=rule.title if rule else flag.rule_key,
        after=after,
        reason=reason,
    )
