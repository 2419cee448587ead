"""Row 5: the numbers of the funnel, against raw SQL that counts the same pilots; today, filtered, past.

Today's statements read the columns: so many pilots by what they reached and where they are, and the days of
those that moved on, for the medians. The past one replays history: the furthest stage of each pilot by the
day, counted. It tells neither where a pilot was, nor since when, nor the days, so it is a floor. Both leave
out confidential pilots alone; who may see what is not in them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Any

from django.db import connection

from pilots.lifecycle import Stage
from pilots.models import Pilot, PilotQuerySet
from pilots.models.cohort import PATH_BITS, Cohort, path_mask
from portfolio.bench.portfolio import TODAY
from portfolio.bench.rows import Found, Ground
from portfolio.dashboards.funnel import count_funnel

ALLOWED = 0.003  # seconds on top of the ratio: what a request costs that asks for nothing
VENDOR = "Acme"
FIRST, LAST = date(2024, 6, 1), date(2026, 3, 31)
PAST = TODAY - timedelta(days=100)
COUNTS = f"""
SELECT reached_mask & {PATH_BITS}, stage, held_since IS NULL, is_imported,
  reached_piloting_on IS NULL, COUNT(*)
FROM pilots_pilot
WHERE NOT is_confidential AND (reached_mask & {PATH_BITS}) >= {Stage.PILOTING.bit} {{where}}
GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 -- our own numbers
DAYS = f"""
SELECT {{days}}
FROM pilots_pilot
WHERE NOT is_confidential AND (reached_mask & {PATH_BITS}) >= {Stage.PROVEN.bit}
  AND reached_piloting_on IS NOT NULL {{where}}
"""  # noqa: S608 -- our own numbers
LATER = (Stage.PROVEN, Stage.LIMITED, Stage.PRODUCTION, Stage.SUSTAINED)
BETWEEN = {
    "sqlite": "CAST(julianday(reached_{to}_on) - julianday(reached_piloting_on) AS INTEGER)",
    "postgresql": "reached_{to}_on - reached_piloting_on",
}
BITS = " ".join(f"WHEN '{stage.value}' THEN {path_mask(stage)}" for stage in Stage)
HISTORY = f"""
SELECT mask, COUNT(*) FROM (
  SELECT t.pilot_id, MAX(CASE t.to_stage {BITS} END) AS mask
  FROM pilots_stagetransition t
  JOIN pilots_pilot p ON p.id = t.pilot_id
  WHERE t.latest_on <= %s AND NOT p.is_confidential
    AND t.id NOT IN (SELECT supersedes_id FROM pilots_stagetransition WHERE supersedes_id IS NOT NULL)
    AND t.id NOT IN (SELECT voids_id FROM pilots_stagetransition WHERE voids_id IS NOT NULL)
  GROUP BY t.pilot_id
) AS reached GROUP BY mask
"""  # noqa: S608 -- our own codes and numbers


@dataclass(frozen=True)
class Case:
    name: str
    pilots: PilotQuerySet
    cohort: Cohort
    raw: Callable[[], Any]


def measure(ground: Ground) -> Found:
    """Measure each case and its raw SQL in turns, round by round, after one round that is thrown away."""
    cases = (
        Case("today", Pilot.objects.countable(None), Cohort(today=TODAY), lambda: _columns("")),
        Case(
            "filtered",
            Pilot.objects.countable(None).filter(vendor=VENDOR),
            Cohort(today=TODAY, cohort_from=FIRST, cohort_to=LAST),
            lambda: _columns(
                "AND vendor = %s AND reached_piloting_on BETWEEN %s AND %s", VENDOR, FIRST, LAST
            ),
        ),
        Case(
            "past",
            Pilot.objects.countable(None),
            Cohort(today=TODAY, as_of=PAST),
            lambda: _fetch(HISTORY, PAST),
        ),
    )
    with connection.cursor() as cursor:
        if not connection.in_atomic_block:
            cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    for case in cases:
        case.raw()
        count_funnel(case.pilots, case.cohort)
    found = Found()
    counted = {}
    for _ in range(ground.rounds):
        for case in cases:
            found.time(f"{case.name}, raw SQL", case.raw)
            funnel = found.time(f"{case.name}, funnel", partial(count_funnel, case.pilots, case.cohort))
            counted[case.name] = funnel.denominator
    ratios = {case.name: _ratio(found, case.name) for case in cases}
    found.ratio = max(ratios.values())
    found.figures = {"ratios": ratios, "pilots_counted": counted}
    return found


def _ratio(found: Found, name: str) -> float:
    ours, raw = (median(found.seconds[f"{name}, {what}"]) for what in ("funnel", "raw SQL"))
    return round(max(ours - ALLOWED, 0) / raw, 2)


def _columns(where: str, *given: Any) -> None:
    days = ", ".join(BETWEEN[connection.vendor].format(to=stage.value) for stage in LATER)
    _fetch(COUNTS.format(where=where), *given)
    _fetch(DAYS.format(where=where, days=days), *given)


def _fetch(statement: str, *given: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
