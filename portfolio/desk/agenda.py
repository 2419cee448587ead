"""What waits for one person today, read from facts only: no rule judges here, and nothing is flagged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.expressions import OrderBy
from django.urls import reverse
from django.utils import timezone

from pilots.access.models import Event, Source, User
from pilots.calendar import Day
from pilots.lifecycle import ENDS, Stage
from pilots.models import Hold, LogEntry, LogKind, Pilot, PilotQuerySet
from pilots.models.pilot import HAS_ENDED
from pilots.web.pilot_order import STAGE_PLACE, leads_of
from pilots.web.scope import Scope
from pilots.web.spoken import ago, ahead, brief, days, number_word, spoken
from pilots.web.told import tell
from pilots.web.waiting import SILENT_AFTER, SOON, ProgramDays, Waiting, program_days, waiting

AT_MOST = 5
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """One pilot that waits: why, until or since when, and the one thing to do."""

    pilot: Pilot
    icon: str
    why: str
    action: str
    url: str
    when: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class Chapter:
    """At most five lines of `count`; `url` opens all of them as a list."""

    title: str
    count: int
    lines: list[Line]
    url: str
    note: str = ""

    @property
    def count_said(self) -> str:
        return f"{self.count:,}"

    @property
    def has_more(self) -> bool:
        return self.count > len(self.lines)


@dataclass(frozen=True)
class Change:
    """Something that happened to a pilot, in words."""

    name: str
    url: str
    icon: str
    sentence: str
    under: str


@dataclass(frozen=True)
class Figure:
    """One number of the top row; `beside` is a smaller one with its own list."""

    label: str
    count: int
    url: str
    health: str = ""
    beside: str = ""
    beside_url: str = ""

    @property
    def count_said(self) -> str:
        return f"{self.count:,}"


class Agenda:
    """Each part costs a fixed number of queries, asked when it is first needed.

    `today` is the reader's day; what a pilot is due for goes by the day of its program, as in the list.
    """

    def __init__(self, reader: User, *, program: str, now: datetime) -> None:
        self.scope = Scope(reader, program)
        self.today = timezone.localdate(now)
        self._reader = reader
        self._now = now

    # --- The counts across the top ------------------------------------------------------

    @cached_property
    def figures(self) -> list[Figure]:
        """Counts of what may be counted; the stages add up. Empty where the sample left every total."""
        counts = self._counts
        if not counts["all"]:
            return []
        held, approved = counts[Stage.SUSTAINED.value], counts[Stage.CHARTERED.value]
        unknown = Figure(
            "Start not known",
            counts["not_known"],
            self.list_url(health="not_known"),
            health="not_known",
        )
        return [
            Figure(
                "Active pilots",
                counts["active"],
                self.list_url(state="active"),
                beside=f"{counts['ended']:,} ended" if counts["ended"] else "",
                beside_url=self.list_url(state="ended"),
            ),
            Figure(
                Stage.IDEA.label,
                counts[Stage.IDEA.value],
                self.list_url(stage=Stage.IDEA.value),
                beside=f"+ {approved:,} approved" if approved else "",
                beside_url=self.list_url(stage=Stage.CHARTERED.value),
            ),
            *(
                Figure(stage.label, counts[stage.value], self.list_url(stage=stage.value))
                for stage in (Stage.PILOTING, Stage.PROVEN, Stage.TRANSITION, Stage.LIMITED)
            ),
            Figure(
                Stage.PRODUCTION.label,
                counts[Stage.PRODUCTION.value],
                self.list_url(stage=Stage.PRODUCTION.value),
                beside=f"+ {held:,} held" if held else "",
                beside_url=self.list_url(stage=Stage.SUSTAINED.value),
            ),
            Figure("On hold", counts["held"], self.list_url(on_hold="true"), health="on_hold"),
            *([unknown] if unknown.count else []),
        ]

    @cached_property
    def _counts(self) -> dict[str, int]:
        by_stage = {
            stage.value: Count("pk", filter=Q(stage=stage.value)) for stage in Stage if stage not in ENDS
        }
        counted = self.scope.pilots.countable(self._reader)
        return counted.aggregate(
            all=Count("pk"),
            active=Count("pk", filter=~HAS_ENDED),
            ended=Count("pk", filter=HAS_ENDED),
            held=Count("pk", filter=Q(held_since__isnull=False)),
            not_known=Count("pk", filter=Q(pk__in=counted.not_known().values("pk"))),
            **by_stage,
        )

    @cached_property
    def confidential(self) -> int:
        return self.scope.pilots.filter(is_confidential=True).count()

    # --- What waits -----------------------------------------------------------------------

    @cached_property
    def chapters(self) -> list[Chapter]:
        every = [self._decisions(), self._reviews(), self._unled(), self._silent(), self._own()]
        return [chapter for chapter in every if chapter.count]

    @property
    def greeting(self) -> str:
        """The day, and how much of what waits has a day of its own."""
        day = f"{self.today:%A} {self.today.day} {self.today:%B %Y}"
        if self.scope.is_empty:
            return day
        waiting = {chapter.title: chapter.count for chapter in self.chapters}
        parts = [
            f"{number_word(count)} {word if count == 1 else f'{word}s'}"
            for title, word in ((DECISIONS, "decision"), (REVIEWS, "review"))
            if (count := waiting.get(title, 0))
        ]
        if not parts:
            return f"{day}. No decision or review is due."
        verb = "waits" if sum(waiting.get(title, 0) for title in (DECISIONS, REVIEWS)) == 1 else "wait"
        return f"{day}. {' and '.join(parts).capitalize()} {verb} for you."

    def _decisions(self) -> Chapter:
        pilots = self._waiting(Waiting.DECISION)
        first = _first(pilots, "decide_by")
        leads = leads_of(first)
        lines = [
            Line(
                pilot,
                "decide",
                f"{self._stage(pilot)} {leads.get(pilot.pk, 'Nobody')} is accountable.",
                "Decide",
                reverse("pilots:pilot_move", args=[pilot.key]),
                when=f"{spoken(pilot.decide_by, today)}, {ahead(pilot.decide_by, today)}",
                is_late=pilot.decide_by < today,
            )
            for pilot, today in self._with_today(first)
            if pilot.decide_by
        ]
        url = self.list_url(waits=Waiting.DECISION.value, ordering="decide_by")
        return Chapter(DECISIONS, pilots.count(), lines, url, "Go on, extend or stop")

    def _reviews(self) -> Chapter:
        pilots = self._waiting(Waiting.REVIEW)
        first = _first(pilots, "hold_review_on")
        holds = {hold.pilot_id: hold for hold in Hold.objects.filter(pilot__in=first, until__isnull=True)}
        lines = [
            Line(
                pilot,
                "hold",
                f"{holds[pilot.pk].reason} Agreed by {holds[pilot.pk].agreed_by}.",
                "Review",
                pilot.get_absolute_url(),
                when=f"{spoken(pilot.hold_review_on, today)}, {ahead(pilot.hold_review_on, today)}",
                is_late=True,
            )
            for pilot, today in self._with_today(first)
            if pilot.hold_review_on
        ]
        return Chapter(REVIEWS, pilots.count(), lines, self.list_url(waits=Waiting.REVIEW.value))

    def _unled(self) -> Chapter:
        pilots = self._waiting(Waiting.OWNER)
        first = list(
            pilots.select_related("program").order_by(STAGE_PLACE.desc(), "stage_since", "pk")[:AT_MOST]
        )
        lines = [
            Line(
                pilot,
                "person",
                f"{self._stage(pilot)} No production owner is named.",
                "Name an owner",
                reverse("pilots:pilot_people", args=[pilot.key]),
            )
            for pilot in first
        ]
        url = self.list_url(waits=Waiting.OWNER.value, ordering="-stage")
        return Chapter("Nobody is accountable", pilots.count(), lines, url)

    def _silent(self) -> Chapter:
        pilots = self._waiting(Waiting.WORD)
        first = _first(pilots, "silence_clock_on")
        words = _last_words(first)
        lines = [
            Line(
                pilot,
                "comment",
                self._last_word(words.get(pilot.pk)),
                "Check in",
                reverse("pilots:pilot_check_in", args=[pilot.key]),
                when=f"{_last_sign(pilot, today)}, {days((today - pilot.silence_clock_on).days)}",
            )
            for pilot, today in self._with_today(first)
            if pilot.silence_clock_on
        ]
        url = self.list_url(waits=Waiting.WORD.value)
        return Chapter(f"Nothing heard for more than {SILENT_AFTER.days} days", pilots.count(), lines, url)

    def _own(self) -> Chapter:
        """What the person answers for, the longest unheard first, so that a check-in needs no search."""
        pilots = self.scope.pilots.owned_by(self._reader).active()
        first = _first(pilots, "silence_clock_on")
        words = _last_words(first)
        lines = [
            Line(
                pilot,
                "person",
                f"{self._stage(pilot)} {self._last_word(words.get(pilot.pk))}",
                "Check in",
                reverse("pilots:pilot_check_in", args=[pilot.key]),
            )
            for pilot in first
        ]
        return Chapter("Yours", pilots.count(), lines, self.list_url(state="active", mine="true"))

    def _waiting(self, what: Waiting) -> PilotQuerySet:
        return waiting(self.scope.pilots, what, reader=self._reader, days=self._days)

    @cached_property
    def _days(self) -> ProgramDays:
        return program_days(self._now)

    def _with_today(self, pilots: Iterable[Pilot]) -> list[tuple[Pilot, date]]:
        """Return each pilot with the day it is in its program."""
        return [(pilot, pilot.program.today(self._now)) for pilot in pilots]

    def _stage(self, pilot: Pilot) -> str:
        if pilot.since is None:
            return f"{pilot.at_stage.label}, since when is not known."
        return f"{pilot.at_stage.label} since {spoken(pilot.since, self.today)}."

    def _last_word(self, entry: LogEntry | None) -> str:
        if entry is None:
            return "No check-in yet."
        day = spoken(entry.pilot.program.today(entry.written_at), self.today)
        going = entry.get_going_display().lower()
        said = f": “{entry.text}”" if entry.text else f": {going}."
        return f"Last word on {day}{said}"

    # --- What changed ---------------------------------------------------------------------

    @cached_property
    def changes(self) -> list[Change]:
        """The newest changes of the last seven days, several of one pilot too; imports are left out."""
        pilots = self.scope.pilots
        events = (
            Event.objects.filter(
                pilot_id__in=pilots.values("pk"), at__gt=self._now - RECENT, at__lte=self._now
            )
            .exclude(source=Source.IMPORT.value)
            .select_related("actor")
            .order_by("-at", "-id")[:AT_MOST]
        )
        found = list(events)
        known = pilots.in_bulk({event.pilot_id for event in found if event.pilot_id})
        return [self._change(event, known[event.pilot_id]) for event in found if event.pilot_id in known]

    def _change(self, event: Event, pilot: Pilot) -> Change:
        told = tell(event)
        when = timezone.localtime(event.at)
        words = f" “{told.words}”" if told.words else ""
        return Change(
            name=pilot.name,
            url=pilot.get_absolute_url(),
            icon=told.icon,
            sentence=f"{told.who} {told.what}.{words}",
            under=f"{pilot.key}, {ago(when.date(), self.today)}, {when:%H:%M}",
        )

    def list_url(self, **filters: str) -> str:
        program = {"program": self.scope.program} if self.scope.program else {}
        return f"{reverse('pilots:pilot_list')}?{urlencode({**program, **filters})}"


DECISIONS = f"Decide now or within {SOON.days} days"
REVIEWS = "Holds past their review day"


def _first(pilots: PilotQuerySet, *order: str | OrderBy) -> list[Pilot]:
    return list(pilots.select_related("program").order_by(*order, "pk")[:AT_MOST])


def _last_sign(pilot: Pilot, today: date) -> str:
    """Return what silence counts from: “last word 9 Oct”, “last moved 4 Jul”, or “logged 4 Jul”."""
    signs = {"last word": pilot.heard_at, "last moved": pilot.moved_at, "logged": pilot.created_at}
    latest, sign = max((moment, sign) for sign, moment in signs.items() if moment)
    return f"{sign} {brief(Day(pilot.program.today(latest)), today)}"


def _last_words(pilots: Iterable[Pilot]) -> dict[int, LogEntry]:
    """Return the last check-in of each pilot, by its id; one query, which reads no other line."""
    said = LogEntry.objects.filter(kind=LogKind.CHECK_IN.value)
    newest = said.filter(pilot=OuterRef("pilot")).order_by("-written_at", "-pk").values("pk")[:1]
    last = said.filter(pilot__in=pilots, pk=Subquery(newest)).select_related("pilot__program")
    return {entry.pilot_id: entry for entry in last}
