"""`manage.py backtest`: the same figures as the page, in words, and nothing written."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from pilots.models import Backtest, RuleSetting
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


def run(*options):
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("backtest", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_limits_are_tried_in_words_and_for_a_tool(make_pilot):
    make_pilot(since=TODAY - timedelta(days=70))

    words = run("R-08", "--program", "claims", "--limit", "warning=50", "--days", "60")
    told = json.loads(run("R-08", "--limit", "warning=50", "--json"))

    assert words.startswith("R-08 Never proven, tried on the last 60 days of Claims AI.\n")
    assert "Warning: 50 days in Piloting (in force: 90 days in Piloting)" in words
    assert "By these limits 1 of 1 pilot would have been flagged, 1 more than by those in force." in words
    assert told["limits"] == {"warning": 50, "high": 180}
    assert (told["proposed"]["flagged"], told["in_force"]["flagged"]) == (1, 0)
    assert not Backtest.objects.exists()
    assert not RuleSetting.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["R-999"], "There is no rule R-999."),
        (["R-08", "--limit", "warning"], "“warning” is no limit."),
        (["R-08", "--limit", "high=20"], "Write a larger number."),
        (["R-08", "--days", "5"], "from 28 to 1,095"),
        (["R-08", "--program", "nowhere"], "No program has the address “nowhere”."),
    ],
)
def test_what_cannot_be_tried_is_refused_with_a_sentence(options, words):
    with pytest.raises(CommandError, match=words) as refused:
        run(*options)

    assert refused.value.returncode == 2
