"""The scorecard of rules as one reader finds it: what became of the pilots each rule flags on a past day.

One method for all: the rules are asked again about the end of the index day, by the limits of today. Flags
that were really open then are not used, since pilots that were imported later had none. Stored flags are
counted for one thing only: how many of them somebody disputed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from pilots.access.models import Program, User
from pilots.chunks import in_chunks
from pilots.columns import read_histories
from pilots.floors import one_look
from pilots.lifecycle import MAIN_PATH, Entry, effective
from pilots.limits import limits_in_force
from pilots.models import Flag, Pilot, PilotQuerySet, StageTransition
from pilots.replays import Then
from pilots.rules import RULES
from pilots.rules.engine import Verdict, judge
from pilots.rules.facts import Facts
from pilots.rules.registry import Hit, Rule, floors_of, rule_key
from pilots.rules.scorecard import Fate, Score, outcome, was_there
from pilots.web.kept import kept_for
from pilots.web.spoken import spoken

DAYS = 60  # a flag that is younger has had no time to be followed
CHOICES = (60, 90, 180, 365)
FARTHEST = 3650
SILENT = timedelta(days=30)  # where nobody spoke for longer, silence is not followed; ours


class UnreadableIndexDay(ValueError):
    """What was asked is no index day; `name` is the parameter, the message a sentence for who asked."""

    def __init__(self, name: str, sentence: str) -> None:
        self.name = name
        super().__init__(sentence)


def index_day(*, days: str, day: str, today: date) -> date:
    """Return the index day that an address names by `days` before a day or as a `day`; else `DAYS` before.

    `today` is the day pilots are followed to (`followed_to`).
    """
    if days and day:
        raise UnreadableIndexDay("day", "Name a day, or how many days ago, not both.")
    if day:
        return _named(day, today)
    if not days:
        return today - timedelta(days=DAYS)
    if not (days.isascii() and days.isdecimal() and len(days) < 6 and 1 <= int(days) <= FARTHEST):
        raise UnreadableIndexDay("days", f"This is not a whole number from 1 to {FARTHEST:,}.")
    return today - timedelta(days=int(days))


def _named(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-10-05") else None
    except ValueError:
        day = None
    if day is None:
        raise UnreadableIndexDay("day", "This is not a day. Write it like 2026-10-05.")
    if not today - timedelta(days=FARTHEST) <= day < today:
        first = today - timedelta(days=FARTHEST)
        raise UnreadableIndexDay("day", f"Choose a day from {first} to {today - timedelta(days=1)}.")
    return day


@dataclass(frozen=True)
class Scorecard:
    """The scores of all rules asked for, by key, in the order of the rules, between two days.

    `until` is the last day they are followed to: today, or the last on which anybody spoke of any of them.
    """

    day: date
    today: date
    until: date
    program: Program | None = None
    pilots: int = 0  # that were there on the index day and count
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def days(self) -> int:
        return (self.until - self.day).days

    @property
    def on(self) -> date | None:
        """The index day, where it has to be named since nothing was followed to today."""
        return None if self.until == self.today else self.day

    @property
    def followed(self) -> str:
        """Return “Followed to Mon 16 Dec 2024, the last day anything was said here.”, or nothing."""
        if self.until == self.today:
            return ""
        return f"Followed to {spoken(self.until, self.today)}, the last day anything was said here."


def followed_to(reader: User, *, at: datetime, program: Program | None = None) -> date:
    """Return the day pilots are followed to; three queries, where it is known already."""
    today = timezone.localdate(at)
    of = (today, program.pk if program else None)
    return kept_for(reader, "followed", of, lambda: _until(_countable(reader, program), today))


def _countable(reader: User, program: Program | None) -> PilotQuerySet:
    return Pilot.objects.visible_to(reader).countable(reader, of=program)


def _until(pilots: PilotQuerySet, today: date) -> date:
    """Return the last day on which anybody spoke of any of these pilots, if that is long ago; else today.

    A register that was imported and left alone says nothing of what became of its pilots since: to call
    silence “still there” would be wrong. Two queries.
    """
    words = pilots.order_by().aggregate(
        heard=Max("heard_at"), moved=Max("moved_at"), logged=Max("created_at", filter=Q(is_imported=False))
    )
    rows = StageTransition.objects.effective().filter(pilot__in=pilots.order_by(), latest_on__lte=today)
    told = [rows.aggregate(last=Max("latest_on"))["last"]]
    told += [timezone.localdate(moment) for moment in words.values() if moment]
    last = max((day for day in told if day), default=today)
    return today if today - last <= SILENT else last


def read_scorecard(
    reader: User,
    *,
    at: datetime,
    day: date | None = None,
    program: Program | None = None,
    rules: Sequence[Rule] | None = None,
    until: date | None = None,
) -> Scorecard:
    """Follow the countable pilots this reader sees from the index day until today, or while anybody spoke.

    The index day is `DAYS` before that unless said; `until` is what `followed_to` found, if it was asked.

    Pilots are taken a thousand at a time, each in a fixed number of queries. Confidential pilots are in no
    number, and the sample beside no real one. A second look costs nothing (`kept_for`).
    """
    today = timezone.localdate(at)
    asked = list(RULES) if rules is None else list(rules)
    # Another release may score otherwise: what it kept is none of ours.
    form = ([rule.key for rule in asked], [part.name for part in fields(Score)])

    def look() -> tuple[date, date, int, dict[str, Score]]:
        pilots = _countable(reader, program)
        last = until or _until(pilots, today)
        first = day or last - timedelta(days=DAYS)
        if first >= last:  # asked about days of which nothing was said
            last = today
        return first, last, *_scored(pilots, asked, first, last)

    of = (today, day, until, program.pk if program else None, form)
    first, last, there, scores = kept_for(reader, "scorecard", of, look)
    return Scorecard(first, today, last, program, there, scores)


@one_look()
def _scored(
    pilots: PilotQuerySet, rules: Sequence[Rule], day: date, today: date
) -> tuple[int, dict[str, Score]]:
    """Return how many of these pilots were there on a day, and the score of each rule on them."""
    limits, floors = limits_in_force(), floors_of(rules)
    scores = {rule.key: Score() for rule in rules}
    there = 0
    for some in in_chunks(pilots):
        then = Then(some, first=day, last=day, floors=floors, from_history=True).on(day)
        there += len(then)
        histories = read_histories([facts.pilot_id for facts in then])
        for facts in then:
            found = judge(rules, facts, day, limits.of)
            _score(scores, facts, found, effective(histories[facts.pilot_id]), day, today)
    _count_flags(scores, pilots)
    return there, scores


def _score(
    scores: dict[str, Score], facts: Facts, found: Verdict, history: Sequence[Entry], day: date, today: date
) -> None:
    for key in found.failed:
        scores[key].failed += 1
    if not found.eligible:
        return
    later = [row for row in history if day < row.latest_on <= today]
    is_placed = was_there(facts.stage, history, day)
    for key in found.eligible:
        if is_placed:
            _follow(scores[key], facts, found.hits.get(key), later)
        else:
            scores[key].unplaced += 1


def _follow(score: Score, facts: Facts, hit: Hit | None, later: Sequence[Entry]) -> None:
    became = outcome(facts.stage, later)
    score.at_the_end += facts.stage is MAIN_PATH[-1]
    if hit is None:
        score.spared.add(became.fate)
        return
    score.flagged.add(became.fate)
    if became.fate is not Fate.STILL_THERE and became.on is not None:
        passed = min(day for day in (hit.crossed_on, hit.serious_on) if day)
        score.lead.append((became.on - passed).days)


def _count_flags(scores: dict[str, Score], pilots: PilotQuerySet) -> None:
    """Count the flags that were ever opened on these pilots, and those somebody ever disputed."""
    rows = (
        Flag.objects.filter(pilot__in=pilots)
        .values_list("rule", "subject")
        .annotate(opened=Count("pk"), disputed=Count("pk", filter=~Q(dispute_reason="")))
        .order_by("rule", "subject")
    )
    for rule, subject, opened, disputed in rows:
        score = scores.get(rule_key(rule, subject))
        if score is not None:
            score.opened, score.disputed = opened, disputed
