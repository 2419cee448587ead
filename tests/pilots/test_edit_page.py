from datetime import date

import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions.custom import FieldEdit, NewField, define_field, edit_field
from pilots.actions.pilot import Edit, edit_pilot
from pilots.custom import FieldKind
from pilots.models import CustomField, Pilot
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


# --- Custom fields -----------------------------------------------------------------


@pytest.fixture
def fields(program, by):
    """A program with a field of each kind."""
    for kind in FieldKind:
        choices = ("Cloud", "In house") if kind is FieldKind.CHOICE else ()
        define_field(NewField(program=program, label=f"My {kind.value}", kind=kind, choices=choices), by=by)


TYPED = {
    "custom/my-text": "Two\r\nlines",
    "custom/my-number": "12 500",
    "custom/my-money": "1,234.50",
    "custom/my-date": "5 Oct 2026",
    "custom/my-choice": "Cloud",
    "custom/my-yes_no": "no",
    "custom/my-link": "https://example.com/wiki",
}
KEPT = {
    "my-text": "Two\nlines",
    "my-number": "12500",
    "my-money": "1234.5",
    "my-date": "2026-10-05",
    "my-choice": "Cloud",
    "my-yes_no": False,
    "my-link": "https://example.com/wiki",
}


def test_custom_fields_are_written_and_shown_again(client, manager, pilot, fields):
    client.force_login(manager)
    client.post(URL, _sent(**TYPED))

    assert Pilot.objects.get().custom == KEPT
    form = client.get(URL).context["form"]
    shown = {field.html_name: field.value() for field in form.custom_fields}
    assert shown == {
        "custom/my-text": "Two\nlines",
        "custom/my-number": "12500",
        "custom/my-money": "1234.5",
        "custom/my-date": "Mon 5 Oct 2026",
        "custom/my-choice": "Cloud",
        "custom/my-yes_no": "no",
        "custom/my-link": "https://example.com/wiki",
    }
    client.post(URL, _sent(version=Pilot.objects.get().version, **shown))
    assert Event.objects.filter(verb="pilot.edited").count() == 1

    client.post(URL, _sent(version=Pilot.objects.get().version))
    assert Pilot.objects.get().custom == {}


def test_what_a_field_cannot_hold_stays_typed(client, manager, pilot, fields):
    client.force_login(manager)
    response = client.post(
        URL,
        _sent(
            **{
                "custom/my-number": "12,50",
                "custom/my-date": "October 2026",
                "custom/my-choice": "Moon",
                "custom/my-yes_no": "perhaps",
                "custom/my-link": "javascript:alert(1)",
            }
        ),
    )
    assert {name: errors[0].split(".")[0] for name, errors in _errors(response).items()} == {
        "custom/my-number": "“12,50” can be read in two ways",
        "custom/my-date": "October 2026 names no single day",
        "custom/my-choice": "“Moon” is not in the list",
        "custom/my-yes_no": "“perhaps” is neither yes nor no",
        "custom/my-link": "“javascript:alert(1)” is no link to a page of the web",
    }
    assert 'value="12,50"' in response.content.decode()
    assert Pilot.objects.get().custom == {}


def test_a_choice_that_left_the_list_may_stay(client, manager, pilot, fields, by):
    edit_pilot(Edit(pilot=pilot, fields={"custom": {"my-choice": "Cloud"}}), by=by)
    field = CustomField.objects.get(code="my-choice")
    edit_field(FieldEdit(field=field, fields={"choices": ["In house"]}), by=by)
    client.force_login(manager)
    field = client.get(URL).context["form"]["custom/my-choice"]
    assert (field.value(), field.field.choices) == ("Cloud", ["In house", "Cloud"])
    assert field.subwidgets[2].data["selected"]

    client.post(URL, _sent(version=2, vendor="Acme", **{"custom/my-choice": "Cloud"}))

    assert (Pilot.objects.get().vendor, Pilot.objects.get().custom) == ("Acme", {"my-choice": "Cloud"})


def test_a_retired_field_is_not_asked_for_and_keeps_its_value(client, manager, pilot, fields, by):
    edit_pilot(Edit(pilot=pilot, fields={"custom": {"my-text": "Old"}}), by=by)
    field = CustomField.objects.get(code="my-text")
    edit_field(FieldEdit(field=field, fields={"is_active": False}), by=by)
    client.force_login(manager)
    names = [field.html_name for field in client.get(URL).context["form"].custom_fields]
    assert "custom/my-text" not in names

    client.post(URL, _sent(version=2, **{"custom/my-text": "New"}))
    assert Pilot.objects.get().custom == {"my-text": "Old"}
    page = client.get("/pilots/CLM-1/").content.decode()
    assert "My text (retired)" in page


def test_both_versions_of_a_custom_field_are_shown(client, manager, pilot, fields, by):
    edit_pilot(Edit(pilot=pilot, fields={"custom": {"my-number": "1", "my-money": "5"}}), by=by)
    theirs = {"my-number": "2", "my-yes_no": True, "my-money": None}
    edit_pilot(Edit(pilot=pilot, fields={"custom": theirs}), by=by)
    client.force_login(manager)
    mine = {"custom/my-number": "3", "custom/my-money": "5", "custom/my-link": "https://example.com"}
    response = client.post(URL, _sent(version=2, **mine))

    assert response.status_code == 409
    doubled = {row.label: (row.now, row.yours) for row in response.context["conflict"].doubled}
    assert doubled == {"My number": ("2", "3"), "My yes_no": ("yes", ""), "My money": ("", "")}
    shown = {field.html_name: field.value() for field in response.context["form"].custom_fields}
    assert (shown["custom/my-number"], shown["custom/my-yes_no"], shown["custom/my-money"]) == (
        "3",
        "yes",
        "",
    )
    assert shown["custom/my-link"] == "https://example.com"


def test_what_stands_in_custom_fields_is_told_in_words(client, manager, pilot, fields):
    client.force_login(manager)
    markup = {"custom/my-text": "<script>alert(1)</script>"}
    client.post(URL, _sent(**TYPED | markup))

    page = client.get("/pilots/CLM-1/").content.decode()
    for words in ("12,500", "1,234.50", "Mon 5 Oct 2026", "Cloud"):
        assert f"<bdi>{words}</bdi>" in page
    assert 'href="https://example.com/wiki" rel="nofollow noopener noreferrer"' in page
    history = client.get("/pilots/CLM-1/history/").content.decode()
    assert "<script>alert(1)" not in page + history
    assert "My link" in history
