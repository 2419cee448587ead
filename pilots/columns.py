"""Derives a pilot's columns and spans from its rows. The rows are the truth; these are for speed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from pilots.access.models import Event, Movement
from pilots.calendar import Day
from pilots.health import Finding, dominant, health
from pilots.health import since as health_since
from pilots.lifecycle import ENDS, Entry, Span, Stage, Standing, stand
from pilots.models import Flag, Hold, Pilot, StageSpan, StageTransition
from pilots.pauses import Period, held_days
from pilots.rows import insert_rows
from pilots.rules.registry import Kind, Pattern


def derived(
    standing: Standing, holds: Sequence[Period], *, silence_from: date | None, moved_from: date | None
) -> dict[str, Any]:
    """Return the column values that follow from a history, its holds, the last word and the last move."""
    open_hold = next((hold for hold in holds if hold.until is None), None)
    if standing.stage in ENDS:
        open_hold = None
    values: dict[str, Any] = {
        "stage": standing.stage.value,
        "stage_since": standing.since.first if standing.since else None,
        "stage_since_precision": standing.since.precision.value if standing.since else "",
        "reached_mask": standing.mask,
        "held_since": open_hold.since if open_hold else None,
        "hold_review_on": open_hold.review_on if open_hold else None,
        "stage_clock_on": _shifted(standing.since_by, holds),
        "proven_clock_on": _shifted(standing.proven_by, holds),
        "silence_clock_on": _shifted(silence_from, holds),
        "moved_clock_on": _shifted(moved_from, holds),
    }
    for stage in Stage:
        day = standing.reached.get(stage)
        values[f"reached_{stage.value}_on"] = day.first if day else None
    return values


def _shifted(start: date | None, holds: Sequence[Period]) -> date | None:
    return start + timedelta(days=held_days(holds, start, None)) if start else None


def span_rows(pilot_id: int, spans: Iterable[Span], holds: Sequence[Period]) -> list[dict[str, Any]]:
    """Return the columns of each stay in a stage."""
    return [
        {
            "pilot_id": pilot_id,
            "stage": span.stage.value,
            "entered_on": _first(span.entered),
            "left_on": _first(span.left),
            "is_last": span.is_last,
            "held_days": held_days(holds, span.entered.first, _first(span.left)) if span.entered else 0,
        }
        for span in spans
    ]


def _first(day: Day | None) -> date | None:
    return day.first if day else None


def silence_from(pilot: Pilot) -> date:
    """Return the day from which silence counts: the last word or move, else the day it was logged."""
    moments = [moment for moment in (pilot.heard_at, pilot.moved_at, pilot.created_at) if moment]
    return pilot.program.today(max(moments))


def moved_from(pilot: Pilot) -> date:
    """Return the day from which standing still counts: the last move, else the day it was logged."""
    return pilot.program.today(max(pilot.moved_at or pilot.created_at, pilot.created_at))


@dataclass(frozen=True)
class Derived:
    """What the rows say of several pilots: column values and the columns of spans, by pilot id."""

    values: dict[int, dict[str, Any]]
    spans: dict[int, list[dict[str, Any]]]


def derive(pilots: Sequence[Pilot]) -> Derived:
    """Read the history of each pilot, in two queries for any number; write nothing."""
    ids = [pilot.pk for pilot in pilots]
    histories, holds = read_histories(ids), read_holds(ids)
    values, spans = {}, {}
    for pilot in pilots:
        standing = stand(histories[pilot.pk])
        values[pilot.pk] = derived(
            standing, holds[pilot.pk], silence_from=silence_from(pilot), moved_from=moved_from(pilot)
        )
        spans[pilot.pk] = span_rows(pilot.pk, standing.spans, holds[pilot.pk])
    return Derived(values, spans)


def read_histories(ids: Sequence[int]) -> dict[int, list[Entry]]:
    """Return every row of each pilot's history, by pilot id."""
    histories: dict[int, list[Entry]] = {pk: [] for pk in ids}
    for row in StageTransition.objects.filter(pilot__in=ids).order_by("pk"):
        histories[row.pilot_id].append(row.as_entry())
    return histories


def read_holds(ids: Sequence[int]) -> dict[int, list[Period]]:
    """Return the holds of each pilot, oldest first, by pilot id."""
    holds: dict[int, list[Period]] = {pk: [] for pk in ids}
    for hold in Hold.objects.filter(pilot__in=ids).order_by("since", "pk"):
        holds[hold.pilot_id].append(Period(hold.since, hold.until, hold.review_on))
    return holds


def write_spans(spans: dict[int, list[dict[str, Any]]]) -> None:
    """Put these spans in place of what the pilots had."""
    StageSpan.objects.filter(pilot__in=list(spans)).delete()
    insert_rows(StageSpan, [span for rows in spans.values() for span in rows])


def last_words(ids: Sequence[int]) -> dict[int, dict[str, datetime | None]]:
    """Return `moved_at` and `heard_at` as the events tell them, by pilot id."""
    found: dict[int, dict[str, datetime | None]] = {pk: {"moved_at": None, "heard_at": None} for pk in ids}
    rows = (
        Event.objects.filter(pilot_id__in=ids)
        .exclude(movement=Movement.NONE.value)
        .values_list("pilot_id", "movement")
        .annotate(last=Max("at"))
    )
    for pilot_id, movement, last in rows.order_by("pilot_id", "movement"):
        found[pilot_id]["moved_at" if movement == Movement.MOVED.value else "heard_at"] = last
    return found


def judged(pilot: Pilot, flags: Iterable[Flag], *, at: datetime) -> dict[str, Any]:
    """Return health, since when, and the dominant pattern, as they follow from a pilot's open flags."""
    findings = [
        Finding(
            Kind(flag.kind),
            flag.at_severity,
            Pattern(flag.pattern),
            flag.opened_at,
            counts=flag.counts(at),
            leaves_doubt=flag.leaves_doubt(at),
            since=flag.counted_from,
            blocks=flag.blocks,
        )
        for flag in flags
    ]
    found = health(
        is_ended=pilot.is_ended,
        is_held=pilot.is_on_hold,
        is_blocked=pilot.blocked_on is not None,
        is_quiet=pilot.is_quiet(pilot.program.today(at)),
        is_known=pilot.is_known,
        findings=findings,
    )
    pattern = dominant(findings)
    return {
        "health": found.value,
        "health_since": health_since(found, blocked_on=pilot.blocked_on, findings=findings),
        "pattern": pattern.value if pattern and not pilot.rests else "",
    }
