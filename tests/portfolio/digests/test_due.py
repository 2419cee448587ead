from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Membership, Role, User
from pilots.access.permissions import OwnerRole
from pilots.actions.owner import Contact, NewOwnership, add_owner
from portfolio.digests.due import enqueue_due
from portfolio.digests.models import DigestSetting, DigestWeek
from portfolio.outbox.models import Message, State
from tests.conftest import PASSWORD

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def keys():
    return sorted(Message.objects.values_list("key", flat=True))


def notes():
    return list(DigestWeek.objects.order_by("user", "week").values_list("week", "note"))


def test_digest_is_queued_once_a_week_at_its_hour(manager):
    assert enqueue_due(MONDAY - HOUR).skipped == {"not due yet": 1}
    assert enqueue_due(MONDAY).queued == 1
    assert enqueue_due(MONDAY).skipped == {"queued before": 1}
    assert enqueue_due(MONDAY + 6 * DAY).queued == 0
    assert enqueue_due(MONDAY + WEEK).queued == 1

    assert keys() == [f"digest:{manager.pk}:2026-W47", f"digest:{manager.pk}:2026-W48"]
    message = Message.objects.get(key=f"digest:{manager.pk}:2026-W47")
    assert (message.kind, message.person, message.period) == ("digest", manager, "2026-W47")


def test_dry_run_counts_and_writes_nothing(manager):
    assert enqueue_due(MONDAY, dry_run=True).queued == 1
    assert keys() == []
    assert notes() == []


def test_only_accounts_with_something_to_see_receive_it(
    manager, contributor, viewer, executive, administrator, stranger, make_user, make_pilot, by
):
    add_owner(
        NewOwnership(
            pilot=make_pilot(),
            contact=Contact(name="S. Keller", email="keller@example.com"),
            role=OwnerRole.SPONSOR,
        ),
        by=by,
    )
    demo = make_user("demo@example.com", is_executive=True, is_sample=True)
    closed = make_user("closed@example.com", is_executive=True, is_active=False)

    queued = enqueue_due(MONDAY)

    people = {manager, contributor, viewer, executive}
    assert keys() == sorted(f"digest:{person.pk}:2026-W47" for person in people)
    assert queued.skipped == {"account closed": 1, "no program and no pilot": 2, "sample log-in": 1}
    assert not {demo, closed, administrator, stranger} & people


def test_everybody_is_asked_at_their_own_hour_in_their_own_zone(manager, contributor):
    User.objects.filter(pk=manager.pk).update(zone="Asia/Tokyo")
    DigestSetting.objects.create(user=contributor, weekday=2, hour=17)

    enqueue_due(MONDAY - 9 * HOUR)
    assert keys() == [f"digest:{manager.pk}:2026-W47"]
    enqueue_due(MONDAY + 2 * DAY + 7 * HOUR)
    assert len(keys()) == 1
    enqueue_due(MONDAY + 2 * DAY + 8 * HOUR)
    assert len(keys()) == 2


def test_a_zone_that_is_gone_counts_as_utc(manager):
    User.objects.filter(pk=manager.pk).update(zone="Mars/Olympus")

    assert enqueue_due(MONDAY - HOUR).queued == 0
    assert enqueue_due(MONDAY).queued == 1


@pytest.mark.parametrize(
    ("down", "queued", "missed"),
    [(HOUR, 1, []), (3 * DAY, 1, []), (8 * DAY, 1, ["2026-W47"])],
)
def test_scheduler_that_was_down_over_monday(manager, down, queued, missed):
    """The week that still runs is sent once; one that ended is noted as missed, and not sent late."""
    enqueue_due(MONDAY - WEEK)
    Message.objects.all().delete()

    enqueue_due(MONDAY + down)
    enqueue_due(MONDAY + down)

    noted = DigestWeek.objects.filter(note="missed").values_list("week", flat=True)
    assert list(noted) == missed
    now = "2026-W47" if down < WEEK else "2026-W48"
    assert keys() == [f"digest:{manager.pk}:{now}"] * queued
    assert Message.objects.filter(period="2026-W47").count() == (0 if missed else 1)


def test_off_and_paused_weeks_are_not_missed_ones(manager):
    enqueue_due(MONDAY - WEEK)
    setting = DigestSetting.objects.create(user=manager, is_on=False)

    assert enqueue_due(MONDAY).skipped == {"switched off": 1}
    setting.is_on, setting.paused_until = True, date(2026, 12, 9)
    setting.save(update_fields=["is_on", "paused_until"])
    assert enqueue_due(MONDAY + WEEK).skipped == {"paused": 1}
    enqueue_due(MONDAY + 3 * WEEK)

    assert enqueue_due(MONDAY + 3 * WEEK + 2 * DAY).queued == 1  # the pause ends on that Wednesday
    assert notes() == [
        ("2026-W46", "due"),
        ("2026-W47", "off"),
        ("2026-W48", "off"),
        ("2026-W49", "off"),
        ("2026-W50", "due"),
    ]


def test_five_hundred_people_cost_as_many_reads_as_one(program, manager):
    with CaptureQueriesContext(connection) as of_one:
        enqueue_due(MONDAY)
    users = User.objects.bulk_create(
        User(email=f"p{number}@example.com", name=f"P{number}", password=PASSWORD) for number in range(500)
    )
    Membership.objects.bulk_create(
        Membership(user=user, program=program, role=Role.VIEWER.value) for user in users
    )

    with CaptureQueriesContext(connection) as of_many:
        assert enqueue_due(MONDAY + WEEK).queued == 501

    assert reads(of_many) == reads(of_one)
    assert len(of_many) - len(of_one) <= 10  # what one INSERT can hold is limited on SQLite
    assert Message.objects.filter(period="2026-W48").count() == 501


def reads(context):
    return sum(query["sql"].startswith("SELECT") for query in context.captured_queries)


def nothing_to_say(person, week):
    """What becomes of a queued digest when there is nothing to say."""
    Message.objects.filter(person=person, period=week).update(
        state=State.SKIPPED.value, skip_code="nothing-to-say"
    )


def test_sign_of_life_after_four_weeks_without_mail(manager):
    for number in range(4):
        enqueue_due(MONDAY + number * WEEK)
        nothing_to_say(manager, f"2026-W{47 + number}")
    assert not Message.objects.filter(kind="sign_of_life").exists()

    enqueue_due(MONDAY + 4 * WEEK)
    nothing_to_say(manager, "2026-W51")
    enqueue_due(MONDAY + 4 * WEEK + HOUR)
    enqueue_due(MONDAY + 4 * WEEK + 2 * HOUR)

    alive = Message.objects.get(kind="sign_of_life")
    assert alive.key == f"alive:{manager.pk}:2026-12"


def test_no_sign_of_life_where_digests_were_given_up(manager):
    for number in range(5):
        enqueue_due(MONDAY + number * WEEK)
        Message.objects.update(state=State.SKIPPED.value)

    enqueue_due(MONDAY + 4 * WEEK + HOUR)

    assert not Message.objects.filter(kind="sign_of_life").exists()


def test_no_sign_of_life_for_somebody_who_had_mail(manager):
    for number in range(5):
        enqueue_due(MONDAY + number * WEEK)
        nothing_to_say(manager, f"2026-W{47 + number}")
    Message.objects.filter(period="2026-W50").update(state=State.SENT.value, sent_at=MONDAY + 3 * WEEK)

    enqueue_due(MONDAY + 4 * WEEK + HOUR)

    assert not Message.objects.filter(kind="sign_of_life").exists()
