"""A backup that is restored sends nothing a second time, and a mere standstill loses nothing."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from pilots.access.models import Event, Source, User
from pilots.actions.by import By
from pilots.actions.event import event
from portfolio.digests.due import enqueue_due
from portfolio.digests.models import DigestWeek
from portfolio.outbox import drain
from portfolio.outbox.actions import release
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.hold import FELL_DUE, RESTORED, note_restore
from portfolio.outbox.models import Message, Restore, State
from tests.conftest import NOW
from tests.portfolio.outbox.test_deliver import queue

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
SUNDAY_NIGHT = MONDAY - 10 * HOUR


def digests():
    return list(Message.objects.filter(kind="digest").order_by("pk").values_list("period", "state"))


def forget(week="2026-W47"):
    """What a backup from before that Monday does not hold."""
    DigestWeek.objects.filter(week=week).delete()
    Message.objects.filter(period=week).delete()


def test_digest_that_fell_due_between_backup_and_restore_is_held_with_the_id_it_had(manager):
    enqueue_due(MONDAY)
    first = Message.objects.get().message_id
    forget()

    note_restore(backup_of=SUNDAY_NIGHT, at=MONDAY + DAY)
    enqueue_due(MONDAY + DAY)

    held = Message.objects.get()
    assert (held.state, held.last_error, held.message_id) == ("held", FELL_DUE, first)
    assert enqueue_due(MONDAY + DAY + HOUR).queued == 0
    enqueue_due(MONDAY + WEEK)
    assert digests() == [("2026-W47", "held"), ("2026-W48", "queued")]


@pytest.mark.parametrize(
    ("backup_of", "restored", "state"),
    [
        (MONDAY - DAY, MONDAY - HOUR, "queued"),  # fell due after the restore
        (MONDAY + 2 * HOUR, MONDAY + DAY, "queued"),  # the backup knew, had it been queued
        (MONDAY + HOUR, MONDAY + DAY, "held"),  # queued late, perhaps after the backup
        (MONDAY - 2 * WEEK, MONDAY, "held"),
    ],
)
def test_only_what_may_have_gone_out_is_held(manager, backup_of, restored, state):
    note_restore(backup_of=backup_of, at=restored)
    enqueue_due(MONDAY + 2 * DAY)

    assert digests() == [("2026-W47", state)]


def test_due_is_asked_in_the_zone_of_each_reader(manager, viewer):
    User.objects.filter(pk=viewer.pk).update(zone="Asia/Tokyo")  # due nine hours earlier
    note_restore(backup_of=MONDAY - 3 * HOUR, at=MONDAY + HOUR)

    enqueue_due(MONDAY + HOUR)

    states = dict(Message.objects.values_list("person", "state"))
    assert states == {manager.pk: "held", viewer.pk: "queued"}


@pytest.mark.parametrize("down", [HOUR, 3 * DAY])
def test_standstill_over_monday_sends_once(manager, down):
    enqueue_due(MONDAY - WEEK)

    enqueue_due(MONDAY + down)

    assert digests()[1:] == [("2026-W47", "queued")]


def test_held_digest_can_be_released(manager, administrator):
    note_restore(backup_of=SUNDAY_NIGHT, at=MONDAY)
    enqueue_due(MONDAY)

    release(Message.objects.get(), by=By(user=administrator, at=MONDAY, source=Source.WEB))

    assert digests() == [("2026-W47", "queued")]


@pytest.mark.parametrize(("days", "state"), [(1, "held"), (40, "queued")])
def test_sign_of_life_of_the_month_that_was_lost_is_held(manager, days, state):
    for number in range(5):
        at = MONDAY + number * WEEK
        enqueue_due(at)
        Message.objects.filter(kind="digest").update(state=State.SKIPPED.value, skip_code="nothing-to-say")
        if number == 3:
            Restore.objects.create(backup_of=SUNDAY_NIGHT - 8 * WEEK, noted_at=MONDAY + 4 * WEEK - days * DAY)

    enqueue_due(MONDAY + 4 * WEEK + HOUR)

    assert Message.objects.get(kind="sign_of_life").state == state


# --- The command ---------------------------------------------------------------------------


def run(*arguments, capsys):
    with time_machine.travel(NOW, tick=False):
        call_command("restored", *arguments)
    return capsys.readouterr().out


def test_command_holds_what_waits_and_what_follows_from_events(db, by_system, capsys, monkeypatch):
    monkeypatch.setitem(
        drain._FUNCTIONS, "thing.done", [lambda happened: enqueue("test", key="e", at=happened.at)]
    )
    Event.objects.bulk_create([event("thing.done", by=by_system)])
    queue("a@example.com", "b@example.com")
    Message.objects.filter(ref="a@example.com").update(state="sent")

    told = run("--backup-of", "2026-11-15T23:00:00Z", capsys=capsys)

    assert told == (
        "2 mails wait in Settings, Outbox until an administrator releases them or gives them up, and so "
        "will each digest that fell due between Sun 15 Nov 2026, 23:00 UTC and now.\n"
    )
    assert sorted(Message.objects.values_list("state", "last_error")) == [
        ("held", RESTORED),
        ("held", RESTORED),
        ("sent", ""),
    ]
    restore = Restore.objects.get()
    assert (restore.backup_of, restore.noted_at) == (datetime(2026, 11, 15, 23, tzinfo=UTC), NOW)


def test_command_answers_a_tool(db, capsys):
    told = json.loads(run("--backup-of", "2026-11-16T00:00:00+01:00", "--json", capsys=capsys))

    assert told == {
        "backup_of": "2026-11-16T00:00:00+01:00",
        "noted_at": "2026-11-18T09:00:00+00:00",
        "held": 0,
    }


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("soon", "“soon” is no moment. Write one such as 2026-11-15T23:00:00Z."),
        ("2026-13-45T00:00:00Z", "is no moment"),
        ("2026-11-18T09:00:01Z", "Wed 18 Nov 2026, 09:00 UTC is still to come."),
    ],
)
def test_command_refuses_what_is_no_moment_of_a_backup(db, bad, sentence, capsys):
    with pytest.raises(CommandError) as refused:
        run("--backup-of", bad, capsys=capsys)

    assert sentence in str(refused.value)
    assert refused.value.returncode == 2
    assert not Restore.objects.exists()
