"""From the queue to the mail: what is sent, to whom, with which headers, and what is not sent."""

import json
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from pilots.access.models import Membership, Source
from pilots.actions.by import By
from pilots.models import Pilot
from portfolio.digests.compose import told_last
from portfolio.digests.due import enqueue_due
from portfolio.digests.models import DigestSetting, DigestWeek
from portfolio.outbox.actions import give_up
from portfolio.outbox.deliver import deliver
from portfolio.outbox.models import Message, State
from tests.portfolio.digests.conftest import MONDAY as EARLIER

MONDAY = EARLIER + timedelta(hours=1)  # nine has come in UTC too
WEEK = timedelta(weeks=1)


def send(at=MONDAY):
    return deliver(now=lambda: at, budget=timedelta(minutes=1))


def skipped(person):
    return Message.objects.get(person=person, state=State.SKIPPED.value).last_error


def test_digest_reaches_each_reader_with_both_stop_headers(portfolio, manager, viewer, executive):
    assert enqueue_due(MONDAY).queued == 3

    send()

    assert sorted(letter.to[0] for letter in mail.outbox) == [
        "exe@example.com",
        "maren@example.com",
        "vic@example.com",
    ]
    for letter in mail.outbox:
        headers = letter.message()
        assert headers["List-Unsubscribe"].startswith("<https://headway.example/digest/stop/")
        assert headers["List-Unsubscribe"].endswith("/>")
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert headers.get_content_type() == "multipart/alternative"
        html = letter.alternatives[0].content
        assert '<meta name="color-scheme" content="light dark">' in html
        assert "prefers-color-scheme: dark" in html
        assert "<img" not in html
        assert 'class="pill" href' in html
        assert "border-radius: 6px" in html.split("<body")[1]  # written into the elements


def test_both_stop_headers_and_one_recipient_arrive_at_a_real_mail_server(portfolio, manager, viewer, smtp):
    Pilot.objects.filter(key="CLM-2").update(name="Fraud\r\nBcc: spy@example.com\u2028x, <y@example.com>")
    enqueue_due(MONDAY)

    send()

    assert sorted(smtp.recipients) == ["maren@example.com", "vic@example.com"]
    for letter in smtp.messages:
        assert letter["List-Unsubscribe"].strip().startswith("<https://headway.example/digest/stop/")
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert letter["Bcc"] is None
        assert letter.get_body(("plain",)).get_content().startswith("5 pilots you may see")
        assert "Stalled since before" in letter.get_body(("html",)).get_content()


def test_subject_and_text_are_the_digest(portfolio, manager):
    enqueue_due(MONDAY)
    send()

    [letter] = mail.outbox
    assert letter.subject == "Claims AI, week 47: 2 decisions, 1 stalled since before"
    assert letter.body.startswith("5 pilots you may see, as of Mon 16 Nov 2026, 10:30 CET\n")


def test_week_is_the_one_it_was_queued_for(portfolio, manager):
    enqueue_due(MONDAY)

    send(MONDAY + 7 * timedelta(days=1))

    assert "week 47" in mail.outbox[0].subject


def test_mail_that_waited_beyond_its_week_is_not_sent_late_and_counts_as_not_told(portfolio, manager):
    enqueue_due(MONDAY)
    send(MONDAY + 8 * timedelta(days=1))
    assert skipped(manager) == "Its week had ended before it could be sent."

    assert told_last(manager, "2026-W48") == MONDAY - WEEK


def off(manager, administrator):
    DigestSetting.objects.create(user=manager, is_on=False)
    send()
    DigestSetting.objects.update(is_on=True)


def paused(manager, administrator):
    DigestSetting.objects.create(user=manager, paused_until=date(2026, 11, 18))
    send()


def late(manager, administrator):
    send(MONDAY + 8 * timedelta(days=1))


def given_up(manager, administrator):
    give_up(Message.objects.latest("pk"), by=By(user=administrator, at=MONDAY, source=Source.WEB))


@pytest.mark.parametrize("end", [off, paused, late, given_up])
@pytest.mark.parametrize("told_before", [True, False])
def test_news_that_was_told_to_nobody_is_news_in_the_next_digest(
    portfolio, manager, administrator, scanned, end, told_before
):
    Membership.objects.filter(user=manager).update(role="viewer")  # a manager is asked to decide instead
    if told_before:
        enqueue_due(MONDAY - WEEK)
        send(MONDAY - WEEK)
    enqueue_due(MONDAY)
    end(manager, administrator)
    mail.outbox.clear()
    scanned(MONDAY + WEEK)

    enqueue_due(MONDAY + WEEK)
    send(MONDAY + WEEK)

    [letter] = mail.outbox
    assert "NEWLY STALLED (1)\nCLM-2" in letter.body


def test_a_week_with_nothing_to_say_was_told(manager, make_pilot):
    enqueue_due(MONDAY)
    send()

    assert told_last(manager, "2026-W48") == MONDAY
    Message.objects.update(last_error="In other words.")
    assert told_last(manager, "2026-W48") == MONDAY


def test_nothing_to_say_sends_nothing(manager, make_pilot):
    enqueue_due(MONDAY)
    send()

    assert mail.outbox == []
    assert skipped(manager) == "There was nothing to say."


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"is_on": False}, "The digest was switched off meanwhile."),
        ({"paused_until": date(2026, 12, 1)}, "The digest was paused meanwhile."),
    ],
)
def test_who_stopped_it_meanwhile_gets_none(portfolio, manager, chosen, reason):
    enqueue_due(MONDAY)
    DigestSetting.objects.create(user=manager, **chosen)

    send()

    assert mail.outbox == []
    assert skipped(manager) == reason


def test_sign_of_life_says_that_nothing_is_stuck(manager, make_pilot, settings):
    settings.SITE_URL = "https://headway.example"
    for number in range(5):
        enqueue_due(MONDAY + number * WEEK)
        send(MONDAY + number * WEEK)
    last = MONDAY + 4 * WEEK + timedelta(hours=1)

    enqueue_due(last)
    send(last)

    [letter] = mail.outbox
    assert letter.subject == "Headway: nothing is stuck, and no mail for four weeks"
    assert "Nothing is stalled, blocked or due" in letter.body
    assert letter.message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_next_digest_tells_what_is_new_since_this_one(portfolio, viewer, program, scanned):
    Membership.objects.exclude(user=viewer).delete()
    enqueue_due(MONDAY)
    send()
    scanned(MONDAY + WEEK)
    enqueue_due(MONDAY + WEEK)
    send(MONDAY + WEEK)

    first, second = mail.outbox
    assert "NEWLY STALLED (1)\nCLM-2" in first.body
    assert "NEWLY STALLED" not in second.body
    assert "STALLED SINCE BEFORE (1)\nCLM-3 Invoice triage: in Piloting for 229 days" in first.body
    assert "STALLED SINCE BEFORE" not in second.body
    assert "STILL STALLED (2): CLM-3 Invoice triage, 7 weeks; CLM-2 Fraud letters, 1 week" in second.body


# --- The command ---------------------------------------------------------------------------


def told(capsys, *arguments):
    call_command("send_digests", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def test_command_queues_and_sends_what_is_due(portfolio, manager, capsys):
    assert told(capsys, "--now", "2026-11-16T08:30:00Z", "--dry-run") == {
        "now": "2026-11-16T08:30:00+00:00",
        "queued": 1,
        "skipped": {},
    }
    assert mail.outbox == []
    assert not DigestWeek.objects.exists()

    assert told(capsys, "--now", "2026-11-16T08:30:00Z")["queued"] == 1
    assert told(capsys, "--now", "2026-11-16T09:30:00Z")["skipped"] == {"queued before": 1}
    assert len(mail.outbox) == 1


def test_command_answers_in_words(manager, make_pilot, capsys):
    call_command("send_digests", "--now", "2026-11-16T08:00:00Z", "--dry-run")

    told = capsys.readouterr()
    assert told.out == "0 digests would be queued. Nobody else: 1 not due yet.\n"
    assert told.err == ""  # no mail, so no links


def test_command_says_where_the_links_of_mail_lead_while_only_this_machine_gets_there(manager, capsys):
    call_command("send_digests", "--now", "2026-11-16T08:00:00Z")

    assert "Links in mail lead to http://127.0.0.1:8000, which only this machine" in capsys.readouterr().err


@pytest.mark.parametrize("bad", ["soon", "2026-13-45T00:00:00Z", ""])
def test_command_refuses_what_is_no_moment(db, bad):
    with pytest.raises(CommandError, match="is no moment") as refused:
        call_command("send_digests", "--now", bad or "x")

    assert refused.value.returncode == 2
