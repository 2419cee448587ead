"""Writes what the rules found about some pilots: each kind of row in a statement of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pilots.access.models import Event
from pilots.actions.by import By
from pilots.actions.event import event
from pilots.columns import judged
from pilots.models import Flag, Pilot
from pilots.rows import insert_new, update_rows
from pilots.rules.registry import Hit, Rule

FACT = (
    "severity",
    "since",
    "crossed_on",
    "serious_on",
    "limit_name",
    "limit",
    "details",
    "next_action",
    "is_starting",
    "is_widespread",
)
OpenFlags = dict[int, dict[str, Flag]]  # by pilot id and rule key


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a rule found, the limit it went by, and whether it is told once for the whole program."""

    rule: Rule
    hit: Hit
    limit: int
    is_widespread: bool


class FlagRows:
    """Collects what is to be written about locked pilots. `days` holds the day of each program, by id."""

    def __init__(self, by: By, days: Mapping[int, date]) -> None:
        self._by = by
        self._days = days
        self._opened: list[Flag] = []
        self._changed: list[Flag] = []
        self._closed: list[Flag] = []
        self._events: list[Event] = []

    def open(self, pilot: Pilot, found: Found) -> Flag:
        flag = Flag(
            pilot=pilot,
            rule=found.rule.code,
            subject=found.rule.subject,
            kind=found.rule.kind.value,
            pattern=found.rule.pattern.value,
            opened_at=self._by.at,
        )
        _apply(flag, pilot, found)
        self._opened.append(flag)
        self._tell("flag.opened", pilot, flag)
        return flag

    def escalate(self, flag: Flag, pilot: Pilot, found: Found) -> None:
        """Raise a flag where it stands; that also wakes one that was snoozed or disputed."""
        _apply(flag, pilot, found)
        flag.escalated_at, flag.snoozed_until, flag.disputed_until = self._by.at, None, None
        self._changed.append(flag)
        self._tell("flag.escalated", pilot, flag)

    def refresh(self, flag: Flag, pilot: Pilot, found: Found) -> bool:
        """Bring a flag up to date where its fact is another one; return whether it was."""
        before = _told(flag)
        _apply(flag, pilot, found)
        if _told(flag) == before:
            return False
        self._changed.append(flag)
        return True

    def retell(self, flag: Flag, *, is_widespread: bool) -> bool:
        """Tell a flag once for its program, or of its pilot again; return whether that is new."""
        if flag.is_widespread == is_widespread:
            return False
        flag.is_widespread = is_widespread
        self._changed.append(flag)
        return True

    def close(self, flag: Flag, pilot: Pilot) -> None:
        # A check may have opened a flag after a scan took its moment.
        flag.closed_at = max(flag.opened_at, self._by.at)
        self._closed.append(flag)
        self._tell("flag.closed", pilot, flag)

    def write(self, pilots: Mapping[int, Pilot], open_flags: OpenFlags) -> None:
        # The pilots are locked since before their flags were read, so nobody else can have opened one of
        # these. Where the database says so all the same, nothing is written: neither flag nor its event.
        insert_new(Flag, self._opened)
        update_rows(Flag, self._changed, [*FACT, "escalated_at", "snoozed_until", "disputed_until"])
        update_rows(Flag, self._closed, ["closed_at"])
        insert_new(Event, self._events)
        self._write_health(pilots, open_flags)

    def _write_health(self, pilots: Mapping[int, Pilot], open_flags: OpenFlags) -> None:
        """Set health where it differs; it raises no version."""
        changed: list[Pilot] = []
        names: list[str] = []
        for pk, pilot in pilots.items():
            found = judged(pilot, open_flags[pk].values(), at=self._by.at)
            if any(getattr(pilot, name) != value for name, value in found.items()):
                for name, value in found.items():
                    setattr(pilot, name, value)
                names = list(found)
                changed.append(pilot)
        update_rows(Pilot, changed, names)

    def _tell(self, verb: str, pilot: Pilot, flag: Flag) -> None:
        rule, day = flag.known_rule, self._days[pilot.program_id]
        self._events.append(
            event(
                verb,
                by=self._by,
                program=pilot.program,
                pilot=pilot,
                subject=rule.title if rule else flag.rule_key,
                after={"rule": flag.rule_key, "severity": flag.severity, "fact": flag.fact(day)},
            )
        )


def _told(flag: Flag) -> tuple[Any, ...]:
    return tuple(getattr(flag, name) for name in FACT)


def _apply(flag: Flag, pilot: Pilot, found: Found) -> None:
    hit = found.hit
    flag.severity = hit.severity.value
    flag.since, flag.crossed_on, flag.serious_on = hit.since, hit.crossed_on, hit.serious_on
    flag.limit_name, flag.limit = hit.limit, found.limit
    flag.details = dict(hit.details)
    flag.next_action = hit.next_action or found.rule.next_action
    # What was so before the pilot's quiet days were over is where it starts from, and is no news.
    flag.is_starting = pilot.quiet_until is not None and hit.crossed_on <= pilot.quiet_until
    flag.is_widespread = found.is_widespread
