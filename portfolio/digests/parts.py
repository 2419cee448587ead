"""What a digest is made of: the mail, its plain text and the preview all read these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from portfolio.digests.models import DigestForm
from portfolio.digests.week import number_of, sunday_of

AT_MOST = 10
SIGNS = {
    "on_track": "○",
    "at_risk": "▲",
    "blocked": "◆",
    "stalled": "●",
    "not_known": "?",
    "on_hold": "□",
}


@dataclass(frozen=True)
class Total:
    """A count of pilots in one health; `url` lists them, "" where no list holds just these."""

    count: int
    label: str
    health: str
    url: str = ""

    @property
    def said(self) -> str:
        return f"{self.count_said} {self.label.lower()}"

    @property
    def count_said(self) -> str:
        return f"{self.count:,}"

    @property
    def sign(self) -> str:
        """The shape of its health as a letter, since mail shows no pictures."""
        return SIGNS[self.health]


@dataclass(frozen=True)
class Item:
    """One pilot, and one link. `url` opens the answer page, or the pilot for who has nothing to answer."""

    key: str
    name: str
    pilot_url: str
    url: str
    verb: str
    fact: str
    next_action: str = ""
    unblock: str = ""
    note: str = ""
    age: str = ""
    is_confidential: bool = False

    @property
    def fact_inside(self) -> str:
        """The fact as it goes on after a colon."""
        return inside(self.fact)


@dataclass(frozen=True)
class Question:
    """Something to decide: asked by somebody, or (`is_ours`) a decision day that has passed."""

    key: str
    name: str
    question: str
    url: str
    needed_by: str = ""
    asked_of: str = ""
    next_action: str = ""
    is_ours: bool = False
    is_confidential: bool = False

    @property
    def question_inside(self) -> str:
        """The question as it goes on after a colon; what people wrote stays as it is."""
        return inside(self.question) if self.is_ours else self.question


@dataclass(frozen=True)
class Recovery:
    """A pilot that is stuck no more: what happened to it, and when."""

    key: str
    name: str
    pilot_url: str
    what: str
    day: str
    is_confidential: bool = False


@dataclass(frozen=True)
class Due:
    """A pilot with a day of this week."""

    key: str
    name: str
    pilot_url: str
    day: date
    day_said: str
    is_confidential: bool = False


@dataclass(frozen=True)
class Line:
    """What so many pilots share that it is said once; `url` is "" where no one address lists them."""

    sentence: str
    url: str

    @property
    def said(self) -> str:
        return f"{self.sentence}: {self.url}" if self.url else f"{self.sentence}."


T = TypeVar("T", Item, Question, Recovery, Due)


@dataclass(frozen=True)
class Chapter(Generic[T]):
    """All entries of one kind, worst first, and how many of them are shown.

    Confidential pilots are listed for those who may see them, and are in no count.
    """

    every: Sequence[T] = ()
    url: str = ""

    def __bool__(self) -> bool:
        return bool(self.every)

    @property
    def entries(self) -> Sequence[T]:
        return self.every[:AT_MOST]

    @property
    def more(self) -> int:
        return len(self.every) - len(self.entries)

    @property
    def count(self) -> int:
        return sum(not entry.is_confidential for entry in self.every)

    @property
    def confidential(self) -> int:
        return len(self.every) - self.count

    @property
    def counted(self) -> str:
        """Return “2”, or “2, and 1 confidential”."""
        if not self.confidential:
            return f"{self.count:,}"
        return f"{self.count:,}, and {self.confidential:,} confidential"


@dataclass(frozen=True, kw_only=True)
class Digest:
    """One person's digest of one week, as of a moment, of what they may see at that moment."""

    to: str
    form: DigestForm
    week: str
    name: str
    as_of: str
    totals: Sequence[Total]
    pilots_url: str
    decisions: Chapter[Question] = Chapter()
    waiting: Chapter[Question] = Chapter()
    unanswered: Chapter[Item] = Chapter()
    newly: Chapter[Item] = Chapter()
    before: Chapter[Item] = Chapter()
    in_short: Line | None = None
    still: Chapter[Item] = Chapter()
    blocked: Chapter[Item] = Chapter()
    recovered: Chapter[Recovery] = Chapter()
    due: Chapter[Due] = Chapter()
    lines: Sequence[Line] = ()
    conversion: str = ""
    owners_without_mail: int = 0
    people_url: str
    stalled_url: str
    settings_url: str
    stop_url: str
    rhythm: str
    zone: str
    links_until: str

    @property
    def pilots(self) -> int:
        return sum(total.count for total in self.totals)

    @property
    def seen(self) -> str:
        """Return “38 pilots you may see”."""
        return "1 pilot you may see" if self.pilots == 1 else f"{self.pilots:,} pilots you may see"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say. What is true every week is no news."""
        asked = (self.decisions, self.waiting, self.unanswered)
        stuck = (self.newly, self.before, self.still, self.blocked, self.in_short)
        return not any((*asked, *stuck, self.recovered, self.due))

    @property
    def asks(self) -> str:
        return "Decision" if len(self.decisions.every) == 1 else "Decisions"

    @property
    def about(self) -> str:
        return f"{self.name}, week {number_of(self.week)}"

    @property
    def news(self) -> str:
        """Return “1 decision, 2 newly stalled, 1 recovered”; what is there where none of these are."""
        first = (
            (self.decisions.count, "decision" if self.decisions.count == 1 else "decisions"),
            (self.unanswered.count, "without an answer"),
            (self.newly.count, "newly stalled"),
            (self.before.count, "stalled since before"),
            (self.recovered.count, "recovered"),
        )
        then = (
            (self.waiting.count, "waiting for a decision"),
            (self.still.count, "still stalled"),
            (self.blocked.count, "blocked"),
            (self.due.count, f"due by {self.last_day}"),
        )
        for group in (first, then):
            words = [f"{count:,} {word}" for count, word in group if count]
            if words:
                return ", ".join(words)
        return "nothing new"

    @property
    def news_capitalised(self) -> str:
        return self.news[:1].upper() + self.news[1:]

    @property
    def glance(self) -> str:
        """Return what a list of mails shows beside the subject: what is asked, and what is new."""
        asked = [f"{row.name} needs your decision." for row in self.decisions.entries[:1]]
        names = [item.name for item in self.newly.entries[:3]]
        newly = [f"{', '.join(names)} stalled since the last digest."] if names else []
        return " ".join(asked + newly)

    @property
    def has_answers(self) -> bool:
        return any(
            item.verb == "Answer"
            for chapter in (self.unanswered, self.newly, self.before, self.still, self.blocked)
            for item in chapter.entries
        )

    @property
    def subject(self) -> str:
        return f"{self.about}: {self.news}"

    @property
    def last_day(self) -> str:
        """Return the last day of its week, as “Sun 22 Nov”."""
        sunday = sunday_of(self.week)
        return f"{sunday:%a} {sunday.day} {sunday:%b}"

    @property
    def unmailed(self) -> str:
        """Return “6 owners get no mail yet”, or nothing."""
        count = self.owners_without_mail
        if not count:
            return ""
        return "1 owner gets no mail yet" if count == 1 else f"{count:,} owners get no mail yet"


def inside(sentence: str) -> str:
    """Return a sentence of ours as it goes on after a colon; “KPI …” stays as it is."""
    if len(sentence) > 1 and sentence[1].isupper():
        return sentence
    return sentence[:1].lower() + sentence[1:]


def spoken_moment(at: datetime) -> str:
    """Return “Mon 16 Nov 2026, 08:30 CET”; zones without a name of their own are told by their distance."""
    zone = at.tzname() or ""
    return f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M} {f'UTC{zone}' if zone[:1] in '+-' else zone}"
