"""Many pilots change at once, or none; and what was there comes back."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Role, Source
from pilots.access.permissions import OwnerRole
from pilots.actions import bulk as bulk_module
from pilots.actions.account import add_member
from pilots.actions.bulk import Bulk, change_many
from pilots.actions.bulk_asks import PutOnHold, SetOwner, SetTags, SetValues, foresee
from pilots.actions.bulk_undo import Undo, undo_many
from pilots.actions.by import By, Refused
from pilots.actions.custom import NewField, define_field
from pilots.actions.owner import Contact
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilots
from pilots.actions.stage import Move, move_pilot
from pilots.custom import FieldKind
from pilots.lifecycle import Stage
from pilots.models import BulkEdit, Hold, Pilot
from tests.conftest import NOW, TODAY

ADA, BEN = Contact(name="Ada", email="ada@x.example"), Contact(name="Ben")
REST = PutOnHold(reason="No budget", agreed_by="S. Keller", review_on=date(2027, 1, 4))


@pytest.fixture
def pilots(make_pilot, program, by):
    define_field(NewField(program=program, label="Cost", kind=FieldKind.MONEY), by=by)
    return [
        make_pilot("One", owner=ADA, tags=("mail",), unit="Claims", custom={"cost": "5"}, by=by),
        make_pilot("Two", owner=BEN, decide_by=TODAY + timedelta(days=3), by=by),
        make_pilot("Three", by=by),
    ]


def leads(pilots) -> list[list[tuple[str, bool]]]:
    """Return who brings each into production, and whether they have agreed."""
    return [
        [
            (row.owner.name, row.accepted_on is not None)
            for row in pilot.ownerships.filter(until=None, role=OwnerRole.PRODUCTION_OWNER.value)
        ]
        for pilot in pilots
    ]


def standing(pilots):
    """Return what a change of many can touch, as it is now."""
    found = Pilot.objects.in_bulk([pilot.pk for pilot in pilots])
    rows = [found[pilot.pk] for pilot in pilots]
    return (
        [(row.unit, row.decide_by, row.custom, row.held_since, row.quiet_until, row.health) for row in rows],
        [sorted(row.tags.values_list("name", flat=True)) for row in rows],
        leads(rows),
        list(Hold.objects.values_list("pilot", "until")),
    )


ASKS = [
    (SetOwner(contact=ADA, reason="They left."), 2),
    (SetOwner(contact=None, reason="They left."), 2),
    (SetTags(add=("mail", "steering"), remove=("old",)), 3),
    (SetTags(remove=("mail",)), 1),
    (REST, 3),
    (SetValues(plain={"unit": "Claims"}), 2),
    (SetValues(plain={"decide_by": date(2027, 2, 1)}), 3),
    (SetValues(custom={"cost": "12.5"}), 3),
    (SetValues(custom={"cost": None}), 1),
]


@pytest.mark.parametrize(("asked", "count"), ASKS)
def test_many_change_in_one_batch_and_come_back_exactly(pilots, by, asked, count):
    before = standing(pilots)

    edit = change_many(Bulk(pilots=pilots, asked=asked), by=by)
    changed, told = (
        standing(pilots),
        set(Event.objects.filter(batch=edit.pk).values_list("pilot_key", flat=True)),
    )
    # A day later the day that was set before may be past: it comes back all the same.
    later = By(user=by.user, at=NOW + timedelta(days=9), source=Source.WEB)
    undo_many(Undo(edit=edit), by=later)

    assert (len(edit.steps), len(told), changed != before) == (count, count, True)
    assert standing(pilots) == before
    events = Event.objects.filter(batch=edit.pk, at=later.at)
    assert set(events.values_list("pilot_key", flat=True)) == told


def test_undoing_twice_or_somebody_elses_is_refused(pilots, by, contributor):
    edit = change_many(Bulk(pilots=pilots, asked=SetTags(add=("x",))), by=by)

    with pytest.raises(BulkEdit.DoesNotExist):
        undo_many(Undo(edit=edit), by=By(user=contributor, at=NOW, source=Source.WEB))
    undo_many(Undo(edit=edit), by=by)
    with pytest.raises(Refused, match="This was undone before"):
        undo_many(Undo(edit=edit), by=by)


def test_undo_names_what_changed_since_and_leaves_it_out_when_asked(pilots, by):
    edit = change_many(Bulk(pilots=pilots, asked=SetValues(plain={"unit": "New"})), by=by)
    edit_pilot(Edit(pilot=pilots[0], fields={"vendor": "Acme"}), by=by)

    with pytest.raises(Refused) as refused:
        undo_many(Undo(edit=edit), by=by)
    back = undo_many(Undo(edit=edit, leaving_out=True), by=by)

    assert [reason.sentence for reason in refused.value.reasons] == ["CLM-1, One: it was changed since."]
    assert [pilot.key for pilot in back] == ["CLM-2", "CLM-3"]
    assert list(Pilot.objects.order_by("pk").values_list("unit", flat=True)) == ["New", "", ""]


def test_one_that_may_not_be_changed_refuses_all_and_is_named(pilots, by, other_program, by_system, manager):
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    foreign = log_pilots([NewPilot(program=other_program, name="Far", problem="…")], by=by_system)[0]
    move_pilot(Move(pilot=pilots[2], to=Stage.STOPPED, reason="no data"), by=by)
    before = standing(pilots)

    with pytest.raises(Refused) as refused:
        change_many(Bulk(pilots=[*pilots, foreign], asked=SetOwner(contact=Contact(name="Cy"))), by=by)
    foreseen = foresee([*Pilot.objects.order_by("pk")], SetOwner(contact=ADA, reason="They left."), by=by)

    assert [reason.sentence for reason in refused.value.reasons] == [
        "CLM-3, Three: it is stopped: it needs no owner any longer.",
        "FIN-1, Far: you may not name owners: a manager can.",
    ]
    assert standing(pilots) == before
    assert ([p.key for p in foreseen.will], [p.key for p in foreseen.same]) == (["CLM-2"], ["CLM-1"])


def test_one_that_changed_since_it_was_shown_refuses_all(pilots, by):
    shown = {pilot.pk: pilot.version for pilot in pilots}
    edit_pilot(Edit(pilot=pilots[1], fields={"vendor": "Acme"}), by=by)

    with pytest.raises(Refused, match="CLM-2, Two: somebody else changed it meanwhile"):
        change_many(Bulk(pilots=pilots, asked=SetTags(add=("x",)), versions=shown), by=by)
    assert standing(pilots)[1] == [["mail"], [], []]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (SetTags(), "Write a tag to add, or one to remove."),
        (SetTags(add=("a",), remove=("a",)), "A tag is both to be added and removed."),
        (SetTags(add=("a" * 61,)), "is too long for a tag: 60 characters."),
        (PutOnHold(reason=" ", agreed_by="K", review_on=date(2027, 1, 4)), "Say why they are put on hold."),
        (PutOnHold(reason="r", agreed_by="", review_on=date(2027, 1, 4)), "Say who agreed to the hold."),
        (PutOnHold(reason="r", agreed_by="K", review_on=TODAY), "Choose a review day after today"),
        (SetValues(plain={"decide_by": date(2026, 11, 1)}), "Sun 1 Nov 2026 is past."),
        (SetValues(plain={"unit": "u" * 201}), "Write at most 200 characters."),
        (SetValues(custom={"cost": "much"}), "CLM-1, One: cost: “much” is not a number."),
        (SetValues(custom={"nix": "1"}), "CLM-1, One: this program has no field “nix”."),
        (SetValues(plain={"unit": "x\x00"}), "This text holds a NUL character."),
        (SetValues(), "Say what is to change."),
    ],
)
def test_what_cannot_be_asked_of_many_is_said(pilots, by, asked, sentence):
    with pytest.raises(Refused) as refused:
        change_many(Bulk(pilots=pilots, asked=asked), by=by)

    assert sentence in refused.value.reasons[0].sentence
    assert not BulkEdit.objects.exists()


def test_nothing_to_change_none_chosen_and_too_many_are_refused(pilots, by, monkeypatch):
    with pytest.raises(Refused, match="so already"):
        change_many(Bulk(pilots=pilots[:1], asked=SetTags(add=("mail",))), by=by)
    with pytest.raises(Refused, match="No pilot is chosen"):
        change_many(Bulk(pilots=[], asked=SetTags(add=("mail",))), by=by)
    monkeypatch.setattr(bulk_module, "MOST", 2)
    with pytest.raises(Refused, match="At most 2 pilots change at once; these are 3"):
        change_many(Bulk(pilots=pilots, asked=SetTags(add=("x",))), by=by)


@pytest.mark.parametrize("asked", [SetOwner(contact=ADA, reason="They left."), SetTags(add=("x",)), REST])
def test_change_of_many_costs_the_same_for_any_number(program, by, asked):
    news = [NewPilot(program=program, name=f"P {n}", problem="…") for n in range(41)]
    one, *many = log_pilots(news, by=by)
    change_many(Bulk(pilots=[many.pop()], asked=asked), by=by)  # the contact is there from now on

    with CaptureQueriesContext(connection) as single:
        change_many(Bulk(pilots=[one], asked=asked), by=by)
    with CaptureQueriesContext(connection) as several:
        change_many(Bulk(pilots=many, asked=asked), by=by)

    assert len(several) == len(single)


def test_whom_it_takes_out_is_foreseen_and_needs_a_reason_that_is_kept(pilots, by):
    cy = Contact(name="Cy")

    foreseen = foresee(pilots, SetOwner(contact=cy), by=by)
    with pytest.raises(Refused, match="Say why they are replaced"):
        change_many(Bulk(pilots=pilots, asked=SetOwner(contact=cy, reason=" ")), by=by)
    unled = change_many(Bulk(pilots=pilots[2:], asked=SetOwner(contact=cy)), by=by)
    edit = change_many(Bulk(pilots=pilots[:2], asked=SetOwner(contact=cy, reason="Moved to Lyon.")), by=by)

    assert foreseen.instead == {pilots[0].pk: "Ada", pilots[1].pk: "Ben"}
    ended = Event.objects.filter(verb="owner.ended").order_by("pk")
    assert [(row.before["owner"], row.reason, row.batch) for row in ended] == [
        ("Ada", "Moved to Lyon.", edit.pk),
        ("Ben", "Moved to Lyon.", edit.pk),
    ]
    assert len(unled.steps) == 1
