"""Says what each rule notices, in words: for the pages, and as the page docs/rules.md. A plain module."""

from collections.abc import Iterable

from pilots.rules.registry import Kind, Limit, Rule
from pilots.rules.time import CADENCE

KIND_WORDS: dict[Kind, str] = {
    Kind.STALL: "makes a pilot stalled when it is high or critical, and at risk when it is a warning",
    Kind.RISK: "makes a pilot at risk from a warning on",
    Kind.GATE: "makes a pilot at risk when it is high or critical",
    Kind.HYGIENE: "makes a pilot at risk when it is high or critical",
}
_ONE = {"day": "days", "working day": "working days", "time": "times"}
_NONE = {
    "days since ": "at once, when ",
    "days after ": "at once, when ",
    "days beyond ": "at once, when beyond ",
    "days in ": "at once, when in ",
    "per cent of ": "at once, when any of ",
}
_DAY_OF_PLAN = "is the day of the plan "


def limit_words(limit: Limit, value: int) -> str:
    """Return “90 days since it was proven”, “1 day after …” for one, and “at once, when …” for none."""
    words = limit.words
    if words.startswith(_DAY_OF_PLAN):
        return f"day {value:,} of the plan, {words.removeprefix(_DAY_OF_PLAN)}"
    if value == 0:
        for start, at_once in _NONE.items():
            if words.startswith(start):
                return at_once + words.removeprefix(start)
    if value == 1:
        for one, many in _ONE.items():
            if words.startswith(f"{many} "):
                words = one + words.removeprefix(many)
    return f"{value:,} {words}"


def limit_help(limit: Limit) -> str:
    """Return what a number means where somebody types it: “Days since it was proven. Headway proposes 90”."""
    words = limit.words.removeprefix("is the ") if limit.words.startswith(_DAY_OF_PLAN) else limit.words
    proposed = f"{limit.value:,}"
    if limit_words(limit, limit.value).startswith("at once"):
        proposed += ", which is at once"
    return f"{words[:1].upper()}{words[1:]}. Headway proposes {proposed}"


def catalogue(rules: Iterable[Rule]) -> str:
    """Return the part of docs/rules.md that follows from the rules."""
    listed = list(rules)
    return "\n".join(filter(None, (_kind(kind, listed) for kind in Kind))).rstrip() + "\n"


def cadences() -> str:
    """Return the table of how often a check-in is expected."""
    rows = [f"| {stage.label} | every {days} days |" for stage, days in CADENCE.items()]
    return "\n".join(["| stage | a check-in is expected |", "|---|---|", *rows, ""])


def _kind(kind: Kind, rules: list[Rule]) -> str:
    entries = [_entry(rule) for rule in rules if rule.kind is kind]
    if not entries:
        return ""
    return "\n".join([f"### {kind.label}", "", f"It {KIND_WORDS[kind]}.", "", *entries])


def _entry(rule: Rule) -> str:
    return "\n".join(
        [
            f"#### {rule.key} {rule.title}",
            "",
            *(f"- {limit.severity.label}: {limit_words(limit, limit.value)}" for limit in rule.limits),
            "",
            "| | |",
            "|---|---|",
            f"| pattern | {rule.pattern.label}: {rule.pattern.note} |",
            f"| clears when | {rule.clears_when} |",
            f"| next action | {rule.next_action} |",
            f"| can unblock | {', '.join(role.label.lower() for role in rule.unblockers)} |",
            f"| reads | {', '.join(sorted(rule.inputs))} |",
            f"| source | {rule.source} |",
            "",
        ]
    )
