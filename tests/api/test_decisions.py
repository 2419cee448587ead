from datetime import date

import pytest

from pilots.actions.answer import GivenAnswer, give_answer
from pilots.actions.decision import NewDecision, ask_decision
from pilots.models import Answer, AnswerKind, Decision, LogEntry, Pilot


@pytest.fixture
def decision(make_pilot, by):
    return ask_decision(NewDecision(pilot=make_pilot(), question="Extend to 26 weeks?"), by=by)


def test_a_decision_is_asked_read_and_decided(api, make_pilot, manager, executive):
    make_pilot()

    asked = api.post(
        "decisions/",
        {
            "pilot": "CLM-1",
            "question": "Extend to 26 weeks?",
            "decider": executive.pk,
            "needed_by": "2099-05-03",
        },
    )

    row = Decision.objects.get()
    assert asked.status_code == 201
    assert asked["Location"] == f"http://testserver/api/v1/decisions/{row.pk}/"
    assert asked.data == {
        "id": row.pk,
        "pilot": "CLM-1",
        "program": "claims",
        "question": "Extend to 26 weeks?",
        "options": ["Go on", "Extend", "Stop"],
        "decider": {"id": executive.pk, "name": "Exe"},
        "needed_by": "2099-05-03",
        "asked_by": {"id": manager.pk, "name": "Maren"},
        "asked_at": row.asked_at.isoformat().replace("+00:00", "Z"),
        "decided_on": None,
        "decided_at": None,
        "decided_by": None,
        "choice": None,
        "reason": None,
        "authority": None,
    }
    assert api.get(f"decisions/{row.pk}/").data == asked.data

    decided = api.post(f"decisions/{row.pk}/decide/", {"choice": "Extend", "reason": "Legal is late."})

    row.refresh_from_db()
    assert decided.status_code == 200
    assert (decided.data["choice"], decided.data["reason"], decided.data["authority"]) == (
        "Extend",
        "Legal is late.",
        None,
    )
    assert decided.data["decided_by"] == {"id": manager.pk, "name": "Maren"}
    assert decided.data["decided_on"] == row.decided_on.isoformat()
    assert Pilot.objects.get().moved_at is not None


def test_ids_of_people_who_cannot_see_it_tell_nothing(api, make_pilot, stranger, program):
    make_pilot()

    for about in ({"pilot": "CLM-1"}, {"program": "claims"}):
        answer = api.post("decisions/", about | {"question": "Go on?", "decider": stranger.pk})
        assert (answer.status_code, answer.data["errors"]) == (
            400,
            [
                {
                    "pointer": "/decider",
                    "code": "does_not_exist",
                    "detail": f"There is no person “{stranger.pk}” that you can see.",
                }
            ],
        )


def test_a_program_is_asked_about_too(api, program):
    asked = api.post("decisions/", {"program": "claims", "question": "One contact?", "options": []})

    assert (asked.status_code, asked.data["pilot"], asked.data["program"]) == (201, None, "claims")
    decided = api.post(f"decisions/{asked.data['id']}/decide/", {"choice": "Yes"})
    assert (decided.status_code, decided.data["choice"]) == (200, "Yes")


@pytest.mark.parametrize(
    ("body", "status", "pointer", "code"),
    [
        ({"question": "Go on?"}, 400, "/pilot", "required"),
        ({"pilot": "CLM-1", "program": "claims", "question": "Go on?"}, 400, "/pilot", "required"),
        ({"pilot": "CLM-1"}, 400, "/question", "required"),
        ({"pilot": "CLM-1", "question": "x" * 301}, 400, "/question", "max_length"),
        ({"pilot": "CLM-9", "question": "Go on?"}, 400, "/pilot", "does_not_exist"),
        ({"pilot": "CLM-1", "question": "Go on?", "decider": 999999}, 400, "/decider", "does_not_exist"),
        ({"pilot": "CLM-1", "question": "Go on?", "needed_by": "2020-01-01"}, 409, "/needed_by", "past"),
        ({"pilot": "CLM-1", "question": "Go on?", "options": ["Yes"]}, 409, "/options", "too-few"),
        ({"pilot": "CLM-1", "question": "Go on?", "colour": "red"}, 400, "/colour", "unknown-field"),
    ],
)
def test_a_bad_question_is_refused_with_its_place(api, make_pilot, body, status, pointer, code):
    make_pilot()

    answer = api.post("decisions/", body)

    assert (answer.status_code, answer.data["errors"][0]["pointer"], answer.data["errors"][0]["code"]) == (
        status,
        pointer,
        code,
    )
    assert not Decision.objects.exists()


def test_a_bad_choice_and_a_second_decision_are_refused(api, decision):
    bad = api.post(f"decisions/{decision.pk}/decide/", {"choice": "Perhaps"})
    assert (bad.status_code, bad.data["detail"]) == (409, "Choose one of: Go on · Extend · Stop.")

    assert api.post(f"decisions/{decision.pk}/decide/", {"choice": "Go on"}).status_code == 200
    again = api.post(f"decisions/{decision.pk}/decide/", {"choice": "Stop"})
    assert (again.status_code, again.data["errors"][0]["code"]) == (409, "decided")
    assert again.data["detail"] == "Maren has decided it already: “Go on”."


def test_who_may_not_is_told_and_who_may_not_see_finds_nothing(make_api, decision, viewer, stranger):
    seen = make_api(viewer)
    assert seen.get(f"decisions/{decision.pk}/").status_code == 200
    assert seen.post(f"decisions/{decision.pk}/decide/", {"choice": "Go on"}).status_code == 403
    assert seen.post("decisions/", {"pilot": "CLM-1", "question": "Go on?"}).status_code == 403

    unseen = make_api(stranger)
    assert unseen.get(f"decisions/{decision.pk}/").status_code == 404
    assert unseen.post(f"decisions/{decision.pk}/decide/", {"choice": "Go on"}).status_code == 404
    assert unseen.get("decisions/").data["results"] == []


def test_the_named_decider_decides(make_api, make_pilot, by, executive):
    named = NewDecision(pilot=make_pilot(), question="Go on?", decider=executive)
    decision = ask_decision(named, by=by)

    answer = make_api(executive).post(f"decisions/{decision.pk}/decide/", {"choice": "Go on"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("pilot=CLM-1", 1),
        ("program=claims", 2),
        ("waiting=true", 1),
        ("waiting=false", 1),
        ("mine=true", 2),
        ("mine=false", 0),
        ("needed_before=2026-12-02", 1),
        ("asked_since=2099-01-01", 0),
        ("decided_since=2020-01-01", 1),
        ("ordering=-asked_at", 2),
    ],
)
def test_decisions_are_filtered(api, decision, program, by, query, count):
    new = NewDecision(program=program, question="One contact?", options=[], needed_by=date(2026, 12, 1))
    ask_decision(new, by=by)
    api.post(f"decisions/{decision.pk}/decide/", {"choice": "Go on"})

    assert len(api.get(f"decisions/?{query}").data["results"]) == count


# --- Answers -----------------------------------------------------------------------


@pytest.fixture
def given(make_pilot, contributor, by_system):
    answer = GivenAnswer(
        pilot=make_pilot(), person=contributor, kind=AnswerKind.BLOCKED, text="Since May.", named="Legal"
    )
    return give_answer(answer, by=by_system)


def test_answers_are_read_and_confirmed(api, given, contributor, manager):
    row = {
        "id": given.pk,
        "pilot": "CLM-1",
        "kind": "blocked",
        "text": "Since May.",
        "named": "Legal",
        "person": {"id": contributor.pk, "name": "Cora"},
        "was_signed_in": False,
        "given_at": "2026-11-18T09:00:00Z",
        "settled_at": None,
        "settled_by": None,
        "is_accepted": None,
    }
    assert api.get("answers/").data["results"] == [row]
    assert api.get(f"answers/{given.pk}/").data == row

    settled = api.post(f"answers/{given.pk}/settle/", {"accept": True, "given_at": row["given_at"]})

    assert settled.status_code == 200
    assert (settled.data["is_accepted"], settled.data["settled_by"]) == (
        True,
        {"id": manager.pk, "name": "Maren"},
    )
    assert LogEntry.objects.get().text == "Cora answered by mail: blocked by Legal. Since May."
    again = api.post(f"answers/{given.pk}/settle/", {"accept": False})
    assert (again.status_code, again.data["errors"][0]["code"]) == (409, "settled")


def test_a_newer_answer_is_not_settled_unseen(api, given):
    answer = api.post(f"answers/{given.pk}/settle/", {"accept": True, "given_at": "2026-11-17T09:00:00Z"})

    assert (answer.status_code, answer.data["errors"][0]["code"]) == (409, "answered-anew")
    assert Answer.objects.unconfirmed().count() == 1


@pytest.mark.parametrize("body", [{}, {"accept": None}, {"accept": "perhaps"}, {"accept": True, "x": 1}])
def test_settling_wants_yes_or_no(api, given, body):
    assert api.post(f"answers/{given.pk}/settle/", body).status_code == 400


def test_only_managers_settle_answers(make_api, given, viewer, contributor, stranger):
    for user in (viewer, contributor):
        assert make_api(user).post(f"answers/{given.pk}/settle/", {"accept": True}).status_code == 403
    assert make_api(stranger).post(f"answers/{given.pk}/settle/", {"accept": True}).status_code == 404
    assert Answer.objects.unconfirmed().count() == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("waiting=true", 1),
        ("waiting=false", 0),
        ("kind=blocked", 1),
        ("kind=stop", 0),
        ("pilot=CLM-1&given_since=2026-11-18", 1),
        ("given_since=2099-01-01", 0),
    ],
)
def test_answers_are_filtered(api, given, query, count):
    assert len(api.get(f"answers/?{query}").data["results"]) == count
