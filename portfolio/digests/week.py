"""When a digest is due: plain arithmetic on weeks and zones, no database and no clock.

Due is a comparison, not an appointment: once it is past the chosen weekday and hour of the local ISO week,
the digest of that week is due, however late somebody looks. So a lost tick, a doubled one, a clock that
goes forward or back and a scheduler that was down all end in the same one digest a week.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MONDAY, SUNDAY = 0, 6
NINE = 9
WEEK = timedelta(days=7)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_TOLD = 8  # missed weeks; more of them say no more


@dataclass(frozen=True)
class Rhythm:
    """The weekday and hour somebody wants their digest at, and the zone they live in."""

    weekday: int = MONDAY
    hour: int = NINE
    zone: str = "UTC"

    @property
    def said(self) -> str:
        """Return “Mondays at 09:00”."""
        return f"{WEEKDAYS[self.weekday]}s at {self.hour:02}:00"


def zone_named(name: str) -> tzinfo:
    """Return a zone by its name; UTC where this machine does not know it (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def knows_zone(name: str) -> bool:
    return zone_named(name) is not UTC or name == "UTC"


def local(at: datetime, zone: str) -> datetime:
    return at.astimezone(zone_named(zone))


def week_key(day: date) -> str:
    """Return a day's ISO week, such as 2026-W47: its own year, which is not always the calendar's."""
    return f"{day:%G-W%V}"


def monday_of(key: str) -> date:
    return date.fromisocalendar(int(key[:4]), int(key[6:]), 1)


def sunday_of(key: str) -> date:
    return monday_of(key) + timedelta(days=6)


def number_of(key: str) -> int:
    return int(key[6:])


def week_after(key: str) -> str:
    return week_key(monday_of(key) + WEEK)


def week_at(at: datetime, rhythm: Rhythm) -> str:
    """Return the ISO week it is where the person lives."""
    return week_key(local(at, rhythm.zone).date())


def is_due(at: datetime, rhythm: Rhythm) -> bool:
    """Return whether the chosen weekday and hour of this week have come, by the clock on the wall.

    Compared on the wall, an hour that the clock skips has come when the next one has, and an hour that it
    shows twice has come the first time.
    """
    wall = local(at, rhythm.zone)
    return (wall.weekday(), wall.hour) >= (rhythm.weekday, rhythm.hour)


def weeks_missed(last: str, current: str) -> list[str]:
    """Return the weeks that ended without a digest between the last one noted and this one, oldest first."""
    missed = []
    key = week_after(last)
    while key < current:
        missed.append(key)
        key = week_after(key)
    return missed[-MOST_TOLD:]


def moment_in(key: str, rhythm: Rhythm) -> datetime:
    """Return when a week's digest falls due, in the person's zone."""
    day = monday_of(key) + timedelta(days=rhythm.weekday)
    return datetime.combine(day, time(rhythm.hour), zone_named(rhythm.zone))


def next_moment(at: datetime, rhythm: Rhythm, *, last: str | None) -> datetime:
    """Return when the next digest comes: at once, where this week's is due and not noted yet."""
    key = week_at(at, rhythm)
    if last is not None and last >= key:
        return moment_in(week_after(last), rhythm)
    return max(moment_in(key, rhythm), local(at, rhythm.zone))
