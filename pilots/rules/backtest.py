"""What a rule would have flagged in the past by other limits, and what became of it. Plain functions.

Each pilot is looked at day by day. The days on which it is flagged without a break are an episode; a break
of one day begins another. What became of a flagged pilot counts from its first day flagged, by where it
stands on the last day. It describes the past; it proves no cause.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from pilots.lifecycle import ENDS, MAIN_PATH, Stage
from pilots.rules.facts import Facts
from pilots.rules.registry import Limits, Look, Rule, Severity

FEWEST = 10  # a share of fewer pilots is not told
ONE = timedelta(days=1)


class Became(StrEnum):
    """What became of a flagged pilot by the last day. Whoever moved on and ended afterwards had moved on."""

    MOVED = "moved"
    ENDED = "ended"
    OPEN = "open"
    HELD = "held"
    CLEARED = "cleared"

    @property
    def label(self) -> str:
        return _LABELS[self][0]

    @property
    def note(self) -> str:
        return _LABELS[self][1]


_LABELS = {
    Became.MOVED: ("Moved on", "reached a later stage after it was first flagged"),
    Became.ENDED: ("Stopped or retired", "ended without reaching a later stage"),
    Became.OPEN: ("Flagged still", "stands where it stood, and the rule would still say so"),
    Became.HELD: ("On hold", "no clock runs for it now"),
    Became.CLEARED: ("Cleared without a move", "the flag went away and it stands where it stood"),
}


@dataclass(slots=True)
class Episode:
    """One stretch of days on which a rule flags a pilot, by one set of limits."""

    first: date
    last: date
    severity: Severity  # the worst it reached
    days: Counter[Severity] = field(default_factory=Counter)
    escalated: list[tuple[date, Severity]] = field(default_factory=list)
    is_from_before: bool = False  # flagged on the first day looked at: it may have begun long before


@dataclass(slots=True)
class Track:
    """The episodes of one pilot by one set of limits, seen day by day."""

    first_day: date
    episodes: list[Episode] = field(default_factory=list)

    def see(self, day: date, severity: Severity) -> None:
        """Note that it is flagged on a day; days come in order."""
        episode = self.episodes[-1] if self.episodes else None
        if episode is None or episode.last + ONE != day:
            is_from_before = day == self.first_day
            self.episodes.append(episode := Episode(day, day, severity, is_from_before=is_from_before))
        elif severity.rank > episode.severity.rank:
            episode.severity = severity
            episode.escalated.append((day, severity))
        episode.last = day
        episode.days[severity] += 1


@dataclass(slots=True)
class Watch:
    """One pilot while a rule looks at it day by day, by the limits in force and by those proposed."""

    in_force: Track
    proposed: Track
    stages: list[tuple[date, Stage]] = field(default_factory=list)  # since which day it was seen where
    is_looked_at: bool = False  # the rule could judge it on one day at least
    is_held: bool = False

    @classmethod
    def begin(cls, first_day: date) -> "Watch":
        return cls(Track(first_day), Track(first_day))

    def see(self, rule: Rule, facts: Facts, day: date, in_force: Limits, proposed: Limits) -> None:
        """Look at one day. Whatever the rule raises is raised: what it says would be worth nothing."""
        if not self.stages or self.stages[-1][1] is not facts.stage:
            self.stages.append((day, facts.stage))
        self.is_held = facts.is_held
        if not rule.eligible(facts):
            return
        self.is_looked_at = True
        if hit := rule.judge(facts, Look(day, in_force)):
            self.in_force.see(day, hit.severity)
        if hit := rule.judge(facts, Look(day, proposed)):
            self.proposed.see(day, hit.severity)


# --- What became of one pilot -------------------------------------------------------


@dataclass(frozen=True)
class Fate:
    """What became of a flagged pilot; `on` is the day on which it moved or ended."""

    became: Became
    on: date | None = None


def fate(watch: Watch, track: Track, last_day: date) -> Fate:
    """Return what became of a pilot since it was first flagged; the track must have an episode."""
    first = track.episodes[0].first
    at_first = next(stage for day, stage in reversed(watch.stages) if day <= first)
    later = [(day, stage) for day, stage in watch.stages if day > first]
    beyond = MAIN_PATH[MAIN_PATH.index(at_first) + 1 :] if at_first in MAIN_PATH else ()
    for day, stage in later:
        if stage in beyond:
            return Fate(Became.MOVED, day)
    if later and later[-1][1] in ENDS:
        return Fate(Became.ENDED, later[-1][0])
    if track.episodes[-1].last == last_day:
        return Fate(Became.OPEN)
    return Fate(Became.HELD if watch.is_held else Became.CLEARED)


# --- All of them --------------------------------------------------------------------


@dataclass
class Side:
    """What one set of limits would have flagged."""

    flagged: dict[int, Fate] = field(default_factory=dict)  # by pilot
    first_days: dict[int, date] = field(default_factory=dict)  # by pilot; none for those flagged before
    worst: Counter[Severity] = field(default_factory=Counter)  # pilots by the worst they reached
    days: Counter[Severity] = field(default_factory=Counter)  # days flagged, over all pilots
    episodes: int = 0
    from_before: int = 0  # pilots flagged already on the first day
    escalations: int = 0
    opened: Counter[str] = field(default_factory=Counter)  # episodes by month, such as 2026-03
    leads: list[int] = field(default_factory=list)  # days from the first flag to the move or the end

    def add(self, pilot: int, watch: Watch, track: Track, last_day: date) -> None:
        if not track.episodes:
            return
        found = self.flagged[pilot] = fate(watch, track, last_day)
        first = track.episodes[0]
        if first.is_from_before:
            self.from_before += 1
        else:
            self.first_days[pilot] = first.first
            if found.on is not None:
                self.leads.append((found.on - first.first).days)
        self.worst[max((episode.severity for episode in track.episodes), key=lambda worst: worst.rank)] += 1
        self.episodes += len(track.episodes)
        for episode in track.episodes:
            self.days.update(episode.days)
            self.escalations += len(episode.escalated)
            if not episode.is_from_before:
                self.opened[f"{episode.first:%Y-%m}"] += 1

    def as_json(self, months: Sequence[str]) -> dict[str, Any]:
        became = Counter(found.became for found in self.flagged.values())
        return {
            "flagged": len(self.flagged),
            "episodes": self.episodes,
            "from_before": self.from_before,
            "escalations": self.escalations,
            "worst": {severity.value: self.worst[severity] for severity in Severity},
            "days": {severity.value: self.days[severity] for severity in Severity},
            "became": {item.value: became[item] for item in Became},
            "lead_days": _median(self.leads),
            "lead_of": len(self.leads),
            "months": {month: self.opened[month] for month in months},
        }


@dataclass
class Backtest:
    """What a rule would have flagged from the first to the last day, by limits in force and proposed."""

    first: date
    last: date
    looked_at: int = 0
    in_force: Side = field(default_factory=Side)
    proposed: Side = field(default_factory=Side)

    def add(self, pilot: int, watch: Watch) -> None:
        """Count a pilot of which every day was seen."""
        if not watch.is_looked_at:
            return
        self.looked_at += 1
        self.in_force.add(pilot, watch, watch.in_force, self.last)
        self.proposed.add(pilot, watch, watch.proposed, self.last)

    @property
    def months(self) -> list[str]:
        found, day = [], self.first.replace(day=1)
        while day <= self.last:
            found.append(f"{day:%Y-%m}")
            day = (day + timedelta(days=31)).replace(day=1)
        return found

    @property
    def earlier(self) -> list[int]:
        """How many days earlier the proposed limits first flag those that both flag; less than 0 is later."""
        both = self.in_force.first_days.keys() & self.proposed.first_days.keys()
        return [(self.in_force.first_days[pk] - self.proposed.first_days[pk]).days for pk in sorted(both)]

    def as_json(self) -> dict[str, Any]:
        """Return the figures, and which pilots only one of the two would have flagged, as plain values."""
        now, then = self.in_force.flagged, self.proposed.flagged
        return {
            "looked_at": self.looked_at,
            "in_force": self.in_force.as_json(self.months),
            "proposed": self.proposed.as_json(self.months),
            "both": len(now.keys() & then.keys()),
            "earlier_days": _median(self.earlier),
            "earlier_of": len(self.earlier),
            "newly": _listed(self.proposed, then.keys() - now.keys()),
            "no_longer": _listed(self.in_force, now.keys() - then.keys()),
        }


def _listed(side: Side, pilots: Iterable[int]) -> list[list[Any]]:
    """Return a pilot's id, its first day (None: flagged before the first) and what became of it."""
    rows = [
        [
            pk,
            side.first_days[pk].isoformat() if pk in side.first_days else None,
            side.flagged[pk].became.value,
        ]
        for pk in pilots
    ]
    return sorted(rows, key=lambda row: (row[1] or "", row[0]))


def _median(days: Sequence[int]) -> int | None:
    return round(median(days)) if days else None


# --- In words -----------------------------------------------------------------------


def share_words(part: int, whole: int) -> str:
    """Return “15 %”, or why there is no share: of fewer than ten it would say more than is known."""
    if whole < FEWEST:
        return f"no percentage of {whole}" if whole else "no percentage"
    return f"{round(100 * part / whole)} %"


def pilots_word(count: int) -> str:
    return "1 pilot" if count == 1 else f"{count:,} pilots"


def verdict(result: dict[str, Any]) -> str:
    """Return the outcome in a sentence or two: how many, compared with now, and what became of them."""
    looked, flagged = result["looked_at"], result["proposed"]["flagged"]
    if not looked:
        return "There was no pilot this rule could have judged in that time."
    more = flagged - result["in_force"]["flagged"]
    compared = f"{abs(more):,} {'more' if more > 0 else 'fewer'} than by those in force"
    compared = compared if more else "as many as by those in force"
    said = f"By these limits {flagged:,} of {pilots_word(looked)} would have been flagged, {compared}."
    if not flagged:
        return said
    became = result["proposed"]["became"]
    parts = [f"{became[item.value]:,} {words}" for item, words in _SAID.items() if became[item.value]]
    whose = "It" if flagged == 1 else f"Of these {flagged:,},"
    return f"{said} {whose} {_listed_words(parts) if flagged > 1 else _one(became)}."


_SAID = {
    Became.MOVED: "moved on since",
    Became.ENDED: "stopped or retired",
    Became.OPEN: "would be flagged still",
    Became.HELD: "on hold",
    Became.CLEARED: "cleared without a move",
}
_SAID_OF_ONE = {
    Became.MOVED: "moved on since",
    Became.ENDED: "has been stopped or retired",
    Became.OPEN: "would be flagged still",
    Became.HELD: "is on hold",
    Became.CLEARED: "was cleared without a move",
}


def _one(became: dict[str, int]) -> str:
    return next(words for item, words in _SAID_OF_ONE.items() if became[item.value])


def _listed_words(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
