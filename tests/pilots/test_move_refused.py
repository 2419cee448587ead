"""A move that was refused for what the pilot lacks blocks it, until that is there or it moves."""

from datetime import timedelta

import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions.by import Stale
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.judge import check_pilots, scan
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.refusal import NOTED, NOTED_LATER, note_refusal
from pilots.actions.stage import Move, MoveRefused, missing_beforehand, move_pilot
from pilots.lifecycle import Stage
from pilots.models import Flag, Pilot
from tests.conftest import NOW, TODAY
from tests.passing import waive_gates

MOVE = "/pilots/CLM-1/move/"
CARD = "/pilots/board/CLM-1/move/"
API = "/api/v1/pilots/CLM-1/move/"
SENT = {"to": "chartered"}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def idea(make_pilot) -> Pilot:
    pilot = make_pilot(stage=Stage.IDEA)
    Pilot.objects.update(quiet_until=None)
    return Pilot.objects.select_related("program").get(pk=pilot.pk)


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


def state():
    pilot = Pilot.objects.get()
    return pilot.wanted_stage, pilot.wanted_on, pilot.health, pilot.version


def ask(pilot, to, by):
    """Ask for a move as the doors do."""
    try:
        move_pilot(Move(pilot=pilot, to=to), by=by)
    except MoveRefused as refused:
        note_refusal(refused, by=by)


# --- The doors ---------------------------------------------------------------------------


def by_page(client, version):
    sent = {**SENT, "version": version, "happened_on": TODAY.isoformat()}
    return client.post(MOVE, sent).status_code == 200


def by_card(client, version):
    return client.post(CARD, {**SENT, "version": version}).status_code == 200


def by_api(client, version, **headers):
    answer = client.post(API, SENT, content_type="application/json", headers=headers)
    return answer.status_code == 409


def by_api_under_a_key(client, version):
    return by_api(client, version, Idempotency_Key="a")


@pytest.mark.parametrize("asking", [by_page, by_card, by_api, by_api_under_a_key])
def test_refusal_is_noted_at_each_door_and_blocks(
    idea, client, manager, django_capture_on_commit_callbacks, asking
):
    version = idea.version

    with django_capture_on_commit_callbacks(execute=True):
        assert asking(client, version)

    assert state() == ("chartered", TODAY, "blocked", version)
    flag = Flag.objects.get()
    assert (flag.rule_key, flag.severity) == ("R-refused", "high")
    assert flag.next_action == "Agree one business number, and how far it should move."
    event = Event.objects.get(verb="pilot.move_refused")
    assert (event.actor, event.movement, event.version) == (manager, "", version)
    assert event.after == {"stage": "chartered", "lacks": ["metric-chosen", "business-owner", "use-case"]}
    page = client.get("/pilots/CLM-1/").content.decode()
    assert "A move to Approved was refused today, and it still lacks: G0 Charter" in page
    assert "blocked since today" in page


def test_each_door_says_that_it_is_blocked_now(idea, client):
    sent = {**SENT, "version": idea.version}

    page = client.post(MOVE, {**sent, "happened_on": TODAY.isoformat()}).content.decode()
    card = client.post(CARD, sent).content.decode()
    problem = client.post(API, SENT, content_type="application/json").json()

    assert f'<p>{NOTED}</p><p class="med">Before it can go on to Approved:</p>' in page
    assert NOTED in card
    assert problem["detail"].endswith(NOTED)
    assert "noted" not in {error["code"] for error in problem["errors"]}


def test_in_its_first_quiet_days_it_does_not_claim_to_block_at_once(make_pilot, client):
    pilot = make_pilot(stage=Stage.IDEA)
    Pilot.objects.update(quiet_until=TODAY)

    assert NOTED_LATER in client.post(CARD, {**SENT, "version": pilot.version}).content.decode()


def test_what_is_not_noted_is_not_said_to_be(make_pilot, client):
    make_pilot(stage=Stage.PILOTING)

    problem = client.post(API, {"to": "proven"}, content_type="application/json").json()

    assert "noted" not in problem["detail"]
    assert "Asking anyway" not in client.get(f"{MOVE}?to=idea").content.decode()


def test_looking_first_notes_nothing(idea, client):
    assert "Asking anyway marks it blocked" in client.get(f"{MOVE}?to=chartered").content.decode()
    missing_beforehand(idea, Stage.CHARTERED, at=NOW)

    assert state() == ("", None, idea.health, idea.version)
    assert not Event.objects.filter(verb="pilot.move_refused").exists()


@pytest.mark.parametrize(
    ("stage", "to"),
    [(Stage.IDEA, Stage.LIMITED), (Stage.PILOTING, Stage.PROVEN), (Stage.IDEA, Stage.STOPPED)],
)
def test_what_only_the_form_lacks_or_cannot_come_next_is_not_noted(make_pilot, by, stage, to):
    ask(make_pilot(stage=stage), to, by)

    assert state()[:2] == ("", None)


# --- What becomes of it --------------------------------------------------------------------


def test_asking_again_is_told_once_and_counts_from_the_first_day(idea, by):
    ask(idea, Stage.CHARTERED, by)
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        ask(idea, Stage.CHARTERED, type(by)(user=by.user, at=NOW + timedelta(days=3), source=by.source))

    assert state()[:2] == ("chartered", TODAY)
    assert Event.objects.filter(verb="pilot.move_refused").count() == 1


def test_what_somebody_typed_meanwhile_is_not_stale(idea, by):
    ask(idea, Stage.CHARTERED, by)
    waive_gates(idea, "G0")
    fresh = Pilot.objects.get()

    try:
        move_pilot(Move(pilot=fresh, to=Stage.CHARTERED, version=fresh.version), by=by)
    except Stale:
        pytest.fail("A refusal raised the version.")


def test_it_is_blocked_until_what_it_lacked_is_there_and_scan_and_check_agree(idea, by):
    ask(idea, Stage.CHARTERED, by)
    healths = []
    for look in (lambda: scan(at=NOW), lambda: check_pilots([idea.pk], at=NOW), lambda: scan(at=NOW)):
        look()
        healths.append(state()[2])
    waive_gates(idea, "G0")

    check_pilots([idea.pk], at=NOW)

    assert healths == ["blocked"] * 3
    assert state()[:2] == ("", None)
    assert state()[2] != "blocked"
    assert not Flag.objects.open().filter(rule="R-refused").exists()


def test_move_forgets_it(idea, by):
    ask(idea, Stage.CHARTERED, by)
    waive_gates(idea, "G0")

    move_pilot(Move(pilot=Pilot.objects.get(), to=Stage.CHARTERED), by=by)

    assert state()[:2] == ("", None)


def test_hold_keeps_it_for_later(idea, by):
    ask(idea, Stage.CHARTERED, by)
    hold_pilot(
        NewHold(
            pilot=Pilot.objects.get(), reason="Budget", agreed_by="Board", review_on=TODAY + timedelta(days=9)
        ),
        by=by,
    )

    scan(at=NOW)

    assert state()[:3] == ("chartered", TODAY, "on_hold")


def test_open_gates_block_from_the_last_phase_on(make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION)
    make_plan(NewPlan(pilot=pilot, start=TODAY - timedelta(days=74)), by=by)
    Pilot.objects.update(quiet_until=None)
    gates = Flag.objects.open().filter(rule="R-gates")
    scan(at=NOW)
    assert not gates.exists()

    scan(at=NOW + timedelta(days=1))
    # Nobody accountable stalls it, and that comes first.
    assert (gates.get().since, state()[2]) == (TODAY - timedelta(days=74), "stalled")
    Flag.objects.filter(kind="stall").update(
        snoozed_until=NOW + timedelta(days=9), snooze_reason="The board meets on Friday"
    )
    scan(at=NOW + timedelta(days=1))

    pilot.refresh_from_db()
    assert (pilot.health, pilot.health_since) == ("blocked", TODAY + timedelta(days=1))
