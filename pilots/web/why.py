"""Why a pilot is flagged, as the first panel of its pages: each flag, and in one line what it shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from pilots.access.models import User
from pilots.access.permissions import Deed, Relation, may
from pilots.health import Health
from pilots.models import Flag, Pilot
from pilots.rules.course import JUDGE_HELD
from pilots.web.blocking import Blocking, blocking
from pilots.web.flag_words import FlagWords, told_of, worst_first
from pilots.web.spoken import ago, number_word, spoken
from pilots.web.unblock import who_can


@dataclass(frozen=True)
class Shared:
    """A flag that its whole program shares. How many do stands with the rules and with what is stuck."""

    title: str
    fact: str
    sentence: str


class Why:
    """The open flags of one pilot for one reader; four queries at most, none while nothing is flagged."""

    def __init__(self, pilot: Pilot, relation: Relation, *, reader: User | None, at: datetime) -> None:
        self.pilot = pilot
        self._relation = relation
        self._reader = reader
        self._at = at
        self._today: date = pilot.program.today(at)

    @cached_property
    def _open(self) -> list[Flag]:
        if self.pilot.is_ended:
            return []
        found = Flag.objects.open().filter(pilot=self.pilot)
        found = found.select_related("snoozed_by", "disputed_by", "assignee")
        if self.pilot.is_on_hold:  # what else is open is from before the hold, and about to close
            found = found.filter(rule__in=JUDGE_HELD)
        flags = list(found.order_by("pk"))
        for flag in flags:
            flag.pilot = self.pilot
        return flags

    @property
    def _own(self) -> list[Flag]:
        return [flag for flag in self._open if not flag.is_widespread]

    @cached_property
    def rows(self) -> list[FlagWords]:
        """Those that count, worst first, then those that rest."""
        own = worst_first(self._own)
        people = who_can(own, self._reader) if own else {}
        told = [told_of(flag, at=self._at, people=people[flag.pk]) for flag in own]
        return sorted(told, key=lambda words: words.is_asleep)

    @cached_property
    def shared(self) -> list[Shared]:
        flags = worst_first(flag for flag in self._open if flag.is_widespread)
        if not flags:
            return []
        return [
            Shared(
                title=rule.title if (rule := flag.known_rule) else flag.rule_key,
                fact=flag.fact(self._today),
                sentence=f"Shared with many pilots of {self.pilot.program}.",
            )
            for flag in flags
        ]

    @property
    def may_answer(self) -> bool:
        return may(Deed.SNOOZE, self._relation)

    @property
    def is_shown(self) -> bool:
        return bool(self.rows or self.shared or self.blocked)

    @property
    def is_quiet(self) -> bool:
        return bool(self.rows) and self.pilot.is_quiet(self._today)

    @property
    def quiet_until(self) -> str:
        return spoken(self.pilot.quiet_until, self._today) if self.pilot.quiet_until else ""

    @cached_property
    def blocked(self) -> Blocking | None:
        """What somebody says is in the way, and who can clear it."""
        return blocking([self.pilot], self._reader, at=self._at).get(self.pilot.pk)

    @property
    def title(self) -> str:
        return "Why it is flagged" if self.rows or self.shared or not self.blocked else "Why it is blocked"

    @cached_property
    def _counting(self) -> Sequence[Flag]:
        return [flag for flag in self._own if flag.counts(self._at)]

    @cached_property
    def since(self) -> str:
        """Since when its health is what it is, where flags or a word say so; else empty."""
        day = self._since()
        if day is None:
            return ""
        return ago(day, self._today) if (self._today - day).days in {0, 1} else spoken(day, self._today)

    def _since(self) -> date | None:
        return self.pilot.health_since

    @property
    def sentence(self) -> str:
        """“Three flags, stalled since Tue 3 Nov”."""
        count = len(self._counting)
        if not count:
            return ""
        flags = f"{number_word(count).capitalize()} {'flag' if count == 1 else 'flags'}"
        state = Health(self.pilot.health).label.lower()
        return f"{flags}, {state} since {self.since}" if self.since else flags

    @property
    def colour(self) -> str:
        """The health that the rule over the panel is drawn in."""
        return self.pilot.health
