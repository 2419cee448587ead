from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event
from pilots.actions.answer import GivenAnswer, give_answer, settle_answer
from pilots.actions.decision import NewDecision, Settlement, ask_decision, decide
from pilots.actions.stage import Move, move_pilot
from pilots.lifecycle import Stage
from pilots.models import Answer, AnswerKind, Decision, LogEntry, Owner, Ownership, Pilot
from pilots.web.told import tell


def body(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def pilot(make_pilot):
    return make_pilot("Invoice triage")


@pytest.fixture
def decision(pilot, by):
    return ask_decision(NewDecision(pilot=pilot, question="Extend to 26 weeks?"), by=by)


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


# --- Asking ------------------------------------------------------------------------


def test_a_manager_asks_an_executive(signed_in, pilot, executive, stranger):
    page = body(signed_in.get("/pilots/CLM-1/decisions/new/"))
    assert f'<option value="{executive.pk}"' in page
    assert ">Exe</option>" in page
    assert "Stranger" not in page

    response = signed_in.post(
        "/pilots/CLM-1/decisions/new/",
        {
            "question": "Extend?",
            "options": "Yes\r\n\r\n No \r\n",
            "decider": executive.pk,
            "needed_by": "4 May 2099",
        },
    )

    assert response["Location"] == "/pilots/CLM-1/"
    row = Decision.objects.get()
    assert (row.question, row.options, row.decider, row.needed_by) == (
        "Extend?",
        ["Yes", "No"],
        executive,
        date(2099, 5, 4),
    )


def test_faults_stand_beside_their_fields(signed_in, pilot, stranger):
    page = body(
        signed_in.post(
            "/pilots/CLM-1/decisions/new/",
            {"question": "", "decider": stranger.pk, "needed_by": "perhaps"},
        )
    )
    assert "Write the question in a sentence." in page
    assert "They cannot see it. Choose somebody from the list." in page

    page = body(
        signed_in.post(
            "/pilots/CLM-1/decisions/new/", {"question": "x", "options": "Yes", "needed_by": "4 May 2020"}
        )
    )
    assert "Choose today or a later day" in page
    assert "Give at least two answers to choose from" in page
    assert not Decision.objects.exists()


def test_executives_are_not_asked_about_confidential_pilots(signed_in, make_pilot, executive):
    make_pilot("Hidden", is_confidential=True)

    assert "Exe" not in body(signed_in.get("/pilots/CLM-1/decisions/new/"))


def test_viewers_do_not_ask(client, pilot, viewer):
    client.force_login(viewer)

    assert client.get("/pilots/CLM-1/decisions/new/").status_code == 403
    assert client.post("/pilots/CLM-1/decisions/new/", {"question": "x"}).status_code == 403
    assert "Ask for a decision" not in body(client.get("/pilots/CLM-1/"))


# --- Deciding ----------------------------------------------------------------------


def test_a_manager_decides_and_stop_leads_to_the_move_page(signed_in, pilot, decision, manager):
    page = body(signed_in.get(f"/decisions/{decision.pk}/"))
    for words in (
        "Extend to 26 weeks?",
        "Asked by Maren of the managers.",
        'value="Go on"',
        "no day was named",
    ):
        assert words in page

    response = signed_in.post(
        f"/decisions/{decision.pk}/",
        {"choice": "Stop", "reason": "No use.", "authority": "Steering meeting", "decided_on": ""},
        follow=True,
    )

    decision.refresh_from_db()
    assert (decision.choice, decision.reason, decision.authority, decision.decided_by) == (
        "Stop",
        "No use.",
        "Steering meeting",
        manager,
    )
    page = body(response)
    assert "Decided: Stop." in page
    assert '<a href="/pilots/CLM-1/move/?to=stopped">Stop it now</a>' in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    pilot.refresh_from_db()
    assert pilot.at_stage is Stage.PILOTING


def test_a_stopped_pilot_is_not_to_be_stopped_again(signed_in, pilot, decision, by):
    decide(Settlement(decision=decision, choice="Stop"), by=by)
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="No use."), by=by)

    assert "Stop it now" not in body(signed_in.get(f"/decisions/{decision.pk}/"))


def test_a_free_answer_is_written(signed_in, pilot, by):
    decision = ask_decision(NewDecision(pilot=pilot, question="Who pays?", options=[]), by=by)
    address = f"/decisions/{decision.pk}/"

    assert "Write what is decided." in body(signed_in.post(address, {"choice": ""}))
    signed_in.post(address, {"choice": "Operations"})
    decision.refresh_from_db()
    assert decision.choice == "Operations"


def test_who_comes_second_reads_who_decided_what(signed_in, decision, by):
    decide(Settlement(decision=decision, choice="Extend"), by=by)

    response = signed_in.post(f"/decisions/{decision.pk}/", {"choice": "Stop"})
    assert "Maren has decided it already: “Extend”." in body(response)
    decision.refresh_from_db()
    assert decision.choice == "Extend"


def test_the_named_decider_decides_on_the_page(client, pilot, by, executive):
    decision = ask_decision(NewDecision(pilot=pilot, question="Go on?", decider=executive), by=by)
    client.force_login(executive)

    client.post(f"/decisions/{decision.pk}/", {"choice": "Go on"})
    decision.refresh_from_db()
    assert decision.decided_by == executive


def test_others_read_it_and_cannot_decide(client, decision, viewer, stranger):
    client.force_login(viewer)
    page = body(client.get(f"/decisions/{decision.pk}/"))
    assert "A manager of <bdi>Claims AI</bdi> decides it." in page
    assert "Decide</button>" not in page
    response = client.post(f"/decisions/{decision.pk}/", {"choice": "Stop"})
    assert response.status_code == 403
    assert "You may not decide this: a manager or the person it was asked of can." in body(response)

    client.force_login(stranger)
    assert client.get(f"/decisions/{decision.pk}/").status_code == 404
    assert client.get(f"/decisions/{2**63}/").status_code == 404


def test_a_programs_decision_has_a_page(signed_in, program, by):
    decision = ask_decision(NewDecision(program=program, question="One contact?", options=[]), by=by)

    assert "One contact?" in body(signed_in.get(f"/decisions/{decision.pk}/"))
    signed_in.post(f"/decisions/{decision.pk}/", {"choice": "Yes"})
    assert "Yes, decided" in body(signed_in.get(f"/decisions/{decision.pk}/"))


# --- On the pilot's page -----------------------------------------------------------


def test_the_pilots_page_shows_what_waits_and_what_was_decided(signed_in, pilot, decision, by):
    settled = ask_decision(NewDecision(pilot=pilot, question="Start in May?"), by=by)
    decide(Settlement(decision=settled, choice="Go on"), by=by)

    page = body(signed_in.get("/pilots/CLM-1/"))

    assert f'href="/decisions/{decision.pk}/"' in page
    assert "Start in May?" in page
    assert "Go on, decided" in page
    assert "Ask for a decision" in page


def test_answers_wait_there_for_managers_only(client, pilot, contributor, manager, by_system):
    answer = given(pilot, contributor, by_system, AnswerKind.BLOCKED, named="Legal")
    client.force_login(manager)
    page = body(client.get("/pilots/CLM-1/"))
    assert "Cora: Blocked by Legal" in page
    assert f'href="/answers/{answer.pk}/"' in page

    client.force_login(contributor)
    assert "Blocked by Legal" not in body(client.get("/pilots/CLM-1/"))


def test_the_section_asks_no_more_for_more_decisions(signed_in, pilot, by, executive):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert signed_in.get("/pilots/CLM-1/").status_code == 200
        return len(found)

    ask_decision(NewDecision(pilot=pilot, question="One?", decider=executive), by=by)
    one = queries()
    for number in range(20):
        ask_decision(NewDecision(pilot=pilot, question=f"More {number}?", decider=executive), by=by)
    assert queries() == one


# --- Answers -----------------------------------------------------------------------


@pytest.fixture
def owner(pilot, make_user):
    user = make_user("olga@example.com")
    row = Owner.objects.create(program=pilot.program, name=user.name, email=user.email, user=user)
    Ownership.objects.create(
        pilot=pilot, owner=row, role="legal", since=date(2026, 9, 1), accepted_on=date(2026, 9, 1)
    )
    return user


def given(pilot, owner, by_system, kind=AnswerKind.MOVING, **fields):
    return give_answer(GivenAnswer(pilot=pilot, person=owner, kind=kind, **fields), by=by_system)


def as_read(answer, button="confirm"):
    return {button: "1", "given_at": answer.given_at.isoformat()}


def test_a_manager_confirms_an_answer(signed_in, pilot, owner, by_system, manager):
    answer = given(pilot, owner, by_system, text="Phase 2 is done.")
    page = body(signed_in.get(f"/answers/{answer.pk}/"))
    for words in ("Olga: Moving", "without signing in", "Phase 2 is done.", "writes a check-in in your name"):
        assert words in page

    response = signed_in.post(f"/answers/{answer.pk}/", as_read(answer))

    assert response["Location"] == "/pilots/CLM-1/"
    line = LogEntry.objects.get()
    assert (line.author, line.text) == (manager, "Olga answered by mail: moving. Phase 2 is done.")
    assert "Confirmed" in body(signed_in.get(f"/answers/{answer.pk}/"))


def test_setting_aside_changes_nothing(signed_in, pilot, owner, by_system):
    answer = given(pilot, owner, by_system)
    signed_in.post(f"/answers/{answer.pk}/", as_read(answer, "aside"))

    answer.refresh_from_db()
    assert answer.is_accepted is False
    assert not LogEntry.objects.exists()


def test_not_mine_leads_to_the_people_page(signed_in, pilot, owner, by_system):
    answer = given(pilot, owner, by_system, AnswerKind.NOT_MINE, named="Ben")
    assert "ends nobody’s role" in body(signed_in.get(f"/answers/{answer.pk}/"))

    response = signed_in.post(f"/answers/{answer.pk}/", as_read(answer))
    assert response["Location"] == "/pilots/CLM-1/people/"


def test_an_answer_given_anew_is_shown_before_it_is_settled(signed_in, pilot, owner, by_system):
    answer = given(pilot, owner, by_system)
    read = (answer.given_at - timedelta(minutes=5)).isoformat()

    page = body(signed_in.post(f"/answers/{answer.pk}/", {"confirm": "1", "given_at": read}))
    assert "Olga has answered anew since you opened this." in page
    assert Answer.objects.unconfirmed().count() == 1


@pytest.mark.parametrize(
    "read", [None, "", "garbage", "2026-13-45T10:00:00", "2026-11-18T09:00:00", "a\x00b"]
)
@pytest.mark.parametrize("button", ["confirm", "aside"])
def test_without_the_moment_that_was_read_nothing_is_settled(
    signed_in, pilot, owner, by_system, button, read
):
    answer = given(pilot, owner, by_system, text="Phase 2 is done.")
    sent = {button: "1"} if read is None else {button: "1", "given_at": read}
    response = signed_in.post(f"/answers/{answer.pk}/", sent)

    assert response.status_code == 200
    page = body(response)
    assert ("does not say which answer you read" in page) is (read != "a\x00b")
    assert 'role="alert"' in page
    assert f'name="given_at" value="{answer.given_at.isoformat()}"' in page
    assert Answer.objects.get().settled_at is None


def test_an_answer_is_settled_once_and_says_by_whom(signed_in, pilot, owner, by_system):
    answer = given(pilot, owner, by_system)
    signed_in.post(f"/answers/{answer.pk}/", as_read(answer, "aside"))

    page = body(signed_in.post(f"/answers/{answer.pk}/", as_read(answer)))
    assert "Maren has set it aside already." in page
    assert not LogEntry.objects.exists()


def test_only_managers_settle_answers(client, pilot, owner, by_system, contributor, stranger):
    answer = given(pilot, owner, by_system)
    for user, status in ((owner, 403), (contributor, 403), (stranger, 404)):
        client.force_login(user)
        assert client.get(f"/answers/{answer.pk}/").status_code == status
        assert client.post(f"/answers/{answer.pk}/", {"confirm": "1"}).status_code == status
    assert Answer.objects.unconfirmed().count() == 1


# --- In history --------------------------------------------------------------------


def test_history_tells_what_was_asked_answered_and_decided(pilot, owner, by, by_system, executive):
    answer = given(pilot, owner, by_system, AnswerKind.BLOCKED, named="Legal", text="Since May.")
    settle_answer(answer, accept=True, by=by)
    decision = ask_decision(NewDecision(pilot=pilot, question="Go on?", decider=executive), by=by)
    decide(Settlement(decision=decision, choice="Go on", reason="It works."), by=by)

    told = [tell(event) for event in Event.objects.filter(pilot_id=pilot.pk).order_by("pk")]
    said = [(line.who, line.what, line.words) for line in told if "checked in" not in line.what][1:]
    assert said == [
        (
            "Headway",
            "got an answer by mail from Olga: blocked by Legal. It waits for a manager",
            "Since May.",
        ),
        ("Maren", "confirmed what Olga answered by mail: blocked", "Since May."),
        ("Maren", "asked Exe to decide: “Go on?”", ""),
        ("Maren", "decided “Go on?”: Go on", "It works."),
    ]


def test_pilots_key_stays_hidden_on_a_forbidden_decision(client, pilot, decision, executive):
    Pilot.objects.update(is_confidential=True)
    client.force_login(executive)

    assert client.get(f"/decisions/{decision.pk}/").status_code == 404
