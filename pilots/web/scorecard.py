"""The scorecard of rules as one reader finds it: what became of the pilots each rule flags on a past day.

One method for all: the rules are asked again about the end of the index day, by the limits of today. Flags
that were really open then are not used, since pilots that were imported later had none. Stored flags are
counted for one thing only: how many of them somebody disputed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from pilots.access.models import Program, User
from pilots.chunks import in_chunks
from pilots.columns import read_histories
from pilots.floors import one_look
from pilots.lifecycle import MAIN_PATH, Entry, effective
from pilots.limits import limits_in_force
from pilots.models import Flag, Pilot, PilotQuerySet
from pilots.replays import Then
from pilots.rules import RULES
from pilots.rules.engine import Verdict, judge
from pilots.rules.facts import Facts
from pilots.rules.registry import Hit, Rule, floors_of, rule_key
from pilots.rules.scorecard import Fate, Score, outcome, was_there
from pilots.web.kept import kept_for

DAYS = 60  # a flag that is younger has had no time to be followed
CHOICES = (60, 90, 180, 365)
FARTHEST = 3650


class UnreadableIndexDay(ValueError):
    """What was asked is no index day; `name` is the parameter, the message a sentence for who asked."""

    def __init__(self, name: str, sentence: str) -> None:
        self.name = name
        super().__init__(sentence)


def index_day(*, days: str, day: str, today: date) -> date:
    """Return the index day that an address names by `days` before today or as a `day`; else `DAYS` ago."""
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
        raise UnreadableIndexDay("day", f"Choose a day from {first} to yesterday.")
    return day


@dataclass(frozen=True)
class Scorecard:
    """The scores of all rules asked for, by key, in the order of the rules, between two days."""

    day: date
    today: date
    program: Program | None = None
    pilots: int = 0  # that were there on the index day and count
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def days(self) -> int:
        return (self.today - self.day).days


def read_scorecard(
    reader: User,
    *,
    at: datetime,
    day: date | None = None,
    program: Program | None = None,
    rules: Sequence[Rule] | None = None,
) -> Scorecard:
    """Follow the countable pilots this reader sees from the index day, `DAYS` ago unless said, until today.

    Pilots are taken a thousand at a time, each in a fixed number of queries. Confidential pilots are in no
    number, and the sample beside no real one. A second look costs nothing (`kept_for`).
    """
    today = timezone.localdate(at)
    day = day or today - timedelta(days=DAYS)
    asked = list(RULES) if rules is None else list(rules)
    # Another release may score otherwise: what it kept is none of ours.
    form = ([rule.key for rule in asked], [part.name for part in fields(Score)])
    pilots, scores = kept_for(
        reader,
        "scorecard",
        (today, day, program.pk if program else None, form),
        lambda: _scored(Pilot.objects.visible_to(reader).countable(reader, of=program), asked, day, today),
    )
    return Scorecard(day, today, program, pilots, scores)


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
