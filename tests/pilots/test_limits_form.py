"""The form of the limits, over every rule there is. No database."""

from dataclasses import replace

import pytest
from django.http import QueryDict

from pilots.actions.limits import LONGEST
from pilots.forms.limits import LimitsForm
from pilots.rules import RULES
from pilots.rules.book import limit_help, limit_words
from pilots.rules.registry import NOT_LIMITS, Limit, Registry, Severity


@pytest.mark.parametrize("rule", list(RULES), ids=lambda rule: rule.key)
def test_every_limit_of_every_rule_can_be_set_with_a_reason(rule):
    typed = {limit.name: LONGEST - place for place, limit in enumerate(rule.limits)}
    data = QueryDict(mutable=True)
    data.update({**{name: str(value) for name, value in typed.items()}, "reason": "The board agreed."})

    form = LimitsForm(data, rule=rule, limits=rule.default_limits)

    assert form.is_valid()
    assert form.limits == typed
    assert form.cleaned_data["reason"] == "The board agreed."


@pytest.mark.parametrize("name", sorted(NOT_LIMITS))
def test_rule_cannot_call_a_limit_as_the_form_calls_something_else(name):
    rule = RULES.get("R-01")

    with pytest.raises(ValueError, match=name):
        Registry().add(replace(rule, limits=(Limit(name, 1, Severity.HIGH, "days since it was proven"),)))


@pytest.mark.parametrize("rule", list(RULES), ids=lambda rule: rule.key)
def test_help_and_words_read_as_sentences(rule):
    for limit in rule.limits:
        help_text = limit_help(limit)
        assert not help_text.startswith(("Is ", "is "))
        assert help_text[0].isupper()
        if limit.value == 0:
            assert help_text.endswith("Headway proposes 0, which is at once")
            assert limit_words(limit, 0).startswith("at once, when ")


def test_help_names_the_day_of_the_plan():
    limit = Limit("high", 15, Severity.HIGH, "is the day of the plan by which it is written", "day of plan")

    assert limit_help(limit) == "Day of the plan by which it is written. Headway proposes 15"
