"""Reads what the rules of this floor go by for many days at once, and answers for each day in memory.

It answers what `kpis.facts.read` answers. Between two days on which a reading came or grew too old, a
report, evidence or a waiver came or ended, nothing changes, so a pilot's is made anew only then.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Expression, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from kpis.facts import (
    LATELY,
    NEWEST_FIRST,
    REACHED,
    TOLD,
    Shown,
    Waived,
    arrival,
    day_there,
    end_of,
    evaluated_of,
    has_course,
    kpi_facts,
    kpis_in_use,
    ledger_of,
    loops_of,
    reports_of,
    said_by,
    shown_for,
    versions_of,
    waived_for,
)
from kpis.models import Measurement
from kpis.money.read import tables_of
from kpis.money.sums import RateTable
from kpis.terms import Provenance
from kpis.worth import KpiFacts, LoopFacts, Published, Reading, Worth
from pilots.floors import REPLAYS, Floor
from pilots.models import Pilot
from pilots.rules.facts import Facts

ONE = timedelta(days=1)


def register() -> None:
    REPLAYS[Worth] = prepare


def prepare(ids: Sequence[int], first: date, last: date) -> Floor:
    """Return a reader of these pilots for the days from `first` to `last`; 14 queries at most."""
    pilots = Pilot.objects.filter(pk__in=ids).values_list("pk", "program_id", "program__zone", *REACHED)
    there = {row[0]: row for row in pilots}
    zones = {pk: ZoneInfo(row[2]) for pk, row in there.items()}
    courses = _read_courses(ids, zones, first, last)
    kpis = {pk: [course.kpi for course in own] for pk, own in courses.items()}
    ledger, budgets = ledger_of(ids)
    tables = tables_of({there[pk][1] for pk in ledger}) if ledger else {}
    versions, loops, evaluated = versions_of(ids), loops_of(ids), evaluated_of(kpis)
    reports, shown, waived = reports_of(ids, zones), shown_for(ids), waived_for(ids)
    pasts = {
        pk: _Past(
            today=Worth(
                versions=tuple(versions.get(pk, ())),
                loop=loops.get(pk, LoopFacts()),
                evaluates_itself=pk in evaluated,
                ledger=tuple(ledger.get(pk, ())),
                rates=tables.get(row[1], RateTable()),
                budgets=tuple(budgets.get(pk, ())),
            ),
            reached=(row[3], row[4]),
            courses=courses.get(pk, ()),
            reports=reports.get(pk, ()),
            shown=shown.get(pk, ()),
            waived=waived.get(pk, ()),
        )
        for pk, row in there.items()
    }

    def read(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
        return {
            fact.pilot_id: pasts[fact.pilot_id].on(days[fact.pilot_id], fact)
            for fact in facts
            if not fact.rests
        }

    return read


@dataclass(slots=True)
class _Past:
    """What is known of one pilot on any of the days; `breaks` are those on which it changes."""

    today: Worth  # what is read as it is today
    reached: tuple[date | None, date | None]
    courses: Sequence["_Course"]
    reports: Sequence[Published]
    shown: Sequence[Shown]
    waived: Sequence[Waived]
    breaks: list[date] = field(init=False)
    _kept: object = None
    _worth: Worth | None = None

    def __post_init__(self) -> None:
        days = {report.on for report in self.reports} | {dated for _, dated in self.shown}
        days |= {until + ONE for _, until in self.waived}
        for course in self.courses:
            days |= course.days
        self.breaks = sorted(days)

    def on(self, day: date, fact: Facts) -> Worth:
        arrived = arrival(fact, *self.reached)
        key = (bisect_right(self.breaks, day), arrived)
        if self._worth is None or key != self._kept:
            self._kept = key
            self._worth = replace(
                self.today,
                went_live=arrived[0],
                in_production=arrived[1],
                kpis=tuple(course.on(day) for course in self.courses),
                **said_by(day, self.reports, self.shown, self.waived),
            )
        return self._worth


class _Course:
    """One KPI with its readings by day: the newest of each provenance and version, and the course."""

    def __init__(self, kpi: KpiFacts, readings: Sequence[Reading], *, is_judged: bool) -> None:
        self.kpi = kpi
        self._readings = readings  # oldest first; of each day the newest of each provenance and version
        self._ons = [reading.on for reading in readings]
        self._lately = _of_days(readings) if is_judged else []
        self._lately_ons = [reading.on for reading in self._lately]
        self.days = set(self._ons) | {on + LATELY for on in self._lately_ons}
        self._seen = 0
        self._newest: dict[tuple[Provenance, int | None], tuple[int, Reading]] = {}

    def on(self, day: date) -> KpiFacts:
        """Return the KPI with what was read by the end of a day. Cheapest when days come in order."""
        upto = bisect_right(self._ons, day)
        if upto < self._seen:
            self._seen, self._newest = 0, {}
        for place in range(self._seen, upto):
            reading = self._readings[place]
            self._newest[reading.provenance, reading.version_id] = (place, reading)
        self._seen = upto
        newest_first = sorted(self._newest.values(), key=lambda item: -item[0])
        start = bisect_left(self._lately_ons, day - LATELY + ONE)
        lately = self._lately[start : bisect_right(self._lately_ons, day)]
        return replace(
            self.kpi, readings=tuple(reading for _, reading in newest_first), lately=tuple(reversed(lately))
        )


def _of_days(readings: Iterable[Reading]) -> list[Reading]:
    """Return the last real reading of each day and provenance, oldest first; `readings` oldest first."""
    last: dict[tuple[date, Provenance], int] = {}
    real = [reading for reading in readings if reading.is_real]
    for place, reading in enumerate(real):
        last[reading.on, reading.provenance] = place
    return [real[place] for place in sorted(last.values())]


def _read_courses(
    ids: Sequence[int], zones: Mapping[int, ZoneInfo], first: date, last: date
) -> dict[int, list[_Course]]:
    """Return the KPIs in use of each pilot with their readings, its primary one first; three queries."""
    rows = kpis_in_use(ids)
    by_zone: dict[ZoneInfo, list[int]] = {}
    for row in rows:
        by_zone.setdefault(zones[row.pilot_id], []).append(row.pk)
    readings = _read_readings(by_zone, first, last)
    found: dict[int, list[_Course]] = {}
    for row in rows:
        kpi = kpi_facts(row, zones[row.pilot_id])
        course = _Course(kpi, readings.get(row.pk, ()), is_judged=has_course(row))
        found.setdefault(row.pilot_id, []).append(course)
    return found


def _read_readings(by_zone: dict[ZoneInfo, list[int]], first: date, last: date) -> dict[int, list[Reading]]:
    """Return the readings of each KPI, oldest first: before the days that count only the newest ones."""
    if not by_zone:
        return {}
    before, during = Q(), Q()
    for zone, kpis in by_zone.items():
        begin = end_of(first - LATELY, zone)
        before |= Q(kpi__in=kpis, measured_at__lt=begin)
        during |= Q(kpi__in=kpis, measured_at__gte=begin, measured_at__lt=end_of(last, zone))
    alike: list[Expression | F] = [F("kpi"), F("provenance"), F("model_version")]
    zones = {kpi: zone for zone, kpis in by_zone.items() for kpi in kpis}
    found: dict[int, list[Reading]] = {}
    for rows in (_last_of(before, alike), _last_of(during, [*alike, day_there(by_zone)])):
        for kpi, at, value, provenance, cases, version in rows.values_list(*TOLD).iterator():
            reading = Reading(
                on=at.astimezone(zones[kpi]).date(),
                value=value,
                provenance=Provenance(provenance),
                cases=cases,
                version_id=version,
            )
            found.setdefault(kpi, []).append(reading)
    return found


def _last_of(chosen: Q, alike: list[Any]) -> QuerySet[Measurement]:
    place = Window(RowNumber(), partition_by=alike, order_by=NEWEST_FIRST)
    rows = Measurement.objects.current().filter(chosen).annotate(place=place).filter(place=1)
    return rows.order_by("kpi", "measured_at", "id")
