"""What is stalled or blocked in one person's digest: news, what they never read, and what they know.

Each pilot stands for one reason, the one that the page of what is stalled shows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Q
from django.urls import reverse

from pilots.access.models import Role, User
from pilots.health import Health
from pilots.models import Flag, LogEntry, Pilot
from pilots.models.log import Going, LogKind
from pilots.models.pilot import relations
from pilots.rules.registry import SERIOUS, Kind, Pattern
from pilots.web.blocking import NEXT_ACTION
from pilots.web.flag_words import by_pilot, worst_first
from pilots.web.spoken import days, spoken
from pilots.web.stalls import stalling
from pilots.web.unblock import Unblocker, said, who_can
from portfolio.digests.links import absolute, answer_url
from portfolio.digests.models import Escalation, Level
from portfolio.digests.parts import Item, inside
from portfolio.digests.scope import DigestPilots
from portfolio.digests.unchanged import FOUR_WEEKS, unchanged_since
from portfolio.digests.week import local, number_of, week_key
from portfolio.outbox.letter import one_line

WEEK = timedelta(days=7)
LONGEST_WORD = 160


@dataclass(frozen=True)
class Stuck:
    """The stuck pilots of one digest; a fixed number of queries.

    `since` is what counts as new; `told_at` is when a digest last reached the reader, if one ever did.
    """

    person: User
    scope: DigestPilots
    at: datetime
    since: datetime
    told_at: datetime | None

    # --- Which pilots, and why -------------------------------------------------------------

    @cached_property
    def _pilots(self) -> dict[int, Pilot]:
        stuck = self.scope.pilots.in_health(Health.STALLED, Health.BLOCKED)
        return {pilot.pk: pilot for pilot in stuck.select_related("program").order_by("pk")}

    @cached_property
    def _passed_on(self) -> dict[int, Pilot]:
        """What was put before the reader because nobody below them answered, since they were told last."""
        visible = self.scope.pilots.in_health(Health.STALLED)
        managed = visible.managed_by(self.person)
        put = Escalation.objects.filter(at__gt=self.since, at__lte=self.at).exclude(level=Level.OWNER.value)
        mine = put.filter(Q(person=self.person) | Q(level=Level.MANAGER.value, flag__pilot__in=managed))
        still = stalling(self.at).filter(pk__in=mine.values("flag"))
        found = visible.filter(pk__in=still.values("pilot")).select_related("program")
        return {pilot.pk: pilot for pilot in found.order_by("pk")}

    @cached_property
    def _flags(self) -> Mapping[int, list[Flag]]:
        """The flags that count, by pilot, the one it stands for first."""
        pilots = {**self._passed_on, **self._pilots}
        flags = list(Flag.objects.counting(self.at).filter(pilot__in=list(pilots)).order_by("pk"))
        for flag in flags:
            flag.pilot = pilots[flag.pilot_id]
        return {pk: worst_first(rows, pattern=pilots[pk].pattern) for pk, rows in by_pilot(flags).items()}

    def _stalling(self, pilot: Pilot) -> list[Flag]:
        return [
            flag
            for flag in self._flags.get(pilot.pk, ())
            if flag.kind == Kind.STALL.value and flag.at_severity in SERIOUS
        ]

    def lead(self, pilot: Pilot) -> Flag:
        return self._flags[pilot.pk][0]

    def reason(self, pilot_id: int) -> Flag | None:
        """Return what makes a pilot stalled, if anything does."""
        stalled = (pilot for pilot in self._stalled if pilot.pk == pilot_id)
        return next((self.lead(pilot) for pilot in stalled), None)

    @cached_property
    def _stalled(self) -> list[Pilot]:
        """Worst first, then longest."""
        found = [pilot for pilot in self._pilots.values() if self._stalling(pilot)]
        return self._ordered(pilot for pilot in found if pilot.health == Health.STALLED.value)

    def _ordered(self, pilots: Iterable[Pilot]) -> list[Pilot]:
        return sorted(
            pilots,
            key=lambda pilot: (-self.lead(pilot).at_severity.rank, self.began(pilot), pilot.pk),
        )

    def began(self, pilot: Pilot) -> date:
        """Return since when a pilot is stalled, as its page says it."""
        return pilot.health_since or min(flag.counted_from for flag in self._flags[pilot.pk])

    # --- What is told, and how -------------------------------------------------------------

    @cached_property
    def unanswered(self) -> list[Pilot]:
        return self._ordered(pilot for pilot in self._passed_on.values() if self._stalling(pilot))

    @cached_property
    def newly(self) -> list[Pilot]:
        """What became stalled since the reader was told last; a starting position is no news."""
        return [pilot for pilot in self._stalled if self._is_news(pilot)]

    @cached_property
    def before(self) -> list[Pilot]:
        """What was stalled by then, but stood in no digest that reached the reader."""
        return [pilot for pilot in self._stalled if not self._is_news(pilot) and not self._was_told(pilot)]

    @cached_property
    def still(self) -> list[Pilot]:
        return [pilot for pilot in self._stalled if not self._is_news(pilot) and self._was_told(pilot)]

    @property
    def after(self) -> date:
        """The day after which news begins: the reader's, for all programs, as the list they open counts."""
        return local(self.since, self.person.zone).date()

    def _is_news(self, pilot: Pilot) -> bool:
        from_start = all(flag.is_starting for flag in self._stalling(pilot))
        return not from_start and self.began(pilot) > self.after

    def _was_told(self, pilot: Pilot) -> bool:
        if self.told_at is None:
            return False
        day = pilot.program.today(self.told_at)
        return not pilot.is_quiet(day) and any(
            flag.opened_at <= self.told_at
            and flag.counted_from <= day
            and not flag.is_snoozed(self.told_at)
            and not flag.is_disputed(self.told_at)
            for flag in self._stalling(pilot)
        )

    @cached_property
    def blocked(self) -> list[Pilot]:
        found = [pilot for pilot in self._pilots.values() if pilot.health == Health.BLOCKED.value]
        return sorted(found, key=lambda pilot: (self._blocked_since(pilot) or date.max, pilot.pk))

    def _blocked_since(self, pilot: Pilot) -> date | None:
        return pilot.blocked_on or pilot.health_since

    def _gate(self, pilot: Pilot) -> Flag | None:
        """Return the flag that says what blocks a pilot of which nobody said it."""
        found = next((flag for flag in self._flags.get(pilot.pk, ()) if flag.blocks), None)
        return None if pilot.blocked_on else found

    @cached_property
    def _people(self) -> Mapping[int, Sequence[Unblocker]]:
        return who_can([rows[0] for rows in self._flags.values()], self.person)

    @cached_property
    def _own(self) -> set[int]:
        """The pilots the reader owns or manages: nobody else is asked how they stand."""
        pilots = {**self._passed_on, **self._pilots}
        found = relations(self.person, list(pilots.values()))
        return {pk for pk, stand in found.items() if stand.owner_roles or stand.program_role is Role.MANAGER}

    def _link(self, pilot: Pilot) -> tuple[str, str]:
        """Return what the one link of a pilot says and where it leads."""
        if pilot.pk not in self._own:
            return "Open", absolute(pilot.get_absolute_url())
        if pilot.pk in self._flags:
            return "Answer", answer_url(self.person, self.lead(pilot), self.at)
        return "Check in", absolute(reverse("pilots:pilot_check_in", args=[pilot.key]))

    def item(self, pilot: Pilot) -> Item:
        flag, today = self.lead(pilot), pilot.program.today(self.at)
        verb, url = self._link(pilot)
        return Item(
            key=pilot.key,
            name=one_line(pilot.name),
            pilot_url=absolute(pilot.get_absolute_url()),
            url=url,
            verb=verb,
            fact=one_line(flag.fact(today)),
            next_action=inside(one_line(flag.next_action)),
            unblock=one_line(said(self._people.get(flag.pk, ()))),
            note=_note(flag, today),
            age=age((today - self.began(pilot)).days),
            is_confidential=pilot.is_confidential,
        )

    @cached_property
    def _words(self) -> Mapping[int, LogEntry]:
        """What was said last of each blocked pilot when somebody called it blocked."""
        said_so = LogEntry.objects.filter(
            pilot__in=self.blocked, kind=LogKind.CHECK_IN.value, going=Going.BLOCKED.value
        )
        return {row.pilot_id: row for row in said_so.select_related("author").order_by("written_at", "pk")}

    def blocked_item(self, pilot: Pilot) -> Item:
        today, gate = pilot.program.today(self.at), self._gate(pilot)
        since = self._blocked_since(pilot)
        verb, url = self._link(pilot)
        return Item(
            key=pilot.key,
            name=one_line(pilot.name),
            pilot_url=absolute(pilot.get_absolute_url()),
            url=url,
            verb=verb,
            fact=one_line(gate.fact(today)) if gate else self._what_blocks(pilot, today),
            next_action=inside(one_line(gate.next_action)) if gate else f"{inside(NEXT_ACTION)}.",
            unblock=one_line(said(self._people.get(gate.pk, ()))) if gate else "",
            age=age((today - since).days if since else 0),
            is_confidential=pilot.is_confidential,
        )

    def _what_blocks(self, pilot: Pilot, today: date) -> str:
        """Return “Blocked by Legal since Mon 9 Nov. Olga: “No contract yet.””"""
        by = f" by {one_line(pilot.blocked_by)}" if pilot.blocked_by else ""
        since = f" since {spoken(pilot.blocked_on, today)}" if pilot.blocked_on else ""
        word = self._words.get(pilot.pk)
        if word is None or not word.text:
            return f"Blocked{by}{since}."
        text = one_line(word.text)
        if len(text) > LONGEST_WORD:
            text = f"{text[:LONGEST_WORD].rstrip()}…"
        return f"Blocked{by}{since}. {one_line(str(word.author or 'Headway'))}: “{text}”"

    # --- For who reads counts ---------------------------------------------------------------

    @cached_property
    def commonest(self) -> str:
        """Return the pattern most stalled pilots stand for, as “pilot purgatory (3 of 5 stalled)”.

        The blocked are not among them: that they are blocked is no reason.
        """
        stalled = [pilot for pilot in self._stalled if not pilot.is_confidential]
        patterns = Counter(inside(Pattern(self.lead(pilot).pattern).label) for pilot in stalled)
        if not patterns:
            return ""
        [(pattern, count)] = patterns.most_common(1)
        return f"{pattern} ({count:,} of {len(stalled):,} stalled)"


def age(count: int) -> str:
    """Return “5 weeks”, days below one week, or “today”."""
    if count <= 0:
        return "today"
    weeks = count // 7
    if not weeks:
        return days(count)
    return "1 week" if weeks == 1 else f"{weeks:,} weeks"


def _note(flag: Flag, today: date) -> str:
    """Return since when nothing new is known of a stalled pilot; what is known, where that is new."""
    last = unchanged_since(flag)
    if (today - last).days < WEEK.days:
        return one_line(flag.fact(today))
    becomes = "; it becomes a decision" if (today - last).days >= FOUR_WEEKS else ""
    return f"No new fact since week {number_of(week_key(last))}{becomes}."
