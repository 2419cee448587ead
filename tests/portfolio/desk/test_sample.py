"""What the sample tells. It takes seconds to load, so these tests share one that each leaves as it was."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from kpis.rules import OF_WORTH
from pilots.access.models import Event, Membership, Program, Role, Source, User
from pilots.actions.by import By, Refused
from pilots.lifecycle import Stage
from pilots.models import (
    Answer,
    Decision,
    Flag,
    Hold,
    LogEntry,
    Phase,
    Pilot,
    ProgramLine,
    StageTransition,
)
from portfolio.desk.sample import STORIES, clear_sample, demo_logins, load_sample
from portfolio.digests.compose import compose
from portfolio.outbox.drain import drain_events
from portfolio.outbox.models import Message
from tests.conftest import NOW, TODAY

EIGHT_MONTHS = timedelta(days=243)
OTHER_DAY = datetime(2028, 2, 29, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def loaded_once(django_db_setup, django_db_blocker):
    """Load it in a transaction around all tests of this module; each test has its own inside."""
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with django_db_blocker.unblock(), quick, transaction.atomic():
        yield load_sample(by=By(user=None, at=NOW, source=Source.COMMAND)).pk
        transaction.set_rollback(True)


@pytest.fixture
def sample(loaded_once, db) -> Program:
    return Program.objects.get(pk=loaded_once)


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
        "proven": 3,
        "transition": 4,
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


def test_columns_of_the_sample_follow_from_its_history(sample):
    call_command("check_integrity")


def test_sample_is_the_same_on_another_day_of_loading(sample, by_system):
    first = life(TODAY)
    clear_sample(by=by_system)

    load_sample(by=By(user=None, at=OTHER_DAY, source=Source.COMMAND))

    assert life(OTHER_DAY.date()) == first
    assert matured(OTHER_DAY.date()).count() == 33


def test_second_load_is_refused_and_writes_nothing(sample, by_system):
    events = Event.objects.count()

    with pytest.raises(Refused, match="loaded already"):
        load_sample(by=by_system)

    assert (Pilot.objects.count(), Event.objects.count()) == (45, events)


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


FLAGS = {
    "Subrogation letter drafts": ("stalled", "purgatory", {"R-01", "R-04-heard", "R-07"}),
    "Flood risk notes for underwriters": ("stalled", "ownership_vacuum", {"R-01", "R-10", "R-20", "R-75"}),
    "Product ideas from complaints": ("stalled", "purgatory", {"R-04-heard", "R-08", "R-79"}),
    "Voice bot for opening hours and documents": ("stalled", "purgatory", {"R-04-heard", "R-08", "R-79"}),
    "Claims triage for motor damage": (
        "stalled",
        "purgatory",
        {"R-01", "R-03", "R-30", "R-32", "R-75", "R-77"},
    ),
    "Water damage cost estimates": ("stalled", "purgatory", {"R-01", "R-03", "R-28"}),
    "Reply drafts for complaint mails": ("stalled", "purgatory", {"R-08", "R-45"}),
    "Document search for claims handlers": (
        "at_risk",
        "purgatory",
        {"R-04-heard", "R-24", "R-36", "R-46"},
    ),
    "Roadside photo damage report": (
        "at_risk",
        "purgatory",
        {"R-04-heard", "R-23", "R-32", "R-78"},
    ),
    "Call notes for the service desk": (
        "at_risk",
        "value_decay",
        {"R-04-heard", "R-26", "R-65", "R-67", "R-68", "R-69", "R-70"},
    ),
    "Quote texts for brokers": ("stalled", "purgatory", {"R-01", "R-25"}),
    "Fleet risk notes from telematics": ("blocked", "", set()),
}


def test_sample_shows_at_once_what_the_rules_find(sample):
    found = {}
    for pilot in Pilot.objects.exclude(health__in=["on_track", "on_hold", "ended"]).order_by("number"):
        told = {flag.rule_key for flag in Flag.objects.counting(NOW).filter(pilot=pilot)}
        found[pilot.name] = (pilot.health, pilot.pattern, told)

    assert found == FLAGS
    assert Counter(Pilot.objects.values_list("health", flat=True)) == {
        "on_track": 14,
        "ended": 16,
        "on_hold": 3,
        "stalled": 8,
        "at_risk": 3,
        "blocked": 1,
    }
    assert {story.name for story in STORIES} >= set(FLAGS)


def test_rules_of_kpis_and_money_have_a_specimen(sample):
    """R-21 and R-22 have none: the steering group let pass that nobody had agreed or measured a number."""
    flagged = {flag.rule_key for flag in Flag.objects.open()}

    assert {rule.key for rule in OF_WORTH} - flagged == {"R-21", "R-22"}


def test_one_rule_of_the_sample_is_told_once_and_the_healthy_pilot_has_no_flag(sample):
    line = ProgramLine.objects.get()
    healthy = Pilot.objects.get(name="Loss notices from phone calls")

    assert (line.rule, line.subject, line.program) == ("R-04", "moved", sample)
    assert healthy.health == "on_track"
    assert not Flag.objects.filter(pilot=healthy).exists()


def test_phases_of_the_sample_are_closed_but_for_those_its_stories_are_stuck_in(sample):
    phases = Phase.objects.select_related("plan__pilot").order_by("plan__pilot__number", "number")
    first_open = {}
    for phase in phases.filter(finished_on=None):
        pilot = phase.plan.pilot
        first_open.setdefault(pilot.name, (pilot.stage, phase.number, phase.planned_end < TODAY))

    assert first_open == {
        "Fraud hints in household claims": ("stopped", 2, True),
        "Flood risk notes for underwriters": ("transition", 1, True),
        "Claims triage for motor damage": ("transition", 2, True),
        "Water damage cost estimates": ("transition", 3, True),
        "Quote texts for brokers": ("transition", 4, False),
    }
    closed = [phase for phase in phases if phase.finished_on]
    assert len(closed) == 39
    assert all(phase.note and phase.finished_by_id for phase in closed)
    late = {phase.plan.pilot.name for phase in closed if phase.finished_on > phase.planned_end}
    assert late == {"Claims triage for motor damage"}


def test_sample_asks_for_two_decisions_and_one_confirmation(sample):
    """A flagged pilot waits for any manager, one on hold for the executive; nobody mails a demo log-in."""
    asked = Decision.objects.waiting().order_by("needed_by")
    answer = Answer.objects.unconfirmed().get()
    drain_events(NOW)

    assert [(row.pilot.name, str(row.decider or "")) for row in asked] == [
        ("Claims triage for motor damage", ""),
        ("Invoice coding for the claims ledger", "Piet van Doren"),
    ]
    assert (answer.pilot.name, answer.was_signed_in) == ("Document search for claims handlers", False)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("account", "question"),
    [
        ("manager", "Sign the supplier's offer for the connection?"),
        ("executive", "Is there EUR 60,000 a year for running it?"),
    ],
)
def test_digest_of_a_demo_log_in_shows_the_decision_asked_of_it(sample, account, question):
    person = User.objects.get(email=f"{account}@demo.headway.example")

    digest = compose(person, NOW)

    assert question in str(digest)


def test_today_of_the_demo_manager_shows_the_decision_and_the_answer(sample, client):
    client.force_login(User.objects.get(email="manager@demo.headway.example"))

    with time_machine.travel(NOW, tick=False):
        page = client.get("/").text

    assert "Sign the supplier&#x27;s offer for the connection?" in page
    assert "The copying runs by itself since Friday." in page
