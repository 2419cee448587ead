"""What changed since a day, as lines of the funnel page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import PilotQuerySet
from pilots.models.changes import Changed, Holding, changed_within, released_within
from pilots.web.cohort_filters import window
from pilots.web.told_endings import money
from portfolio.dashboards.address import Address

IN_ORDER = (*reversed(MAIN_PATH), Stage.STOPPED, Stage.RETIRED, *Holding)


@dataclass(frozen=True)
class ChangeLine:
    """One kind of change; `released` says what money ends freed, as far as somebody told, “” otherwise."""

    sign: str
    label: str
    names: str
    url: str
    released: str = ""


def change_lines(pilots: PilotQuerySet, since: date, until: date, address: Address) -> list[ChangeLine]:
    """Return what changed from one day to another, both included; no more queries for more pilots."""
    within = window(since, until)
    found = changed_within(pilots, within)
    released = released_within(pilots, within) if {Stage.STOPPED, Stage.RETIRED} & set(found) else {}
    return [
        ChangeLine(
            f"{'−' if change is Holding.RESUMED else '+'}{found[change].count:,}",
            "On hold" if change in Holding else change.label,
            _names(found[change]),
            address.changes(change.value, since, until),
            _released(released.get(change, {})),
        )
        for change in IN_ORDER
        if change in found
    ]


def _names(changed: Changed) -> str:
    rest = changed.count - len(changed.names)
    return ", ".join(changed.names) + (f" and {rest:,} more" if rest else "")


def _released(amounts: Mapping[str, Decimal]) -> str:
    """Return “EUR 118,000 released”; currencies stand side by side and are never added."""
    said = [money(amount, currency) for currency, amount in sorted(amounts.items()) if amount]
    return f"{' and '.join(said)} released" if said else ""
