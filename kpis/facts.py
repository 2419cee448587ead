"""Reads what the rules of this floor go by, for any number of pilots in a fixed number of queries.

Readings are replayed by their day; what cannot be replayed is named in `worth.NOT_REPLAYED`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, Expression, F, OuterRef, Q, QuerySet, Subquery, When, Window
from django.db.models.functions import RowNumber, TruncDate

from kpis.definition import missing_parts
from kpis.evaluation import evaluates_itself
from kpis.models import FeedbackLoop, Kpi, KpiVersion, LedgerEntry, Measurement, Report, SignOff
from kpis.money.read import line_of, tables_of
from kpis.money.sums import LedgerLine, RateTable
from kpis.money.terms import LedgerKind
from kpis.terms import REAL, KpiKind, Provenance, ReportKind
from kpis.versions import is_signed
from kpis.worth import (
    NOT_REPLAYED,
    Budget,
    KpiFacts,
    LoopFacts,
    Published,
    Reading,
    VersionFacts,
    Worth,
)
from pilots.floors import FLOORS
from pilots.lifecycle import Stage
from pilots.models import Evidence, ModelVersion, Pilot, Waiver
from pilots.playbook import PLAYBOOK
from pilots.rules import facts as ground
from pilots.rules.facts import Facts

__all__ = ["Worth", "read", "register"]

LATELY = timedelta(days=100)
COURSE = (KpiKind.DRIFT.value, KpiKind.ADOPTION.value)  # and the primary one: their course is judged
SHOWN_BY = ("evaluation", "latency-budget", "cost-budget", "production-budget")
TOLD = ("kpi_id", "measured_at", "value", "provenance", "sample_size", "model_version_id")
NEWEST_FIRST = [F("measured_at").desc(), F("id").desc()]
Rows = dict[int, list[Reading]]
Ends = dict[tuple[ZoneInfo, datetime], list[int]]


def register() -> None:
    FLOORS[Worth] = read
    ground.NOT_REPLAYED.update(NOT_REPLAYED)


def read(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
    """Return what is known of each pilot that no rule leaves alone, by its id; 13 queries at most.

    `days` is which day it is for each pilot, in its program's zone. What was measured, shown or published
    counts by the end of it.
    """
    running = {fact.pilot_id: fact for fact in facts if not fact.rests}
    if not running:
        return {}
    ids = list(running)
    programs = Pilot.objects.filter(pk__in=ids).values_list("pk", "program__zone", *REACHED)
    there = {pk: (ZoneInfo(zone), *reached) for pk, zone, *reached in programs}
    zones = {pk: row[0] for pk, row in there.items()}
    kpis = _kpis(ids, zones, days)
    versions, reports = versions_of(ids), reports_of(ids, zones)
    ledger, budgets = ledger_of(ids)
    tables = tables_of({running[pk].program_id for pk in ledger}) if ledger else {}
    loops, evaluated = loops_of(ids), evaluated_of(kpis)
    shown, let_pass = shown_for(ids), waived_for(ids)
    found: dict[int, object] = {}
    for pk, fact in running.items():
        went_live, in_production = arrival(fact, there[pk][1], there[pk][2])
        found[pk] = Worth(
            went_live=went_live,
            in_production=in_production,
            kpis=tuple(kpis.get(pk, ())),
            versions=tuple(versions.get(pk, ())),
            loop=loops.get(pk, LoopFacts()),
            evaluates_itself=pk in evaluated,
            ledger=tuple(ledger.get(pk, ())),
            rates=tables.get(fact.program_id, RateTable()),
            budgets=tuple(budgets.get(pk, ())),
            **said_by(days[pk], reports.get(pk, ()), shown.get(pk, ()), let_pass.get(pk, ())),
        )
    return found


REACHED = ("reached_limited_on", "reached_production_on")


def arrival(fact: Facts, limited: date | None, production: date | None) -> tuple[date | None, date | None]:
    """Return since when it has users and is in production: by its clock where it is there now."""
    if fact.stage is Stage.LIMITED:
        return fact.stage_clock, None
    if fact.stage is Stage.PRODUCTION:
        return limited, fact.stage_clock
    return (limited, production) if fact.stage is Stage.SUSTAINED else (None, None)


# --- KPIs and their readings ----------------------------------------------------------


def _kpis(
    ids: Sequence[int], zones: Mapping[int, ZoneInfo], days: Mapping[int, date]
) -> dict[int, list[KpiFacts]]:
    """Return the KPIs in use of each pilot, its primary one first."""
    rows = kpis_in_use(ids)
    readings = _newest(_ends(rows, zones, days))
    lately = _course(_ends([row for row in rows if has_course(row)], zones, days))
    found: dict[int, list[KpiFacts]] = {}
    for row in rows:
        kpi = kpi_facts(row, zones[row.pilot_id])
        kpi = replace(kpi, readings=tuple(readings.get(row.pk, ())), lately=tuple(lately.get(row.pk, ())))
        found.setdefault(row.pilot_id, []).append(kpi)
    return found


def kpis_in_use(ids: Sequence[int]) -> list[Any]:
    """Return the KPIs of pilots in use, each pilot's primary one first, with what `kpi_facts` reads."""
    newest = KpiVersion.objects.filter(kpi=OuterRef("pk")).order_by("-number")
    return list(
        Kpi.objects.in_use()
        .filter(pilot__in=ids)
        .annotate(
            changed=Subquery(newest.values("since")[:1]),
            since=Subquery(newest.reverse().values("since")[:1]),
        )
        .annotate(
            is_signed=is_signed(),
            was_signed=Exists(SignOff.objects.filter(version__kpi=OuterRef("pk"))),
        )
        .order_by("pilot_id", "-is_primary", "pk")
    )


def has_course(row: Any) -> bool:
    """Return whether the course of a KPI is judged, not only its newest readings."""
    return bool(row.is_primary) or row.kind in COURSE


def kpi_facts(row: Any, zone: ZoneInfo) -> KpiFacts:
    return KpiFacts(
        id=row.pk,
        name=row.name,
        kind=KpiKind(row.kind),
        unit=row.unit,
        direction=row.direction,
        baseline=row.baseline,
        baseline_is_real=row.baseline_provenance == "" or Provenance(row.baseline_provenance) in REAL,
        target=row.target,
        low=row.target_low,
        threshold=row.threshold,
        cadence_days=row.cadence_days,
        is_primary=row.is_primary,
        missing=tuple(missing_parts(row)),
        agreed_on=row.since.astimezone(zone).date() if row.since else None,
        changed_on=row.changed.astimezone(zone).date() if row.changed else None,
        is_signed=row.is_signed,
        was_signed=row.was_signed,
    )


def _ends(kpis: Iterable[Kpi], zones: Mapping[int, ZoneInfo], days: Mapping[int, date]) -> Ends:
    """Return the ids of KPIs by the zone of their program, and by the moment at which its day is over."""
    found: Ends = {}
    for kpi in kpis:
        zone = zones[kpi.pilot_id]
        found.setdefault((zone, end_of(days[kpi.pilot_id], zone)), []).append(kpi.pk)
    return found


def _newest(ends: Ends) -> Rows:
    """Return the newest reading of each KPI, provenance and version of the model; one query."""
    if not ends:
        return {}
    by_then = (Q(kpi__in=ids, measured_at__lt=end) for (_, end), ids in ends.items())
    rows = Measurement.objects.current().filter(reduce(or_, by_then))
    alike = [F("kpi"), F("provenance"), F("model_version")]
    place = Window(RowNumber(), partition_by=alike, order_by=NEWEST_FIRST)
    return _read(rows.annotate(place=place).filter(place=1), ends)


def _course(ends: Ends) -> Rows:
    """Return the last real reading of each of the last hundred days there; one query.

    A tool may push each minute: one reading a day, of each provenance, tells the course.
    """
    if not ends:
        return {}
    in_days = (
        Q(kpi__in=ids, measured_at__gte=end - LATELY, measured_at__lt=end) for (_, end), ids in ends.items()
    )
    rows = Measurement.objects.current().filter(reduce(or_, in_days), provenance__in=REAL)
    alike: list[Expression | F] = [F("kpi"), F("provenance"), day_there({zone for zone, _ in ends})]
    place = Window(RowNumber(), partition_by=alike, order_by=NEWEST_FIRST)
    return _read(rows.annotate(place=place).filter(place=1), ends)


def day_there(zones: Collection[ZoneInfo]) -> Expression:
    """Return the day of a reading in the zone of its program."""
    days = {zone.key: TruncDate("measured_at", tzinfo=zone) for zone in zones}
    if len(days) == 1:
        [day] = days.values()
        return day
    return Case(*(When(kpi__pilot__program__zone=key, then=days[key]) for key in sorted(days)))


def _read(rows: QuerySet[Measurement], ends: Ends) -> Rows:
    zones = {kpi: zone for (zone, _), ids in ends.items() for kpi in ids}
    found: Rows = {}
    newest_first = rows.order_by("kpi", "-measured_at", "-id").values_list(*TOLD)
    for kpi, at, value, provenance, cases, version in newest_first:
        reading = Reading(
            on=at.astimezone(zones[kpi]).date(),
            value=value,
            provenance=Provenance(provenance),
            cases=cases,
            version_id=version,
        )
        found.setdefault(kpi, []).append(reading)
    return found


def end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


# --- The model, its loop, and the reports -----------------------------------------------


def versions_of(ids: Sequence[int]) -> dict[int, list[VersionFacts]]:
    found: dict[int, list[VersionFacts]] = {}
    for row in ModelVersion.objects.filter(pilot__in=ids).order_by("-changed_on", "-pk"):
        known = VersionFacts(
            id=row.pk,
            label=row.label,
            changed_on=row.changed_on,
            trained_through=row.training_data_through,
            is_live=row.is_live,
            is_a_providers=row.provider != "" and row.is_pinned is False,
        )
        found.setdefault(row.pilot_id, []).append(known)
    return found


def loops_of(ids: Sequence[int]) -> dict[int, LoopFacts]:
    return {
        row.pilot_id: LoopFacts(
            truth_source=row.truth_source,
            linkage_key=row.linkage_key,
            retrain_every_days=row.retrain_every_days,
            retrained_on=row.retrained_on,
        )
        for row in FeedbackLoop.objects.filter(pilot__in=ids)
    }


def evaluated_of(kpis: Mapping[int, Sequence[KpiFacts]]) -> frozenset[int]:
    """Return which of the pilots with a KPI of model quality a tool evaluates."""
    scored = [pk for pk, own in kpis.items() if any(kpi.kind is KpiKind.MODEL_QUALITY for kpi in own)]
    return evaluates_itself(scored) if scored else frozenset()


def reports_of(ids: Sequence[int], zones: Mapping[int, ZoneInfo]) -> dict[int, list[Published]]:
    """Return the published reports of each pilot, newest first."""
    rows = Report.objects.published().filter(pilot__in=ids)
    found: dict[int, list[Published]] = {}
    for row in rows.order_by("-period_to", "-pk"):
        assert row.published_at is not None  # noqa: S101 -- the queryset asks for it
        published = Published(
            kind=ReportKind(row.kind),
            first=row.period_from,
            last=row.period_to,
            on=row.published_at.astimezone(zones[row.pilot_id]).date(),
            reached=_reached(row.figures),
        )
        found.setdefault(row.pilot_id, []).append(published)
    return found


def _reached(figures: Mapping[str, Any]) -> Decimal | None:
    """Return how far the primary KPI was on its way, as the report froze it; None where it says nothing."""
    told = next((kpi for kpi in figures.get("kpis", ()) if kpi.get("is_primary")), None)
    return Decimal(told["attainment"]) if told and told.get("attainment") is not None else None


# --- Money ----------------------------------------------------------------------------


def ledger_of(ids: Sequence[int]) -> tuple[dict[int, list[LedgerLine]], dict[int, list[Budget]]]:
    lines: dict[int, list[LedgerLine]] = {}
    budgets: dict[int, list[Budget]] = {}
    for row in LedgerEntry.objects.filter(pilot__in=ids).order_by("pk"):
        line = line_of(row)
        lines.setdefault(row.pilot_id, []).append(line)
        if line.kind is LedgerKind.BUDGET:
            budget = Budget(phase=line.phase, commitment=line.commitment, decided_on=row.decided_on)
            budgets.setdefault(row.pilot_id, []).append(budget)
    return lines, budgets


# --- What somebody has shown, or let pass -------------------------------------------------


Shown = tuple[str, date]  # a requirement, and the day of what shows it
Waived = tuple[str, date]  # what is let pass, and the last day of that


def shown_for(ids: Sequence[int]) -> dict[int, list[Shown]]:
    """Return what stands as evidence for each pilot, oldest first."""
    rows = Evidence.objects.standing().filter(pilot__in=ids, requirement__in=SHOWN_BY)
    found: dict[int, list[Shown]] = {}
    for pk, code, kind, dated in rows.order_by("dated").values_list(
        "pilot_id", "requirement", "kind", "dated"
    ):
        if kind in PLAYBOOK[code].kinds:
            found.setdefault(pk, []).append((code, dated))
    return found


def waived_for(ids: Sequence[int]) -> dict[int, list[Waived]]:
    rows = Waiver.objects.filter(pilot__in=ids, revoked_at__isnull=True)
    found: dict[int, list[Waived]] = {}
    for pk, subject, until in rows.order_by("pk").values_list("pilot_id", "subject", "until"):
        found.setdefault(pk, []).append((subject, until))
    return found


def said_by(
    day: date, reports: Iterable[Published], shown: Iterable[Shown], waived: Iterable[Waived]
) -> dict[str, Any]:
    """Return what of it was there at the end of a day, by the name of the fact."""
    return {
        "reports": tuple(report for report in reports if report.on <= day),
        "shown": {code: dated for code, dated in shown if dated <= day},
        "let_pass": frozenset(subject for subject, until in waived if until >= day),
    }
