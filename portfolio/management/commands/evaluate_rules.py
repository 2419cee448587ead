from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from pilots.access.models import Program
from pilots.actions.job import first_line
from pilots.actions.judge import Outcome, RuleCount, replay, scan
from pilots.calendar import Day, Precision, UnreadableDay, read_day
from pilots.management.saying import Bar, SayingCommand, find_program, refuse
from pilots.rules import RULES
from portfolio.jobs import scan_everybody


class Command(SayingCommand):
    help = "Asks the rules now; opens, escalates, refreshes, closes flags. With a past day, writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", default="", metavar="DATE", help="a past day, for a dry run")
        parser.add_argument("--program", default="", metavar="SLUG", help="this program only")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        program = find_program(options["program"])
        day = _day(options["as_of"], now)
        if day is not None:
            outcome = replay(day, at=now, program=program)
        else:
            outcome = _scan(now, program, Bar(self.stderr))
        self.answer(outcome.as_json(), "\n".join(_in_words(outcome)), as_json=options["json"])
        if outcome.failed:
            failed = "; ".join(f"{key} ({first_line(error)})" for key, error in outcome.failed.items())
            refuse(f"Not every rule could be asked, and flags of these stay as they were: {failed}")


def _scan(now: datetime, program: Program | None, bar: Bar) -> Outcome:
    if program is None:
        return scan_everybody(at=now, progress=bar.show)
    return scan(at=now, program=program, progress=bar.show)


def _day(text: str, now: datetime) -> date | None:
    """Return a past day to look at, or None for now."""
    if not text:
        return None
    try:
        read = read_day(text)
    except UnreadableDay as error:
        refuse(error.of_one_day)
    if read.precision is not Precision.DAY:
        refuse(f"“{text}” is no single day. Write one such as 2026-10-31.")
    if read.first > now.date():
        refuse(f"{read} has not come yet, and rules tell nothing of the future. Write a past day.")
    return read.first if read.first < now.date() else None


def _in_words(outcome: Outcome) -> list[str]:
    pilots = "1 pilot" if outcome.pilots == 1 else f"{outcome.pilots:,} pilots"
    lines = [f"Rules as of {Day(outcome.as_of)}, {pilots}."]
    for key, count in sorted(outcome.rules.items()):
        rule = RULES.get(key)
        lines.append(f"  {key:<12} {rule.title if rule else 'no rule any more'}: {_counts(count, outcome)}")
    if outcome.written:
        what = ("opened", "escalated", "refreshed", "closed")
        lines.append("Flags: " + ", ".join(f"{outcome.total(name):,} {name}" for name in what) + ".")
    else:
        lines.append("Nothing was written. What cannot be known of that day:")
        lines += [f"  {name}: {instead}" for name, instead in outcome.not_replayed.items()]
    return lines


def _counts(count: RuleCount, outcome: Outcome) -> str:
    told = [f"{count.hit:,} of {count.eligible:,} hit"]
    if outcome.written:
        names = ("opened", "escalated", "refreshed", "closed")
        told += [f"{getattr(count, name):,} {name}" for name in names if getattr(count, name)]
    if count.widespread:
        told.append("told once for the program")
    return ", ".join(told)
