"""Loading the sample, from the command line as well, and taking it away."""

import json

import pytest
import time_machine
from django.core.management import CommandError, call_command

from pilots.access.models import Event
from pilots.actions.by import Refused
from portfolio.desk.sample import clear_sample
from tests.conftest import NOW


def test_clear_without_a_sample_is_refused(db, by_system):
    with pytest.raises(Refused, match="No sample portfolio is loaded here"):
        clear_sample(by=by_system)


def test_command_loads_and_clears_in_json(db, capsys, few_stories):
    with time_machine.travel(NOW, tick=False):
        call_command("sample", "load", "--json")
        loaded = json.loads(capsys.readouterr().out)
        with pytest.raises(CommandError, match="loaded already") as refusal:
            call_command("sample", "load")
        call_command("sample", "clear", "--json")

    assert (loaded["program"], loaded["pilots"]) == ("sample", 3)
    assert refusal.value.returncode == 2
    cleared = json.loads(capsys.readouterr().out)
    assert (cleared["pilots"], cleared["log_ins"]) == (3, 4)
    assert list(Event.objects.values_list("verb", flat=True).order_by("id")) == [
        "sample.loaded",
        "sample.cleared",
    ]
