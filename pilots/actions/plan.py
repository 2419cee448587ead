"""Makes the plan of a pilot, and makes it anew. An old plan is never changed: the first is the baseline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.phases import find_phases_again
from pilots.actions.plan_milestones import Placing, place_milestones
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Phase, Pilot, Plan
from pilots.pauses import Pauses, own_today
from pilots.plans import AGAIN, PlannedPhase, PlanShape, Template, phases_of, template_for
from pilots.shapes import Shapes, read_shapes
from pilots.workdays import read_pauses

# Beyond these a first day is a slip of the pen. Day 1 of a plan somebody states may lie well back.
FURTHEST_BACK, FURTHEST_AHEAD = timedelta(days=3 * 366), timedelta(days=366)
LONGEST_PLAN = timedelta(days=3 * 366)
PLANNED = (Stage.TRANSITION, Stage.LIMITED)


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """Somebody asks for a plan.

    `start` is None for today, or for the start of the plan before it; `template` for the one before, or
    the one that fits how it is built. `last_days` puts other last days in place of the template's, one a
    phase and None where the template's counts; a phase that is closed keeps its own. They are days as the
    plan's page shows them: what paused the pilot since day 1 is in them, and is taken out to store them.
    """

    pilot: Pilot
    start: date | None = None
    template: Template | None = None
    last_days: tuple[date | None, ...] = ()
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True)
class _Draft:
    """A plan about to be stored, in place of which one, and which of that one's phases stay closed."""

    pilot: Pilot
    plan: Plan
    live: Plan | None
    shape: PlanShape
    phases: tuple[PlannedPhase, ...]
    pauses: Pauses
    today: date
    closed: tuple[Phase, ...] = ()

    def falls(self, day: date) -> date:
        """Return when a planned day of it falls, as its page shows it."""
        return self.pauses.moved(day, self.plan.start, self.today)


def make_plan(new: NewPlan, *, by: By) -> Plan:
    return make_plans([new], by=by)[0]


def make_plans(plans: Sequence[NewPlan], *, by: By) -> list[Plan]:
    """Make the first plan of each pilot, or the next one in place of what it had, or none of them.

    The milestones of its template come with it. What was closed stays closed.
    """
    versions = {new.pilot.pk: new.version for new in plans if new.version is not None}
    with changing([new.pilot for new in plans], deed=Deed.PLAN, by=by, versions=versions) as change:
        live, shapes = _live_plans(change.pilots), _shapes(change)
        pauses = _pauses(change.pilots.values())
        drafts = []
        for new in plans:
            pilot = change.pilots[new.pilot.pk]
            before = live.get(pilot.pk)
            today = by.today(pilot.program)
            _check_plan(new, pilot, before, today=today)
            shape = shapes[pilot.program_id]
            draft = _draft(new, pilot, before, shape, pauses[pilot.pk], by=by, keeps=True)
            _check_days(new, draft)
            drafts.append(draft)
        return _write(change, drafts)


def begin_plans(change: Change, starts: dict[int, date]) -> None:
    """Make a plan for each pilot that just came to its 90 days; `starts` is day 1 by pilot id."""
    if starts:
        live, shapes = _live_plans(starts), _shapes(change)
        pauses = _pauses(change.pilots[pk] for pk in starts)
        drafts = []
        for pk, start in starts.items():
            pilot = change.pilots[pk]
            new = NewPlan(pilot=pilot, start=start, reason=AGAIN if pk in live else "")
            shape = shapes[pilot.program_id]
            drafts.append(_draft(new, pilot, live.get(pk), shape, pauses[pk], by=change.by))
        _write(change, drafts)


def _live_plans(ids: Iterable[int]) -> dict[int, Plan]:
    """Return the plan that counts of each pilot that has one, with its phases; two queries."""
    plans = Plan.objects.live().filter(pilot__in=list(ids)).order_by("pk").prefetch_related("phases")
    return {plan.pilot_id: plan for plan in plans}


def _shapes(change: Change) -> dict[int, dict[Template, PlanShape]]:
    return read_shapes({pilot.program_id for pilot in change.pilots.values()})


def _pauses(pilots: Iterable[Pilot]) -> dict[int, Pauses]:
    return read_pauses({pilot.pk: pilot.program_id for pilot in pilots})


def _draft(
    new: NewPlan,
    pilot: Pilot,
    live: Plan | None,
    shapes: Shapes,
    pauses: Pauses,
    *,
    by: By,
    keeps: bool = False,
) -> _Draft:
    """Put a plan together; with `keeps` the closed phases stay so, while their kinds are the same."""
    was = Template(live.template) if live and keeps else None
    template = new.template or was or template_for(pilot.how_built, pilot.risk)
    today = by.today(pilot.program)
    start = new.start or (live.start if live and keeps else today)
    today = own_today(today, pilot.held_since)
    shape = shapes[template]
    closed = _closed(live, shape) if live and keeps else ()
    plan = Plan(
        pilot=pilot,
        number=live.number + 1 if live else 1,
        template=template.value,
        start=start,
        reason=new.reason.strip(),
        made_at=by.at,
        made_by=by.user,
    )
    asked = [day and pauses.planned(day, start, today) for day in new.last_days]
    phases = _with_days(shape, start, asked, [_kept_end(row, live, start, pauses) for row in closed])
    return _Draft(pilot, plan, live, shape, phases, pauses, today, closed)


def _kept_end(row: Phase, live: Plan | None, start: date, pauses: Pauses) -> date:
    """Return the planned end of a closed phase in a plan from `start`: it falls on the day it fell on."""
    began, closed_on = live.start if live else start, row.finished_on
    falls = pauses.moved(row.planned_end, began, start, closed_on=closed_on)
    return pauses.planned(falls, start, start, closed_on=closed_on)


def _closed(live: Plan, shape: PlanShape) -> tuple[Phase, ...]:
    """Return the closed phases at the front that the new plan has as well."""
    kept = []
    rows = sorted(live.phases.all(), key=lambda row: row.number)
    for row, form in zip(rows, shape.phases, strict=False):
        code = form.code.value if form.code else ""
        if row.finished_on is None or (row.code or row.title) != (code or form.title):
            break
        kept.append(row)
    return tuple(kept)


def _with_days(
    shape: PlanShape, start: date, asked: Sequence[date | None], closed: Sequence[date]
) -> tuple[PlannedPhase, ...]:
    ends = [part.end for part in phases_of(shape, start)]
    for number, day in enumerate(asked[: len(ends)]):
        ends[number] = day or ends[number]
    ends[: len(closed)] = closed
    return phases_of(shape, start, ends)


# --- Refusals ----------------------------------------------------------------------


def _check_plan(new: NewPlan, pilot: Pilot, live: Plan | None, *, today: date) -> None:
    refuse_unstorable({"reason": new.reason})
    reasons = []
    if pilot.at_stage not in PLANNED:
        sentence = (
            f"It is at “{pilot.at_stage.label}”. A plan is made while it is at "
            f"“{PLANNED[0].label}” or “{PLANNED[1].label}”; move it there first."
        )
        reasons.append(Reason(sentence, "", "stage"))
    if live is not None and not new.reason.strip():
        reasons.append(
            Reason("Say why it is planned anew: the old plan stays to be seen.", "reason", "reason")
        )
    if new.start and not today - FURTHEST_BACK <= new.start <= today + FURTHEST_AHEAD:
        sentence = (
            f"{Day(new.start)} is too far away for day 1. Choose a day of the last three years or the next."
        )
        reasons.append(Reason(sentence, "start", "far"))
    if reasons:
        raise Refused(reasons)


def _check_days(new: NewPlan, draft: _Draft) -> None:
    """Refuse last days that do not follow each other, each beside its own field."""
    if new.last_days and len(new.last_days) != len(draft.phases):
        sentence = f"This template has {len(draft.phases)} phases; give as many last days."
        raise Refused.because(sentence, field="last_days", code="count")
    reasons = []
    for part in draft.phases:
        is_kept = part.number <= len(draft.closed)
        field = "start" if is_kept else f"last_day_{part.number}"
        if part.end < part.start:
            way = "It is closed: choose an earlier day 1." if is_kept else "Choose that day or a later one."
            begins = f"Phase {part.number}, {part.title}, would begin on {Day(draft.falls(part.start))}"
            sentence = f"{begins} and end before that. {way}"
            reasons.append(Reason(sentence, field, "order"))
        elif part.end > draft.plan.start + LONGEST_PLAN:
            sentence = (
                f"{Day(draft.falls(part.end))} is more than three years after day 1. Choose an earlier day."
            )
            reasons.append(Reason(sentence, field, "far"))
    if reasons:
        raise Refused(reasons)


# --- Writing -----------------------------------------------------------------------


def _write(change: Change, drafts: Sequence[_Draft]) -> list[Plan]:
    """Put the new plans in place of the live ones, in a few statements for any number of pilots."""
    by = change.by
    Plan.objects.filter(pk__in=[draft.live.pk for draft in drafts if draft.live]).update(replaced_at=by.at)
    made = Plan.objects.bulk_create([draft.plan for draft in drafts])
    Phase.objects.bulk_create([row for draft in drafts for row in _rows(draft)], batch_size=1000)
    moved = place_milestones(
        [Placing(draft.pilot, draft.shape, draft.phases, len(draft.closed), draft.falls) for draft in drafts]
    )
    find_phases_again([draft.pilot for draft in drafts], at=by.at)
    for draft in drafts:
        days = moved[draft.pilot.pk]
        before = _told(draft.live, draft.live.phases.all()) if draft.live else None
        if before is not None and days:
            before["milestones"] = [f"{title}: {was}" for title, was, _ in days]
        after = _told(draft.plan, draft.phases)
        if days:
            after["milestones"] = [f"{title}: {now}" for title, _, now in days]
        verb = "plan.replaced" if draft.live else "plan.made"
        change.record(draft.pilot, verb, before=before, after=after, reason=draft.plan.reason)
    return made


def _rows(draft: _Draft) -> list[Phase]:
    rows = [
        Phase(
            plan=draft.plan,
            number=part.number,
            code=part.code.value if part.code else "",
            title=part.title,
            planned_start=part.start,
            planned_end=part.end,
        )
        for part in draft.phases
    ]
    for row, was in zip(rows, draft.closed, strict=False):
        row.started_on, row.note = was.started_on, was.note
        row.finished_on, row.finished_by_id = was.finished_on, was.finished_by_id
    return rows


def _told(plan: Plan, phases: Iterable[Phase | PlannedPhase]) -> dict[str, Any]:
    ends = [part.planned_end if isinstance(part, Phase) else part.end for part in phases]
    return {
        "plan": plan.number,
        "start": plan.start.isoformat(),
        "end": max(ends).isoformat(),
        "template": plan.template,
    }
