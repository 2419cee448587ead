"""The lines of a pack: decisions asked, what is newly stalled, what changed. Each is read as it is now.

No more queries for more lines. Long lists are cut after `MOST`, and say how many there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Flag, Pilot
from pilots.models.changes import Holding, Window, changed_to, made_within
from pilots.rules.registry import Pattern
from pilots.web.decision_words import nearest_first
from pilots.web.flag_words import by_pilot, worst_first
from pilots.web.spoken import days
from pilots.web.stalls import newly_stalled, stalling
from pilots.web.unblock import Unblocker, who_answers
from portfolio.steering.models import Pack
from portfolio.steering.scope import PackScope

MOST = 200
FIRST_PACK = timedelta(days=30)
CHANGES_IN_ORDER = (*reversed(MAIN_PATH), Stage.STOPPED, Stage.RETIRED, *Holding)
PATTERNS = {pattern.value: pattern.label for pattern in Pattern}

Line = dict[str, Any]


@dataclass(frozen=True)
class Since:
    """From when on something is news: the moment the pack before was frozen, or 30 days back.

    `told` are the pilots that pack told as stalled since its own day: days are all that is kept of health.
    """

    moment: datetime
    told: frozenset[int] = frozenset()
    is_first: bool = True

    @property
    def day(self) -> date:
        return timezone.localdate(self.moment)

    @property
    def said(self) -> str:
        return f"in {days(FIRST_PACK.days)}" if self.is_first else "since the last pack"


def since(before: Pack | None, *, at: datetime) -> Since:
    """Return from when on a pack tells news, given the one before it."""
    if before is None:
        first = timezone.localdate(at) - FIRST_PACK
        return Since(timezone.make_aware(datetime.combine(first, time.min)))
    return Since(before.frozen_at, frozenset(before.content.get("stalled_told", ())), is_first=False)


def read_decisions(scope: PackScope) -> tuple[list[Line], int]:
    """Return the questions that wait, nearest first, and how many there are."""
    rows = nearest_first(scope.decisions).select_related("pilot", "program", "decider", "asked_by")
    lines = [
        {
            "id": row.pk,
            "pilot": row.pilot_id,
            "key": row.pilot.key if row.pilot else "",
            "name": str(row.pilot.name if row.pilot else row.program),
            "question": row.question,
            "options": row.options,
            "needed_by": row.needed_by.isoformat() if row.needed_by else None,
            "decider": str(row.decider or ""),
            "asked_by": str(row.asked_by or ""),
            "program": row.program.name,
        }
        for row in rows[:MOST]
    ]
    return lines, _total(lines, scope.decisions)


@dataclass(frozen=True)
class Stalled:
    """The first lines of what is newly stalled, and how many pilots are.

    `told` are those since the day of the freeze, all of them: the next pack tells them no second time.
    """

    lines: list[Line]
    total: int
    told: list[int]


def read_stalled(scope: PackScope, news: Since) -> Stalled:
    """Return the pilots that became stalled since, the worst and longest first."""
    after = news.day if news.is_first else news.day - timedelta(days=1)
    found = newly_stalled(scope.pilots, after, at=scope.at).order_by()
    # They can be very many: only those with a line are loaded whole.
    newly = {
        pk: (pattern, since)
        for pk, pattern, since in found.values_list("pk", "pattern", "health_since")
        if not (pk in news.told and since == news.day)
    }
    flags = by_pilot(stalling(scope.at).filter(pilot__in=found.values("pk")).order_by("pk"))
    worst = {pk: worst_first(flags[pk], pattern=newly[pk][0])[0] for pk in newly if pk in flags}
    ordered = sorted(worst, key=lambda pk: (-worst[pk].at_severity.rank, newly[pk][1], pk))
    shown, today = ordered[:MOST], timezone.localdate(scope.at)
    pilots = Pilot.objects.select_related("program").in_bulk(shown)
    people = who_answers(shown, None)
    told = {pk for pk in ordered if newly[pk][1] == today}
    if news.day == today:  # what another pack of this day told stays told
        told |= news.told
    return Stalled(
        [_stalled_line(pilots[pk], worst[pk], people[pk], scope.at) for pk in shown],
        len(ordered),
        sorted(told),
    )


def _stalled_line(pilot: Pilot, flag: Flag, owners: Sequence[Unblocker], at: datetime) -> Line:
    today = pilot.program.today(at)
    began = pilot.health_since or flag.counted_from
    return {
        "pilot": pilot.pk,
        "key": pilot.key,
        "name": pilot.name,
        "pattern": PATTERNS.get(pilot.pattern or flag.pattern, ""),
        "fact": flag.fact(today),
        "since": began.isoformat(),
        "days": (today - began).days,
        "next_action": flag.next_action,
        "owners": [person.name for person in owners],
    }


def read_changes(scope: PackScope, news: Since) -> list[Line]:
    """Return what people moved, held and resumed since, the furthest stage first."""
    tomorrow = timezone.localdate(scope.at) + timedelta(days=1)
    window = Window(
        timezone.localtime(news.moment), timezone.make_aware(datetime.combine(tomorrow, time.min))
    )
    found: dict[Stage | Holding, dict[int, Line]] = {}
    moves = made_within(window).filter(pilot__in=scope.pilots).order_by("pilot__name", "pk")
    for to, pk, key, name in moves.values_list("to_stage", "pilot_id", "pilot__key", "pilot__name"):
        found.setdefault(Stage(to), {})[pk] = _named(pk, key, name)
    for change in Holding:
        rows = changed_to(scope.pilots, change, window).order_by("name", "pk")
        for pk, key, name in rows.values_list("pk", "key", "name"):
            found.setdefault(change, {})[pk] = _named(pk, key, name)
    return [_change(change, found[change]) for change in CHANGES_IN_ORDER if change in found]


def _change(change: Stage | Holding, pilots: Mapping[int, Line]) -> Line:
    return {
        "label": change.label,
        "sign": "−" if change is Holding.RESUMED else "+",
        "count": len(pilots),
        "pilots": list(pilots.values())[:MOST],
    }


def _named(pk: int, key: str, name: str) -> Line:
    return {"pilot": pk, "key": key, "name": name}


def _total(lines: list[Line], rows: Any) -> int:
    return len(lines) if len(lines) < MOST else rows.count()
