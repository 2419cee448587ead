"""Every row about stalls and failure has a home, and docs/rules.md says where."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from pilots.models import Ownership
from pilots.playbook import PLAYBOOK
from pilots.rules import RULES
from pilots.rules.book import cadences, catalogue
from pilots.rules.registry import Kind, Pattern
from portfolio import homes as module
from portfolio.homes import CONSTRAINTS, HomeKind, answering, homes, table

# Section 4 of the requirements, row by row, and two of ours.
ROWS = {
    f"R-{number:02}"
    for first, last in (
        *((1, 28), (30, 33), (35, 37), (40, 43), (45, 47), (50, 53), (55, 57)),
        *((60, 63), (65, 71), (75, 78), (80, 80), (90, 95)),
    )
    for number in range(first, last + 1)
}
OURS = {"R-79", "R-98"}
# Only these can make a pilot stalled: nobody is called so because something is missing on a form.
STALLS = {"R-01", "R-02", "R-03", "R-05", "R-07", "R-08", "R-10", "R-63", "R-79"}


def homeless():
    return sorted(ROWS - {home.row for home in homes()})


def test_every_row_has_a_home_and_no_home_a_row_that_is_not_there():
    assert homeless() == []
    assert {home.row for home in homes()} == ROWS | OURS
    assert len(ROWS) == 71


@pytest.mark.parametrize(
    ("where", "row"),
    [("ROWS", "R-55"), ("CONSTRAINTS", "R-13"), ("TITLES", "R-94")],
)
def test_row_that_loses_its_home_is_told(monkeypatch, where, row):
    """The control."""
    known = dict(getattr(module, where))
    known.pop(row)
    monkeypatch.setattr(module, where, known)

    assert homeless() == [row]


def test_page_says_where_each_row_lives():
    page = (settings.BASE_DIR / "docs" / "rules.md").read_text()

    stale = "docs/rules.md is stale: paste what `manage.py rules` prints."
    assert table(homes()) in page, stale
    assert answering(homes()) in page, stale


def test_command_prints_all_four_parts():
    out = StringIO()
    call_command("rules", stdout=out)

    parts = [cadences(), catalogue(RULES), table(homes()), answering(homes())]
    assert out.getvalue() == "\n".join(parts)


def test_homes_are_what_they_say():
    names = {kind: {home.name for home in homes() if home.kind is kind} for kind in HomeKind}

    assert {rule.key for rule in RULES} >= names[HomeKind.RULE]
    assert set(PLAYBOOK) >= names[HomeKind.REQUIREMENT]
    assert {constraint.name for constraint in Ownership._meta.constraints} >= names[HomeKind.CONSTRAINT]
    assert names[HomeKind.FINDING] == {"R-90", "R-93", "R-94", "R-95"}
    assert set(CONSTRAINTS) == {"R-13"}


def test_every_rule_says_what_a_reader_needs():
    for rule in RULES:
        texts = (rule.title, rule.source, rule.next_action, rule.clears_when)
        assert all(text.strip() for text in texts), rule.key
        assert rule.limits, rule.key
        assert rule.unblockers, rule.key
        assert rule.inputs, rule.key


def test_requirements_that_answer_a_row_say_what_a_reader_needs():
    answering = {home.name for home in homes() if home.kind is HomeKind.REQUIREMENT}
    for code in answering:
        known = PLAYBOOK[code]
        assert isinstance(known.pattern, Pattern), code
        assert all((known.title, known.missing, known.next_action, known.source, known.unblockers)), code


def test_only_what_lasts_too_long_stalls():
    assert {rule.key for rule in RULES if rule.kind is Kind.STALL} == STALLS


def test_every_pattern_has_a_rule():
    assert {rule.pattern for rule in RULES} == set(Pattern)
