"""What is stuck as rows: a flag each, of the pilots of the list; a pilot without one has a row as well."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pilots.access.permissions import OwnerRole
from pilots.models import Flag, Ownership, Pilot
from pilots.rules.registry import Pattern
from pilots.web.flag_words import FlagWords, told_of
from pilots.web.unblock import who_can
from portfolio.desk.stalled.page import StalledPage
from portfolio.desk.stalled.rows import BLOCKED, NO_PATTERN, Row, under
from portfolio.exchange.export.batches import batches
from portfolio.exchange.export.table import Column, Table, Value, table_of


@dataclass(frozen=True)
class Line:
    """A flag in words, beside the row of its pilot. `told` is None where nothing is flagged."""

    row: Row
    told: FlagWords | None
    owner: str
    at: datetime

    @property
    def pilot(self) -> Pilot:
        return self.row.pilot

    @property
    def pattern(self) -> str:
        code = self.told.flag.pattern if self.told else under(self.pilot)
        if code == BLOCKED:
            return NO_PATTERN[BLOCKED][0]
        return Pattern(code).label if code else ""

    def day(self, moment: datetime | None) -> date | None:
        return self.pilot.program.today(moment) if moment else None


def stalled_table(page: StalledPage) -> Table:
    return table_of("Stalled", COLUMNS, _lines(page))


def _lines(page: StalledPage) -> Iterator[Line]:
    for batch in batches(page.everything):
        rows = page.rows_of(batch)
        people = who_can([flag for row in rows for flag in row.flags], page.reader)
        owners = _owners(batch)
        for row in rows:
            owner = owners.get(row.pilot.pk, "")
            for flag in row.flags:
                yield Line(row, told_of(flag, at=page.now, people=people[flag.pk]), owner, page.now)
            if not row.flags:
                yield Line(row, None, owner, page.now)


def _owners(pilots: Sequence[Pilot]) -> dict[int, str]:
    rows = Ownership.objects.active().principals().filter(role=OwnerRole.PRODUCTION_OWNER.value)
    return dict(
        rows.filter(pilot__in=[pilot.pk for pilot in pilots])
        .order_by("owner__name")
        .values_list("pilot", "owner__name")
    )


def _of_flag(get: Callable[[Line, Flag], Value]) -> Callable[[Line], Value]:
    return lambda line: get(line, line.told.flag) if line.told else None


def _of_words(get: Callable[[FlagWords], Value]) -> Callable[[Line], Value]:
    return lambda line: get(line.told) if line.told else ""


def _rests(what: str) -> Callable[[Line], Value]:
    """Return until when a flag rests, while it does; `what` is `snoozed` or `disputed`."""
    return _of_flag(
        lambda line, flag: line.day(getattr(flag, f"{what}_until")) if _is(what, line, flag) else None
    )


def _because(what: str, reason: str) -> Callable[[Line], Value]:
    return _of_flag(lambda line, flag: getattr(flag, reason) if _is(what, line, flag) else "")


def _is(what: str, line: Line, flag: Flag) -> bool:
    return flag.is_snoozed(line.at) if what == "snoozed" else flag.is_disputed(line.at)


COLUMNS: tuple[Column[Line], ...] = (
    Column("Key", lambda line: line.pilot.key),
    Column("Name", lambda line: line.pilot.name),
    Column("Program", lambda line: line.pilot.program.name),
    Column("Health", lambda line: line.pilot.get_health_display()),
    Column("Pattern", lambda line: line.pattern),
    Column("Rule", _of_words(lambda told: told.title)),
    Column("Rule key", _of_flag(lambda _, flag: flag.rule_key)),
    Column("Class", _of_flag(lambda _, flag: flag.get_kind_display())),
    Column("Severity", _of_words(lambda told: told.severity)),
    Column("Reason", lambda line: line.told.fact if line.told else line.row.reason),
    Column("Blocked", lambda line: line.row.blocked),
    Column("In their words", lambda line: line.row.words),
    Column("Said by", lambda line: line.row.words_by),
    Column("Since", _of_flag(lambda _, flag: flag.crossed_on)),
    Column("Counted from", _of_flag(lambda _, flag: flag.since)),
    Column("Days", lambda line: line.told.days if line.told else line.row.days),
    Column("Flagged on", _of_flag(lambda line, flag: line.day(flag.opened_at))),
    Column("Limit passed", _of_words(lambda told: told.limit)),
    Column("Clears when", _of_words(lambda told: told.clears_when)),
    Column("Next action", lambda line: line.told.next_action if line.told else line.row.next_action),
    Column("Who can take it", lambda line: line.told.unblock if line.told else line.row.who),
    Column("Production owner", lambda line: line.owner),
    Column("Seen to by", _of_flag(lambda _, flag: str(flag.assignee or ""))),
    Column("Snoozed until", _rests("snoozed")),
    Column("Snoozed because", _because("snoozed", "snooze_reason")),
    Column("Disputed until", _rests("disputed")),
    Column("Disputed because", _because("disputed", "dispute_reason")),
    Column("Starting position", _of_flag(lambda _, flag: "yes" if flag.is_starting else "no")),
    Column("Confidential", lambda line: "yes" if line.pilot.is_confidential else "no"),
)
