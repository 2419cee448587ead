"""Which active pilots are stuck, by the failure pattern behind their worst flag; the funnel and Pace show it.

Stuck is what the list of stalled pilots shows first: health is stalled or blocked, so snoozed, disputed
and widespread flags are in no number. The pattern is the pilot's own (`pilots.health.dominant`). Both
follow from flags of now: neither can be told of a past day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from pilots.health import Health
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import PilotQuerySet
from pilots.rules.registry import Pattern
from pilots.web.spoken import number_word
from portfolio.dashboards.funnel import share

STUCK = (Health.STALLED, Health.BLOCKED)
# What somebody blocked by a word alone is called: no flag says which pattern it is.
BLOCKED_BY_WORD = ("Blocked", "somebody said what stands in the way, no flag names a pattern")
_WHERE = {
    Stage.IDEA: ("an idea", "ideas"),
    Stage.CHARTERED: ("approved", "approved"),
    Stage.PILOTING: ("piloting", "piloting"),
    Stage.PROVEN: ("proven", "proven"),
    Stage.TRANSITION: ("in the 90-day plan", "in the 90-day plan"),
    Stage.LIMITED: ("in limited go-live", "in limited go-live"),
    Stage.PRODUCTION: ("in production", "in production"),
    Stage.SUSTAINED: ("with value held", "with value held"),
}


@dataclass(frozen=True)
class Behind:
    """The stuck pilots of one pattern, by the stage they are in. `pattern` None: blocked without a flag."""

    pattern: Pattern | None
    at: Mapping[Stage, int]

    @property
    def count(self) -> int:
        return sum(self.at.values())

    @property
    def label(self) -> str:
        return self.pattern.label if self.pattern else BLOCKED_BY_WORD[0]

    @property
    def note(self) -> str:
        return self.pattern.note if self.pattern else BLOCKED_BY_WORD[1]

    @property
    def where(self) -> str:
        """Return “Two proven, two in the 90-day plan”, the fullest stage first; “” for nobody."""
        found = sorted(
            ((stage, count) for stage, count in self.at.items() if count),
            key=lambda item: (-item[1], MAIN_PATH.index(item[0])),
        )
        if len(found) == 1:
            stage, count = found[0]
            word = _WHERE[stage][count > 1]
            if count == 1:
                return _capital(word)
            return f"{'Both' if count == 2 else f'All {number_word(count)}'} {word}"
        return _capital(", ".join(f"{number_word(count)} {_WHERE[stage][1]}" for stage, count in found))

    def url(self, described: Mapping[str, str]) -> str:
        """Return the list of exactly these pilots; “” where no list can be narrowed to them.

        `described`: the parameters that narrow the funnel by what pilots are, with their texts. The list of
        stalled pilots knows the program alone, and no pilots without a pattern.
        """
        if self.pattern is None or set(described) - {"program"}:
            return ""
        return f"{reverse('stalled:stalled')}?{urlencode({'pattern': self.pattern.value, **described})}"


@dataclass(frozen=True)
class Stuck:
    """The patterns with most pilots first, and of how many active pilots these are.

    `not_known`: active ones of which nobody can say how they are; they are not called well.
    """

    rows: Sequence[Behind]
    active: int
    not_known: int

    @property
    def count(self) -> int:
        return sum(row.count for row in self.rows)

    @property
    def running(self) -> list[int]:
        """Return how many the patterns make together, up to each one."""
        return list(accumulate(row.count for row in self.rows))

    def share(self, count: int) -> Decimal | None:
        return share(count, self.count)


def stuck_by_pattern(pilots: PilotQuerySet) -> Stuck:
    """Count a queryset that starts from `visible_to(user).countable(user)`; one query."""
    active = not_known = 0
    found: dict[Pattern | None, dict[Stage, int]] = {}
    rows = pilots.active().order_by().values_list("health", "pattern", "stage").annotate(n=Count("pk"))
    for health, pattern, stage, count in rows:
        active += count
        if health == Health.NOT_KNOWN.value:
            not_known += count
        elif Health(health) in STUCK:
            at = found.setdefault(Pattern(pattern) if pattern else None, {})
            at[Stage(stage)] = at.get(Stage(stage), 0) + count
    behind = [Behind(pattern, at) for pattern, at in found.items()]
    behind.sort(key=lambda row: (row.pattern is None, -row.count, row.label))
    return Stuck(behind, active, not_known)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
