"""Reads how the plans of pilots moved, and how they are held, for any number of them.

The phases that are closed and how hard a pilot is are read as they are today; all else by its day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from pilots.columns import read_holds
from pilots.design import Complexity, RolloutKind
from pilots.floors import Floor
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


def read(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
    """Return the course of each pilot with a running plan or a hold, by its id; seven queries at most."""
    asked = [fact for fact in facts if _runs_a_plan(fact) or _is_put_off(fact)]
    if not asked:
        return {}
    rows = _read([fact.pilot_id for fact in asked], [fact.pilot_id for fact in asked if _runs_a_plan(fact)])
    return _on(rows, asked, days)


def prepare(pilots: Sequence[int], first: date, last: date) -> Floor:
    """Return a reader for many days, which asks the database once."""
    rows = _read(pilots, pilots)
    return lambda facts, days: _on(rows, facts, days)


def _runs_a_plan(fact: Facts) -> bool:
    return not fact.rests and fact.stage is Stage.TRANSITION and fact.plan is not None


def _is_put_off(fact: Facts) -> bool:
    return fact.is_held and not fact.is_ended


# --- What is read ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Planned:
    """One plan of a pilot: its first and last day as they are stored, when it was made, and why."""

    start: date
    end: date
    made_on: date
    reason: str


@dataclass
class _Rows:
    """What the rows say of one pilot, whatever the day."""

    zone: ZoneInfo
    is_hard: bool
    holds: Sequence[Period]
    freezes: Sequence[Frozen]
    plans: list[_Planned] = field(default_factory=list)
    integration: Phase | None = None
    shadow_on: date | None = None
    changes: list[date] = field(default_factory=list)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def pauses(self, by: date) -> Pauses:
        """Return what was known by a day: what paused it later moved nothing then."""
        ended = [hold for hold in self.holds if hold.until is not None and hold.until <= by]
        return Pauses(ended, self.freezes)


def _read(ids: Sequence[int], planned: Sequence[int]) -> dict[int, _Rows]:
    """Return the rows of these pilots, and of the plans of some of them; seven queries at most."""
    told = ("pk", "program_id", "program__zone", "complexity")
    pilots = list(Pilot.objects.filter(pk__in=ids).order_by("pk").values_list(*told))
    freezes, holds = read_freezes({row[1] for row in pilots}), read_holds(ids)
    found = {
        pk: _Rows(ZoneInfo(zone), complexity == Complexity.HIGH.value, holds[pk], freezes[program])
        for pk, program, zone, complexity in pilots
    }
    if planned:
        _add_plans(found, planned)
        _add_staging(found, planned)
        _add_changes(found, planned)
    return found


def _add_plans(found: Mapping[int, _Rows], ids: Iterable[int]) -> None:
    plans = Plan.objects.filter(pilot__in=ids).annotate(end=Max("phases__planned_end"))
    told = ("pilot_id", "start", "end", "made_at", "reason")
    for pk, start, end, made_at, reason in plans.order_by("pilot", "number").values_list(*told):
        if end is not None:
            found[pk].plans.append(_Planned(start, end, found[pk].day_of(made_at), reason))


def _add_staging(found: Mapping[int, _Rows], ids: Iterable[int]) -> None:
    live = Phase.objects.filter(plan__pilot__in=ids, plan__replaced_at__isnull=True)
    integration = live.filter(code=PhaseCode.INTEGRATE.value).select_related("plan")
    for phase in integration.order_by("plan", "number"):
        found[phase.plan.pilot_id].integration = phase
    shadows = RolloutStep.objects.filter(pilot__in=ids, kind=RolloutKind.SHADOW.value)
    # The first one is read last, and stays.
    for pk, starts_on in shadows.order_by("pilot", "-starts_on", "-pk").values_list("pilot_id", "starts_on"):
        found[pk].shadow_on = starts_on


def _add_changes(found: Mapping[int, _Rows], ids: Iterable[int]) -> None:
    changes = ScopeChange.objects.filter(plan__pilot__in=ids, plan__replaced_at__isnull=True)
    for pk, made_at in changes.order_by("made_at", "pk").values_list("pilot_id", "made_at"):
        found[pk].changes.append(found[pk].day_of(made_at))


# --- What it says on a day -------------------------------------------------------------------


def _on(rows: Mapping[int, _Rows], facts: Iterable[Facts], days: Mapping[int, date]) -> dict[int, object]:
    found: dict[int, object] = {}
    for fact in facts:
        own, day = rows[fact.pilot_id], days[fact.pilot_id]
        if _runs_a_plan(fact):
            found[fact.pilot_id] = Course(
                moves=_moves(own, day),
                staged_since=_staged_since(own, day),
                scope_changes=tuple(on for on in own.changes if on <= day),
                is_hard=own.is_hard,
            )
        elif _is_put_off(fact):
            found[fact.pilot_id] = _on_hold(own, day)
    return found


def _on_hold(own: _Rows, day: date) -> Course:
    """Return the hold that lasts on the day. One that ended on the day it began hid nothing."""
    begun = [hold for hold in own.holds if hold.since <= day]
    lasting = next((hold for hold in begun if hold.until is None or hold.until > day), None)
    if lasting is None:
        return Course()
    frozen = Pauses(freezes=own.freezes)
    held = Held(
        since=lasting.since + timedelta(days=frozen.days(lasting.since, day)),
        review_on=lasting.review_on + timedelta(days=frozen.days(lasting.review_on, day)),
    )
    return Course(hold=held, holds=sum(hold.until != hold.since for hold in begun))


def _moves(own: _Rows, day: date) -> tuple[Move, ...]:
    """Return how the end of the running plan was moved, by what it was and became on the day it was.

    A plan is made by itself when a pilot comes to its 90 days; what is planned anew in the fortnight in
    which its scope is still open is planning, and no slip.
    """
    made = [plan for plan in own.plans if plan.made_on <= day]
    moves: list[Move] = []
    first: _Planned | None = None
    was: _Planned | None = None
    for plan in made:
        if first is None or was is None or plan.reason == AGAIN:
            first, moves = plan, []  # it begins anew: what came before was another way
        elif (plan.made_on - first.made_on).days >= SETTLED:
            pauses = own.pauses(plan.made_on)
            fell, falls = (pauses.moved(one.end, one.start, plan.made_on) for one in (was, plan))
            if falls != fell:
                moves.append(Move(plan.made_on, (falls - fell).days))
        was = plan
    return tuple(moves)


def _staged_since(own: _Rows, day: date) -> date | None:
    """Return since when it has a result and waits: integration is over, or a shadow run has begun.

    Never before the planned end of the integration; what paused it since is taken out.
    """
    phase = own.integration
    if phase is None:
        return None
    began = [on for on in (phase.finished_on, own.shadow_on) if on is not None and on <= day]
    if not began:
        return None
    pauses, first = own.pauses(day), min(began)
    planned = pauses.moved(phase.planned_end, phase.plan.start, day)
    return max(planned, first + timedelta(days=pauses.days(first, day)))
