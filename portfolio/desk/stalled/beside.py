"""What stands round the list of what is stuck: its sentence, links to narrow it, and counts beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from pilots.health import Health
from pilots.models import PilotQuerySet
from pilots.models.flag import FlagQuerySet
from pilots.rules import RULES
from pilots.rules.registry import Rule
from pilots.web.spoken import number_word


@dataclass(frozen=True)
class Link:
    """Something to choose: words, how many there are, where it leads, whether it is chosen."""

    words: str
    url: str
    count: int | None = None
    is_on: bool = False
    note: str = ""

    @property
    def counted(self) -> str:
        """Return how many as a person reads it: “1,986”."""
        return "" if self.count is None else f"{self.count:,}"


@dataclass(frozen=True)
class Menu:
    """`others` are folded away below the rest; `is_last` opens to the left, at the end of the row."""

    label: str
    links: list[Link]
    others: Sequence[Link] = ()
    is_last: bool = False


@dataclass(frozen=True)
class Problem:
    """Something in the address that cannot be read, and the address without it."""

    sentence: str
    url: str


def how_many(stalled: int, blocked: int, *, active: int, not_known: int = 0) -> str:
    """Return “Ten of 41 active pilots are stalled or blocked: seven stalled and three blocked.”"""
    if not active:
        return "No pilot is active."
    if not_known == active:
        return (
            f"Nobody can say how the {'active pilot is' if active == 1 else f'{active:,} active pilots are'}."
        )
    total = stalled + blocked
    number = number_word(total).capitalize()
    subject = "The only active pilot" if active == 1 else f"{number} of {active:,} active pilots"
    if not total:
        none = f"{subject} is not" if active == 1 else f"No pilot of {active:,} active pilots is"
        unknown = f"; of {number_word(not_known)} nobody can say how they are" if not_known else ""
        return f"{none} stalled or blocked{unknown}."
    split, what = "", "stalled" if stalled else "blocked"
    if stalled and blocked:
        what = "stalled or blocked"
        split = f": {_split(stalled, blocked)}"
    verb = "is" if total == 1 else "are"
    return f"{subject} {verb} {what}{split}."


def how_many_of(stalled: int, blocked: int, *, in_all: int) -> str:
    """Return “By these filters, six stalled and one blocked; in all, eight pilots are stalled or blocked.”"""
    found = _split(stalled, blocked) if stalled or blocked else "none stalled or blocked"
    whole = f"{number_word(in_all)} {'pilot is' if in_all == 1 else 'pilots are'}"
    return f"By these filters, {found}; in all, {whole} stalled or blocked."


def _split(stalled: int, blocked: int) -> str:
    parts = ((stalled, "stalled"), (blocked, "blocked"))
    return " and ".join(f"{number_word(count)} {word}" for count, word in parts if count)


def pilots_by_rule(flags: FlagQuerySet) -> list[tuple[Rule, int]]:
    """Return how many pilots each rule flags, most first; one query."""
    known = {(rule.code, rule.subject): rule for rule in RULES}
    rows: Any = flags.values_list("rule", "subject").annotate(count=Count("pilot", distinct=True))
    found = [(known[code, subject], count) for code, subject, count in rows if (code, subject) in known]
    return sorted(found, key=lambda row: (-row[1], row[0].title))


def shared_blockers(pilots: PilotQuerySet) -> list[tuple[str, int]]:
    """Return what blocks more than one of these pilots, most first; one query."""
    blocked = pilots.in_health(Health.BLOCKED).exclude(blocked_by="").order_by()
    rows: Any = blocked.values_list("blocked_by").annotate(count=Count("pk"))
    return sorted(((by, count) for by, count in rows if count > 1), key=lambda row: (-row[1], row[0]))
