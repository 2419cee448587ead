"""Many scans at once leave one flag each; without the lock and the constraint they would not."""

import pytest

from tests.faults.place import LONG

pytestmark = [pytest.mark.faults, pytest.mark.processes]

PILOTS = 200 if LONG else 60
UNSEEN = """
from pilots.models import Flag, Pilot
from pilots.lifecycle import Stage
Flag.objects.all().delete()
Pilot.objects.update(
    stage="proven", reached_mask=15, proven_clock_on=MONDAY.date() - timedelta(days=140), health="on_track"
)
"""
SCAN = """
from pilots.actions.judge import scan
def look():
    scan(at=MONDAY)
"""
COUNT = """
from collections import Counter
from pilots.models import Flag
found = Counter(Flag.objects.filter(rule="R-01", closed_at__isnull=True).values_list("pilot_id", flat=True))
print(len(found), sum(found.values()) - len(found))
"""
# What protects: the pilots are locked while their flags are compared, and one partial unique index.
UNGUARDED = """
from django.db import connection, models
with connection.cursor() as cursor:
    cursor.execute("DROP INDEX one_open_flag")
from pilots.actions import judge as judging
models.QuerySet.select_for_update = lambda self, **_: self
class Everybody:
    def __init__(self, *_, **__): pass
    def __enter__(self): pass
    def __exit__(self, *_): return False
judging.transaction.atomic = Everybody
from pilots.actions.flag_rows import FlagRows
whole = FlagRows.write
def slowly(self, *arguments):
    meet()  # each has looked, and found no flag, before any of them writes one
    whole(self, *arguments)
FlagRows.write = slowly
judging._write_lines = lambda *_, **__: None  # program lines have a constraint of their own
"""


def test_four_scans_at_once_open_each_flag_once(make_place):
    place = make_place(1, PILOTS)
    place.ask(UNSEEN)

    place.ask(f"{SCAN}\ntogether(*[look] * 4)")

    assert place.ask(COUNT) == f"{PILOTS} 0"


def test_scans_without_lock_and_constraint_double_the_flags(make_place):
    """The control."""
    place = make_place(1, PILOTS)
    place.ask(UNSEEN)

    place.ask(f"{SCAN}\n{UNGUARDED}\ntogether(*[look] * 4)")

    pilots, doubled = place.ask(COUNT).split()
    assert (pilots, int(doubled) > 0) == (str(PILOTS), True)
