"""The page on which each rule is held against what became of the pilots it flagged."""

from datetime import date, datetime
from functools import cached_property

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from pilots.access.models import Program, User
from pilots.rules import RULES
from pilots.rules.registry import Rule
from pilots.rules.scorecard import FEWEST, Fate, Score, Side, between, percent, sentence, verdict
from pilots.web.chips import without
from pilots.web.http import UserRequest
from pilots.web.scorecard import (
    CHOICES,
    DAYS,
    Scorecard,
    UnreadableIndexDay,
    followed_to,
    index_day,
    read_scorecard,
)
from pilots.web.spoken import number_word, spoken
from portfolio.desk.stalled.beside import Link, Menu, Problem

PARAMETERS = ("program", "days", "day")
HEADINGS = {Fate.MOVED_ON: "Moved on", Fate.ENDED: "Stopped or retired", Fate.STILL_THERE: "Still there"}


class ScoreWords:
    """The score of one rule as pages and files show it."""

    def __init__(self, rule: Rule, score: Score, *, days: int, on: date | None = None) -> None:
        self.rule = rule
        self.score = score
        self._days = days
        self._on = on

    @property
    def sentence(self) -> str:
        return sentence(self.score, days=self._days, on=self._on)

    @property
    def verdict(self) -> str:
        return verdict(self.score)

    @property
    def flagged(self) -> list[tuple[str, str]]:
        return cells(self.score.flagged)

    @property
    def spared(self) -> list[tuple[str, str]]:
        return cells(self.score.spared)

    @property
    def counted(self) -> str:
        """Return both groups as counts: “12 flagged: 3 moved on, 0 stopped or retired, 9 still there”."""
        sides = ((self.score.flagged, "flagged"), (self.score.spared, "not flagged"))
        return "; ".join(
            f"{side.of:,} {name}: {side.moved_on:,} moved on, {side.ended:,} stopped or retired, "
            f"{side.still_there:,} still there"
            for side, name in sides
            if side.of
        )

    @property
    def disputed(self) -> str:
        """Return “3 of 40” flags; nothing where none was ever opened."""
        return f"{self.score.disputed:,} of {self.score.opened:,}" if self.score.opened else ""

    @property
    def lead(self) -> str:
        """Return the median and what it rests on; nothing where too few left on a known day."""
        days, of, flagged = self.score.lead_days, self.score.lead_of, self.score.flagged
        if days is None:
            return ""
        left = flagged.moved_on + flagged.ended
        known = f"of the {of:,} that left" if of == left else f"of {of:,} of the {left:,} that left"
        rest = "1 is" if flagged.still_there == 1 else f"{flagged.still_there:,} are"
        count = "1 day" if days == 1 else f"{days:,.0f} days"
        return f"Median {count} from its limit to the move or the end, {known}; {rest} still there."

    @property
    def is_told(self) -> bool:
        """Whether it could flag anybody, nobody knows, or it failed."""
        return bool(self.score.eligible or self.score.unplaced or self.score.failed)


def cells(side: Side) -> list[tuple[str, str]]:
    """Return how many, and how many of them moved on, ended and are still there: “5 (15 %, 6–30 %)”.

    Each with its heading, which stands beside it on a phone.
    """
    return [("How many", f"{side.of:,}"), *((HEADINGS[fate], _told(side, fate)) for fate in Fate)]


def _told(side: Side, fate: Fate) -> str:
    share, interval = side.share(fate), side.interval(fate)
    count = f"{side.counts[fate]:,}"
    return count if share is None or interval is None else f"{count} ({percent(share)}, {between(interval)})"


class ScorecardPage:
    """Each part costs a fixed number of queries, asked when it is first needed."""

    def __init__(self, reader: User, *, asked: QueryDict, now: datetime) -> None:
        self._reader = reader
        self._now = now
        self.path = reverse("stalled:scorecard")
        self.asked = QueryDict(mutable=True)
        for name, values in asked.lists():
            if any(values):
                self.asked.setlist(name, [value for value in values if value])
        self.today = timezone.localdate(now)

    @cached_property
    def problems(self) -> list[Problem]:
        found = [
            (name, f"The scorecard has no filter “{name[:40]}”.")
            for name in self.asked
            if name not in PARAMETERS
        ]
        try:
            self._index_day()
        except UnreadableIndexDay as wrong:
            found.append((wrong.name, str(wrong)))
        return [Problem(said, without(self.asked, name, path=self.path)) for name, said in found]

    @cached_property
    def program(self) -> Program | None:
        """The program asked for; 404 for one nobody here sees."""
        slug = self.asked.get("program", "")
        return get_object_or_404(Program.objects.visible_to(self._reader), slug=slug) if slug else None

    @property
    def address(self) -> str:
        return f"{self.path}?{self.query}" if self.asked else self.path

    @property
    def query(self) -> str:
        return self.asked.urlencode()

    def _index_day(self) -> date:
        return index_day(days=self.asked.get("days", ""), day=self.asked.get("day", ""), today=self._until)

    @cached_property
    def _until(self) -> date:
        return followed_to(self._reader, at=self._now, program=self.program)

    @cached_property
    def card(self) -> Scorecard:
        return read_scorecard(
            self._reader, at=self._now, day=self._index_day(), program=self.program, until=self._until
        )

    @cached_property
    def rows(self) -> list[ScoreWords]:
        """The rules that could flag somebody on the index day, or failed, in their order."""
        return [row for row in self._every if row.is_told]

    @property
    def with_verdict(self) -> list[ScoreWords]:
        return [row for row in self.rows if row.score.has_verdict]

    @property
    def without_verdict(self) -> list[ScoreWords]:
        return [row for row in self.rows if not row.score.has_verdict]

    @property
    def silent(self) -> list[Rule]:
        """The rules that could flag nobody then."""
        return [row.rule for row in self._every if not row.is_told]

    @cached_property
    def _every(self) -> list[ScoreWords]:
        scores = self.card.scores
        return [ScoreWords(rule, scores[rule.key], days=self.card.days, on=self.card.on) for rule in RULES]

    @property
    def said(self) -> str:
        """Return “120 pilots were here on Tue 22 Sep, 60 days ago; three rules could flag some of them.”"""
        count = self.card.pilots
        pilots = "1 pilot was" if count == 1 else f"{count:,} pilots were"
        day = spoken(self.card.day, self.today)
        able = sum(bool(row.score.eligible or row.score.unplaced) for row in self.rows)
        rules = "one rule" if able == 1 else f"{number_word(able)} rules"
        before = "before" if self.card.on else "ago"
        found = f"{pilots} there on {day}, {self.card.days:,} days {before}; {rules} could flag some of them."
        return f"{found} {self.card.followed}".rstrip()

    @property
    def _before(self) -> str:
        return "before the last word" if self.card.on else "ago"

    @property
    def fewest(self) -> int:
        return FEWEST

    @property
    def menus(self) -> list[Menu]:
        programs = Program.objects.visible_to(self._reader).order_by("name", "pk")
        chosen = self.program.name if self.program else "all"
        return [
            Menu(
                f"Program: {chosen}",
                [
                    Link("All programs", self._with(program="")),
                    *(Link(program.name, self._with(program=program.slug)) for program in programs),
                ],
            ),
            Menu(
                f"Index day: {self.card.days:,} days {self._before}",
                [
                    Link(
                        f"{days} days {self._before}",
                        self._with(day="", days="" if days == DAYS else str(days)),
                    )
                    for days in CHOICES
                ],
            ),
        ]

    def _with(self, **changes: str) -> str:
        wanted = {**{name: str(self.asked[name]) for name in PARAMETERS if name in self.asked}, **changes}
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"{self.path}?{query}" if query else self.path


@require_safe
def scorecard(request: UserRequest) -> HttpResponseBase:
    page = ScorecardPage(request.user, asked=request.GET, now=timezone.now())
    page.program  # noqa: B018 -- 404 before anything is counted
    return TemplateResponse(request, "stalled/scorecard.html", {"page": page})
