"""What a backtest says to whoever reads it: how far it is, what came of it, and which came lately."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from pilots.access.models import Program, User
from pilots.calendar import Day
from pilots.limits import limits_in_force
from pilots.models import Backtest, Heartbeat, Pilot
from pilots.models.backtest import State
from pilots.rules.backtest import FEWEST, Became, share_words, verdict
from pilots.rules.book import limit_words
from pilots.rules.engine import FEWEST as FEWEST_OF_PROGRAM
from pilots.rules.engine import WIDESPREAD_PERCENT
from pilots.rules.facts import NOT_REPLAYED
from pilots.rules.registry import Rule, Severity
from pilots.web.scorecard import followed_to
from pilots.web.spoken import days, number_word, spoken
from portfolio.jobs import RING

Tell = Callable[[Mapping[str, Any]], str | int]
MOST_LISTED = 50
MOST_RECENT = 5


@dataclass(frozen=True)
class Line:
    """One row of a table: what is counted, by the limits in force and by those proposed."""

    label: str
    in_force: str
    proposed: str
    note: str = ""


@dataclass(frozen=True)
class Listed:
    """One pilot that only one of the two sets of limits would have flagged."""

    pilot: Pilot
    since: str
    became: str


@dataclass(frozen=True)
class ListedPilots:
    """Pilots under one heading; `more` of them are not shown."""

    title: str
    count: int
    pilots: Sequence[Listed]
    more: int


class BacktestPage:
    """One backtest as its page shows it. Figures are those counted then; pilots are those seen today."""

    def __init__(self, row: Backtest, rule: Rule, *, reader: User, at: datetime) -> None:
        self.row, self.rule, self._reader, self._at = row, rule, reader, at
        self.state = row.state(at)
        self.place = place_of(row.program)
        self.is_over = row.is_over
        self.is_done = self.state is State.DONE

    @property
    def period(self) -> str:
        today = timezone.localdate()
        return f"{spoken(self.row.first_on, today)} to {Day(self.row.last_on)}"

    @property
    def asked(self) -> str:
        who = self.row.asked_by.name if self.row.asked_by else "the command line"
        return f"Asked for by {who} on {spoken(timezone.localtime(self.row.asked_at), timezone.localdate())}"

    @property
    def working(self) -> str:
        return working(self.row, self._at)

    @property
    def limits(self) -> list[Line]:
        """Each limit by severity, as it held when somebody asked and as it was tried."""
        known = self.row.in_force, self.row.limits
        return [
            Line(
                limit.severity.label,
                *(limit_words(limit, values.get(limit.name, limit.value)) for values in known),
            )
            for limit in self.rule.limits
        ]

    @property
    def edit_url(self) -> str:
        query = {"tried": self.row.pk} | ({"program": self.row.program.slug} if self.row.program else {})
        return f"{reverse('stalled:rule_edit', args=[self.rule.key])}?{urlencode(query)}"

    @cached_property
    def is_in_force(self) -> bool:
        """Whether these limits hold there now, whatever held when somebody tried them."""
        known = limits_in_force()
        program = self.row.program
        now = known.of(self.rule, program.pk) if program else known.for_site(self.rule)
        return bool(self.row.limits == now)

    @property
    def in_force_word(self) -> str:
        return "in force before" if self.is_in_force else "in force"

    @property
    def tried(self) -> str:
        """Return “Warning 50, High 200”."""
        return _numbers(self.rule, self.row)

    @property
    def not_replayed(self) -> list[str]:
        """What the rule reads that cannot be known for a past day, and what was read instead."""
        return [words for name, words in NOT_REPLAYED.items() if name in self.rule.inputs]

    # --- What came of it ---

    @property
    def _result(self) -> dict[str, Any]:
        result: dict[str, Any] = self.row.result
        return result

    @property
    def said(self) -> str:
        return " ".join(filter(None, (verdict(self._result), severity_words(self._result))))

    @property
    def shared(self) -> str:
        """Return that a rule which hits so many is told once for a program; "" where it hits fewer."""
        looked, flagged = self._result["looked_at"], self._result["proposed"]["flagged"]
        if looked < FEWEST_OF_PROGRAM or flagged * 100 <= looked * WIDESPREAD_PERCENT:
            return ""
        return (
            f"{flagged:,} of {looked:,} are more than {WIDESPREAD_PERCENT} %. What more than that share in a "
            f"program of {number_word(FEWEST_OF_PROGRAM)} or more is told once for the program: no pilot "
            "gets a colour by it, and nobody is mailed."
        )

    @property
    def has_pilots(self) -> bool:
        return bool(self._result["looked_at"])

    @property
    def earlier(self) -> str:
        """Return how much earlier the proposed limits tell, of the pilots flagged by both."""
        shift, of = self._result["earlier_days"], self._result["earlier_of"]
        if not of or not shift:
            return ""
        way = "earlier" if shift > 0 else "later"
        return f"Pilots that both flag would be told {days(abs(shift))} {way} (median of {of:,})."

    @cached_property
    def left_out(self) -> str:
        """Return of what the figures do not speak: days of silence, programs apart, pilots it failed on."""
        failed, apart = self._result.get("failed", 0), self._result.get("programs_apart", 0)
        parts = []
        last = followed_to(self._reader, at=self._at, program=self.row.program)
        if last < self.row.last_on:
            parts.append(
                f"Nothing was said here after {Day(last)}: what became of pilots since, nobody knows."
            )
        if apart:
            keep = "1 program keeps" if apart == 1 else f"{apart:,} programs keep"
            parts.append(f"{keep} other limits, whatever the site sets.")
        if failed:
            one = "1 pilot is" if failed == 1 else f"{failed:,} pilots are"
            parts.append(f"{one} in no figure: the rule failed on them.")
        return " ".join(parts)

    @property
    def figures(self) -> list[Line]:
        looked = self._result["looked_at"]
        lines = [
            self._line("Pilots flagged", lambda side: _of(side["flagged"], looked)),
            self._line(
                "Flagged already on the first day",
                lambda side: f"{side['from_before']:,}",
                note="when they passed the limit lies before, so they are in no month and no lead time",
            ),
        ]
        lines += [
            self._line(f"At worst {severity.label.lower()}", _inside("worst", severity.value))
            for severity in reversed(Severity)
            if any(self._result[name]["worst"][severity.value] for name in ("in_force", "proposed"))
        ]
        lines += [
            self._line("Times flagged", lambda side: side["episodes"], note="a pilot may be flagged again"),
            self._line("Times it became worse", lambda side: side["escalations"]),
            self._line("Days flagged, of all pilots together", lambda side: sum(side["days"].values())),
            self._line(
                "Lead time",
                _lead,
                note="median from the first flag to the move or the end",
            ),
        ]
        return lines

    @property
    def became(self) -> list[Line]:
        return [
            self._line(item.label, _inside("became", item.value, of="flagged"), note=item.note)
            for item in Became
        ]

    @property
    def months(self) -> list[Line]:
        return [
            self._line(f"{date.fromisoformat(f'{month}-01'):%b %Y}", _inside("months", month))
            for month in self._result["proposed"]["months"]
        ]

    @property
    def apart(self) -> list[ListedPilots]:
        """The pilots that only one of the two would have flagged, as far as the reader sees them today."""
        return [
            self._listed("Newly flagged", self._result["newly"]),
            self._listed("No longer flagged", self._result["no_longer"]),
        ]

    def _listed(self, title: str, rows: Sequence[Sequence[Any]]) -> ListedPilots:
        shown = rows[:MOST_LISTED]
        seen = Pilot.objects.visible_to(self._reader).countable(self._reader, of=self.row.program)
        pilots = {pilot.pk: pilot for pilot in seen.filter(pk__in=[row[0] for row in shown]).order_by("pk")}
        found = [
            Listed(pilots[pk], self._since(first), Became(became).label)
            for pk, first, became in shown
            if pk in pilots
        ]
        return ListedPilots(title, len(rows), found, len(rows) - len(found))

    def _since(self, first: str | None) -> str:
        today = timezone.localdate()
        if first is None:
            return f"before {spoken(self.row.first_on, today)}"
        return spoken(date.fromisoformat(first), today)

    def _line(self, label: str, tell: Tell, *, note: str = "") -> Line:
        cells = (tell(self._result[name]) for name in ("in_force", "proposed"))
        in_force, proposed = (cell if isinstance(cell, str) else f"{cell:,}" for cell in cells)
        return Line(label, in_force, proposed, note)


def severity_words(result: Mapping[str, Any]) -> str:
    """Return how bad it becomes: “7 fall to warning”, or how many reach what; "" where as many do."""
    now, then = (result[name]["worst"] for name in ("in_force", "proposed"))
    changed = [severity for severity in Severity if then[severity.value] != now[severity.value]]
    if len(changed) == 2 and not (result["newly"] or result["no_longer"]):
        milder, worse = changed
        by = then[milder.value] - now[milder.value]
        verb = ("fall" if by > 0 else "rise") + ("s" if abs(by) == 1 else "")
        return f"{abs(by):,} {verb} to {(milder if by > 0 else worse).value}."
    known = [severity for severity in changed if now[severity.value]]
    if not known:
        return ""
    parts = [f"{item.value}: {then[item.value]:,} instead of {now[item.value]:,}" for item in reversed(known)]
    return f"At worst, {'; '.join(parts)}."


def _inside(group: str, key: str, *, of: str = "") -> Tell:
    """Return how to tell one count of a group, with its share of another count where that is named."""

    def tell(side: Mapping[str, Any]) -> str | int:
        count: int = side[group][key]
        return _of(count, side[of]) if of else count

    return tell


def _of(part: int, whole: int) -> str:
    """Return “31 (15 %)”; of fewer than ten the number alone."""
    return f"{part:,} ({share_words(part, whole)})" if whole >= FEWEST else f"{part:,}"


def _lead(side: Mapping[str, Any]) -> str:
    if side["lead_days"] is None:
        return "not known"
    return f"{days(side['lead_days'])}, of {side['lead_of']:,}"


# --- Waiting for it ------------------------------------------------------------------


def working(row: Backtest, at: datetime) -> str:
    """Return what somebody who waits reads; "" when it is over."""
    match row.state(at):
        case State.RUNNING:
            return "Looking at every past day."
        case State.WAITING if row.attempts:
            return "It did not come to its end, and will be tried again."
        case State.WAITING:
            beat = Heartbeat.objects.filter(job=RING.code).first()
            if beat is None or beat.is_late(at, RING.late_after):
                return (
                    "Waiting for the worker, and none is running. It begins by itself once one is; an "
                    "administrator sees why under Settings, Jobs. You may close this page."
                )
            return "Waiting for the worker."
        case _:
            return ""


def place_of(program: Program | None) -> str:
    return program.name if program else "the whole site"


# --- Recent ones of a rule -----------------------------------------------------------


@dataclass(frozen=True)
class Recent:
    """One line of the backtests of a rule."""

    url: str
    said: str
    who: str
    came: str


def recent(rule: Rule, program: Program | None, *, reader: User, at: datetime) -> list[Recent]:
    """Return the newest backtests of a rule there, newest first; one query."""
    rows = Backtest.objects.visible_to(reader).filter(rule=rule.key, program=program)
    newest = rows.select_related("asked_by", "program").order_by("-asked_at", "-pk")[:MOST_RECENT]
    return [_recent(rule, row, at) for row in newest]


def _numbers(rule: Rule, row: Backtest) -> str:
    known = [limit for limit in rule.limits if limit.name in row.limits]
    return ", ".join(f"{limit.severity.label} {row.limits[limit.name]:,}" for limit in known)


def _recent(rule: Rule, row: Backtest, at: datetime) -> Recent:
    state = row.state(at)
    came = state.label
    if state is State.DONE:
        result = row.result
        came = f"{result['proposed']['flagged']:,} of {result['looked_at']:,} flagged"
    who = row.asked_by.name if row.asked_by else "The command line"
    when = spoken(timezone.localtime(row.asked_at).date(), timezone.localdate())
    return Recent(row.get_absolute_url(), _numbers(rule, row), f"{who} on {when}", came)
