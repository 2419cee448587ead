from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from pilots.access.models import Program
from pilots.actions.backtest import YEAR, faults_of_days
from pilots.actions.limits import faults_of, whole_limits
from pilots.backtests import run_backtest
from pilots.limits import limits_in_force
from pilots.management.saying import Bar, SayingCommand, find_program, refuse
from pilots.models import Pilot
from pilots.rules import RULES
from pilots.rules.backtest import FEWEST, Became, pilots_word, share_words, verdict
from pilots.rules.book import limit_words
from pilots.rules.facts import NOT_REPLAYED
from pilots.rules.registry import Limits, Rule, Severity


class Command(SayingCommand):
    help = "Tries limits of a rule on the past, and says what they would have flagged. Writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rule", help="the rule’s key, such as R-01")
        parser.add_argument("--program", default="", metavar="SLUG", help="this program only")
        parser.add_argument("--limit", action="append", default=[], metavar="NAME=N", help="such as high=120")
        parser.add_argument("--days", type=int, default=YEAR, help=f"how far back, {YEAR} unless told")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        rule = RULES.get(options["rule"])
        if rule is None:
            refuse(f"There is no rule {options['rule']}. There are: {', '.join(rule.key for rule in RULES)}.")
        program = find_program(options["program"])
        in_force, named = limits_in_force(), _named(options["limit"])
        limits = whole_limits(rule, named, program, in_force)
        faults = faults_of(rule, named, limits) + faults_of_days(options["days"])
        if faults:
            refuse(" ".join(fault.sentence for fault in faults))
        now = timezone.now()
        last = program.today(now) if program else now.date()
        pilots = Pilot.objects.countable(None, of=program)
        bar, total = Bar(self.stderr), pilots.count() * options["days"]
        result = run_backtest(
            rule,
            limits,
            pilots,
            program=program.pk if program else None,
            in_force=in_force,
            first=last - timedelta(days=options["days"] - 1),
            last=last,
            say=lambda done: bar.show(done, total),
        )
        held = in_force.of(rule, program.pk) if program else in_force.for_site(rule)
        words = "\n".join(_in_words(rule, held, limits, result, program, options["days"]))
        self.answer({"limits": limits, "limits_in_force": held} | result, words, as_json=options["json"])


def _named(texts: Iterable[str]) -> dict[str, int]:
    found = {}
    for text in texts:
        name, _, number = text.partition("=")
        if not number.isdecimal() or len(number) > 6:
            refuse(f"“{text}” is no limit. Write its name and a whole number, such as high=120.")
        found[name] = int(number)
    return found


def _in_words(
    rule: Rule, held: Limits, limits: Limits, result: dict[str, Any], program: Program | None, days: int
) -> list[str]:
    place = program.name if program else "the whole site"
    lines = [f"{rule.key} {rule.title}, tried on the last {days:,} days of {place}."]
    for limit in rule.limits:
        now, then = (limit_words(limit, values[limit.name]) for values in (held, limits))
        lines.append(f"  {limit.severity.label}: {then}" + (f" (in force: {now})" if now != then else ""))
    lines += [verdict(result), "", f"  {'':<24}{'in force':>12}{'tried':>12}"]
    sides = [result["in_force"], result["proposed"]]
    lines.append(_row("Pilots flagged", [_of(side["flagged"], result["looked_at"]) for side in sides]))
    lines += [
        _row(f"At worst {severity.label.lower()}", [f"{side['worst'][severity.value]:,}" for side in sides])
        for severity in reversed(Severity)
        if any(side["worst"][severity.value] for side in sides)
    ]
    lines += [_row(item.label, [f"{side['became'][item.value]:,}" for side in sides]) for item in Became]
    lines.append(_row("Times flagged", [f"{side['episodes']:,}" for side in sides]))
    leads = [side["lead_days"] for side in sides]
    lines.append(_row("Lead time in days", ["not known" if lead is None else f"{lead:,}" for lead in leads]))
    lines += ["", "Nothing was written. Confidential pilots are in no figure."]
    if result["failed"]:
        lines.append(f"The rule failed on {pilots_word(result['failed'])}, in no figure either.")
    lines += [f"Not as it was then: {words}." for name, words in NOT_REPLAYED.items() if name in rule.inputs]
    return lines


def _row(label: str, cells: Iterable[str]) -> str:
    return f"  {label:<24}" + "".join(f"{cell:>12}" for cell in cells)


def _of(part: int, whole: int) -> str:
    return f"{part:,} ({share_words(part, whole)})" if whole >= FEWEST else f"{part:,}"
