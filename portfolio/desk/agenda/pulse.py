"""The counts across the top: the active pilots by health, each number with exactly its list."""

from functools import cached_property

from django.db.models import Count, Q

from pilots.health import Health
from pilots.models.pilot import HAS_ENDED
from portfolio.desk.agenda.context import Reading
from portfolio.desk.agenda.shapes import Figure, Stretch

IN_ORDER = (
    Health.ON_TRACK,
    Health.AT_RISK,
    Health.STALLED,
    Health.BLOCKED,
    Health.ON_HOLD,
    Health.NOT_KNOWN,
)
GAP = 0.25  # per cent of the bar between two parts


class Pulse:
    """Counts of what may be counted; the healths of the active pilots add up. One query."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @cached_property
    def figures(self) -> list[Figure]:
        """Empty where nothing is counted, as when all that is visible is confidential."""
        if not self._counts["all"]:
            return []
        ended = self._counts["ended"]
        active = Figure(
            "Active pilots",
            self._counts["active"],
            self._reading.list_url(state="active"),
            beside=f"{ended:,} ended" if ended else "",
            beside_url=self._reading.list_url(state="ended"),
        )
        return [active] + [
            Figure(
                health.label,
                self._counts[health.value],
                self._reading.list_url(health=health.value),
                health=health.value,
            )
            for health in IN_ORDER
        ]

    @cached_property
    def bar(self) -> list[Stretch]:
        """The same numbers as lengths, for the eye; empty while nothing is active."""
        total, start = sum(self._counts[health.value] for health in IN_ORDER), 0.0
        found = []
        for health in IN_ORDER:
            share = 100 * self._counts[health.value] / total if total else 0.0
            if share:
                width = max(share - GAP, GAP)
                found.append(Stretch(health.value, _percent(start), _percent(width), _percent(start + width)))
            start += share
        return found

    @cached_property
    def _counts(self) -> dict[str, int]:
        by_health = {health.value: Count("pk", filter=Q(health=health.value)) for health in IN_ORDER}
        return self._reading.scope.counted.aggregate(
            all=Count("pk"),
            active=Count("pk", filter=~HAS_ENDED),
            ended=Count("pk", filter=HAS_ENDED),
            **by_health,
        )


def _percent(value: float) -> str:
    return f"{value:.2f}%"
