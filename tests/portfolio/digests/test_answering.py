import os
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pilots.access.models import Event, Membership
from pilots.actions.answer import give_answer
from pilots.actions.decision import NewDecision, Settlement, ask_decision, decide
from pilots.actions.stage import Move, move_pilot
from pilots.lifecycle import Stage
from pilots.models import Answer, Decision, Flag, LogEntry, Owner, Ownership, Pilot
from portfolio.digests import answering
from portfolio.digests.links import LIFE, answer_url, decide_url


@pytest.fixture
def pilot(make_pilot):
    return make_pilot("Invoice triage")


@pytest.fixture
def flag(pilot):
    return Flag.objects.create(
        pilot=pilot,
        rule="R-10",
        kind="stall",
        pattern="ownership_vacuum",
        severity="high",
        since=date(2026, 9, 1),
        crossed_on=date(2026, 9, 16),
        limit_name="warning",
        limit=15,
        next_action="Name a production owner.",
        opened_at=timezone.now(),
    )


@pytest.fixture
def owner(pilot, make_user):
    user = make_user("olga@example.com")
    row = Owner.objects.create(program=pilot.program, name=user.name, email=user.email, user=user)
    Ownership.objects.create(
        pilot=pilot, owner=row, role="legal", since=date(2026, 9, 1), accepted_on=date(2026, 9, 1)
    )
    return user


def path(url):
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def link(owner, flag):
    return path(answer_url(owner, flag, timezone.now()))


def rows():
    return (
        Event.objects.count(),
        Answer.objects.count(),
        LogEntry.objects.count(),
        Decision.objects.count(),
        list(Pilot.objects.order_by("pk").values_list("version", "updated_at")),
    )


def body(response):
    return " ".join(response.content.decode().split())


# --- Opening -----------------------------------------------------------------------


def test_page_says_what_it_is_about_and_offers_four_answers(client, link, manager):
    page = body(client.get(link))

    for words in (
        "Invoice triage",
        "Claims AI",
        "CLM-1",
        "Next: name a production owner.",
        "<bdi>Maren</bdi> can unblock it.",
        "How does it stand?",
        "Moving",
        "Blocked by …",
        "Propose to stop",
        "Not mine",
        "Nothing is saved until you press a button.",
        "You are not signed in, so <bdi>Maren</bdi> confirms your answer.",
        f"?next={link}",
    ):
        assert words in page, words
    assert page.count("<details") == page.count("<summary") == page.count("csrfmiddlewaretoken") == 4
    assert " open>" not in page


@pytest.mark.long
def test_scanners_leave_no_row(link):
    before = rows()
    for method in ("get", "head", "options"):
        for _ in range(334 if os.environ.get("HEADWAY_LONG") else 12):
            getattr(Client(), method)(link)

    assert rows() == before


def test_no_search_engine_cache_or_other_site_keeps_the_address(client, link):
    for address in (link, "/a/broken/", "/d/broken/"):
        response = client.get(address)
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex, nofollow">' in body(client.get(link))


def test_other_methods_are_not_there(client, link):
    for method in ("put", "patch", "delete", "options"):
        assert getattr(client, method)(link).status_code == 405


def test_a_link_needs_no_session_and_makes_none(client, link):
    client.get(link)

    assert "headway_session" not in client.cookies
    assert "headway_csrf" in client.cookies


def test_a_flag_that_has_cleared_can_still_be_answered(client, link, flag):
    Flag.objects.update(closed_at=timezone.now())

    page = body(client.get(link))
    assert "This has cleared since the mail was sent." in page
    assert client.post(link, {"kind": "moving", "moving-text": "Done."}).status_code == 302
    assert Answer.objects.get().text == "Done."


def test_users_text_is_escaped(client, link, pilot):
    Pilot.objects.update(name="<script>alert(1)</script>")

    assert "<script>alert" not in body(client.get(link))


# --- Answering without a session ---------------------------------------------------


def test_without_a_session_an_answer_waits_for_the_manager(client, link, pilot, owner, manager):
    response = client.post(link, {"kind": "blocked", "blocked-named": "Legal", "blocked-text": "Since May."})

    assert (response.status_code, response["Location"]) == (302, f"{link}given/")
    answer = Answer.objects.get()
    assert (answer.kind, answer.named, answer.text) == ("blocked", "Legal", "Since May.")
    assert (answer.person, answer.was_signed_in, answer.settled_at) == (owner, False, None)
    assert (answer.flag.rule, answer.pilot) == ("R-10", pilot)
    assert not LogEntry.objects.exists()
    thanks = body(client.get(f"{link}given/"))
    assert "Blocked by Legal." in thanks
    assert "It waits for <bdi>Maren</bdi>, who confirms it or sets it aside." in thanks
    assert "You answered “Blocked by Legal”, and it is not confirmed yet." in body(client.get(link))


def test_the_form_needs_the_csrf_token_of_its_page(link):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(link, {"kind": "moving"}).status_code == 403
    assert not Answer.objects.exists()

    browser.get(link)
    token = browser.cookies["headway_csrf"].value
    assert browser.post(link, {"kind": "moving", "csrfmiddlewaretoken": token}).status_code == 302
    assert Answer.objects.count() == 1


def test_blocked_asks_by_whom_and_keeps_what_was_written(client, link):
    response = client.post(link, {"kind": "blocked", "blocked-text": "Since May."})

    page = body(response)
    assert response.status_code == 200
    assert "Say who or what it waits for." in page
    assert "Since May." in page
    assert page.count(" open>") == 1
    assert not Answer.objects.exists()


def test_a_button_nobody_knows_does_nothing(client, link):
    for data in ({}, {"kind": "sell"}, {"moving-text": "x"}):
        assert client.post(link, data).status_code == 400
    assert not Answer.objects.exists()


def test_a_text_that_is_too_long_or_holds_a_nul_is_refused_in_words(client, link):
    assert "Write at most 4000 characters" in body(
        client.post(link, {"kind": "moving", "moving-text": "x" * 4001})
    )
    assert "NUL character" in body(client.post(link, {"kind": "moving", "moving-text": "a\x00b"}))
    assert not Answer.objects.exists()


def test_thanks_before_any_answer_lead_to_the_question(client, link):
    response = client.get(f"{link}given/")

    assert (response.status_code, response["Location"]) == (302, link)


def test_without_a_session_a_link_shows_only_what_it_brought_itself(client, link, owner, flag, pilot):
    own = Client()
    own.force_login(owner)
    own.post(link, {"kind": "blocked", "blocked-named": "Legal"})

    assert "Blocked by Legal" in body(own.get(f"{link}given/"))
    response = client.get(f"{link}given/")
    assert (response.status_code, response["Location"]) == (302, link)

    client.post(link, {"kind": "stop"})
    own.post(link, {"kind": "not_mine", "not_mine-named": "S. Keller"})  # takes the place of the request
    assert Answer.objects.unconfirmed().get().kind == "not_mine"
    assert "You answered" not in body(client.get(link))
    assert "You answered “Not mine”" in body(own.get(link))
    assert client.get(f"{link}given/").status_code == 302

    flag.pk = None
    flag.rule = "R-09"
    flag.save()
    client.post(path(answer_url(owner, flag, timezone.now())), {"kind": "moving"})
    assert "You answered" not in body(client.get(link))
    assert client.get(f"{link}given/").status_code == 302


# --- With a session ----------------------------------------------------------------


def test_signed_in_as_the_person_it_counts_at_once(client, link, owner):
    client.force_login(owner)
    assert "You are signed in as <bdi>Olga</bdi>, so your answer counts at once" in body(client.get(link))

    client.post(link, {"kind": "moving", "moving-text": "Phase 2 is done."})

    line = LogEntry.objects.get()
    assert (line.author, line.going, line.text) == (owner, "moving", "Phase 2 is done.")
    thanks = body(client.get(f"{link}given/"))
    assert "It stands in the log of the pilot as a check-in." in thanks
    assert "Open CLM-1" in thanks


def test_signed_in_as_somebody_else_is_no_session(client, link, owner, manager):
    client.force_login(manager)
    page = body(client.get(link))
    assert "You are signed in as <bdi>Maren</bdi>, and this link was mailed to <bdi>Olga</bdi>." in page

    client.post(link, {"kind": "moving"})
    assert (Answer.objects.get().person, Answer.objects.get().settled_at) == (owner, None)
    assert not LogEntry.objects.exists()


def test_who_may_not_check_in_is_told_so(client, flag, executive):
    link = path(answer_url(executive, flag, timezone.now()))
    client.force_login(executive)

    assert "You may not check in on this pilot" in body(client.get(link))
    client.post(link, {"kind": "moving"})
    assert Answer.objects.get().settled_at is None


def test_a_proposal_to_stop_is_thanked_with_what_happens_next(client, link, owner):
    client.force_login(owner)
    client.post(link, {"kind": "stop", "stop-text": "No use."})

    assert "Nothing stops until they do." in body(client.get(f"{link}given/"))
    assert Decision.objects.get().question == "Stop it? Olga proposes it. No use."


# --- Links that lead nowhere -------------------------------------------------------


def test_an_old_link_has_ended(client, owner, flag):
    link = path(answer_url(owner, flag, timezone.now() - LIFE))

    for response in (client.get(link), client.post(link, {"kind": "moving"})):
        assert response.status_code == 410
        assert "This link has ended" in body(response)
        assert "Invoice triage" not in body(response)
    assert not Answer.objects.exists()


def test_a_link_of_today_lives_fourteen_days(client, owner, flag):
    almost = timezone.now() - LIFE + timedelta(minutes=5)

    assert client.get(path(answer_url(owner, flag, almost))).status_code == 200


@pytest.mark.parametrize("place", [4, 10, -2])
def test_a_changed_link_is_no_link(client, link, place):
    letters = list(link)
    letters[place] = "0" if letters[place] != "0" else "1"
    response = client.get("".join(letters))

    assert response.status_code == 404
    assert "This link is not complete" in body(response)
    assert "Invoice triage" not in body(response)


def test_a_link_for_one_page_opens_no_other(client, pilot, by, link, owner):
    decision = ask_decision(NewDecision(pilot=pilot, question="Go on?", decider=owner), by=by)
    token = path(decide_url(owner, decision, timezone.now())).split("/")[2]

    assert client.get(f"/a/{token}/").status_code == 404
    assert client.get(f"/d/{link.split('/')[2]}/").status_code == 404


def hide(pilot):
    Ownership.objects.update(until=date(2026, 10, 1))


def remove(pilot):
    Flag.objects.all().delete()


def close_account(pilot):
    type(Ownership.objects.get().owner.user).objects.filter(email="olga@example.com").update(is_active=False)


@pytest.mark.parametrize("change", [hide, remove, close_account])
def test_what_is_gone_and_what_may_not_be_seen_look_the_same(client, link, pilot, change):
    change(pilot)

    for response in (client.get(link), client.post(link, {"kind": "moving"}), client.get(f"{link}given/")):
        assert response.status_code == 404
        page = body(response)
        assert "There is nothing to answer here" in page
        for name in ("Invoice triage", "CLM-1", "Claims AI", "Olga"):
            assert name not in page
    assert not Answer.objects.exists()


def test_sight_lost_while_an_answer_is_sent_is_told_as_gone(client, link, pilot, monkeypatch):
    def lose_sight(given, *, by):
        hide(pilot)
        return give_answer(given, by=by)

    monkeypatch.setattr(answering, "give_answer", lose_sight)
    response = client.post(link, {"kind": "moving"})

    assert response.status_code == 404
    assert "There is nothing to answer here" in body(response)
    assert "Invoice triage" not in body(response)
    assert not Answer.objects.exists()


def test_an_ended_pilot_asks_nothing(client, link, pilot, by):
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="No use."), by=by)

    response = client.post(link, {"kind": "moving"})
    assert response.status_code == 410
    assert "Invoice triage is stopped" in body(response)
    assert not Answer.objects.exists()


# --- Decisions ---------------------------------------------------------------------


@pytest.fixture
def decision(pilot, by, executive):
    return ask_decision(NewDecision(pilot=pilot, question="Extend to 26 weeks?", decider=executive), by=by)


@pytest.fixture
def decide_link(decision, executive):
    return path(decide_url(executive, decision, timezone.now()))


def test_a_link_alone_shows_what_is_asked_and_leads_to_sign_in(client, decide_link, decision):
    page = body(client.get(decide_link))

    for words in ("Extend to 26 weeks?", "Asked by <bdi>Maren</bdi>", "Go on", "Extend", "Stop"):
        assert words in page
    assert f'href="/accounts/login/?next=/decisions/{decision.pk}/"' in page
    assert "Nothing is decided by this link alone." in page
    assert client.post(decide_link, {"choice": "Stop"}).status_code == 405
    decision.refresh_from_db()
    assert not decision.is_decided


def test_who_is_signed_in_and_sees_it_is_led_to_its_page(client, decide_link, decision, executive):
    client.force_login(executive)

    assert client.get(decide_link)["Location"] == f"/decisions/{decision.pk}/"


def test_who_is_signed_in_and_does_not_see_it_is_told_so(client, decide_link, stranger):
    client.force_login(stranger)

    assert "You are signed in as <bdi>Stranger</bdi>, who may not see it" in body(client.get(decide_link))


def test_a_decision_that_was_taken_is_told(client, decide_link, decision, by):
    decide(Settlement(decision=decision, choice="Extend"), by=by)

    page = body(client.get(decide_link))
    assert "by <bdi>Maren</bdi>: Extend." in page
    assert "Sign in and decide" not in page


def test_a_decision_one_may_no_longer_see_is_nothing(client, decide_link, executive):
    Pilot.objects.update(is_confidential=True)

    response = client.get(decide_link)
    assert response.status_code == 404
    assert "There is nothing to decide here" in body(response)
    for name in ("Extend to 26 weeks?", "Invoice triage"):
        assert name not in body(response)


def test_managers_are_named_while_they_are_few(client, link, program, make_user, manager):
    for name in ("anna", "bert", "carl"):
        Membership.objects.create(user=make_user(f"{name}@example.com"), program=program, role="manager")

    assert "so <bdi>a manager of Claims AI</bdi> confirms your answer" in body(client.get(link))
