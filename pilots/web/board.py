"""The list of pilots as a board: a column for each stage, a card for each pilot, and where it may go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Count, F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from pilots.actions.plan import PLANNED
from pilots.calendar import Precision
from pilots.lifecycle import ENDS, MAIN_PATH, Stage
from pilots.models import Phase, Pilot
from pilots.models.cohort import Cohort
from pilots.models.pilot import relations
from pilots.pauses import own_today
from pilots.plans import day_of
from pilots.replay import leads_then, replay
from pilots.web.chips import without
from pilots.web.http import UserRequest
from pilots.web.listing import Listing
from pilots.web.pilot_order import leads_of
from pilots.web.plan import closed_told
from pilots.web.spoken import brief, days
from pilots.web.ways import Way, ways
from pilots.workdays import read_pauses

CARDS = 50  # in one column; the rest stand in the list


@dataclass(frozen=True)
class Declined:
    """Why a pilot was not moved: sentences for its card, and the stage that was asked for.

    `resume_url` leads out where it is on hold and the reader may resume it.
    """

    key: str
    sentences: Sequence[str]
    to: Stage | None = None
    resume_url: str = ""
    noted: str = ""  # that it is written down, and blocks it


@dataclass(frozen=True)
class Card:
    """One pilot on the board; words are empty where there is nothing to say.

    `choices` are the ways open to the reader, each with whether it is the one that is chosen.
    """

    pilot: Pilot
    in_stage: str
    lead: str | None
    plan_day: str = ""
    is_over: bool = False
    choices: list[tuple[Way, bool]] = field(default_factory=list)
    declined: Declined | None = None

    @property
    def reach(self) -> str:
        """The stages it may be dropped on, with spaces between."""
        return " ".join(way.stage.value for way, _ in self.choices)

    @property
    def move_url(self) -> str:
        """The page that asks for all the move needs, with what was chosen here."""
        page = reverse("pilots:pilot_move", args=[self.pilot.key])
        return f"{page}?to={self.declined.to.value}" if self.declined and self.declined.to else page


@dataclass(frozen=True)
class Column:
    """One stage: how many pilots are there in all, and the cards of the first of them."""

    stage: Stage
    count: int
    cards: list[Card]
    url: str

    @property
    def is_end(self) -> bool:
        return self.stage in ENDS

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


class Board(Listing):
    """What one address shows by stage; in each column the one that is there longest stands on top.

    `declined` puts a refusal on the card of the pilot that it is about, however far down that stands.
    """

    place = "pilots:pilot_board"
    has_order = False

    def __init__(self, request: UserRequest, *, declined: Declined | None = None) -> None:
        super().__init__(request)
        self._declined = declined

    @cached_property
    def stages(self) -> list[Column]:
        counts, cards = self._by_stage, self._cards
        return [
            Column(stage, counts.get(stage.value, 0), cards.get(stage.value, []), self._list_of(stage))
            for stage in (*MAIN_PATH, *(stage for stage in Stage if stage in ENDS))
        ]

    @property
    def shows_ends(self) -> bool:
        return self._effective.get("state") != "active"

    @property
    def ended_url(self) -> str:
        return self._view({"state": "ended"})

    @property
    def is_empty(self) -> bool:
        return not any(column.count for column in self.stages)

    @property
    def unseen(self) -> Declined | None:
        """The refusal of a pilot that has no card in view: these filters no longer find it, or it ended."""
        shown = [card for column in self.stages if not column.is_end for card in column.cards]
        return None if any(card.declined for card in shown) else self._declined

    @property
    def may_move(self) -> bool:
        """Whether there is a card that the reader may move."""
        return any(card.choices for column in self.stages for card in column.cards)

    @property
    def _stage(self) -> str:
        """The name of the stage in the query: of today, or of the past day."""
        return "stage_then" if self.then else "stage"

    @property
    def _by_stage(self) -> dict[str, int]:
        found = self._found.order_by().annotate(shown_in=F(self._stage)).values_list("shown_in")
        return dict(found.annotate(count=Count("pk")))

    def _list_of(self, stage: Stage) -> str:
        """Return the table of all pilots of one column."""
        asked = self._effective.copy()
        asked["stage"] = stage.value
        return without(asked, path=reverse("pilots:pilot_list"))

    @cached_property
    def _cards(self) -> dict[str, list[Card]]:
        longest = [F("pk").asc()] if self.then else [F("stage_since").asc(nulls_last=True), F("pk").asc()]
        nth = Window(RowNumber(), partition_by=[F(self._stage)], order_by=longest)
        mine = Q(key=self._declined.key) if self._declined else Q()
        first = self._found.annotate(nth=nth).filter(Q(nth__lte=CARDS) | mine)
        pilots = list(first.select_related("program").order_by("nth", "pk"))
        cards: dict[str, list[Card]] = {}
        for card in self._then(pilots, self.then) if self.then else self._now_on(pilots):
            cards.setdefault(card.pilot.stage, []).append(card)
        return cards

    def _then(self, pilots: Sequence[Pilot], then: Cohort) -> list[Card]:
        """Return cards of a past day: nothing can be moved on them, and plans are not told."""
        leads = leads_then(pilots, then)
        return [
            Card(pilot=pilot, in_stage=in_stage(pilot, then.day), lead=leads.get(pilot.pk))
            for pilot in replay(pilots, then)
        ]

    def _now_on(self, pilots: Sequence[Pilot]) -> list[Card]:
        leads, standing = leads_of(pilots), relations(self._user, list(pilots))
        today = {pilot.pk: pilot.program.today(self._now) for pilot in pilots}
        boxes = _plan_days(pilots, today)
        return [
            self._card(pilot, ways(pilot, standing[pilot.pk]), leads.get(pilot.pk), boxes.get(pilot.pk))
            for pilot in pilots
        ]

    def _card(
        self, pilot: Pilot, open_ways: Sequence[Way], lead: str | None, plan: tuple[str, bool] | None
    ) -> Card:
        mine = self._declined if self._declined and self._declined.key == pilot.key else None
        chosen = mine.to if mine else None
        return Card(
            pilot=pilot,
            in_stage=in_stage(pilot, pilot.program.today(self._now)),
            plan_day=plan[0] if plan else "",
            is_over=bool(plan and plan[1]),
            lead=lead,
            choices=[(way, way.stage is chosen) for way in open_ways],
            declined=mine,
        )


def in_stage(pilot: Pilot, today: date) -> str:
    """Return how long it has been in its stage; a rough day as it is known, and "" when nobody knows."""
    since = pilot.since
    if since is None:
        return ""
    if since.precision is not Precision.DAY:
        return f"since {brief(since, today)}"
    passed = (today - since.first).days
    return days(passed) if passed > 0 else "since today"


def _plan_days(pilots: Sequence[Pilot], today: Mapping[int, date]) -> dict[int, tuple[str, bool]]:
    """Return “day 18 of 90” for each pilot that goes by a plan, and whether its days are used up.

    Once all phases are closed its days count no more: then it is told when the last was.
    """
    planned = {pilot.pk: pilot for pilot in pilots if pilot.at_stage in PLANNED}
    rows = Phase.objects.filter(plan__pilot__in=list(planned), plan__replaced_at__isnull=True)
    spans = _spans(rows)
    pauses = read_pauses({pk: planned[pk].program_id for pk in spans})
    found = {}
    for pk, (start, end, closed_on) in spans.items():
        day = pauses[pk].plan_day(start, own_today(today[pk], planned[pk].held_since))
        length = day_of(start, end)
        if closed_on:
            found[pk] = (closed_told(closed_on, today[pk]), False)
        else:
            found[pk] = (f"day {day} of {length}" if day > 0 else "", day > length)
    return found


def _spans(rows: QuerySet[Phase]) -> dict[int, tuple[date, date, date | None]]:
    """Return the first and last planned day of each plan by its pilot's id, and when all was closed."""
    by_pilot = rows.order_by().values_list("plan__pilot")
    told = by_pilot.annotate(
        start=Min("plan__start"),
        end=Max("planned_end"),
        left=Count("pk", filter=Q(finished_on__isnull=True)),
        closed=Max("finished_on"),
    )
    return {pk: (start, end, None if left else closed) for pk, start, end, left, closed in told}
