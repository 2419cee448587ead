"""What stands at the top of a pilot's pages: the road, who answers for it, and what the reader may do."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Exists, Max, OuterRef
from django.urls import reverse
from django.utils import timezone

from pilots.access.models import Event, User
from pilots.access.permissions import Deed, OwnerRole, Relation, may
from pilots.columns import held_days, read_holds
from pilots.lifecycle import RUNNING, Stage
from pilots.models import Hold, Milestone, Ownership, Pilot, Plan, StageTransition
from pilots.plans import day_of
from pilots.web.road import Road, on, with_origin
from pilots.web.spoken import ago, ahead, days, spoken
from pilots.web.ways import Way, ways
from pilots.web.why import Why

ROLE_WORDS = {role: role.label for role in OwnerRole}


@dataclass(frozen=True)
class Rest:
    """Why a pilot does not move now: the words over it, and facts as label, value and whether it is late.

    `is_overdue`: it is a hold whose review day has passed.
    """

    kind: str
    title: str
    facts: list[tuple[str, str, bool]]
    is_overdue: bool = False


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
        now = timezone.now()
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
    def may_assign(self) -> bool:
        return may(Deed.ASSIGN_OWNERS, self.relation)

    @property
    def may_correct(self) -> bool:
        return may(Deed.MOVE, self.relation)

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
        return Road(self.pilot, self.transitions, self.today, plan_box=self._plan_box())

    @cached_property
    def plan(self) -> tuple[date, date] | None:
        """The first and the last planned day of the plan that counts; None where there is none."""
        live = self.pilot.plans.live().annotate(end=Max("phases__planned_end"))
        return live.values_list("start", "end").first()

    def _plan_box(self) -> tuple[int, int] | None:
        """Return which day of the plan today is, days on hold taken out, and how many it has."""
        if self.pilot.at_stage is not Stage.TRANSITION or self.pilot.is_on_hold or self.plan is None:
            return None
        start, end = self.plan
        held = held_days(read_holds([self.pilot.pk])[self.pilot.pk], start, None)
        return day_of(start, self.today) - held, day_of(start, end)

    @cached_property
    def ownerships(self) -> list[Ownership]:
        """Who answers for it now."""
        return list(self.pilot.ownerships.active().select_related("owner").order_by("since", "pk"))

    @cached_property
    def event_count(self) -> int:
        return Event.objects.filter(pilot_id=self.pilot.pk).count()

    @property
    def lead(self) -> str:
        return self._names(OwnerRole.PRODUCTION_OWNER)

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
        return ", ".join(row.owner.name for row in self.ownerships if row.role == role.value)

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
        return Rest("ended", title, [("Why", reason, False)] if reason else [])

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

    def _has_plan(self) -> bool:
        """Return whether there is, or should be, anything on the page of the plan; one query at most."""
        if self.pilot.has_reached(Stage.TRANSITION):
            return True
        planned = Exists(Plan.objects.live().filter(pilot=OuterRef("pk")))
        dated = Exists(Milestone.objects.filter(pilot=OuterRef("pk")))
        return Pilot.objects.filter(planned | dated, pk=self.pilot.pk).exists()

    @property
    def tabs(self) -> list[Tab]:
        def tab(label: str, name: str, count: int | str = "") -> Tab:
            return Tab(label, reverse(name, args=[self.pilot.key]), self._tab == name, count)

        return [
            tab("Overview", "pilots:pilot_detail"),
            *([tab("Plan", "pilots:pilot_plan")] if self._has_plan() else []),
            tab("People", "pilots:pilot_people", len(self.ownerships)),
            tab("History", "pilots:pilot_history", self.event_count),
        ]
