from datetime import date

import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.pilot import Edit, edit_pilot
from pilots.models import Hold, Pilot
from pilots.web.told import tell
from tests.conftest import NOW

HOLD, RESUME = "/pilots/CLM-1/hold/", "/pilots/CLM-1/resume/"
EXTEND = "/pilots/CLM-1/hold/extend/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


def _sent(**fields) -> dict[str, str]:
    return {
        "reason": "Storm season",
        "agreed_by": "Marguerite",
        "review_on": "1 Dec 2026",
        "version": "1",
    } | fields


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_hold_keeps_reason_who_and_review_day(client, manager, pilot):
    client.force_login(manager)

    response = client.post(HOLD, _sent(), follow=True)

    assert Hold.objects.values_list("reason", "agreed_by", "review_on", "since", "until").get() == (
        "Storm season",
        "Marguerite",
        date(2026, 12, 1),
        date(2026, 11, 18),
        None,
    )
    assert [str(message) for message in response.context["messages"]] == [
        "Claims triage is on hold until Tue 1 Dec 2026."
    ]


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param({"reason": " "}, {"reason": ["Say why it is put on hold."]}, id="no-reason"),
        pytest.param({"agreed_by": ""}, {"agreed_by": ["Say who agreed to the hold."]}, id="no-name"),
        pytest.param(
            {"review_on": ""}, {"review_on": ["Choose the day on which somebody looks again."]}, id="no-day"
        ),
        pytest.param(
            {"review_on": "18 Nov 2026"},
            {"review_on": ["Choose a review day after today: a hold without one hides a stall."]},
            id="today",
        ),
        pytest.param(
            {"review_on": "2027"},
            {"review_on": ["2027 names no single day. Write one such as Fri 31 Dec 2027."]},
            id="year",
        ),
        pytest.param(
            {"review_on": "soon"},
            {
                "review_on": [
                    "“soon” is not a day Headway can read. Write a day such as 5 Oct 2026 or 2026-10-05."
                ]
            },
            id="no-day-at-all",
        ),
        pytest.param(
            {"agreed_by": "x" * 201},
            {"agreed_by": ["Write at most 200 characters; these are 201."]},
            id="too-long",
        ),
    ],
)
def test_hold_is_refused_in_words(client, manager, pilot, fields, errors):
    client.force_login(manager)

    response = client.post(HOLD, _sent(**fields))

    assert (_errors(response), Hold.objects.count()) == (errors, 0)


def test_second_hold_leads_to_extending_the_first(client, manager, pilot):
    client.force_login(manager)
    client.post(HOLD, _sent())

    shown = client.get(HOLD).content.decode()
    refused = client.post(HOLD, _sent(version="2"))

    assert "It is on hold already, until Tue 1 Dec 2026." in shown
    sentence = "It is on hold already. Extend that hold instead."
    assert _errors(refused) == {"__all__": [f'{sentence} <a href="/pilots/CLM-1/hold/extend/">Extend it</a>']}


def test_resuming_ends_the_hold_and_keeps_the_note(client, manager, pilot, by):
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=by)
    client.force_login(manager)

    shown = client.get(RESUME).content.decode()
    client.post(RESUME, {"note": "The storm is over.", "version": "2"})

    assert "agreed by M.: Storm" in shown
    assert Hold.objects.get().until == date(2026, 11, 18)
    assert Pilot.objects.get().held_since is None


def test_pilot_that_is_not_on_hold_cannot_be_resumed(client, manager, pilot):
    client.force_login(manager)

    shown = client.get(RESUME).content.decode()
    refused = client.post(RESUME, {"note": "", "version": "1"})

    assert "It is not on hold, so there is nothing to resume." in shown
    assert _errors(refused) == {"__all__": ["It is not on hold, so there is nothing to resume."]}


def test_extending_moves_the_review_on_and_the_hold_stays_one(client, manager, pilot, by):
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=by)
    client.force_login(manager)

    page = client.get("/pilots/CLM-1/").content.decode()
    sent = {"reason": "No budget yet", "review_on": "5 Jan 2027", "agreed_by": "", "version": "2"}
    done = client.post(EXTEND, sent, follow=True)

    assert 'href="/pilots/CLM-1/hold/extend/"' in page
    row = Hold.objects.get()
    assert (row.review_on, row.agreed_by, row.reason, row.until) == (date(2027, 1, 5), "M.", "Storm", None)
    assert Pilot.objects.get().hold_review_on == date(2027, 1, 5)
    told = tell(Event.objects.get(verb="hold.extended"))
    assert (told.what, told.words) == (
        "extended the hold until a review on Tue 5 Jan 2027",
        "No budget yet",
    )
    (held,) = done.context["ledger"].rows
    assert (held.days, held.review, held.extended) == ("0 days", "Tue 5 Jan 2027", "extended once")


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param({"reason": ""}, {"reason": ["Say why it stays on hold."]}, id="no-reason"),
        pytest.param(
            {"review_on": "1 Dec 2026"},
            {"review_on": ["Choose a day after Tue 1 Dec 2026: extending moves the review on."]},
            id="same-day",
        ),
        pytest.param(
            {"review_on": "20 Nov 2026"},
            {"review_on": ["Choose a day after Tue 1 Dec 2026: extending moves the review on."]},
            id="earlier",
        ),
    ],
)
def test_extension_is_refused_in_words(client, manager, pilot, by, fields, errors):
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=by)
    client.force_login(manager)

    sent = {"reason": "More", "review_on": "5 Jan 2027", "agreed_by": "", "version": "2"} | fields
    response = client.post(EXTEND, sent)

    assert (_errors(response), Hold.objects.get().review_on) == (errors, date(2026, 12, 1))


def test_what_is_not_on_hold_is_not_extended(client, manager, pilot):
    client.force_login(manager)

    refused = client.post(EXTEND, {"reason": "More", "review_on": "5 Jan 2027", "version": "1"})

    assert _errors(refused) == {"__all__": ["It is not on hold, so there is nothing to extend."]}


def test_the_ledger_keeps_every_hold_with_its_days(client, manager, pilot, by):
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=by)
    Hold.objects.update(since=date(2026, 11, 8))
    resume_pilot(Resume(pilot=pilot), by=by)
    hold_pilot(NewHold(pilot=pilot, reason="Budget", agreed_by="S.", review_on=date(2026, 12, 1)), by=by)
    client.force_login(manager)

    ledger = client.get("/pilots/CLM-1/").context["ledger"]

    assert [(row.reason, row.since, row.until, row.days) for row in ledger.rows] == [
        ("Budget", "Wed 18 Nov", "", "0 days"),
        ("Storm", "Sun 8 Nov", "Wed 18 Nov", "10 days"),
    ]
    assert ledger.total == "2 times, 10 days in all"


@pytest.mark.parametrize("url", [HOLD, RESUME, EXTEND])
def test_stale_version_is_a_conflict(client, manager, pilot, by, url):
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Northlight"}), by=by)
    client.force_login(manager)

    response = client.post(url, _sent())

    assert response.status_code == 409
    assert '<input type="hidden" name="version" value="2"' in response.content.decode()
    assert Hold.objects.count() == 0


@pytest.mark.parametrize("url", [HOLD, RESUME, EXTEND])
@pytest.mark.parametrize(("who", "status"), [("contributor", 403), ("viewer", 403), ("stranger", 404)])
def test_others_may_not(request, client, pilot, url, who, status):
    client.force_login(request.getfixturevalue(who))

    assert (client.get(url).status_code, client.post(url, _sent()).status_code) == (status, status)
    assert Hold.objects.count() == 0
