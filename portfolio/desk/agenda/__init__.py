"""What waits for one person today: counts by health, chapters in the order of their weight, what changed."""

from datetime import datetime
from functools import cached_property

from pilots.access.models import User
from pilots.models import Ownership
from pilots.web.scope import Scope
from pilots.web.spoken import number_word
from pilots.web.unjudged import unjudged
from portfolio.desk.agenda import asked, milestones, stuck, words
from portfolio.desk.agenda.changes import changes
from portfolio.desk.agenda.context import Reading
from portfolio.desk.agenda.pulse import Pulse
from portfolio.desk.agenda.shapes import Change, Chapter, Figure, Line
from portfolio.desk.freshness import Freshness, freshness
from portfolio.desk.people.asked import waiting

__all__ = ["Agenda", "Change", "Chapter", "Figure", "Line"]

# Decisions first, nearest date first; then what stands still, what was said, what is due.
CHAPTERS = (
    asked.decisions,
    asked.decision_days,
    asked.reviews,
    stuck.newly,
    asked.answers,
    words.overdue,
    milestones.overdue,
    words.due_soon,
    milestones.due_soon,
    stuck.unled,
    words.own,
)


class Agenda:
    """Each part costs a fixed number of queries, asked when it is first needed."""

    def __init__(self, reader: User, *, program: str, now: datetime) -> None:
        self.scope = Scope(reader, program)
        self._reading = Reading(reader, self.scope, now)
        self.pulse = Pulse(self._reading)

    @property
    def figures(self) -> list[Figure]:
        return self.pulse.figures

    @cached_property
    def fresh(self) -> Freshness:
        return freshness(self._reading.now)

    @cached_property
    def confidential(self) -> int:
        return self.scope.pilots.filter(is_confidential=True).count()

    @cached_property
    def agreements(self) -> int:
        """How many roles wait for the reader's own agreement."""
        return len(waiting(Ownership.objects.filter(owner__user=self._reading.reader)))

    @cached_property
    def seen_to(self) -> int:
        """How many pilots have a flag that the reader sees to; the list this leads to holds as many."""
        return self._reading.seen_to.count()

    @cached_property
    def unjudged_said(self) -> str:
        """Of which pilots nothing is asked yet; empty when the rules judge all of them."""
        found = unjudged(self.scope.counted, at=self._reading.now, looked_at=self.fresh.at)
        return found.said(self._reading.today)

    @property
    def stalled_url(self) -> str:
        return self._reading.stalled_url().removesuffix("?")

    @property
    def seen_to_url(self) -> str:
        return self._reading.stalled_url(show="flagged", assignee="me")

    @cached_property
    def chapters(self) -> list[Chapter]:
        return [chapter for write in CHAPTERS if (chapter := write(self._reading)).count]

    @cached_property
    def changes(self) -> list[Change]:
        return changes(self._reading)

    @property
    def greeting(self) -> str:
        """The day, and how much waits for an answer of this person."""
        today = self._reading.today
        day = f"{today:%A} {today.day} {today:%B %Y}"
        if self.scope.is_empty:
            return day
        count = sum(chapter.count for chapter in self.chapters if chapter.is_asked)
        if not count:
            return f"{day}. Nothing waits for you."
        verb = "thing waits" if count == 1 else "things wait"
        return f"{day}. {number_word(count).capitalize()} {verb} for you."
