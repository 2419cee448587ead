"""Reads how the plans of pilots moved, and how they are held, for any number of them.

The phases that are closed and how hard a pilot is are read as they are today; all else by its day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from pilots.columns import read_holds
from pilots.design import Complexity, RolloutKind
from pilots.lifecycle import Stage
from pilots.models.pilot import Pilot
from pilots.models.plan import Phase, Plan, ScopeChange
from pilots.models.production import RolloutStep
from pilots.pauses import Frozen, Pauses, Period
from pilots.plans import AGAIN, SETTLED
from pilots.playbook import PhaseCode
from pilots.rules.course_facts import Course, Held, Move
from pilots.rules.facts import Facts
from pilots.workdays import read_freezes


@dataclass(frozen=True)
class _Asked:
    """One pilot as it is read: its day, the zone that makes days of moments, and what paused it by then."""

    day: date
    zone: ZoneInfo
    holds: Sequence[Period]
    freezes: Sequence[Frozen]
    is_hard: bool

    def pauses(self, by: date) -> Pauses:
        """Return what was known by a day: what paused it later moved nothing then."""
        ended = [hold for hold in self.holds if hold.until is not None and hold.until <= by]
        return Pauses(ended, self.freezes)


def read(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
    """Return the course of each pilot with a running plan or a hold, by its id; seven queries at most."""
    planned = [
        fact.pilot_id
        for fact in facts
        if not fact.rests and fact.stage is Stage.TRANSITION and fact.plan is not None
    ]
    held = [fact.pilot_id for fact in facts if fact.is_held and not fact.is_ended]
    if not planned and not held:
        return {}
    asked = _asked([fact for fact in facts if fact.pilot_id in {*planned, *held}], days)
    found: dict[int, object] = {pk: _on_hold(asked[pk]) for pk in held}
    if planned:
        moves, staged, changes = _moves(planned, asked), _staged(planned, asked), _changes(planned, asked)
        for pk in planned:
            found[pk] = Course(
                moves=tuple(moves.get(pk, ())),
                staged_since=staged.get(pk),
                scope_changes=tuple(changes.get(pk, ())),
                is_hard=asked[pk].is_hard,
            )
    return found


def _asked(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, _Asked]:
    programs = {fact.pilot_id: fact.program_id for fact in facts}
    freezes, holds = read_freezes(set(programs.values())), read_holds(list(programs))
    rows = Pilot.objects.filter(pk__in=list(programs)).values_list("pk", "program__zone", "complexity")
    return {
        pk: _Asked(
            day=days[pk],
            zone=ZoneInfo(zone),
            holds=[hold for hold in holds[pk] if hold.since <= days[pk]],
            freezes=freezes[programs[pk]],
            is_hard=complexity == Complexity.HIGH.value,
        )
        for pk, zone, complexity in rows.order_by("pk")
    }


# --- A hold -----------------------------------------------------------------------------


def _on_hold(asked: _Asked) -> Course:
    """Return the hold that lasts on the day. One that ended on the day it began hid nothing."""
    lasting = next((hold for hold in asked.holds if hold.until is None or hold.until > asked.day), None)
    if lasting is None:
        return Course()
    frozen = Pauses(freezes=asked.freezes)
    held = Held(
        since=lasting.since + timedelta(days=frozen.days(lasting.since, asked.day)),
        review_on=lasting.review_on + timedelta(days=frozen.days(lasting.review_on, asked.day)),
    )
    return Course(hold=held, holds=sum(hold.until != hold.since for hold in asked.holds))


# --- A plan -------------------------------------------------------------------------------


def _moves(ids: Sequence[int], asked: Mapping[int, _Asked]) -> dict[int, list[Move]]:
    """Return how the end of each running plan was moved, by what it was and became on the day it was.

    A plan is made by itself when a pilot comes to its 90 days; what is planned anew in the fortnight in
    which its scope is still open is planning, and no slip.
    """
    rows = (
        Plan.objects.filter(pilot__in=ids)
        .annotate(end=Max("phases__planned_end"))
        .order_by("pilot", "number")
        .values_list("pilot_id", "start", "end", "made_at", "reason")
    )
    found: dict[int, list[Move]] = {}
    before: dict[int, tuple[date, date]] = {}
    first_made: dict[int, date] = {}
    for pk, start, end, made_at, reason in rows:
        made_on = made_at.astimezone(asked[pk].zone).date()
        if end is None or made_on > asked[pk].day:
            continue
        was = before.get(pk)
        before[pk] = (start, end)
        if was is None or reason == AGAIN:
            found[pk], first_made[pk] = [], made_on  # it begins anew: what came before was another way
            continue
        if (made_on - first_made[pk]).days < SETTLED:
            continue
        pauses = asked[pk].pauses(made_on)
        fell, falls = (pauses.moved(last, first, made_on) for first, last in (was, (start, end)))
        if days := (falls - fell).days:
            found[pk].append(Move(made_on, days))
    return found


def _staged(ids: Sequence[int], asked: Mapping[int, _Asked]) -> dict[int, date]:
    """Return since when each has a result and waits: integration is over, or a shadow run has begun.

    Never before the planned end of the integration; what paused it since is taken out.
    """
    rows = Phase.objects.filter(
        plan__pilot__in=ids, plan__replaced_at__isnull=True, code=PhaseCode.INTEGRATE.value
    )
    phases = {phase.plan.pilot_id: phase for phase in rows.select_related("plan").order_by("plan", "-number")}
    shadows = dict(
        RolloutStep.objects.filter(pilot__in=list(phases), kind=RolloutKind.SHADOW.value)
        .order_by("pilot", "-starts_on", "-pk")  # the first one is read last, and stays
        .values_list("pilot_id", "starts_on")
    )
    found = {}
    for pk, phase in phases.items():
        day = asked[pk].day
        began = [on for on in (phase.finished_on, shadows.get(pk)) if on is not None and on <= day]
        if began:
            pauses, first = asked[pk].pauses(day), min(began)
            planned = pauses.moved(phase.planned_end, phase.plan.start, day)
            found[pk] = max(planned, first + timedelta(days=pauses.days(first, day)))
    return found


def _changes(ids: Sequence[int], asked: Mapping[int, _Asked]) -> dict[int, list[date]]:
    """Return when the scope of each running plan was changed after it was settled."""
    rows = ScopeChange.objects.filter(plan__pilot__in=ids, plan__replaced_at__isnull=True)
    found: dict[int, list[date]] = {}
    for pk, made_at in rows.order_by("made_at", "pk").values_list("pilot_id", "made_at"):
        on = made_at.astimezone(asked[pk].zone).date()
        if on <= asked[pk].day:
            found.setdefault(pk, []).append(on)
    return found
