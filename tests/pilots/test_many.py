"""A thousand pilots at once: the same rows as one by one, few statements, and nobody waits for the rules."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions import check
from pilots.actions.integrity import rebuild_columns
from pilots.actions.owner import Contact
from pilots.actions.pilot import Edit, NewPilot, edit_pilots, log_pilots
from pilots.actions.stage import Past, record_past
from pilots.calendar import Day, month, quarter
from pilots.lifecycle import Stage
from pilots.models import Flag, JobRun, Origin, Ownership, Pilot, PilotTag, StageSpan, StageTransition
from portfolio.jobs import RULES
from portfolio.ringing import ring
from tests.conftest import NOW, TODAY

DICE = random.Random(4)
DAYS = [
    None,
    *(Day(TODAY - timedelta(days=days)) for days in (0, 3, 40, 400)),
    month(2026, 3),
    quarter(2025, 4),
]


def past(*stages):
    return tuple(
        Past(stage=stage, happened=DICE.choice(DAYS), latest_on=TODAY, origin=Origin.IMPORTED)
        for stage in stages
    )


def new(program, number, **fields):
    stages = DICE.choices(list(Stage), k=DICE.randint(1, 3))
    return NewPilot(
        program=program,
        name=f"Pilot {number}",
        problem="It takes nine days.",
        owner=Contact(name=f"Owner {number % 7}", email=f"owner{number % 7}@example.com"),
        owners=((OwnerRole.SPONSOR, Contact(name=f"Sponsor {number % 3}")),),
        tags=("claims", f"tag {number % 5}"),
        **{"past": past(*stages), **fields},
    )


def test_columns_of_a_thousand_follow_from_their_rows(program, other_program, by_system):
    news = [new((program, other_program)[number % 2], number) for number in range(1000)]

    pilots = log_pilots(news, by=by_system)
    record_past([(pilot, past(Stage.PRODUCTION)) for pilot in pilots[:200]], by=by_system)
    edit_pilots([Edit(pilot=pilot, fields={"unit": "Claims"}) for pilot in pilots[200:400]], by=by_system)

    assert list(rebuild_columns(write=False)) == []
    assert [pilot.name for pilot in pilots] == [one.name for one in news]
    assert sorted(Pilot.objects.values_list("pk", "key", "name")) == sorted(
        (pilot.pk, pilot.key, pilot.name) for pilot in pilots
    )
    assert sorted(Pilot.objects.filter(program=program).values_list("number", flat=True)) == list(
        range(1, 501)
    )
    imported = Event.objects.filter(verb="pilot.imported")
    assert sorted(imported.values_list("pilot_id", "pilot_key")) == sorted(
        (pilot.pk, pilot.key) for pilot in pilots
    )
    assert StageTransition.objects.count() == sum(len(one.past) for one in news) + 200
    assert (PilotTag.objects.count(), Ownership.objects.count()) == (2000, 2000)
    assert StageSpan.objects.filter(is_last=True).count() == 1000


def test_what_is_returned_is_what_is_stored(program, by_system):
    for logged in log_pilots([new(program, number) for number in range(20)], by=by_system):
        stored = Pilot.objects.get(pk=logged.pk)
        assert {name: value for name, value in vars(logged).items() if name != "_state"} == {
            name: value for name, value in vars(stored).items() if name != "_state"
        }
        assert (logged._state.adding, logged._state.db) == (False, "default")


def test_statements_do_not_grow_with_pilots(program, by_system):
    counts = []
    for size in (2, 60):
        with CaptureQueriesContext(connection) as queries:
            news = [new(program, number, past=past(Stage.PILOTING)) for number in range(size)]
            pilots = log_pilots(news, by=by_system)
            fields = {"name": "Other", "tags": ["a", "b"], "decide_by": date(2027, 1, 1)}
            edit_pilots([Edit(pilot=pilot, fields=fields) for pilot in pilots], by=by_system)
            record_past([(pilot, past(Stage.PROVEN)) for pilot in pilots], by=by_system)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_tags_of_many_are_replaced_pilot_by_pilot(program, by_system):
    first, second, third = log_pilots([new(program, number) for number in range(3)], by=by_system)

    edit_pilots(
        [
            Edit(pilot=first, fields={"tags": ["b", "a", "b"]}),
            Edit(pilot=second, fields={"tags": []}),
            Edit(pilot=first, fields={"tags": ["c"]}),
        ],
        by=by_system,
    )

    tags = {pilot: sorted(pilot.tags.values_list("name", flat=True)) for pilot in (first, second, third)}
    assert tags == {first: ["c"], second: [], third: ["claims", "tag 2"]}
    told = Event.objects.filter(verb="pilot.edited").order_by("pk").values_list("before__tags", "after__tags")
    assert list(told) == [(["claims", "tag 0"], ["b", "a"]), (["claims", "tag 1"], []), (["b", "a"], ["c"])]


@pytest.mark.parametrize("many", [True, False])
def test_nobody_waits_for_the_rules_to_look_at_many(
    program, by_system, monkeypatch, django_capture_on_commit_callbacks, many
):
    monkeypatch.setattr(check, "AT_ONCE", 2 if many else 3)
    rings = []
    monkeypatch.setattr("pilots.actions.bell._RINGS", [lambda: rings.append("ring")])
    old = [
        NewPilot(program=program, name=name, problem="Slow.", since=Day(TODAY - timedelta(days=300)))
        for name in ("One", "Two", "Three")
    ]

    with django_capture_on_commit_callbacks(execute=True):
        log_pilots(old, by=by_system)

    if many:
        assert not Flag.objects.exists()
        assert list(JobRun.objects.values_list("job", "due_at")) == [(RULES.code, NOW)]
        assert rings == ["ring"]
        assert JobRun.objects.get().key in ring(lambda: NOW).done
    assert Flag.objects.exists()
    assert bool(JobRun.objects.exists()) is many
