"""Where each row about how pilots fail has its home; docs/rules.md holds the table that follows from it.

Rows are those of the requirements, R-01 … R-95, and what was added here under a number of the same kind.
A rule is the home of the row it is named after; `pilots.playbook.rows` names the requirements that answer
the others.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pilots.playbook import PLAYBOOK, Requirement
from pilots.playbook.rows import ROWS
from pilots.rules import RULES
from pilots.rules.asked import TOLD_ELSEWHERE
from pilots.rules.registry import rule_key
from portfolio.findings.rules import TITLES

ROW = re.compile(r"R-\d\d")
# What the database itself refuses, so that no rule can ever find it: the constraint, and what it says.
CONSTRAINTS: dict[str, tuple[str, str]] = {
    "R-13": ("one_production_owner", "One accountable production owner, or none")
}


class HomeKind(StrEnum):
    """What answers a row."""

    RULE = "rule"
    REQUIREMENT = "requirement"
    CONSTRAINT = "constraint"
    FINDING = "portfolio finding"


@dataclass(frozen=True)
class Home:
    """One answer to a row: its name in code, what it is about, and who tells it, the rule or the gate."""

    row: str
    kind: HomeKind
    name: str
    about: str
    told_by: str


def homes() -> list[Home]:
    """Return every home of every row, in the order of the rows."""
    found = [
        Home(rule.code, HomeKind.RULE, rule.key, rule.title, rule.key)
        for rule in RULES
        if ROW.fullmatch(rule.code)
    ]
    found += [
        Home(row, HomeKind.REQUIREMENT, code, PLAYBOOK[code].title, told_by(PLAYBOOK[code]))
        for row, codes in ROWS.items()
        for code in codes
    ]
    found += [
        Home(row, HomeKind.CONSTRAINT, name, about, "the refusal")
        for row, (name, about) in CONSTRAINTS.items()
    ]
    found += [Home(row, HomeKind.FINDING, row, title, "the page Stalled") for row, title in TITLES.items()]
    return sorted(found, key=lambda home: home.row)


def told_by(asked: Requirement) -> str:
    """Return the rule that tells of a requirement that is not there, else the gate it stands in."""
    own = rule_key("R-due", asked.pattern.value)
    key = TOLD_ELSEWHERE.get(asked.code, own)
    if any(key in {rule.code, rule.key} for rule in RULES):
        return key
    return asked.gate.value if asked.gate else "the phase"


def table(found: Iterable[Home]) -> str:
    """Return the table “Where each row lives” of docs/rules.md."""
    rows = ("| row | home | where | what it is about | told by |", "|---|---|---|---|---|")
    return "\n".join([*rows, *(_line(home) for home in found), ""])


def _line(home: Home) -> str:
    return f"| {home.row} | {home.kind.value} | `{home.name}` | {home.about} | {home.told_by} |"


def answering(found: Iterable[Home]) -> str:
    """Return the table of the requirements that answer rows: pattern, when due, what to do, who can help."""
    codes = dict.fromkeys(home.name for home in found if home.kind is HomeKind.REQUIREMENT)
    rows = ("| requirement | pattern | due | next action | can unblock |", "|---|---|---|---|---|")
    return "\n".join([*rows, *(_asked(PLAYBOOK[code]) for code in codes), ""])


def _asked(known: Requirement) -> str:
    gate = f"gate {known.gate.value}" if known.gate else ""
    phase = f"end of the phase {known.phase.value}" if known.phase else ""
    due = ", ".join(filter(None, (phase, gate)))
    help_from = ", ".join(role.label.lower() for role in known.unblockers)
    return f"| `{known.code}` | {known.pattern.label} | {due} | {known.next_action} | {help_from} |"
