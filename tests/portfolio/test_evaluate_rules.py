import json
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from pilots.access.models import Event, Source
from pilots.actions.by import By
from pilots.management.saying import Bar
from pilots.models import Flag, Heartbeat
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def run(*options):
    out, err = StringIO(), StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("evaluate_rules", *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def stuck(make_pilot):
    long_ago = By(user=None, at=NOW - timedelta(days=200), source=Source.COMMAND)
    return make_pilot(since=date(2026, 5, 1), by=long_ago)


def test_scan_by_hand_opens_flags_and_answers_in_json(stuck):
    Flag.objects.all().delete()

    told = json.loads(run("--json")[0])

    assert {"as_of", "opened", "escalated", "refreshed", "closed", "rules"} <= set(told)
    assert told["as_of"] == "2026-11-18"
    assert told["opened"] == Flag.objects.count() > 0
    assert (told["rules"]["R-08"]["eligible"], told["rules"]["R-08"]["hit"]) == (1, 1)
    assert Heartbeat.objects.get().job == "rules"


def test_scan_of_one_program_says_so_and_leaves_the_heartbeat(stuck, other_program):
    words, _ = run("--program", "finance")

    assert words.startswith("Rules as of Wed 18 Nov 2026, 0 pilots.")
    assert not Heartbeat.objects.exists()


def test_past_day_writes_nothing_and_says_what_cannot_be_known(stuck):
    Flag.objects.all().delete()
    events = Event.objects.count()

    words, _ = run("--as-of", "2026-10-01")

    assert words.startswith("Rules as of Thu 1 Oct 2026, 1 pilot.")
    assert "Nothing was written. What cannot be known of that day:" in words
    assert "  decide_by: the decision day as it is set today" in words
    assert (Flag.objects.count(), Event.objects.count(), Heartbeat.objects.count()) == (0, events, 0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--as-of", "2026-11-19"], "Thu 19 Nov 2026 has not come yet, and rules tell nothing of the future"),
        (["--as-of", "gestern"], "“gestern” is not a day Headway can read"),
        (["--as-of", "2026-10"], "“2026-10” is no single day"),
        (["--program", "nix"], "No program has the address “nix”. There are: claims."),
    ],
)
def test_bad_input_ends_with_a_sentence(program, options, sentence):
    with pytest.raises(CommandError) as refusal:
        run(*options)

    assert str(refusal.value).startswith(sentence)
    assert refusal.value.returncode == 2


def test_rule_that_fails_is_named_after_the_result(stuck, monkeypatch):
    from pilots.rules import RULES

    def fail(_facts, _look):
        raise KeyError("warning")

    rule = RULES.get("R-08")
    was = rule.judge
    object.__setattr__(rule, "judge", fail)
    try:
        with pytest.raises(CommandError, match=r"stay as they were: R-08 \(KeyError: 'warning'\)") as refusal:
            run()
    finally:
        object.__setattr__(rule, "judge", was)

    assert refusal.value.returncode == 2


def test_bar_shows_on_a_terminal_only():
    class Terminal(StringIO):
        def isatty(self):
            return True

    watched, unwatched = Terminal(), StringIO()
    for stream in (watched, unwatched):
        bar = Bar(OutputWrapper(stream))
        bar.show(1, 2)
        bar.show(2, 2)

    assert watched.getvalue() == f"\r{'█' * 20}{'░' * 20} 1 of 2\r{'█' * 40} 2 of 2\n"
    assert unwatched.getvalue() == ""
