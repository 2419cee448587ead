"""The ledger of a pilot's holds: each with its days, who agreed, and how often it was extended."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from pilots.access.models import Event
from pilots.models import Hold, Pilot
from pilots.web.spoken import days, spoken

EXTENDED = "hold.extended"


@dataclass(frozen=True)
class HoldRow:
    """One hold in words. `until` is empty while it lasts; `extended` where it never was."""

    since: str
    until: str
    days: str
    reason: str
    agreed_by: str
    review: str
    is_late: bool
    extended: str


@dataclass(frozen=True)
class Ledger:
    """All holds of a pilot, newest first, and how long it rested altogether."""

    rows: list[HoldRow]
    total: str


def ledger(pilot: Pilot, today: date) -> Ledger:
    """Return the holds of a pilot; one query, and a second one where there are any."""
    holds = list(Hold.objects.filter(pilot=pilot).order_by("-since", "-pk"))
    if not holds:
        return Ledger([], "")
    events = Event.objects.filter(pilot_id=pilot.pk, verb=EXTENDED).values_list("after", flat=True)
    extended = Counter(after.get("hold") for after in events)
    rested = sum(_length(hold, today) for hold in holds)
    times = "Once" if len(holds) == 1 else f"{len(holds)} times"
    return Ledger([_row(hold, extended[hold.pk], today) for hold in holds], f"{times}, {days(rested)} in all")


def _length(hold: Hold, today: date) -> int:
    return ((hold.until or today) - hold.since).days


def _row(hold: Hold, extended: int, today: date) -> HoldRow:
    times = "once" if extended == 1 else f"{extended} times"
    return HoldRow(
        since=spoken(hold.since, today),
        until=spoken(hold.until, today) if hold.until else "",
        days=days(_length(hold, today)),
        reason=hold.reason,
        agreed_by=hold.agreed_by,
        review=spoken(hold.review_on, today),
        is_late=hold.until is None and hold.review_on < today,
        extended=f"extended {times}" if extended else "",
    )
