"""Tells what the sample's pilots bring for their next step: evidence, connections, steps of the rollout."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from operator import methodcaller

from pilots.actions.connection import ConnectionEdit, NewConnection, add_connection, edit_connection
from pilots.actions.milestone import MilestoneEdit, edit_milestones
from pilots.actions.phase import ClosePhase, close_phase
from pilots.actions.requirement import settle_requirements
from pilots.actions.rollout import NewStep, StepDecision, add_step, decide_step
from pilots.actions.waiting import NewWait, WaitOver, end_wait, wait_for
from pilots.actions.waiver import NewWaiver, waive_all
from pilots.gates import Readiness
from pilots.lifecycle import Missing
from pilots.models import Phase, Pilot
from pilots.readiness import readiness_of
from portfolio.desk.sample.cast import Cast, moment
from portfolio.desk.sample.gates import supply
from portfolio.desk.sample.people import CONTACTS
from portfolio.desk.sample.story import Closed, Connected, Freed, Prepared, Shown, Stepped, Waited, Waived


def show(
    pilots: Sequence[Pilot], day: int, cast: Cast, missing: Callable[[Readiness], Sequence[Missing]]
) -> None:
    """Bring what these pilots lack for their next step."""
    if not pilots:
        return
    at = moment(cast.today, day)
    fresh = list(Pilot.objects.select_related("program").filter(pk__in=[p.pk for p in pilots]).order_by("pk"))
    found = readiness_of(fresh, at=at)
    supply(
        {pilot: missing(found[pilot.pk]) for pilot in fresh},
        owner=cast.by(cast.owner, day),
        manager=cast.by(cast.manager, day),
        business=CONTACTS["Imani Okoye"],
        day=at.date(),
    )
    settle_requirements([pilot.pk for pilot in fresh], at=at)


def close(told: Sequence[tuple[Pilot, Closed]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        phase = _open_phase(pilot)
        show([pilot], day, cast, methodcaller("missing_in", phase.code))
        today = moment(cast.today, day).date()
        done = [
            MilestoneEdit(milestone=row, fields={"done_on": min(row.due_on or today, today)})
            for row in phase.milestones.waiting().select_related("pilot").by_day()
        ]
        edit_milestones(done, by=cast.by(cast.manager, day))
        close_phase(ClosePhase(phase=phase, note=step.note), by=cast.by(cast.manager, day))


def _open_phase(pilot: Pilot) -> Phase:
    phases = Phase.objects.select_related("plan__pilot").filter(plan__pilot=pilot, finished_on=None)
    return phases.earliest("number")


def prepare(told: Sequence[tuple[Pilot, Prepared]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        code = _open_phase(pilot).code
        show([pilot], day, cast, partial(_missing_but, code=code, lacks=step.lacks))


def _missing_but(found: Readiness, *, code: str, lacks: frozenset[str]) -> list[Missing]:
    return [item for item in found.missing_in(code) if item.code not in lacks]


def show_some(told: Sequence[tuple[Pilot, Shown]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        show([pilot], day, cast, partial(_named, codes=step.codes))


def _named(_found: Readiness, *, codes: Sequence[str]) -> list[Missing]:
    return [Missing(code, "") for code in codes]


def waive(told: Sequence[tuple[Pilot, Waived]], day: int, cast: Cast) -> None:
    news = [
        NewWaiver(pilot=pilot, subject=step.code, reason=step.why, until=_day(cast, step.until))
        for pilot, step in told
    ]
    waive_all(news, by=cast.by(cast.manager, day))


def wait(told: Sequence[tuple[Pilot, Waited]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        new = NewWait(pilot=pilot, requirement=step.code, on_role=step.on, note=step.note)
        wait_for(new, by=cast.by(cast.manager, day))


def free(told: Sequence[tuple[Pilot, Freed]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        row = pilot.waits.open().get(requirement=step.code)
        end_wait(WaitOver(waiting=row), by=cast.by(cast.manager, day))


def connect(told: Sequence[tuple[Pilot, Connected]], day: int, cast: Cast) -> None:
    by = cast.by(cast.manager, day)
    for pilot, step in told:
        fields = {**step.parts, **{name: _day(cast, days) for name, days in step.dates.items()}}
        row = pilot.connections.filter(name=step.name).first()
        if row is None:
            add_connection(NewConnection(pilot=pilot, name=step.name, kind=step.kind, fields=fields), by=by)
        else:
            edit_connection(ConnectionEdit(connection=row, fields=fields), by=by)


def roll_out(told: Sequence[tuple[Pilot, Stepped]], day: int, cast: Cast) -> None:
    by = cast.by(cast.manager, day)
    for pilot, step in told:
        row = add_step(
            NewStep(
                pilot=pilot,
                kind=step.kind,
                share_percent=step.share,
                starts_on=_day(cast, step.first),
                ends_on=None if step.last is None else _day(cast, step.last),
                audience=step.audience,
                rollback_when=step.back_when,
            ),
            by=by,
        )
        if step.outcome:
            decide_step(StepDecision(step=row, outcome=step.outcome, result=step.result), by=by)


def _day(cast: Cast, days: int) -> date:
    return cast.today - timedelta(days=days)
