"""What the sample tells. It takes seconds to load, so these tests share one that each leaves as it was."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from pilots.access.models import Event, Membership, Program, Role, Source, User
from pilots.actions.account import add_member, create_token
from pilots.actions.by import By, Refused
from pilots.actions.stage import Correction, correct_transition
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import (
    Answer,
    Decision,
    Ending,
    Flag,
    Hold,
    LogEntry,
    Phase,
    Pilot,
    ProgramLine,
    StageTransition,
    Waiting,
)
from pilots.rules import RULES
from pilots.rules.registry import Pattern
from portfolio.desk.sample import STORIES, clear_sample, demo_logins, load_sample
from portfolio.desk.sample.endings import ENDINGS
from portfolio.desk.sample.waits import WAITS
from portfolio.digests.compose import compose
from portfolio.outbox.drain import drain_events
from portfolio.outbox.models import Message
from tests.conftest import NOW, TODAY
from tests.portfolio.desk.traces import leave_what_people_leave, rows_there

EIGHT_MONTHS = timedelta(days=243)
OTHER_DAY = datetime(2028, 2, 29, 6, 0, tzinfo=UTC)
YOUNG_ONE = "Weekly summary of new rulings"
SOME = [
    "Post sorting for claims letters",
    "Fraud hints in household claims",
    "Water damage cost estimates",
    "Quote texts for brokers",
    YOUNG_ONE,
]


@pytest.fixture(scope="module")
def loaded_once(django_db_setup, django_db_blocker):
    """Load it in a transaction around all tests of this module; each test has its own inside."""
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with django_db_blocker.unblock(), quick, transaction.atomic():
        before = rows_there()
        loaded = load_sample(by=By(user=None, at=NOW, source=Source.COMMAND))
        yield loaded.pk, before, rows_there()
        transaction.set_rollback(True)


@pytest.fixture
def sample(loaded_once, db) -> Program:
    return Program.objects.get(pk=loaded_once[0])


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
        "piloting": 2,
        "proven": 3,
        "transition": 7,
        "limited": 2,
        "production": 3,
        "sustained": 1,
    }
    assert cohort.filter(reached_production_on__isnull=False).count() == 4
    assert [pilot.name for pilot in cohort if pilot.has_reached(Stage.SUSTAINED)] == [
        "Post sorting for claims letters"
    ]
    assert cohort.filter(held_since__isnull=False).count() == 1
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
    assert Hold.objects.count() == 2
    assert LogEntry.objects.exclude(author__is_sample=True).count() == 0


def test_fourteen_of_sixteen_stops_say_why_and_two_what_money_they_release(sample):
    told = Ending.objects.select_related("transition__pilot")

    assert Counter(told.values_list("cause", flat=True)) == {
        "replaced": 4,
        "risk": 3,
        "quality": 2,
        "value_not_shown": 1,
        "data": 1,
        "integration": 1,
        "no_owner": 1,
        "money": 1,
    }
    assert all(ending.lessons and ending.decided_by for ending in told)
    assert {
        ending.transition.pilot.name: (ending.released_amount, ending.released_currency)
        for ending in told
        if ending.released_amount
    } == {
        "Broker mail triage": (Decimal(45000), "EUR"),
        "Expense receipts for employees": (Decimal(31000), "EUR"),
    }
    assert set(Pilot.objects.filter(stage="stopped").values_list("name", flat=True)) - {
        ending.transition.pilot.name for ending in told
    } == {"Staffing forecast for storm days", "Cyber policy wording comparison"}


def test_waits_of_the_sample_belong_to_no_specimen_and_none_to_a_pilot_that_ended(sample):
    waits = Waiting.objects.select_related("pilot")

    assert Counter(waits.open().values_list("on_role", flat=True)) == {
        "legal": 3,
        "data_engineering": 2,
        "infrastructure": 2,
        "security": 1,
    }
    assert Counter(row.on_role for row in waits if row.until) == {
        "legal": 10,
        "security": 3,
        "data_engineering": 2,
        "infrastructure": 1,
    }
    assert not [row for row in waits if row.pilot.name in {*FLAGS, HEALTHY}]
    assert not [row for row in waits.open() if row.pilot.is_ended]
    assert {story.name for story in STORIES} >= {*ENDINGS, *WAITS}


def test_columns_of_the_sample_follow_from_its_history(sample):
    call_command("check_integrity")


def test_sample_is_the_same_on_another_day_of_loading(sample, by_system, monkeypatch):
    """Five of the stories, one of each kind: each day of loading moves all of them alike."""
    some = [story for story in STORIES if story.name in SOME]
    first = [row for row in life(TODAY) if row[0] in SOME]
    clear_sample(by=by_system)
    monkeypatch.setattr("portfolio.desk.sample.load.STORIES", some)

    load_sample(by=By(user=None, at=OTHER_DAY, source=Source.COMMAND))

    assert life(OTHER_DAY.date()) == first
    assert {pilot.name for pilot in matured(OTHER_DAY.date())} == set(SOME) - {YOUNG_ONE}
    assert flags_by_pilot(Flag.objects.counting(OTHER_DAY)) == {
        name: FLAGS[name][2] for name in SOME if name in FLAGS
    }


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
        "Loss notices from phone calls",
        "Meter readings from photographs",
        "Handover notes between shifts",
        "Spotting unhappy customers before renewal",
    ]


# Every flag of the sample, but for the rule that is told once for the program: one specimen of each way in
# which pilots fail, and one pilot with two. Whoever is not here has none.
FLAGS = {
    "Subrogation letter drafts": ("stalled", "purgatory", {"R-01", "R-04-heard", "R-07"}),
    "Flood risk notes for underwriters": ("stalled", "ownership_vacuum", {"R-10", "R-14"}),
    "Product ideas from complaints": ("at_risk", "roi_fog", {"R-20"}),
    "Voice bot for opening hours and documents": ("at_risk", "demo_trap", {"R-28"}),
    "Claims triage for motor damage": ("at_risk", "integration_cliff", {"R-40"}),
    "Water damage cost estimates": ("at_risk", "data_mismatch", {"R-35-live", "R-36"}),
    "Reply drafts for complaint mails": ("at_risk", "no_evaluation", {"R-45"}),
    "Document search for claims handlers": ("at_risk", "no_mlops", {"R-due-no_mlops"}),
    "Roadside photo damage report": ("at_risk", "operations_not_ready", {"R-due-operations_not_ready"}),
    "Invoice coding for the claims ledger": ("at_risk", "money_not_committed", {"R-77"}),
    "Quote texts for brokers": ("at_risk", "big_bang", {"R-62"}),
    "Call notes for the service desk": (
        "at_risk",
        "value_decay",
        {"R-65", "R-67", "R-68", "R-69", "R-70"},
    ),
    "Cancellation reasons from phone calls": ("stalled", "ownership_vacuum", {"R-10", "R-14", "R-20"}),
}
HEALTHY = "Loss notices from phone calls"
# What twelve of twenty-two share is said of the program, and gives none of them a colour.
NOT_MOVED = {
    "Document search for claims handlers",
    "Roadside photo damage report",
    "Subrogation letter drafts",
    "Invoice coding for the claims ledger",
    "Voice bot for opening hours and documents",
    "Reply drafts for complaint mails",
    "Meter readings from photographs",
    "Translation of witness statements",
    "Fleet risk notes from telematics",
    "Training answers for new handlers",
    "Sorting of tax letters",
    "Tone check for reminder letters",
}


def flags_by_pilot(flags) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for flag in flags.select_related("pilot"):
        found.setdefault(flag.pilot.name, set()).add(flag.rule_key)
    return found


def test_sample_has_these_flags_and_no_others(sample):
    told_once = Flag.objects.open().filter(rule="R-04", subject="moved")

    assert flags_by_pilot(Flag.objects.counting(NOW)) == {name: keys for name, (_, _, keys) in FLAGS.items()}
    assert set(flags_by_pilot(told_once)) == NOT_MOVED
    assert (
        not Flag.objects.open().exclude(pk__in=told_once).exclude(pk__in=Flag.objects.counting(NOW)).exists()
    )
    line = ProgramLine.objects.get()
    assert (line.rule, line.subject, line.program) == ("R-04", "moved", sample)
    assert (line.hit, line.eligible) == (12, 22)


def test_sample_shows_health_and_pattern_of_each(sample):
    told = {pilot.name: (pilot.health, pilot.pattern) for pilot in Pilot.objects.filter(name__in=FLAGS)}

    assert told == {name: (health, pattern) for name, (health, pattern, _) in FLAGS.items()}
    assert not Pilot.objects.exclude(name__in=FLAGS).exclude(pattern="").exists()
    assert Counter(Pilot.objects.values_list("health", flat=True)) == {
        "ended": 16,
        "on_track": 14,
        "at_risk": 10,
        "stalled": 3,
        "on_hold": 1,
        "blocked": 1,
    }
    assert Pilot.objects.get(name=HEALTHY).health == "on_track"
    assert Pilot.objects.get(health="blocked").name == "Fleet risk notes from telematics"


def test_every_pattern_has_one_clean_specimen_and_one_pilot_has_two():
    """What the table above is for: a rule that hits one more pilot, or another one, makes a mess of it."""
    patterns = {name: {RULES.get(key).pattern.value for key in keys} for name, (_, _, keys) in FLAGS.items()}
    clean = [found.copy().pop() for found in patterns.values() if len(found) == 1]

    assert Counter(clean) == {pattern.value: 1 for pattern in Pattern}
    assert {name: found for name, found in patterns.items() if len(found) > 1} == {
        "Cancellation reasons from phone calls": {"ownership_vacuum", "roi_fog"}
    }
    assert HEALTHY not in FLAGS
    assert HEALTHY not in NOT_MOVED
    assert {story.name for story in STORIES} >= {*FLAGS, *NOT_MOVED, HEALTHY}


def test_phases_of_the_sample_are_closed_but_for_those_its_stories_are_stuck_in(sample):
    phases = Phase.objects.select_related("plan__pilot").order_by("plan__pilot__number", "number")
    first_open = {}
    for phase in phases.filter(finished_on=None):
        pilot = phase.plan.pilot
        first_open.setdefault(pilot.name, (pilot.stage, phase.number, phase.planned_end < TODAY))

    assert first_open == {
        "Fraud hints in household claims": ("stopped", 2, True),
        "Flood risk notes for underwriters": ("transition", 1, True),
        "Product ideas from complaints": ("transition", 1, True),
        "Cancellation reasons from phone calls": ("transition", 1, True),
        "Claims triage for motor damage": ("transition", 3, False),
        "Document search for claims handlers": ("transition", 3, False),
        "Roadside photo damage report": ("transition", 3, False),
        "Water damage cost estimates": ("transition", 3, False),
    }
    closed = [phase for phase in phases if phase.finished_on]
    assert len(closed) == 37
    assert all(phase.note and phase.finished_by_id for phase in closed)
    assert not [phase for phase in closed if phase.finished_on > phase.planned_end]


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


def test_clear_removes_all_of_it_and_leaves_real_pilots_alone(
    sample, loaded_once, program, make_pilot, manager, by, by_system, administrator
):
    _, before, loaded = loaded_once
    real = make_pilot("Real one")
    own = {model: rows - loaded[model] for model, rows in rows_there().items()}
    demo = User.objects.get(email="manager@demo.headway.example")
    create_token(user=demo, name="Looking", scopes={"read"}, by=by_system)
    add_member(program=sample, user=manager, role=Role.MANAGER, by=by_system)
    row = StageTransition.objects.filter(pilot__program=sample, to_stage="proven").first()
    correction = Correction(transition=row, happened=Day(row.happened_on), reason="the same day")
    correct_transition(correction, by=by)
    leave_what_people_leave(sample, demo, by)

    cleared = clear_sample(by=By(user=demo, at=NOW, source=Source.WEB))

    assert (cleared.pilots, cleared.logins) == (45, 4)
    assert list(Pilot.objects.all()) == [real]
    trail = Event.objects.get(verb="sample.cleared")
    assert (trail.actor, trail.subject) == (None, "Sample portfolio")
    told = {trail.pk, Event.objects.get(verb="sample.loaded").pk}
    for model, rows in rows_there().items():
        assert rows == before[model] | own[model] | (told if model is Event else set()), model
