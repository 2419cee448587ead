"""A flag as pages show it: what, how bad and since when, the fact, the limit, what clears it, who can."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pilots.models import Flag
from pilots.rules.book import limit_words
from pilots.rules.registry import SERIOUS, Kind, Severity
from pilots.web.spoken import ago, spoken
from pilots.web.unblock import Unblocker, said


@dataclass(frozen=True)
class FlagWords:
    """One open flag in words. `rest` says that it is snoozed or disputed, until when, by whom and why."""

    flag: Flag
    title: str
    mark: str
    since: str
    fact: str
    limit: str
    clears_when: str
    unblock: str
    days: int
    rest: str = ""
    rest_reason: str = ""

    @property
    def severity(self) -> str:
        return self.flag.at_severity.label

    @property
    def is_stall(self) -> bool:
        return self.flag.kind == Kind.STALL.value

    @property
    def is_asleep(self) -> bool:
        return bool(self.rest)

    @property
    def next_action(self) -> str:
        return self.flag.next_action.removesuffix(".")


def told_of(flag: Flag, *, at: datetime, people: Sequence[Unblocker] = ()) -> FlagWords:
    """Return a flag in words. Load its pilot's program and who snoozed or disputed it along with it."""
    today = flag.pilot.program.today(at)
    rule = flag.known_rule
    rest, reason = _rest(flag, at, today)
    passed = spoken(flag.crossed_on, today)
    if (today - flag.crossed_on).days in {0, 1}:
        passed = ago(flag.crossed_on, today)
    since = f"{flag.at_severity.label}, since {passed}"
    return FlagWords(
        flag=flag,
        title=rule.title if rule else flag.rule_key,
        mark=_mark(flag),
        since=f"{since}; starting position" if flag.is_starting else since,
        fact=flag.fact(today),
        limit=_limit(flag),
        clears_when=rule.clears_when if rule else "",
        unblock=said(people),
        days=flag.days(today),
        rest=rest,
        rest_reason=reason,
    )


def worst_first(flags: Iterable[Flag], *, pattern: str = "") -> list[Flag]:
    """Return the flags of a pilot as lists show them: worst, stalls before others, oldest.

    Those of a pattern stand before the rest; where nothing stalls it, what blocks it stands before all.
    """
    there = list(flags)
    stalls = any(_mark(flag) == "stalled" for flag in there)
    return sorted(
        there,
        key=lambda flag: (
            stalls or not flag.blocks,
            bool(pattern) and flag.pattern != pattern,
            -flag.at_severity.rank,
            flag.kind != Kind.STALL.value,
            flag.counted_from,
            flag.pk,
        ),
    )


def by_pilot(flags: Iterable[Flag]) -> Mapping[int, list[Flag]]:
    found: dict[int, list[Flag]] = {}
    for flag in flags:
        found.setdefault(flag.pilot_id, []).append(flag)
    return found


def _mark(flag: Flag) -> str:
    if flag.kind == Kind.STALL.value and flag.at_severity in SERIOUS:
        return "stalled"
    if flag.blocks:
        return "blocked"
    return "not_known" if flag.at_severity is Severity.INFO else "at_risk"


def _limit(flag: Flag) -> str:
    """Return the limit it passed: “135 days since it was proven”, “At once, when a move was refused”."""
    rule = flag.known_rule
    limit = next((limit for limit in rule.limits if limit.name == flag.limit_name), None) if rule else None
    if limit is None:
        return f"{flag.limit:,}"
    if limit.unit == "day of plan":
        return f"Day {flag.limit:,} of the plan"
    if limit.name == "whole_plan":
        return f"{flag.details.get('plan_days', flag.limit):,} days of the plan without a limited go-live"
    words = limit_words(limit, flag.limit)
    return words[:1].upper() + words[1:]


def _rest(flag: Flag, at: datetime, today: date) -> tuple[str, str]:
    program = flag.pilot.program
    if flag.disputed_until is not None and flag.is_disputed(at):
        until, who, reason = flag.disputed_until, flag.disputed_by, flag.dispute_reason
        what = "Said not to be stalled"
    elif flag.snoozed_until is not None and flag.is_snoozed(at):
        until, who, reason = flag.snoozed_until, flag.snoozed_by, flag.snooze_reason
        what = "Snoozed"
    else:
        return "", ""
    by = f" by {who}" if who else ""
    return f"{what}{by} until {spoken(program.today(until), today)}", reason
