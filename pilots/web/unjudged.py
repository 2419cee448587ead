"""Of how many pilots nobody can say yet how they are, so that an empty list never passes for good news."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, Q

from pilots.health import Health
from pilots.models import PilotQuerySet
from pilots.web.spoken import number_word, spoken
from pilots.web.waiting import program_days

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Unjudged:
    """`quiet` came here lately, the first of them is judged from `first` on; the others do not count them."""

    quiet: int = 0
    first: date | None = None
    not_known: int = 0
    newer: int = 0

    def __bool__(self) -> bool:
        return bool(self.quiet or self.not_known or self.newer)

    @property
    def count(self) -> int:
        return self.quiet + self.not_known + self.newer

    def said(self, today: date) -> str:
        """Return “Three pilots came here lately; nothing is judged before Sat 5 Dec.”, or nothing."""
        sentences = []
        if self.quiet and self.first:
            day = spoken(self.first, today)
            sentences.append(f"{_pilots(self.quiet)} came here lately; nothing is judged before {day}.")
        if self.not_known:
            sentences.append(f"{_pilots(self.not_known)} {_is(self.not_known)} not known.")
        if self.newer:
            have = "has" if self.newer == 1 else "have"
            sentences.append(f"{_pilots(self.newer)} {have} come since the rules last looked.")
        return " ".join(sentences)


def unjudged(pilots: PilotQuerySet, *, at: datetime, looked_at: datetime | None) -> Unjudged:
    """Return it for the active ones of these pilots; two queries. `looked_at`: when the rules last ran."""
    quiet = Q()
    for today, zones in program_days(at).items():
        quiet |= Q(quiet_until__gte=today, program__zone__in=zones)
    quiet &= Q(quiet_until__isnull=False)
    not_known = ~quiet & Q(health=Health.NOT_KNOWN.value)
    newer = Q(pk__isnull=True)
    if looked_at is not None:
        newer = ~quiet & ~Q(health=Health.NOT_KNOWN.value) & Q(created_at__gt=looked_at)
    found = (
        pilots.active()
        .order_by()
        .aggregate(
            quiet=Count("pk", filter=quiet),
            last_quiet=Min("quiet_until", filter=quiet),
            not_known=Count("pk", filter=not_known),
            newer=Count("pk", filter=newer),
        )
    )
    last = found["last_quiet"]
    return Unjudged(found["quiet"], last + A_DAY if last else None, found["not_known"], found["newer"])


def _pilots(count: int) -> str:
    return f"{number_word(count).capitalize()} {'pilot' if count == 1 else 'pilots'}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
