"""What ended pilots left behind, for their pages and for the list of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from statistics import median

from django.db.models import OuterRef, Subquery

from pilots.lifecycle import Stage
from pilots.models import Ending, Pilot, PilotQuerySet
from pilots.web.list_faults import ListFilterSet
from pilots.web.spoken import days
from pilots.web.told_endings import cause_words, money


def lasted(pilot: Pilot) -> int | None:
    """Return how many days passed from its first day of piloting to its end; None where a day is missing."""
    began = pilot.reached_on(Stage.PILOTING)
    ended = pilot.reached_on(pilot.at_stage)
    return (ended - began).days if began and ended and ended >= began else None


def ended_after(pilot: Pilot) -> str:
    """Return how long it took to find out, as a sentence; a stop is a decision, and as good as any other."""
    passed = lasted(pilot)
    if pilot.at_stage is Stage.RETIRED:
        return f"It served, and ended {days(passed)} after piloting began." if passed else ""
    told = f"{days(passed)} after piloting began: " if passed else ""
    return f"{told}a respectable decision, which frees people and money for the next one.".capitalize()


def ending_facts(ending: Ending | None) -> list[tuple[str, str, bool]]:
    """Return what a pilot left behind as label, words and whether it is late; unknown money is said so."""
    if ending is None:
        return []
    amount = ending.released_amount
    released = "not known" if amount is None else money(amount, ending.released_currency)
    facts = [
        ("What came between", cause_words(ending.cause)),
        ("Learned", ending.lessons),
        ("Others can take over", ending.reusable),
        ("Decided by", ending.decided_by),
        ("Money released", released),
    ]
    return [(label, words, False) for label, words in facts if words]


@dataclass(frozen=True)
class EndedLine:
    """The pilots that ended, of how many something is known, in two sentences."""

    time: str
    money: str


class WithEndings:
    """What a listing says over the ended pilots; confidential ones are in no total."""

    _filters: ListFilterSet

    @cached_property
    def endings(self) -> EndedLine | None:
        """How soon the stopped ones were stopped and what that freed; one query, none for other lists."""
        filters = self._filters
        if not filters.form.is_valid() or filters.replayed or filters.data.get("state") != "ended":
            return None
        return ended_line(filters.qs.filter(is_confidential=False))


def ended_line(pilots: PilotQuerySet) -> EndedLine | None:
    """Return how soon pilots were stopped and what that freed; one query, and None where none was stopped."""
    said = Ending.objects.filter(
        transition__pilot=OuterRef("pk"),
        transition__to_stage=OuterRef("stage"),
        transition__voided_by__isnull=True,
        transition__superseded_by__voided_by__isnull=True,
    ).order_by("-pk")
    rows = list(
        pilots.filter(stage=Stage.STOPPED.value)
        .order_by()
        .values_list(
            "reached_piloting_on",
            "reached_stopped_on",
            Subquery(said.values("released_amount")[:1]),
            Subquery(said.values("released_currency")[:1]),
        )
    )
    if not rows:
        return None
    return EndedLine(
        _time([(began, ended) for began, ended, _, _ in rows]),
        _money([(amount, currency) for _, _, amount, currency in rows]),
    )


def _time(pairs: list[tuple[date | None, date | None]]) -> str:
    known = [(ended - began).days for began, ended in pairs if began and ended and ended >= began]
    if not known:
        return f"{_stopped(len(pairs))}; how soon is not known of any."
    of = "" if len(known) == len(pairs) else f" ({len(known):,} of {len(pairs):,} known)"
    half = round(median(known))
    word = "after" if len(known) == 1 else "at the median"
    return f"{_stopped(len(pairs))}, {word} {days(half)} from the first day of piloting{of}."


def _stopped(count: int) -> str:
    return "1 pilot was stopped" if count == 1 else f"{count:,} pilots were stopped"


def _money(pairs: list[tuple[Decimal | None, str | None]]) -> str:
    sums: dict[str, Decimal] = {}
    for amount, currency in pairs:
        if amount is not None and currency:
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    known = sum(amount is not None for amount, _ in pairs)
    if not known:
        return "How much money that released is not known."
    total = " and ".join(money(amount, currency) for currency, amount in sorted(sums.items()))
    return f"{total} released, as {known:,} of {len(pairs):,} say."
