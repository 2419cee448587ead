from datetime import date

import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions.pilot import Edit, edit_pilot
from pilots.models import Pilot
from tests.conftest import NOW

URL = "/pilots/CLM-1/edit/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot(vendor="Northlight", tags=("claims", "documents"), decide_by=date(2027, 1, 29))


def _sent(**fields) -> dict[str, str]:
    """Return what the browser sends when nothing was touched, except for these fields."""
    untouched = {
        "name": "Claims triage",
        "problem": "It takes nine days to sort a claim.",
        "unit": "",
        "vendor": "Northlight",
        "contract": "",
        "how_built": "",
        "risk": "",
        "decide_by": "Fri 29 Jan 2027",
        "tags": "claims, documents",
        "version": "1",
    }
    return untouched | fields


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_form_starts_from_the_pilot_as_it_is(client, manager, pilot):
    client.force_login(manager)

    content = client.get(URL).content.decode()

    for value in ("Claims triage", "Northlight", "Fri 29 Jan 2027", "claims, documents"):
        assert f'value="{value}"' in content


def test_edit_writes_what_is_new_and_nothing_else(client, manager, pilot):
    client.force_login(manager)

    response = client.post(
        URL, _sent(vendor="Northlight GmbH", risk="high", tags="documents, motor", decide_by=""), follow=True
    )

    event = Event.objects.get(verb="pilot.edited")
    assert event.after == {
        "vendor": "Northlight GmbH",
        "risk": "high",
        "decide_by": None,
        "tags": ["documents", "motor"],
    }
    assert [str(message) for message in response.context["messages"]] == ["Claims triage is saved."]


def test_edit_that_touches_nothing_leaves_no_trace(client, manager, pilot):
    client.force_login(manager)

    client.post(URL, _sent())

    assert not Event.objects.filter(verb="pilot.edited").exists()


def test_decision_day_that_has_passed_may_stay(client, manager, make_pilot):
    make_pilot(decide_by=date(2026, 11, 20))
    client.force_login(manager)

    with time_machine.travel(NOW.replace(day=25), tick=False):
        response = client.post(
            URL, _sent(vendor="", tags="", decide_by="Fri 20 Nov 2026", name="Claims triage, motor")
        )

    assert response.status_code == 302
    assert Pilot.objects.get().name == "Claims triage, motor"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param({"name": " "}, {"name": ["A pilot needs a name."]}, id="no-name"),
        pytest.param(
            {"name": "N" * 5000},
            {"name": ["Write at most 200 characters; these are 5000."]},
            id="name-of-5000",
        ),
        pytest.param(
            {"problem": ""}, {"problem": ["Say in one sentence what is wrong today."]}, id="no-problem"
        ),
        pytest.param({"unit": "a\x00b"}, {"unit": ["This text holds a NUL character. Remove it."]}, id="nul"),
        pytest.param({"risk": "huge"}, {"risk": ["Choose one of the list."]}, id="unknown-risk"),
        pytest.param({"how_built": "found"}, {"how_built": ["Choose one of the list."]}, id="unknown-how"),
        pytest.param(
            {"decide_by": "17 Nov 2026"},
            {"decide_by": ["Tue 17 Nov 2026 is past. Choose a later day; 90 days on is Tue 16 Feb 2027."]},
            id="past",
        ),
        pytest.param(
            {"tags": "t" * 61},
            {"tags": [f"“{'t' * 30}…” is too long for a tag: 60 characters."]},
            id="long-tag",
        ),
    ],
)
def test_edit_is_refused_whole_in_words(client, manager, pilot, fields, errors):
    client.force_login(manager)

    response = client.post(URL, _sent(unit="Motor") | fields)

    assert _errors(response) == errors
    assert (Pilot.objects.get().unit, Pilot.objects.get().version) == ("", 1)


def test_only_managers_are_asked_about_confidentiality(client, manager, contributor, pilot):
    client.force_login(contributor)
    asked = "is_confidential" in client.get(URL).context["form"].fields
    client.post(URL, _sent(is_confidential="on"))
    marked_by_contributor = Pilot.objects.get().is_confidential

    client.force_login(manager)
    client.post(URL, _sent(is_confidential="on"))

    assert (asked, marked_by_contributor, Pilot.objects.get().is_confidential) == (False, False, True)


def test_conflict_takes_over_what_was_left_alone_and_shows_both_of_the_rest(client, manager, pilot, by):
    edit_pilot(
        Edit(pilot=pilot, fields={"vendor": "Southlight", "unit": "Motor", "is_confidential": True}), by=by
    )
    client.force_login(manager)

    response = client.post(URL, _sent(vendor="Northlight GmbH", problem="Mine."))

    conflict = response.context["conflict"]
    assert response.status_code == 409
    assert sorted((both.label, both.now, both.yours, both.is_yours_kept) for both in conflict.doubled) == [
        ("Confidential", "yes", "", False),
        ("Unit", "Motor", "", False),
        ("Vendor", "Southlight", "Northlight GmbH", True),
    ]
    form = response.context["form"]
    assert [form[name].value() for name in ("vendor", "unit", "problem", "is_confidential", "version")] == [
        "Northlight GmbH",
        "Motor",
        "Mine.",
        True,
        "2",
    ]
    assert Pilot.objects.get().vendor == "Southlight"


def test_saving_again_after_a_conflict_writes_what_the_form_shows(client, manager, pilot, by):
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Southlight", "tags": ["motor"]}), by=by)
    client.force_login(manager)

    form = client.post(URL, _sent(problem="Mine.")).context["form"]
    client.post(URL, {name: form[name].value() for name in form.fields if form[name].value() is not False})

    stored = Pilot.objects.get()
    assert (stored.vendor, stored.problem) == ("Southlight", "Mine.")
    assert list(stored.tags.values_list("name", flat=True)) == ["motor"]


def test_version_from_the_future_is_a_conflict_without_events(client, manager, pilot):
    client.force_login(manager)

    response = client.post(URL, _sent(version="99"))

    assert (response.status_code, response.context["conflict"].events) == (409, [])


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("administrator", 403), ("stranger", 404)])
def test_others_may_not_edit(request, client, pilot, who, status):
    client.force_login(request.getfixturevalue(who))

    assert (client.get(URL).status_code, client.post(URL, _sent(name="Mine")).status_code) == (status, status)
    assert Pilot.objects.get().name == "Claims triage"
