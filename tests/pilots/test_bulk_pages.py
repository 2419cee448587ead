"""Changing many pilots in the browser: choose, say what, see what would happen, do it, undo it."""

import pytest
import time_machine

from pilots.actions.custom import NewField, define_field
from pilots.actions.owner import Contact
from pilots.actions.pilot import Edit, edit_pilot
from pilots.custom import FieldKind
from pilots.models import BulkEdit, Owner, Pilot, PilotTag
from tests.conftest import NOW

BULK = "/pilots/bulk/"


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def pilots(make_pilot):
    return [make_pilot("One", unit="Claims"), make_pilot("Two"), make_pilot("Three")]


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def picks(response) -> list[str]:
    return response.context["picks"]


def test_three_steps_change_them_and_one_press_undoes_it(client, pilots):
    asked = {"do": "unit", "pilot": ["CLM-1", "CLM-2"], "next": "/pilots/?ordering=key"}
    form = client.post(BULK, asked)
    sees = client.post(BULK, {**asked, "pilot": picks(form), "step": "see", "unit": "Claims"})
    done = client.post(BULK, {**asked, "pilot": picks(sees), "step": "do", "unit": "Claims"}, follow=True)

    assert (picks(form), [p.key for p in sees.context["will"]]) == (["CLM-1:1", "CLM-2:1"], ["CLM-2"])
    assert [pilot.key for pilot in sees.context["same"]] == ["CLM-1"]
    assert (done.redirect_chain, said(done)) == (
        [("/pilots/?ordering=key", 302)],
        ["1 pilot: unit is Claims."],
    )
    edit = BulkEdit.objects.get()
    undo = f"/pilots/bulk/{edit.pk}/undo/"
    assert f'action="{undo}"' in done.content.decode()
    assert said(client.post(undo, follow=True)) == ["1 pilot is as before."]
    assert list(Pilot.objects.order_by("pk").values_list("unit", flat=True)) == ["Claims", "", ""]


def test_those_the_page_named_are_left_out_and_nobody_else(client, pilots, by, manager, viewer):
    """Somebody is faster after the page was made: the whole is refused, and says whom it is about."""
    sent = {"do": "tag", "add": "mail", "step": "do", "pilot": ["CLM-1:1", "CLM-2:1", "CLM-3:1"]}
    edit_pilot(Edit(pilot=pilots[1], fields={"vendor": "Acme"}), by=by)

    refused = client.post(BULK, sent)
    tagged = PilotTag.objects.count()
    again = {**sent, "pilot": picks(refused), "leave": refused.context["left_out"]}
    client.post(BULK, again)

    assert (tagged, refused.context["left_out"]) == (0, ["CLM-2"])
    assert refused.context["form"].non_field_errors() == ["CLM-2, Two: somebody else changed it meanwhile."]
    assert picks(refused) == ["CLM-1:1", "CLM-2:1", "CLM-3:1"]
    assert sorted(PilotTag.objects.values_list("pilot__key", flat=True)) == ["CLM-1", "CLM-3"]
    client.force_login(viewer)
    assert client.post(BULK, {**sent, "step": "see"}).context["refused"][0] == (
        "CLM-1, One: you may not edit this pilot: a contributor, a manager or its owner can."
    )


def test_all_that_match_are_chosen_by_the_question_of_the_list(client, pilots, monkeypatch):
    page = client.post(BULK, {"do": "tag", "all": "1", "query": "unit=claims"})
    monkeypatch.setattr("pilots.web.chosen.MOST", 2)
    many = client.post(BULK, {"do": "tag", "all": "1", "query": ""}, follow=True)

    assert [pilot.key for pilot in page.context["pilots"]] == ["CLM-1"]
    assert said(many) == ["At most 500 pilots change at once; these are 3. Narrow the list first."]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"do": "tag"}, "No pilot is chosen. Tick at least one, then choose what is to change."),
        ({"do": "nix", "pilot": "CLM-1"}, "Choose what is to change."),
        (
            {"do": "tag", "pilot": "FIN-9"},
            "No pilot is chosen. Tick at least one, then choose what is to change.",
        ),
        ({"do": "tag", "all": "1", "query": "over=1"}, "No pilot is chosen."),
        ({"do": "tag", "all": "1", "query": "as_of=2026-11-17"}, "No pilot is chosen."),
    ],
)
def test_what_cannot_be_begun_is_said_over_the_list(client, pilots, sent, sentence):
    assert sentence in said(client.post(BULK, sent, follow=True))[0]


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({"do": "owner"}, "owner", "Write a name, or “nobody yet”."),
        ({"do": "owner", "owner": "a@b"}, "owner", "“a@b” is no e-mail address."),
        ({"do": "tag"}, "add", "Write a tag to add, or one to remove."),
        ({"do": "hold"}, "reason", "Say why they are put on hold."),
        (
            {"do": "hold", "reason": "r", "agreed_by": "K", "review_on": "1 Nov 2026"},
            "review_on",
            "after today",
        ),
        ({"do": "decide_by", "decide_by": "1 Nov 2026"}, "decide_by", "is past"),
        ({"do": "decide_by", "decide_by": "soon"}, "decide_by", "“soon”"),
        ({"do": "field", "code": "nix"}, "code", "None of these pilots’ programs keeps this field."),
        ({"do": "field", "code": "cost", "value": "much"}, "value", "“much” is not a number."),
    ],
)
def test_fault_stands_beside_its_field_and_what_was_typed_stays(
    client, pilots, program, by, sent, field, sentence
):
    define_field(NewField(program=program, label="Cost", kind=FieldKind.MONEY), by=by)

    page = client.post(BULK, {**sent, "pilot": "CLM-1:1", "step": "do"})

    assert sentence in page.context["form"].errors[field][0]
    assert [page.context["form"][name].value() for name in sent if name != "do"] == [
        value for name, value in sent.items() if name != "do"
    ]
    assert not BulkEdit.objects.exists()


def test_custom_field_is_read_as_people_write_it(client, pilots, program, by):
    define_field(NewField(program=program, label="Cost", kind=FieldKind.MONEY), by=by)
    sent = {"do": "field", "code": "cost", "value": "12 500", "pilot": "CLM-1:1", "step": "do"}

    done = client.post(BULK, sent, follow=True)

    assert said(done) == ["1 pilot: Cost is 12500."]
    assert Pilot.objects.get(key="CLM-1").custom == {"cost": "12500"}


def test_snoozing_goes_to_the_page_that_asks_for_flags(client, pilots):
    response = client.post(BULK, {"do": "snooze", "pilot": ["CLM-1", "CLM-2"], "next": "/pilots/"})

    assert response.url == "/stalled/flags/snooze/?pilot=CLM-1&pilot=CLM-2&next=%2Fpilots%2F"


def test_undo_page_names_what_changed_since(client, pilots, by):
    client.post(BULK, {"do": "tag", "add": "x", "step": "do", "pilot": ["CLM-1", "CLM-2"]})
    edit_pilot(Edit(pilot=pilots[0], fields={"vendor": "Acme"}), by=by)
    undo = f"/pilots/bulk/{BulkEdit.objects.get().pk}/undo/"

    page = client.post(undo)
    client.post(undo, {"leave_out": "1"})

    assert page.context["sentences"] == ["CLM-1, One: it was changed since."]
    assert [pilot.key for pilot in page.context["back_pilots"]] == ["CLM-2"]
    assert list(PilotTag.objects.values_list("pilot__key", flat=True)) == ["CLM-1"]


def test_whom_a_new_owner_replaces_is_named_pilot_by_pilot(client, make_pilot, pilots):
    make_pilot("Led", owner=Contact(name="Dafydd Rees"))
    sent = {"do": "owner", "owner": "Luka", "pilot": ["CLM-1:1", "CLM-4:1"]}

    sees = client.post(BULK, {**sent, "step": "see"}).content.decode()
    refused = client.post(BULK, {**sent, "step": "do"})

    assert sees.count("instead of") == 1
    assert "<bdi>Led</bdi> <b>instead of <bdi>Dafydd Rees</bdi></b>" in sees
    assert refused.context["form"].errors == {
        "reason": ["Somebody is accountable already. Say why they are replaced."]
    }
    client.post(BULK, {**sent, "step": "do", "reason": "Moved"})
    assert BulkEdit.objects.get().what == "Luka is production owner"


def test_a_part_of_a_contacts_name_asks_whether_they_are_meant(client, program, pilots):
    luka = Owner.objects.create(program=program, name="Luka Petrović", email="luka@example.com")
    sent = {"do": "owner", "owner": "luka", "pilot": ["CLM-1:1"], "step": "see"}

    asks = client.post(BULK, sent)
    them = client.post(BULK, {**sent, "meant": str(luka.pk)})
    new = client.post(BULK, {**sent, "meant": "new", "step": "do"})

    assert asks.context["form"].errors == {"meant": ["Luka Petrović is a contact here: do you mean them?"]}
    assert '<option value="Luka Petrović &lt;luka@example.com&gt;"></option>' in asks.content.decode()
    assert (asks.context["foreseen"], them.context["says"]) == (None, "Luka Petrović is production owner")
    assert f'value="{luka.pk}"' in them.content.decode()
    assert new.status_code == 302
    assert sorted(Owner.objects.values_list("name", flat=True)) == ["Luka Petrović", "luka"]
