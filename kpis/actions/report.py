"""Looks back: begins a report, writes its words, and freezes its figures when it is published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kpis.models import Report
from kpis.reports.arrival import arrival_of
from kpis.reports.figures import figures_of
from kpis.reports.periods import Span, opens_on, span_of
from kpis.terms import VERDICTS, ReportKind, Verdict
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing
from pilots.actions.production_rules import faults_of_texts, refuse_unknown, tidy, versions
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Pilot

TEXTS = ("summary", "incidents", "next_steps")
EDITABLE = (*TEXTS, "verdict")
NOT_KNOWN = {
    ReportKind.WINDOW: (
        "It is not known since when it has users, so nobody can say which 30 days to look at. "
        "Move it to Limited go-live, or correct the day in its history."
    ),
    **dict.fromkeys(
        (ReportKind.MONTH, ReportKind.YEAR, ReportKind.THREE_YEARS),
        "It is not known since when it is in production. Move it there, or correct the day in its history.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class NewReport:
    """A report to begin: the next one of its kind."""

    pilot: Pilot
    kind: ReportKind
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReportEdit:
    """New words for some of `EDITABLE`; what is not named stays. An empty verdict is none yet."""

    report: Report
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Publication:
    """The figures as they are now are kept, and the report changes no more."""

    report: Report
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RemoveReport:
    report: Report
    version: int | None = None


def begin_report(new: NewReport, *, by: By) -> Report:
    """Begin the next report of a kind. Raises `Refused` where its days are not known, or it is there."""
    with changing([new.pilot], deed=Deed.EDIT, by=by, versions=versions(new.pilot, new.version)) as change:
        pilot = change.pilots[new.pilot.pk]
        _refuse_ended(pilot)
        there = list(Report.objects.filter(pilot=pilot, kind=new.kind.value).order_by("period_from"))
        draft = next((row for row in there if row.published_at is None), None)
        if draft is not None:
            sentence = f"One for {_days(draft.period_from, draft.period_to)} is begun. Publish or remove it."
            raise Refused.because(sentence, field="kind", code="begun")
        span = _span(new.kind, pilot, {row.period_from for row in there}, change)
        row = Report.objects.create(
            pilot=pilot,
            kind=new.kind.value,
            period_from=span.first,
            period_to=span.last,
            begun_by=by.user,
            begun_at=by.at,
        )
        change.record(pilot, "report.begun", after=_told(row))
    return row


def edit_report(edit: ReportEdit, *, by: By) -> Report:
    """Write the words of a draft; raises `Report.DoesNotExist` for one that was removed meanwhile."""
    refuse_unknown(edit.fields, EDITABLE)
    pilot = edit.report.pilot
    with changing([pilot], deed=Deed.EDIT, by=by, versions=versions(pilot, edit.version)) as change:
        row = _draft(edit.report)
        before = _words(row)
        _write(row, edit.fields)
        if (after := _words(row)) != before:
            row.save(update_fields=list(EDITABLE))
            change.record(
                change.pilots[pilot.pk],
                "report.edited",
                before=_told(row) | before,
                after=_told(row) | after,
            )
    return row


def publish_report(publication: Publication, *, by: By) -> Report:
    """Keep the figures as they are now; nothing of a published report changes any more."""
    refuse_unknown(publication.fields, EDITABLE)
    pilot = publication.report.pilot
    with changing(
        [pilot], deed=Deed.CONCLUDE, by=by, versions=versions(pilot, publication.version)
    ) as change:
        pilot = change.pilots[pilot.pk]
        row = _draft(publication.report)
        _write(row, publication.fields)
        _refuse_unready(row, today=by.today(pilot.program))
        row.figures = figures_of(row, pilot, at=by.at)
        row.published_by, row.published_at = by.user, by.at
        row.save(update_fields=[*EDITABLE, "figures", "published_by", "published_at"])
        change.record(pilot, "report.published", after=_told(row) | _words(row))
    return row


def remove_report(remove: RemoveReport, *, by: By) -> None:
    """Take a draft away; what it said stays in the event."""
    pilot = remove.report.pilot
    with changing([pilot], deed=Deed.EDIT, by=by, versions=versions(pilot, remove.version)) as change:
        row = _draft(remove.report)
        change.record(change.pilots[pilot.pk], "report.removed", before=_told(row) | _words(row))
        row.delete()


# --- What a report may be -------------------------------------------------------------


def _refuse_ended(pilot: Pilot) -> None:
    if pilot.at_stage is Stage.STOPPED:
        raise Refused.because("It is stopped, so there is nothing to look back over.", code="ended")


def _span(kind: ReportKind, pilot: Pilot, taken: set[date], change: Change) -> Span:
    today = change.by.today(pilot.program)
    span = span_of(kind, arrival_of(pilot, today=today), today=today, taken=taken)
    if span is None:
        raise Refused.because(NOT_KNOWN[kind], field="kind", code="not-known")
    if span.first in taken:
        sentence = f"Its {kind.label} is published. There is one of them."
        raise Refused.because(sentence, field="kind", code="published")
    if span.first > today:
        sentence = f"The next one is about {_days(span.first, span.last)}, which has not begun."
        raise Refused.because(sentence, field="kind", code="future")
    return span


def _refuse_unready(row: Report, *, today: date) -> None:
    kind = ReportKind(row.kind)
    reasons = []
    opens = opens_on(kind, Span(row.period_from, row.period_to))
    if today < opens:
        sentence = f"It looks at {_days(row.period_from, row.period_to)}. Publish it from {Day(opens)} on."
        reasons.append(Reason(sentence, "", "too-early"))
    if VERDICTS[kind] and not row.verdict:
        choices = ", ".join(verdict.label.lower() for verdict in Verdict if verdict in VERDICTS[kind])
        reasons.append(Reason(f"Conclude it: {choices}.", "verdict", "required"))
    if VERDICTS[kind] and not row.summary:
        reasons.append(
            Reason("Say in a sentence why: what was seen against the baseline.", "summary", "required")
        )
    if reasons:
        raise Refused(reasons)


def _write(row: Report, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    tidy(row, TEXTS)
    reasons = faults_of_texts(row, TEXTS)
    if row.verdict:
        verdict, kind = Verdict(row.verdict), ReportKind(row.kind)
        row.verdict = verdict.value
        if verdict not in VERDICTS[kind]:
            sentence = f"“{verdict.label}” concludes no {kind.label.lower()}."
            reasons.append(Reason(sentence, "verdict", "verdict"))
    if reasons:
        raise Refused(reasons)


def _draft(report: Report) -> Report:
    """Return the report as it is, now that its pilot is locked; refuse one that is published."""
    row = Report.objects.select_related("pilot").get(pk=report.pk)
    if row.published_at is not None:
        sentence = "It is published, so it stays as it is. Say what is new in the next one."
        raise Refused.because(sentence, code="published")
    return row


def _days(first: date, last: date) -> str:
    return f"{Day(first)} to {Day(last)}"


def _told(row: Report) -> dict[str, Any]:
    return {
        "report": row.pk,
        "kind": row.kind,
        "period_from": row.period_from.isoformat(),
        "period_to": row.period_to.isoformat(),
    }


def _words(row: Report) -> dict[str, Any]:
    return {name: value for name in EDITABLE if (value := getattr(row, name))}
