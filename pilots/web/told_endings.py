"""What was said at the end of a pilot and of its holds, in sentences."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from pilots.access.models import Event
from pilots.calendar import Day
from pilots.design import Cause
from pilots.web.spoken import days


def money(amount: Decimal | str, currency: str) -> str:
    """Return an amount as pages say it: “EUR 61,000”, “EUR 61,000.50”."""
    number = Decimal(amount)
    whole = number == number.to_integral_value()
    return f"{currency} {number:,.0f}" if whole else f"{currency} {number:,.2f}"


def cause_words(code: object) -> str:
    """Return why a pilot ended, in words; empty for a cause nobody knows."""
    known = {cause.value: cause.label for cause in Cause}
    return known.get(str(code), "")


def _ending(event: Event) -> str:
    parts = [f"said why it ended: {cause_words(event.after.get('cause')).lower() or 'not known'}"]
    if event.after.get("released_amount"):
        parts.append(
            f"{money(event.after['released_amount'], event.after.get('released_currency', ''))} released"
        )
    return ", ".join(parts)


def _extended(event: Event) -> str:
    return f"extended the hold until a review on {_day(event.after.get('review_on'))}{_held(event)}"


def _held(event: Event) -> str:
    held = event.after.get("held_days")
    return f", after {days(held)}" if isinstance(held, int) and held > 0 else ""


def _day(text: object) -> str:
    try:
        return str(Day(date.fromisoformat(str(text))))
    except ValueError:
        return "a day nobody knows"


# Icon, sentence, and whether what changed is listed field by field.
ENDINGS: dict[str, tuple[str, Callable[[Event], str], bool]] = {
    "ending.told": ("comment", _ending, False),
    "hold.extended": ("hold", _extended, False),
}
