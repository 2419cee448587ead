from datetime import date, timedelta

import pytest
import time_machine

from pilots.access.models import Event, Membership, Role
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.stage import Move, move_pilot
from pilots.lifecycle import Stage
from pilots.models import Owner, Ownership, Pilot, StageTransition
from pilots.rules.registry import Severity
from tests.conftest import NOW

URL = "/pilots/CLM-1/move/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


def _sent(**fields) -> dict[str, str]:
    return {
        "to": "proven",
        "happened_on": "Wed 18 Nov 2026",
        "reason": "",
        "evidence": "",
        "version": "1",
    } | fields


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def _ways(response) -> list[str]:
    return [way.words for way in response.context["ways"]]


def test_page_offers_the_next_stage_the_end_and_the_way_back(client, manager, pilot):
    client.force_login(manager)

    response = client.get(URL)

    assert _ways(response) == ["On to Proven", "Stop", "Back to Approved", "Back to Idea"]
    assert response.context["to"] is Stage.PROVEN
    assert 'value="Wed 18 Nov 2026"' in response.content.decode()


def test_what_is_open_and_critical_is_named_before_it_moves(client, manager, pilot, make_flag):
    make_flag(pilot, "R-10")
    make_flag(pilot, "R-40", severity=Severity.CRITICAL)
    client.force_login(manager)

    content = client.get(URL).content.decode()

    assert "Open and critical: Integration cliff." in content


@pytest.mark.parametrize(
    ("to", "fields"),
    [
        pytest.param("proven", ["version", "to", "happened_on", "reason", "evidence"], id="evidence"),
        pytest.param(
            "stopped",
            [
                "version",
                "to",
                "reason",
                "cause",
                "lessons",
                "reusable",
                "decided_by",
                "happened_on",
                "released_amount",
                "released_currency",
            ],
            id="stop",
        ),
        pytest.param("idea", ["version", "to", "happened_on", "reason"], id="back"),
    ],
)
def test_page_asks_only_what_the_stage_needs(client, manager, pilot, to, fields):
    client.force_login(manager)

    response = client.get(URL, {"to": to})

    assert list(response.context["form"].fields) == fields


def test_moving_writes_history_and_says_so(client, manager, pilot):
    client.force_login(manager)

    response = client.post(URL, _sent(happened_on="October 2026", evidence="91 % of 400 files"), follow=True)

    row = StageTransition.objects.get(to_stage="proven")
    assert (row.happened_on, row.precision, row.evidence) == (date(2026, 10, 1), "month", "91 % of 400 files")
    assert response.redirect_chain == [("/pilots/CLM-1/", 302)]
    assert [str(message) for message in response.context["messages"]] == ["Claims triage moved to Proven."]
    assert Event.objects.values_list("verb", "source", "actor").last() == ("pilot.moved", "web", manager.pk)


def test_stopping_needs_a_reason_and_a_cause_and_shows_what_is_left(client, manager, pilot):
    client.force_login(manager)
    kept = {"cause": "data", "lessons": "Photos come late.", "released_amount": "61 000.50"}

    refused = client.post(URL, _sent(to="stopped", **kept, released_currency="euro"))
    done = client.post(
        URL, _sent(to="stopped", reason="Too few cases.", **kept, released_currency="EUR"), follow=True
    )

    assert _errors(refused) == {
        "reason": ["Say why it is stopped: the next team learns from it."],
        "released_currency": ["Write a currency in three letters, such as EUR."],
    }
    assert "Photos come late." in refused.content.decode()
    assert done.context["head"].rest.facts == [
        ("Why", "Too few cases.", False),
        ("What came between", "The data is not there or not good enough", False),
        ("Learned", "Photos come late.", False),
        ("Money released", "EUR 61,000.50", False),
    ]
    assert [str(message) for message in done.context["messages"]] == ["Claims triage was stopped."]
    assert Pilot.objects.get().stage == "stopped"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param(
            {},
            {"evidence": ["Say how it was measured: a link or a sentence with the figure."]},
            id="no-evidence",
        ),
        pytest.param(
            {"to": "flying"},
            {"to": ["There is no such stage. Choose one of those below."]},
            id="unknown-stage",
        ),
        pytest.param(
            {"to": "limited"},
            {"to": ["After Piloting comes Proven, so it cannot go to Limited go-live in one step."]},
            id="too-far",
        ),
        pytest.param(
            {"to": "piloting"}, {"to": ["It is in Piloting already. Choose another stage."]}, id="same-stage"
        ),
        pytest.param(
            {"happened_on": "5 Oct 20026", "evidence": "x"},
            {
                "happened_on": [
                    (
                        "“5 Oct 20026” is not a day Headway can read. "
                        "Write 5 Oct 2026, 2026-10-05, October 2026, Q4 2026 or 2026."
                    )
                ]
            },
            id="year-20026",
        ),
        pytest.param(
            {"happened_on": "", "evidence": "x"},
            {"happened_on": ["Write when it happened; a month is enough."]},
            id="no-day",
        ),
        pytest.param(
            {"happened_on": "1 Dec 2026", "evidence": "x"},
            {"happened_on": ["Tue 1 Dec 2026 has not come yet. Write a day up to today."]},
            id="future",
        ),
        pytest.param(
            {"evidence": "a\x00b"},
            {"evidence": ["This text holds a NUL character. Remove it."]},
            id="nul",
        ),
        pytest.param(
            {"evidence": "e" * 4001},
            {"evidence": ["Write at most 4000 characters; these are 4001."]},
            id="too-long",
        ),
        pytest.param(
            {"version": "soon"},
            {"version": ["This form was changed on its way. Load the page again."]},
            id="no-version",
        ),
    ],
)
def test_refusals_stand_beside_their_fields_and_nothing_is_written(client, manager, pilot, fields, errors):
    client.force_login(manager)

    response = client.post(URL, _sent(**fields))

    assert (response.status_code, _errors(response)) == (200, errors)
    shown = response.content.decode()
    assert [
        sentence for sentences in errors.values() for sentence in sentences if sentence not in shown
    ] == []
    assert (Pilot.objects.get().version, StageTransition.objects.count()) == (1, 1)


def test_move_before_the_last_one_leads_to_the_history(client, manager, pilot):
    client.force_login(manager)

    response = client.post(URL, _sent(happened_on="1 Aug 2026", evidence="x"))

    sentence = (
        "It entered Piloting on Tue 1 Sep 2026; a move cannot be dated before that. "
        "Choose a later day, or correct the earlier date first."
    )
    assert _errors(response) == {
        "happened_on": [f'{sentence} <a href="/pilots/CLM-1/history/">Correct it</a>']
    }


def test_missing_production_owner_is_said_beforehand_with_the_way_out(client, manager, make_pilot):
    make_pilot(stage=Stage.PROVEN)
    client.force_login(manager)
    sentence = (
        "Nobody is accountable for bringing it into production. Name a production owner first. "
        '<a href="/pilots/CLM-1/people/">Name one</a>'
    )

    shown = client.get(URL).content.decode()
    refused = client.post(URL, _sent(to="transition"))

    assert "Before it can go on to 90-day plan:" in shown
    assert sentence in shown
    assert _errors(refused) == {"__all__": [sentence]}
    assert sentence in refused.content.decode()


def test_pilot_on_hold_leads_to_resuming(client, manager, pilot, by):
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=by)
    client.force_login(manager)

    response = client.post(URL, _sent(evidence="x", version="2"))

    assert _errors(response) == {
        "to": ['It is on hold. Resume it first, or stop it. <a href="/pilots/CLM-1/resume/">Resume it</a>']
    }


def test_stopped_pilot_cannot_be_moved(client, manager, pilot, by):
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="Too few cases."), by=by)
    client.force_login(manager)

    shown = client.get(URL)
    sent = client.post(URL, _sent(to="piloting", version="2"))

    assert _ways(shown) == []
    assert "It is stopped, so it cannot move." in shown.content.decode()
    assert list(_errors(sent)) == ["to"]
    assert Pilot.objects.get().stage == "stopped"


def test_stale_version_keeps_what_was_typed_and_tells_what_happened(client, manager, pilot, by):
    later = By(user=by.user, at=NOW + timedelta(minutes=5), source=by.source)
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Northlight"}), by=later)
    client.force_login(manager)

    stale = client.post(URL, _sent(evidence="91 % of 400 files"))
    again = client.post(URL, _sent(evidence="91 % of 400 files", version="2"))

    content = stale.content.decode()
    assert stale.status_code == 409
    assert "CLM-1 was changed by somebody else while you worked on it." in content
    assert [told.what for told in stale.context["conflict"].events] == ["edited it"]
    assert "91 % of 400 files" in content
    assert '<input type="hidden" name="version" value="2"' in content
    assert again.status_code == 302
    assert Pilot.objects.get().stage == "proven"


@pytest.mark.parametrize(("who", "status"), [("contributor", 403), ("viewer", 403), ("stranger", 404)])
def test_others_may_not_move_it(request, client, manager, pilot, who, status):
    client.force_login(request.getfixturevalue(who))

    shown, sent = client.get(URL), client.post(URL, _sent(evidence="x"))

    assert (shown.status_code, sent.status_code) == (status, status)
    assert Pilot.objects.get().stage == "piloting"


def test_forbidden_page_says_who_could(client, viewer, manager, pilot):
    client.force_login(viewer)

    content = client.get(URL).content.decode()

    assert "You may not move this pilot: a manager or its production owner can." in content
    assert "Claims AI is managed by Maren." in content


def test_sponsor_may_only_stop_it(client, viewer, pilot, by):
    add_owner(NewOwnership(pilot=pilot, contact=Contact(name="Sponsor"), role=OwnerRole.SPONSOR), by=by)
    Owner.objects.update(user=viewer)
    accept_ownership(Ownership.objects.get(), by=By(user=viewer, at=NOW, source=by.source))
    client.force_login(viewer)

    shown = client.get(URL)
    moved = client.post(URL, _sent(evidence="x", version="3"))
    ended = {"reason": "Nobody needs it.", "cause": "priorities"}
    stopped = client.post(URL, _sent(to="stopped", version="3", **ended))

    assert _ways(shown) == ["Stop"]
    assert (moved.status_code, stopped.status_code) == (403, 302)


def test_member_who_lost_the_role_meanwhile_is_refused(client, manager, pilot):
    client.force_login(manager)
    Membership.objects.filter(user=manager).update(role=Role.VIEWER.value)

    assert client.post(URL, _sent(evidence="x")).status_code == 403


EXTEND = 'href="/pilots/CLM-1/edit/#id_decide_by"'


def test_time_box_may_be_extended_from_here(client, manager, make_pilot):
    make_pilot(decide_by=date(2026, 11, 20))
    client.force_login(manager)

    assert EXTEND in client.get(URL).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="no-day"),
        pytest.param({"stage": Stage.PROVEN, "decide_by": date(2026, 11, 20)}, id="decided"),
    ],
)
def test_nothing_is_extended_that_does_not_end(client, manager, make_pilot, fields):
    make_pilot(**fields)
    client.force_login(manager)

    assert EXTEND not in client.get(URL).content.decode()


def test_a_gate_that_is_open_leads_to_where_it_is_settled_and_keeps_what_was_typed(
    client, manager, make_pilot
):
    make_pilot(stage=Stage.IDEA)
    client.force_login(manager)

    beforehand = client.get(URL).context["beforehand"]
    refused = client.post(URL, _sent(to="chartered", reason="The board wants it."))

    assert {item.code: exits for item, exits in beforehand}["business-owner"] == [
        ("Settle it", "/pilots/CLM-1/readiness/#business-owner"),
        ("Waive…", "/pilots/CLM-1/waive/?subject=business-owner"),
    ]
    assert (
        "G0 Charter: nobody owns the number it should move. "
        '<a href="/pilots/CLM-1/readiness/#business-owner">Settle it</a> '
        '<a href="/pilots/CLM-1/waive/?subject=business-owner">Waive…</a>'
    ) in _errors(refused)["__all__"]
    assert "The board wants it." in refused.content.decode()
    assert Pilot.objects.get().stage == "idea"
