import pytest
from django.conf import settings

from pilots.actions.flag import LONGEST
from pilots.actions.pilot import QUIET
from pilots.rules import RULES
from pilots.rules.book import KIND_WORDS, cadences, catalogue, limit_words
from pilots.rules.engine import FEWEST, WIDESPREAD_PERCENT
from pilots.rules.registry import Kind, Limit, Severity
from pilots.web.flag_filters import rule_choices
from pilots.web.spoken import number_word

PAGE = (settings.BASE_DIR / "docs" / "rules.md").read_text()


def test_page_holds_every_rule_as_it_is():
    stale = "docs/rules.md is stale: paste what `manage.py rules` prints."
    assert cadences() in PAGE, stale
    assert catalogue(RULES) in PAGE, stale


def test_page_tells_the_numbers_the_code_goes_by():
    assert f"**more than {WIDESPREAD_PERCENT} %**" in PAGE
    assert f"**{number_word(FEWEST)} pilots or more**" in PAGE
    assert {14: "**Fourteen quiet days**"}[QUIET.days] in PAGE
    assert f"after {LONGEST.days} days" in PAGE


def test_catalogue_names_every_rule_once_below_its_class():
    lines = catalogue(RULES).splitlines()

    assert sorted(line for line in lines if line.startswith("#### ")) == [
        f"#### {rule.key} {rule.title}" for rule in RULES
    ]
    assert [line for line in lines if line.startswith("### ")] == [
        f"### {kind.label}" for kind in Kind if any(rule.kind is kind for rule in RULES)
    ]


def test_no_name_means_one_rule_here_and_all_its_halves_there():
    names = [name for name, _ in rule_choices()]

    assert sorted(set(names)) == sorted(names)
    assert {"R-35", "R-35-live", "R-35-freshness"} <= set(names)


def test_every_class_is_explained():
    assert set(KIND_WORDS) == set(Kind)


@pytest.mark.parametrize(
    ("value", "words", "said"),
    [
        (90, "days since it was proven", "90 days since it was proven"),
        (1, "days after the decision day", "1 day after the decision day"),
        (1, "working days after a check-in was due", "1 working day after a check-in was due"),
        (1, "times the check-in rhythm", "1 time the check-in rhythm"),
        (1200, "days without a move", "1,200 days without a move"),
        (0, "days since its numbers were agreed", "at once, when its numbers were agreed"),
        (0, "days beyond a budget", "at once, when beyond a budget"),
        (0, "per cent of the way is missing", "at once, when any of the way is missing"),
        (0, "times in a row", "0 times in a row"),
        (
            15,
            "is the day of the plan by which one must be named",
            "day 15 of the plan, by which one must be named",
        ),
    ],
)
def test_limits_in_words(value, words, said):
    assert limit_words(Limit("high", 8, Severity.HIGH, words), value) == said
