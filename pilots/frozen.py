"""A pilot as it is at one moment, in plain values, for a decision to keep: who decides later knows more.

Upper floors register their part when the site starts.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Max

from pilots.lifecycle import Stage
from pilots.models import Flag, Pilot
from pilots.pauses import own_today
from pilots.plans import day_of
from pilots.readiness import readiness_of
from pilots.workdays import pauses_of

PARTS: dict[str, Callable[[Pilot], Any]] = {}


def as_it_is(pilot: Pilot, *, at: datetime) -> dict[str, Any]:
    """Return what was known of a pilot, ready for JSON; a fixed number of queries.

    Keys: `at` as ISO 8601, `stage`, `since` in words, `health`, `plan` (day and length, or None), `owners`
    (role and name), `flags` (key and title of open ones), `readiness` (the sentence), and those of upper
    floors.
    """
    return {
        "at": at.isoformat(),
        "stage": pilot.stage,
        "since": str(pilot.since) if pilot.since else None,
        "health": pilot.health,
        "on_hold": pilot.is_on_hold,
        "plan": _plan(pilot, at=at),
        "owners": [
            {"role": row.role, "name": row.owner.name}
            for row in pilot.ownerships.active().principals().select_related("owner").order_by("since", "pk")
        ],
        "flags": [
            {"rule": flag.rule_key, "title": flag.known_rule.title if flag.known_rule else flag.rule_key}
            for flag in Flag.objects.open().filter(pilot=pilot).order_by("crossed_on", "pk")
        ],
        "readiness": readiness_of([pilot], at=at)[pilot.pk].sentence,
        **{name: read(pilot) for name, read in PARTS.items()},
    }


def _plan(pilot: Pilot, *, at: datetime) -> list[int] | None:
    """Return which day of its plan it is and how many that has; None where it follows none."""
    if pilot.at_stage is not Stage.TRANSITION:
        return None
    found = pilot.plans.live().annotate(end=Max("phases__planned_end")).values_list("start", "end").first()
    if found is None:
        return None
    start, end = found
    today = own_today(pilot.program.today(at), pilot.held_since)
    return [pauses_of(pilot).plan_day(start, today), day_of(start, end)]
