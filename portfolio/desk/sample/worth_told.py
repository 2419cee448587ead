"""Tells what the sample's pilots measured, cost and brought, by the actions people use."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpis, edit_kpis
from kpis.actions.ledger import (
    BudgetDecision,
    Check,
    NewEntry,
    add_entries,
    check_benefit,
    decide_budget,
)
from kpis.actions.loop import LoopEdit, edit_loop
from kpis.actions.measurement import NewReading, record_readings
from kpis.actions.report import NewReport, Publication, begin_report, publish_report
from kpis.models import Kpi
from kpis.money.terms import Basis, Finding
from kpis.oneline import KpiLine, read_kpi
from kpis.terms import Entry as Door
from pilots.access.models import Source
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.models import Pilot
from portfolio.desk.sample.cast import Cast, moment
from portfolio.desk.sample.gates import sign_main
from portfolio.desk.sample.story import (
    Booked,
    Changed,
    Counted,
    Entry,
    Looped,
    Measured,
    Reported,
    Signed,
    Versioned,
)

TOOL = "desk statistics"
CURRENCY = "EUR"


def count(told: Sequence[tuple[Pilot, Counted]], day: int, cast: Cast) -> None:
    news = [NewKpi(pilot=pilot, line=_line(step.kpi), fields=step.parts) for pilot, step in told]
    define_kpis(news, by=cast.by(cast.manager, day))


def _line(text: str) -> KpiLine:
    line = read_kpi(text)
    if line is None:
        raise ValueError(f"No number is agreed by “{text}”.")
    return line


def change(told: Sequence[tuple[Pilot, Changed]], day: int, cast: Cast) -> None:
    main = {kpi.pilot_id: kpi for kpi in Kpi.objects.filter(pilot__in=_ids(told), is_primary=True)}
    edits = [
        KpiEdit(kpi=main[pilot.pk], fields=step.parts, reason=step.why, scope_reason=step.why)
        for pilot, step in told
    ]
    edit_kpis(edits, by=cast.by(cast.manager, day))


def sign(told: Sequence[tuple[Pilot, Signed]], day: int, cast: Cast) -> None:
    for pilot, _ in told:
        sign_main(pilot, cast.by(cast.manager, day), cast.today)


def go_live(told: Sequence[tuple[Pilot, Versioned]], day: int, cast: Cast) -> None:
    today = moment(cast.today, day).date()
    for pilot, step in told:
        trained = None if step.trained_to is None else cast.today - timedelta(days=step.trained_to)
        new = NewModelVersion(
            pilot=pilot,
            label=step.label,
            provider=step.provider,
            changed_on=today,
            training_data_through=trained,
            is_live=True,
        )
        add_model_version(new, by=cast.by(cast.manager, day))


def measure(told: Sequence[tuple[Pilot, Measured]], day: int, cast: Cast) -> None:
    """Send what was counted, as a tool does: no clock of a pilot moves by it."""
    kpis = {(kpi.pilot_id, kpi.name): kpi for kpi in Kpi.objects.filter(pilot__in=_ids(told))}
    news = [
        NewReading(
            kpi=kpis[pilot.pk, row.kpi],
            value=Decimal(row.value),
            provenance=row.provenance,
            measured_at=moment(cast.today, row.days),
            sample_size=row.cases,
            model_version=row.version or None,
            source=TOOL,
        )
        for pilot, step in told
        for row in step.readings
    ]
    record_readings(news, entry=Door.API, by=replace(cast.by(cast.manager, day), source=Source.API))


def loop(told: Sequence[tuple[Pilot, Looped]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        trained = {"retrained_on": cast.today - timedelta(days=step.trained)}
        counted = {"counted_on": moment(cast.today, day).date()} if "answered" in step.parts else {}
        edit_loop(
            LoopEdit(pilot=pilot, fields={**step.parts, **trained, **counted}),
            by=cast.by(cast.manager, day),
        )


def book(told: Sequence[tuple[Pilot, Booked]], day: int, cast: Cast) -> None:
    """Write it down, check it and decide about it; nobody checks what they wrote."""
    main = {kpi.pilot_id: kpi for kpi in Kpi.objects.filter(pilot__in=_ids(told), is_primary=True)}
    entries = [(pilot, entry) for pilot, step in told for entry in step.entries]
    rows = add_entries(
        [_new(pilot, entry, main, cast) for pilot, entry in entries], by=cast.by(cast.owner, day)
    )
    by = cast.by(cast.manager, day)
    for row, (_, entry) in zip(rows, entries, strict=True):
        if entry.verified:
            check_benefit(Check(entry=row, finding=Finding.VERIFIED, note=entry.verified), by=by)
        if entry.decided:
            decide_budget(
                BudgetDecision(
                    entry=row,
                    commitment=entry.decided,
                    decided_on=by.at.date(),
                    decided_by="Claims board",
                    because=entry.because,
                ),
                by=by,
            )


def _new(pilot: Pilot, entry: Entry, main: Mapping[int, Kpi], cast: Cast) -> NewEntry:
    return NewEntry(
        pilot=pilot,
        kind=entry.kind,
        phase=entry.phase,
        amount=Decimal(entry.amount),
        currency=CURRENCY,
        period_from=cast.today - timedelta(days=entry.first),
        period_to=cast.today - timedelta(days=entry.last),
        category=entry.category,
        basis=Basis.PLANNED if entry.is_planned else Basis.ACTUAL,
        note=entry.note,
        kpi=main.get(pilot.pk) if entry.kind == "benefit" else None,
    )


def report(told: Sequence[tuple[Pilot, Reported]], day: int, cast: Cast) -> None:
    by = cast.by(cast.manager, day)
    for pilot, step in told:
        row = begin_report(NewReport(pilot=pilot, kind=step.kind), by=by)
        fields = {"summary": step.summary, "verdict": step.verdict.value if step.verdict else ""}
        publish_report(Publication(report=row, fields=fields), by=by)


def _ids(told: Sequence[tuple[Pilot, object]]) -> list[int]:
    return [pilot.pk for pilot, _ in told]
