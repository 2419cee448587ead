"""What stands at the top of a pilot's pages: the road, who answers for it, and what the reader may do."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Count, Exists, IntegerField, Max, OuterRef, Q, Subquery, Value
from django.urls import reverse
from django.utils import timezone

from pilots.access.models import Event, User
from pilots.access.permissions import Deed, OwnerRole, Relation, may
from pilots.actions.description import DESIGN
from pilots.gates import Readiness
from pilots.lifecycle import RUNNING, Stage
from pilots.models import (
    Connection,
    Ending,
    Hold,
    Milestone,
    ModelVersion,
    Ownership,
    Pilot,
    Plan,
    RequirementState,
    RolloutStep,
    StageTransition,
)
from pilots.models.ending import ending_of
from pilots.plans import day_of
from pilots.playbook import READY
from pilots.readiness import readiness_of
from pilots.web.endings import ended_after, ending_facts
from pilots.web.road import Road, on, with_origin
from pilots.web.spoken import ago, ahead, days, spoken
from pilots.web.upper import UPPER_ACTIONS, UPPER_TABS, UpperAction
from pilots.web.ways import Way, ways
from pilots.web.why import Why
from pilots.workdays import pauses_of

ROLE_WORDS = {role: role.label for role in OwnerRole}


@dataclass(frozen=True)
class Rest:
    """Why a pilot does not move now: the words over it, and facts as label, value and whether it is late.

    `is_overdue`: it is a hold whose review day has passed. `after` says how soon it ended.
    """

    kind: str
    title: str
    facts: list[tuple[str, str, bool]]
    is_overdue: bool = False
    after: str = ""


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_current: bool
    count: int | str = ""


class PilotHead:
    """The head of one pilot's pages for one reader; each part is read from the database when first needed."""

    def __init__(self, pilot: Pilot, relation: Relation, *, tab: str, reader: User | None = None) -> None:
        self.pilot = pilot
        now = self._now = timezone.now()
        self.today = pilot.program.today(now)
        self.why = Why(pilot, relation, reader=reader, at=now)
        self.relation = relation
        self._tab = tab

    # --- What the reader may do -----------------------------------------------------

    @property
    def may_check_in(self) -> bool:
        return may(Deed.CHECK_IN, self.relation)

    @property
    def may_edit(self) -> bool:
        return may(Deed.EDIT, self.relation)

    @property
    def may_plan(self) -> bool:
        return may(Deed.PLAN, self.relation) and not self.pilot.is_ended

    @property
    def may_hold(self) -> bool:
        return may(Deed.HOLD, self.relation) and not self.pilot.is_ended

    @property
    def may_log_another(self) -> bool:
        return may(Deed.CREATE_IDEA, self.relation)

    @property
    def may_assign(self) -> bool:
        return may(Deed.ASSIGN_OWNERS, self.relation)

    @property
    def may_correct(self) -> bool:
        return may(Deed.MOVE, self.relation)

    @property
    def upper_actions(self) -> list[UpperAction]:
        """What the reader may do on the floors above, while it has not ended."""
        if self.pilot.is_ended:
            return []
        return [action for action in UPPER_ACTIONS if may(action.deed, self.relation)]

    @cached_property
    def ways(self) -> list[Way]:
        return ways(self.pilot, self.relation)

    @property
    def way_on(self) -> Way | None:
        return next((way for way in self.ways if way.kind != "end"), None)

    @property
    def way_out(self) -> Way | None:
        return next((way for way in self.ways if way.kind == "end"), None)

    # --- What is known ----------------------------------------------------------------

    @cached_property
    def transitions(self) -> list[StageTransition]:
        """All rows of its history, those that no longer count included, oldest first."""
        return list(self.pilot.transitions.in_order().select_related("actor"))

    @cached_property
    def road(self) -> Road:
        closed = self._plan_closed()
        box = None if closed else self._plan_box()
        return Road(self.pilot, self.transitions, self.today, plan_box=box, plan_closed=closed)

    @cached_property
    def plan(self) -> tuple[date, date] | None:
        """The first and the last planned day of the plan that counts; None where there is none."""
        return self._plan[0] if self._plan else None

    @cached_property
    def _plan(self) -> tuple[tuple[date, date], date | None] | None:
        """The days of that plan, and when its last phase was closed; None while one is open."""
        live = self.pilot.plans.live().annotate(
            end=Max("phases__planned_end"),
            left=Count("phases", filter=Q(phases__finished_on__isnull=True)),
            closed=Max("phases__finished_on"),
        )
        row = live.values_list("start", "end", "left", "closed").first()
        return ((row[0], row[1]), None if row[2] else row[3]) if row else None

    def _plan_closed(self) -> date | None:
        """Return when all phases were closed, while that is what its stage is about."""
        if self.pilot.at_stage is not Stage.TRANSITION or self.pilot.is_on_hold:
            return None
        return self._plan[1] if self._plan else None

    def _plan_box(self) -> tuple[int, int] | None:
        """Return which day of the plan today is, what paused it taken out, and how many it has."""
        if self.pilot.at_stage is not Stage.TRANSITION or self.pilot.is_on_hold or self.plan is None:
            return None
        start, end = self.plan
        return pauses_of(self.pilot).plan_day(start, self.today), day_of(start, end)

    @cached_property
    def ownerships(self) -> list[Ownership]:
        """Who answers for it now."""
        return list(self.pilot.ownerships.active().select_related("owner").order_by("since", "pk"))

    @cached_property
    def event_count(self) -> int:
        return self._counted[0] or 0

    @cached_property
    def readiness(self) -> Readiness:
        """Where it stands with what its program asks; eleven queries."""
        return readiness_of([self.pilot], at=self._now)[self.pilot.pk]

    @cached_property
    def _counted(self) -> tuple[int | None, ...]:
        """Return how many events it has and how many of its gates are met, and the counts of upper tabs.

        None where nothing was noted; one query.
        """
        events = Event.objects.filter(pilot_id=OuterRef("pk")).order_by().values("pilot_id")
        gates = RequirementState.objects.filter(pilot=OuterRef("pk"), requirement__in=READY).order_by()
        noted = gates.values("pilot").annotate(number=Count("met_on")).values("number")
        counted = events.annotate(number=Count("pk")).values("number")
        upper = [
            Value(None, output_field=IntegerField()) if tab.counted is None else tab.counted()
            for tab in UPPER_TABS
        ]
        own = Pilot.objects.filter(pk=self.pilot.pk)
        row: tuple[int | None, ...] = own.values_list(Subquery(counted), Subquery(noted), *upper).get()
        return row

    @property
    def gates_met(self) -> str:
        """Return “2 of 6” as it was noted, or as it was read for this page; empty before anything was."""
        if self.pilot.is_ended:
            return ""
        met = self.readiness.met_count if "readiness" in self.__dict__ else self._counted[1]
        return "" if met is None else f"{met} of {len(READY)}"

    @property
    def lead(self) -> str:
        return self._names(OwnerRole.PRODUCTION_OWNER)

    @property
    def seats_matter(self) -> bool:
        """Whether a seat that nobody holds is worth a word: before it is proven none is expected."""
        return self.pilot.has_reached(Stage.PROVEN)

    @property
    def without_lead(self) -> str:
        """What it means that nobody is its production owner, by how far it is."""
        if self.pilot.is_ended:
            return "Nobody was accountable for bringing it into production."
        if self.pilot.at_stage in RUNNING:
            return "Nobody is accountable for it in production."
        return "Nobody is accountable for bringing it into production yet."

    @property
    def nobody(self) -> str:
        """The word where the production owner is missing; “yet” only where one is still to come."""
        return "nobody" if self.pilot.is_ended or self.pilot.at_stage in RUNNING else "nobody yet"

    @property
    def business_owner(self) -> str:
        return self._names(OwnerRole.BUSINESS_OWNER)

    def _names(self, role: OwnerRole) -> str:
        held = [row for row in self.ownerships if row.role == role.value and row.deputises_id is None]
        return ", ".join(row.owner.name for row in held)

    @property
    def moved(self) -> str:
        """When it last moved in Headway; else since when it has been in its stage; else empty."""
        if self.pilot.moved_at:
            day = self.pilot.program.today(self.pilot.moved_at)
            return f"{spoken(day, self.today)}, {ago(day, self.today)}"
        if self.pilot.since is None:
            return ""
        return with_origin(spoken(self.pilot.since, self.today), self.road.origin_of(self.pilot.at_stage))

    @cached_property
    def rest(self) -> Rest | None:
        """What to say over a pilot that has ended or is on hold."""
        if self.pilot.is_ended:
            return self._end()
        return self._hold() if self.pilot.is_on_hold else None

    def _end(self) -> Rest:
        stage, since = self.pilot.at_stage, self.pilot.since
        reason = self.road.reason_for(stage)
        title = f"{stage.label} {on(since, spoken(since, self.today) if since else '')}"
        why = [("Why", reason, False)] if reason else []
        return Rest("ended", title, [*why, *ending_facts(self.ending)], after=ended_after(self.pilot))

    @cached_property
    def ending(self) -> Ending | None:
        """What it left behind, where somebody said it."""
        return ending_of(self.pilot, self.transitions)

    @property
    def may_tell_ending(self) -> bool:
        """Whether the reader could still say what an ended pilot left behind."""
        deed = Deed.STOP if self.pilot.at_stage is Stage.STOPPED else Deed.MOVE
        return self.pilot.is_ended and self.ending is None and may(deed, self.relation)

    def _hold(self) -> Rest | None:
        hold = Hold.objects.filter(pilot=self.pilot, until__isnull=True).first()
        if hold is None:
            return None
        held = (self.today - hold.since).days
        title = f"On hold since {f'{spoken(hold.since, self.today)}, {days(held)}' if held > 0 else 'today'}"
        review = f"{spoken(hold.review_on, self.today)}, {ahead(hold.review_on, self.today)}"
        is_late = hold.review_on < self.today
        facts = [
            ("Why", hold.reason, False),
            ("Agreed by", hold.agreed_by, False),
            ("Review", review, is_late),
        ]
        return Rest("on_hold", title, facts, is_overdue=is_late)

    @cached_property
    def _has(self) -> tuple[bool, bool]:
        """Return whether there is, or should be, anything of a plan and of a production record; one query."""
        if self.pilot.has_reached(Stage.TRANSITION):
            return True, True
        planned = Exists(Plan.objects.live().filter(pilot=OuterRef("pk"))) | _any(Milestone)
        recorded = _any(Connection) | _any(RolloutStep) | _any(ModelVersion)
        has_plan, has_record = (
            Pilot.objects.filter(pk=self.pilot.pk)
            .annotate(has_plan=planned, has_record=recorded)
            .values_list("has_plan", "has_record")
            .get()
        )
        is_here = self._tab == "pilots:pilot_production"
        return has_plan, has_record or is_here or any(getattr(self.pilot, name) for name in DESIGN)

    @property
    def tabs(self) -> list[Tab]:
        def tab(label: str, name: str, count: int | str = "") -> Tab:
            return Tab(label, reverse(name, args=[self.pilot.key]), self._tab == name, count)

        has_plan, has_record = self._has
        own = [
            tab("Overview", "pilots:pilot_detail"),
            *([tab("Plan", "pilots:pilot_plan")] if has_plan else []),
            tab("Readiness", "pilots:pilot_readiness", self.gates_met),
            tab("People", "pilots:pilot_people", sum(row.deputises_id is None for row in self.ownerships)),
            *([tab("Production", "pilots:pilot_production")] if has_record else []),
            tab("History", "pilots:pilot_history", self.event_count),
        ]
        for upper, count in zip(UPPER_TABS, self._counted[2:], strict=True):
            place = [found.label for found in own].index(upper.before)
            own.insert(place, tab(upper.label, upper.name, count or ""))
        return own


def _any(model: type[Milestone | Connection | RolloutStep | ModelVersion]) -> Exists:
    return Exists(model.objects.filter(pilot=OuterRef("pk")))
