"""What was answered with 2xx is there after `kill -9` of the web, and nothing is half there (promise D11)."""

import json
import random
import time

import pytest

from tests.faults.place import LONG
from tests.faults.serving import HASTY, Web, Writers

pytestmark = [pytest.mark.faults, pytest.mark.processes]

KILLS, PILOTS = (100, 6) if LONG else (6, 6)
MOST = 100 if LONG else 30  # writes that are answered between two kills
TOKEN = """
from pilots.access.models import Membership, Role, Source, User
from pilots.actions.account import create_token
from pilots.actions.by import By
Membership.objects.update(role=Role.MANAGER.value)
by = By(user=None, at=MONDAY, source=Source.COMMAND)
print(create_token(user=User.objects.get(), name="w", scopes={"read", "write"}, by=by)[1])
"""
WRITTEN = """
import json
from collections import Counter
from pilots.access.models import Event
from pilots.actions.integrity import rebuild_columns
from pilots.access.guards import missing_guards
from pilots.models import LogEntry, Pilot
with one_moment():
    lines = Counter(LogEntry.objects.values_list("text", flat=True))
    said = Counter(event.after["text"] for event in Event.objects.filter(verb="pilot.checked_in"))
    broken = [str(difference) for difference in rebuild_columns(write=False)] + missing_guards()
print(json.dumps({
    "lines": sorted(lines),
    "twice": sum(lines.values()) - len(lines),
    "without_event": len(set(lines) - set(said)),
    "without_line": len(set(said) - set(lines)),
    "broken": broken,
}))
"""


def under_load(place, web, *, kills, seed):
    """Kill the web so often while people write; return who was told what, and what is written.

    Each kill comes after so many answers and a random moment more; the last one, of all, right after one.
    """
    dice = random.Random(seed)
    secret = place.ask(TOKEN)
    with Writers(web.port, secret, [f"CLM-{number}" for number in range(1, PILOTS + 1)]) as writers:
        for number in range(kills):
            writers.wait_for_more(dice.randint(1, MOST))
            time.sleep(dice.uniform(0, 0.05))
            if number % 5 == 4:
                web.kill()
                web.start()
            else:
                web.kill_a_worker(dice)
        writers.wait_for_more(MOST)
    web.kill()
    return writers, json.loads(place.ask(WRITTEN))


def test_what_was_answered_is_written_whatever_was_killed(make_place):
    place = make_place(1, PILOTS)

    writers, found = under_load(place, Web(place), kills=KILLS, seed=11)

    missing = set(writers.told) - set(found["lines"])
    assert (missing, found["twice"], found["without_event"], found["without_line"]) == (set(), 0, 0, 0)
    assert found["broken"] == []
    assert writers.refused == []
    assert len(writers.told) > KILLS
    print(f"{KILLS} kills, {len(writers.told)} writes answered 2xx, 0 missing, 0 twice, 0 invariants broken")


@pytest.mark.once
def test_a_web_that_answers_before_it_writes_loses_writes(make_place):
    """The control."""
    place = make_place(1, PILOTS)

    writers, found = under_load(place, Web(place, HASTY), kills=5, seed=11)

    lost = set(writers.told) - set(found["lines"])
    print(f"hasty: {len(writers.told)} writes answered 2xx, {len(lost)} missing")
    assert lost != set()
    assert found["lines"] != [], "it writes, only later"
