"""Puts one person's digest together: reads what they may see at that moment, and writes nothing.

It costs the same number of queries for one pilot and for a hundred.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from pilots.access.models import User
from pilots.health import Health
from pilots.models import Pilot
from pilots.models.cohort import Cohort
from pilots.web.reach import owners_without_mail
from pilots.web.spoken import spoken
from portfolio.dashboards import words
from portfolio.dashboards.funnel import count_funnel
from portfolio.desk.stalled.lines import shared_lines
from portfolio.digests.asked import Asked
from portfolio.digests.due import DIGEST, NOTHING_TO_SAY
from portfolio.digests.links import LIFE, absolute, unsubscribe_url
from portfolio.digests.models import DigestForm, setting_of
from portfolio.digests.parts import (
    Chapter,
    Digest,
    Due,
    Item,
    Line,
    Recovery,
    spoken_moment,
)
from portfolio.digests.recovery import recovered
from portfolio.digests.scope import DigestPilots
from portfolio.digests.stuck import Stuck
from portfolio.digests.week import local, sunday_of, week_at
from portfolio.outbox.letter import one_line
from portfolio.outbox.models import Message, State

WEEK = timedelta(days=7)
STUCK = {Health.STALLED.value, Health.BLOCKED.value}
MOST_LINES = 5


def compose(person: User, at: datetime, *, week: str | None = None, since: datetime | None = None) -> Digest:
    """Return the digest of a person as of a moment.

    `week` is the local ISO week it is for, this one unless it is given; `since` is when they were told
    last. What they may not see at that moment is not in it.
    """
    return _Composing(person, at, week, since).digest


def told_last(person: User, week: str) -> datetime | None:
    """Return until when somebody was told: a digest of an earlier week went out, or had nothing to say.

    One that was given up, came too late or was switched off meanwhile told nothing; where there was none
    before it, they were told until a week before it.
    """
    earlier = Message.objects.filter(person=person, kind=DIGEST, period__lt=week)
    told = Q(state=State.SENT.value) | Q(state=State.SKIPPED.value, skip_code=NOTHING_TO_SAY)
    found: datetime | None = (
        earlier.filter(told)
        .order_by("-period")
        .values_list(Coalesce("sent_at", "queued_at"), flat=True)
        .first()
    )
    if found is not None:
        return found
    first: datetime | None = earlier.order_by("period").values_list("queued_at", flat=True).first()
    return first - WEEK if first else None


def reached_last(person: User, week: str) -> datetime | None:
    """Return when a digest of an earlier week last reached somebody, if one ever did."""
    sent = Message.objects.filter(person=person, kind=DIGEST, state=State.SENT.value, period__lt=week)
    found: datetime | None = sent.order_by("-period").values_list("sent_at", flat=True).first()
    return found


class _Composing:
    def __init__(self, person: User, at: datetime, week: str | None, since: datetime | None) -> None:
        self.person = person
        self.at = at
        self.setting = setting_of(person)
        self.setting.user = person
        self.now = local(at, person.zone)
        self.today = self.now.date()
        self.week = week or week_at(at, self.setting.rhythm)
        self.since = since or told_last(person, self.week) or at - WEEK
        self.scope = DigestPilots(person, self.setting)
        self.form = self.setting.chosen_form
        self.stuck = Stuck(person, self.scope, at, self.since, since or reached_last(person, self.week))
        self.asked = Asked(person, self.scope, at, self.stuck)

    @cached_property
    def digest(self) -> Digest:
        is_work, stalled_url = self.form is DigestForm.WORK, self.scope.stalled_url(self.week)
        return Digest(
            to=self.person.email,
            form=self.form,
            week=self.week,
            name=one_line(self.scope.name),
            as_of=spoken_moment(self.now),
            totals=self.scope.totals,
            pilots_url=self.scope.list_url(state="active"),
            decisions=Chapter(self.asked.of_reader, absolute("/")),
            waiting=Chapter() if is_work else Chapter(self.asked.of_others),
            unanswered=self._stuck(self.stuck.unanswered),
            newly=self._stuck(self.stuck.newly, self._newly_url()),
            before=self._stuck(self.stuck.before, stalled_url) if is_work else Chapter(),
            still=self._stuck(self.stuck.still, stalled_url) if is_work else Chapter(),
            blocked=self._blocked(stalled_url) if is_work else Chapter(),
            in_short=None if is_work else self._in_short(),
            recovered=self._recovered() if is_work else Chapter(),
            due=self._due() if is_work else Chapter(),
            lines=self._lines() if is_work else (),
            conversion="" if is_work else self._conversion(),
            owners_without_mail=owners_without_mail(self.person) if is_work else 0,
            people_url=absolute("/people/"),
            stalled_url=stalled_url,
            settings_url=absolute(reverse("digests:digest")),
            stop_url=unsubscribe_url(self.person, DIGEST),
            rhythm=self.setting.rhythm.said,
            zone=self.person.zone,
            links_until=spoken(local(self.at + LIFE, self.person.zone).date(), self.today),
        )

    # --- What is stalled ------------------------------------------------------------------

    def _stuck(self, pilots: Iterable[Pilot], url: str = "") -> Chapter[Item]:
        """Return them as items; a decision day that is asked of the reader is not told twice."""
        told = [pilot for pilot in pilots if pilot.pk not in self.asked.told]
        return Chapter([self.stuck.item(pilot) for pilot in told], url)

    def _newly_url(self) -> str:
        return self.scope.stalled_url(self.week, new_since=self.stuck.after.isoformat())

    def _blocked(self, url: str) -> Chapter[Item]:
        return Chapter([self.stuck.blocked_item(pilot) for pilot in self.stuck.blocked], url)

    def _in_short(self) -> Line | None:
        """Return how many are stuck and why most of them, for who reads counts."""
        counts = [total.said for total in self.scope.totals if total.health in STUCK]
        if not counts:
            return None
        why = f"; most often: {self.stuck.commonest}" if self.stuck.commonest else ""
        return Line(f"{' and '.join(reversed(counts))}{why}", self.scope.stalled_url(self.week))

    # --- What else --------------------------------------------------------------------------

    def _recovered(self) -> Chapter[Recovery]:
        return Chapter(recovered(self.scope.pilots, since=self.since, at=self.at))

    def _due(self) -> Chapter[Due]:
        """Decision days and reviews of holds until Sunday; reviews that are past stay until they are held."""
        sunday = sunday_of(self.week)
        first = min(self.today, sunday)
        decide = Q(pk__in=self.scope.pilots.undecided().filter(decide_by__range=(first, sunday)).values("pk"))
        review = Q(held_since__isnull=False, hold_review_on__lte=sunday)
        found = self.scope.pilots.filter(decide | review)
        rows = [
            Due(
                pilot.key,
                one_line(pilot.name),
                absolute(pilot.get_absolute_url()),
                (day := (pilot.hold_review_on if pilot.is_on_hold else pilot.decide_by) or sunday),
                spoken(day, self.today),
                pilot.is_confidential,
            )
            for pilot in found.order_by("pk")
        ]
        return Chapter(sorted(rows, key=lambda due: (due.day, due.key)), self.scope.list_url(state="active"))

    def _lines(self) -> list[Line]:
        if self.scope.is_mine:
            return []
        lines = shared_lines(self.scope.counted, self.person, program=self.scope.program)
        return [
            Line(one_line(line.title), absolute(line.url) if self.scope.has_address else "")
            for line in lines[:MOST_LINES]
        ]

    def _conversion(self) -> str:
        """Return the funnel as one sentence, of the same pilots and those that ended."""
        pilots = self.scope.with_ended.filter(is_confidential=False)
        funnel = count_funnel(pilots, Cohort(today=self.today))
        return "".join(f"{piece.number}{piece.words}" for piece in words.state(funnel))
