"""The rows of what is stuck: one pilot each, with its worst flag, what to do next and who can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from pilots.access.models import User
from pilots.access.permissions import Deed, Relation, may
from pilots.health import Health
from pilots.models import Flag, Pilot
from pilots.models.pilot import relations
from pilots.rules.registry import Pattern
from pilots.web.blocking import NEXT_ACTION, Blocking, blocking
from pilots.web.flag_wish import FlagWish
from pilots.web.flag_words import FlagWords, by_pilot, told_of, worst_first
from pilots.web.spoken import spoken
from pilots.web.unblock import Unblocker, who_can


@dataclass(frozen=True)
class Row:
    """One pilot. `lead` is its worst flag; None where nothing is flagged, as with one called blocked.

    Of a pilot that is not known it may be one that rests; then `flags` are none, since none counts.
    """

    pilot: Pilot
    mark: str
    fact: str
    lead: FlagWords | None
    others: int
    days: int | None
    days_of: str
    word: str
    next_action: str
    who: str
    may_snooze: bool
    flags: Sequence[Flag] = ()
    snooze_url: str = ""
    assign_url: str = ""
    dispute_url: str = ""
    wake_url: str = ""
    then: str = ""
    blocked: str = ""
    also_blocked: str = ""
    words: str = ""
    words_by: str = ""
    check_in_url: str = ""
    ask_url: str = ""

    @property
    def place(self) -> str:
        """Return the name of its place on the page."""
        return place_of(self.pilot)

    @property
    def seen_to_by(self) -> User | None:
        return self.lead.flag.assignee if self.lead else None

    @property
    def pick(self) -> tuple[str, str]:
        """Return what its box stands for: its one flag, or the pilot with all of them."""
        if len(self.flags) == 1:
            return "flag", str(self.flags[0].pk)
        return "pilot", self.pilot.key

    @property
    def reason(self) -> str:
        """Return what is said of it where no flag that counts is: who let it rest, until when and why."""
        if self.lead is None or not self.lead.rest:
            return self.fact
        return f"{self.lead.rest}: {self.lead.rest_reason}. {self.fact}"

    @property
    def not_so(self) -> str:
        """Return what its flag can be called wrong with: a risk does not say that it is stalled."""
        return "Not stalled" if self.lead is None or self.lead.is_stall else "Not so"


@dataclass(frozen=True)
class Sum:
    """How many pilots count, and how many there are beside them that are in no total."""

    count: int
    confidential: int = 0

    @property
    def all(self) -> int:
        return self.count + self.confidential

    @property
    def said(self) -> str:
        """Return “2”, “1, and 1 confidential” or “1 confidential”."""
        if not self.confidential:
            return f"{self.count:,}"
        beside = f"{self.confidential:,} confidential"
        return f"{self.count:,}, and {beside}" if self.count else beside


@dataclass(frozen=True)
class Group:
    """The rows of one pattern on this page. `sum` is how many there are on all pages."""

    code: str
    title: str
    note: str
    sum: Sum
    rows: list[Row]
    snooze_url: str = ""

    @property
    def is_whole(self) -> bool:
        return self.sum.all == len(self.rows)

    @property
    def to_snooze(self) -> int:
        return sum(1 for row in self.rows if row.snooze_url)


BLOCKED = "blocked"  # stands where a pattern does: whatever else is flagged, this is what holds it up
NO_PATTERN = {
    BLOCKED: ("Blocked", "somebody said what stands in the way, or a gate does"),
    "not_known": ("Not known", "no dates and nothing heard, or only what its whole program shares"),
}


FIRST, LAST = "first", "last"


def place_of(pilot: Pilot) -> str:
    return f"pilot-{pilot.key}"


def rows_of(
    pilots: Sequence[Pilot], *, wish: FlagWish, is_asleep: bool, by_flag: bool, address: str
) -> list[Row]:
    """Return a row for each pilot, in their order; a fixed number of queries.

    Its flags are those that fit the wish, unless none does. `by_flag` puts the worst first, whatever the
    pilot's own pattern.
    """
    reader, at = wish.reader, wish.at
    flags = Flag.objects.open().filter(pilot__in=[pilot.pk for pilot in pilots], is_widespread=False)
    found = by_pilot(flags.select_related("snoozed_by", "disputed_by", "assignee").order_by("pk"))
    wanted = {
        pilot.pk: worst_first(
            [flag for flag in found.get(pilot.pk, []) if flag.counts(at) != is_asleep],
            pattern="" if by_flag else pilot.pattern,
        )
        for pilot in pilots
    }
    for pilot in pilots:
        for flag in wanted[pilot.pk]:
            flag.pilot = pilot
    fitting = {pk: [flag for flag in flags if wish.fits(flag)] or flags for pk, flags in wanted.items()}
    resting = {
        pilot.pk: worst_first(found.get(pilot.pk, []))
        for pilot in pilots
        if not wanted[pilot.pk] and pilot.health == Health.NOT_KNOWN.value
    }
    for pilot in pilots:
        for flag in resting.get(pilot.pk, []):
            flag.pilot = pilot
    leads = [flags[0] for flags in (*fitting.values(), *resting.values()) if flags]
    people = who_can(leads, reader)
    stands = relations(reader, list(pilots))
    blocks = blocking(pilots, reader, at=at)
    places = [*(place_of(pilot) for pilot in pilots[1:]), LAST]
    return [
        _row(
            pilot,
            fitting[pilot.pk],
            at=at,
            others=max(len(wanted[pilot.pk] or resting.get(pilot.pk, [])) - 1, 0),
            lead=_told(fitting[pilot.pk] or resting.get(pilot.pk, []), people, at),
            stand=stands[pilot.pk],
            block=blocks.get(pilot.pk),
            address=address,
            then=then,
        )
        for pilot, then in zip(pilots, places, strict=False)
    ]


def _told(flags: list[Flag], people: Mapping[int, list[Unblocker]], at: datetime) -> FlagWords | None:
    return told_of(flags[0], at=at, people=people[flags[0].pk]) if flags else None


def _row(
    pilot: Pilot,
    flags: list[Flag],
    *,
    at: datetime,
    others: int,
    lead: FlagWords | None,
    stand: Relation,
    block: Blocking | None,
    address: str,
    then: str,
) -> Row:
    may_snooze = may(Deed.SNOOZE, stand)
    back = urlencode({"next": f"{address}#{place_of(pilot)}", "then": then})
    may_rest = may_snooze and lead is not None and not lead.is_asleep
    is_blocked = pilot.health == Health.BLOCKED.value and block is not None
    return Row(
        pilot=pilot,
        mark=pilot.health,
        fact=block.fact if block and is_blocked else _fact(pilot, lead, at),
        lead=lead,
        others=others,
        days=_days(pilot, lead, at, is_blocked=is_blocked),
        days_of=_days_of(pilot, is_blocked=is_blocked),
        word=_word(lead, is_blocked=pilot.health == Health.BLOCKED.value),
        next_action=NEXT_ACTION if is_blocked else lead.next_action if lead else "Ask for a check-in",
        who=block.who if block and is_blocked else lead.unblock if lead else "",
        may_snooze=may_snooze,
        flags=flags,
        then=then,
        snooze_url=_answer("snooze", flags, back) if may_rest else "",
        assign_url=_answer("assign", flags, back) if may_snooze and flags else "",
        dispute_url=f"{reverse('pilots:flag_dispute', args=[lead.flag.pk])}?{back}"
        if may_rest and lead
        else "",
        wake_url=reverse("pilots:flag_wake", args=[lead.flag.pk])
        if may_snooze and lead and lead.is_asleep
        else "",
        blocked=block.fact if block else "",
        also_blocked=block.fact if block and not is_blocked else "",
        words=block.words if block else "",
        words_by=block.by if block else "",
        check_in_url=_url("pilot_check_in", pilot, Deed.CHECK_IN, stand) if block else "",
        ask_url=_url("decision_new", pilot, Deed.ASK_DECISION, stand) if block else "",
    )


def _answer(deed: str, flags: Sequence[Flag], back: str) -> str:
    """Return where one flag is answered, or where several are together."""
    if len(flags) == 1:
        return f"{reverse(f'pilots:flag_{deed}', args=[flags[0].pk])}?{back}"
    return f"{reverse(f'pilots:flags_{deed}')}?{urlencode([('flag', flag.pk) for flag in flags])}&{back}"


def _url(page: str, pilot: Pilot, deed: Deed, stand: Relation) -> str:
    return reverse(f"pilots:{page}", args=[pilot.key]) if may(deed, stand) else ""


def _fact(pilot: Pilot, lead: FlagWords | None, at: datetime) -> str:
    today = pilot.program.today(at)
    if pilot.is_quiet(today) and pilot.quiet_until:
        first = f"It came here lately and is judged after {spoken(pilot.quiet_until, today)}."
        return f"{first} {lead.fact}" if lead else first
    if lead:
        return lead.fact
    if pilot.is_known:  # so it is a flag that many pilots of its program share
        return "What leaves it open is told once, for its whole program."
    return "Nobody has said a word about it here."


def _days(pilot: Pilot, lead: FlagWords | None, at: datetime, *, is_blocked: bool) -> int | None:
    """Return for how long the pilot is what it is, as its page and the mail say; else how old its flag is."""
    began = _began(pilot, is_blocked=is_blocked)
    if began:
        return max((pilot.program.today(at) - began).days, 0)
    return lead.days if lead else None


def _began(pilot: Pilot, *, is_blocked: bool) -> date | None:
    return (pilot.blocked_on if is_blocked else None) or pilot.health_since


def _days_of(pilot: Pilot, *, is_blocked: bool) -> str:
    """Return what the days count, which are not those of the reason beside them: “stalled for”."""
    is_its_own = _began(pilot, is_blocked=is_blocked) is not None
    return f"{pilot.get_health_display().lower()} for" if is_its_own else "flagged for"


def _word(lead: FlagWords | None, *, is_blocked: bool) -> str:
    if is_blocked:
        return "blocked"
    return lead.severity.lower() if lead else ""


def under(pilot: Pilot) -> str:
    """Return the heading a pilot stands under."""
    return BLOCKED if pilot.health == Health.BLOCKED.value else pilot.pattern


def group_rows(
    rows: Sequence[Row], sums: Mapping[str, Sum], *, show: str, address: str, by_flag: bool
) -> list[Group]:
    """Return the rows by pattern, in the order in which they come."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        code = row.lead.flag.pattern if by_flag and row.lead else under(row.pilot)
        groups.setdefault(code, []).append(row)
    return [
        _group(code, members, sums.get(code) or Sum(len(members)), show=show, address=address)
        for code, members in groups.items()
    ]


def _group(code: str, rows: list[Row], total: Sum, *, show: str, address: str) -> Group:
    title, note = (
        (Pattern(code).label, Pattern(code).note)
        if code and code != BLOCKED
        else NO_PATTERN.get(code or show, ("Other", "without a pattern"))
    )
    keys = [row.pick for row in rows if row.snooze_url]
    back = [("next", address), ("then", FIRST)]
    url = f"{reverse('pilots:flags_snooze')}?{urlencode([*keys, *back])}" if keys else ""
    return Group(code, title, note, total, rows, snooze_url=url if len(keys) > 1 else "")
