import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from pilots.access.models import Event, Membership, Program, Role, Source, User
from pilots.actions.account import add_member, create_token
from pilots.actions.by import By, Refused
from pilots.actions.stage import Correction, correct_transition
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Hold, LogEntry, Owner, Ownership, Pilot, StageTransition
from portfolio.desk.sample import clear_sample, demo_logins, load_sample
from tests.conftest import NOW, TODAY

EIGHT_MONTHS = timedelta(days=243)
OTHER_DAY = datetime(2028, 2, 29, 6, 0, tzinfo=UTC)


@pytest.fixture
def sample(db, by_system) -> Program:
    return load_sample(by=by_system)


def matured(today: date):
    return Pilot.objects.filter(reached_piloting_on__lte=today - EIGHT_MONTHS)


def life(today: date) -> list[tuple[str, str, int, str]]:
    """Return each row of history as pilot, stage, days before loading and origin."""
    rows = StageTransition.objects.order_by("pilot__number", "id").select_related("pilot")
    return [(row.pilot.name, row.to_stage, (today - row.happened_on).days, row.origin) for row in rows]


def test_matured_cohort_reads_33_to_4(sample):
    cohort = matured(TODAY)

    assert cohort.count() == 33
    assert Counter(cohort.values_list("stage", flat=True)) == {
        "stopped": 15,
        "piloting": 4,
        "proven": 4,
        "transition": 3,
        "limited": 3,
        "production": 3,
        "sustained": 1,
    }
    assert cohort.filter(reached_production_on__isnull=False).count() == 4
    assert [pilot.name for pilot in cohort if pilot.has_reached(Stage.SUSTAINED)] == [
        "Post sorting for claims letters"
    ]
    assert cohort.filter(held_since__isnull=False).count() == 3
    oldest, youngest = TODAY - timedelta(days=730), TODAY - timedelta(days=270)
    assert all(oldest <= pilot.reached_piloting_on <= youngest for pilot in cohort)


def test_young_cohort_of_ten_and_two_ideas_change_nothing_matured(sample):
    young = Pilot.objects.exclude(pk__in=matured(TODAY)).filter(reached_piloting_on__isnull=False)

    assert young.count() == 10
    assert young.filter(reached_piloting_on__gt=TODAY - timedelta(days=60)).count() == 10
    assert not young.filter(reached_production_on__isnull=False).exists()
    assert Pilot.objects.filter(stage="idea").count() == 2
    assert Pilot.objects.count() == 45


def test_sample_is_history_made_by_people_not_imported(sample):
    assert not Pilot.objects.filter(is_imported=True).exists()
    assert set(StageTransition.objects.values_list("origin", flat=True)) == {"made"}
    assert not StageTransition.objects.filter(recorded_at__gt=NOW).exists()
    assert Event.objects.filter(verb__in=["pilot.moved", "pilot.stopped"]).count() == (
        StageTransition.objects.exclude(to_stage="idea").count()
    )
    stops = Event.objects.filter(verb="pilot.stopped").values_list("reason", flat=True)
    assert len(set(stops)) == len(stops) == 16
    assert "" not in stops
    assert Hold.objects.count() == 5
    assert LogEntry.objects.exclude(author__is_sample=True).count() == 0


def test_sample_is_the_same_on_another_day_of_loading(db, by_system):
    load_sample(by=by_system)
    first = life(TODAY)
    clear_sample(by=by_system)

    load_sample(by=By(user=None, at=OTHER_DAY, source=Source.COMMAND))

    assert life(OTHER_DAY.date()) == first
    assert matured(OTHER_DAY.date()).count() == 33


def test_columns_of_the_sample_follow_from_its_history(sample):
    call_command("check_integrity")


def test_second_load_is_refused_and_writes_nothing(sample, by_system):
    events = Event.objects.count()

    with pytest.raises(Refused, match="loaded already"):
        load_sample(by=by_system)

    assert (Pilot.objects.count(), Event.objects.count()) == (45, events)


def test_clear_removes_all_of_it_and_leaves_real_pilots_alone(
    program, make_pilot, manager, by, by_system, administrator
):
    real = make_pilot("Real one")
    before = {
        model: set(model.objects.values_list("pk", flat=True))
        for model in (Pilot, Event, StageTransition, Owner, Ownership, User, Membership, Program)
    }
    sample = load_sample(by=by_system)
    demo = User.objects.get(email="manager@demo.headway.example")
    create_token(user=demo, name="Looking", scopes={"read"}, by=by_system)
    add_member(program=sample, user=manager, role=Role.MANAGER, by=by_system)
    row = StageTransition.objects.filter(pilot__program=sample, to_stage="proven").first()
    correction = Correction(transition=row, happened=Day(row.happened_on), reason="the same day")
    correct_transition(correction, by=by)

    cleared = clear_sample(by=By(user=demo, at=NOW, source=Source.WEB))

    assert (cleared.pilots, cleared.logins) == (45, 4)
    assert list(Pilot.objects.all()) == [real]
    trail = Event.objects.get(verb="sample.cleared")
    assert (trail.actor, trail.subject) == (None, "Sample portfolio")
    loaded = Event.objects.get(verb="sample.loaded")
    for model, ids in before.items():
        added = {trail.pk, loaded.pk} if model is Event else set()
        assert set(model.objects.values_list("pk", flat=True)) == ids | added, model


def test_clear_without_a_sample_is_refused(db, by_system):
    with pytest.raises(Refused, match="No sample portfolio is loaded here"):
        clear_sample(by=by_system)


def test_sample_leaves_totals_when_a_real_pilot_exists(sample, make_pilot):
    assert Pilot.objects.countable(None).count() == 45

    real = make_pilot("Real one")

    assert list(Pilot.objects.countable(None)) == [real]


def test_demo_log_ins_see_nothing_but_the_sample(sample, program, make_pilot):
    make_pilot("Real one")
    executive = User.objects.get(email="executive@demo.headway.example")
    manager = User.objects.get(email="manager@demo.headway.example")
    # `add_member` refuses this; whatever wrote the row, they see none of it.
    Membership.objects.create(program=program, user=manager, role=Role.MANAGER.value)

    assert Pilot.objects.visible_to(executive).count() == 45
    assert list(Program.objects.visible_to(executive)) == [sample]
    assert list(Program.objects.visible_to(manager)) == [sample]
    assert not Pilot.objects.visible_to(manager).filter(program=program).exists()


def test_demo_log_ins_are_offered_on_loopback_only(sample, settings):
    settings.SITE_IS_LOOPBACK = True
    offered = demo_logins()
    settings.SITE_IS_LOOPBACK = False

    assert [login["email"].split("@")[0] for login in offered] == ["manager", "owner", "executive", "viewer"]
    assert all(User.objects.get(email=login["email"]).check_password(login["password"]) for login in offered)
    assert demo_logins() == []


def test_demo_owner_answers_for_pilots_of_their_own(sample):
    owner = User.objects.get(email="owner@demo.headway.example")

    assert [pilot.name for pilot in Pilot.objects.owned_by(owner).order_by("number")] == [
        "Address change without retyping",
        "Loss notices from phone calls",
        "Meter readings from photographs",
        "Handover notes between shifts",
        "Spotting unhappy customers before renewal",
    ]


def test_command_loads_and_clears_in_json(db, capsys):
    with time_machine.travel(NOW, tick=False):
        call_command("sample", "load", "--json")
        loaded = json.loads(capsys.readouterr().out)
        with pytest.raises(CommandError, match="loaded already") as refusal:
            call_command("sample", "load")
        call_command("sample", "clear", "--json")

    assert (loaded["program"], loaded["pilots"]) == ("sample", 45)
    assert refusal.value.returncode == 2
    cleared = json.loads(capsys.readouterr().out)
    assert (cleared["pilots"], cleared["log_ins"]) == (45, 4)
    assert list(Event.objects.values_list("verb", flat=True).order_by("id")) == [
        "sample.loaded",
        "sample.cleared",
    ]
