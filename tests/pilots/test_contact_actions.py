import pytest

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.by import Forbidden, Refused
from pilots.actions.contact import NewOwner, OwnerEdit, create_owner, create_owners, edit_owner
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.models import Owner, Pilot


def test_contact_leaves_an_event(program, by):
    owner = create_owner(NewOwner(program=program, name=" Aoife ", email="Aoife@Example.com"), by=by)

    assert (owner.name, owner.email, owner.user) == ("Aoife", "aoife@example.com", None)
    event = Event.objects.get(verb="owner.created")
    assert (event.actor, event.program, event.subject, event.after["email"]) == (
        by.user,
        program,
        "Aoife",
        "aoife@example.com",
    )


def test_contacts_are_all_added_or_none(program, by):
    with pytest.raises(Refused, match="has a contact with that address already"):
        create_owners(
            [NewOwner(program=program, name=name, email="one@example.com") for name in ("A", "B")], by=by
        )

    assert Owner.objects.count() == 0
    assert not Event.objects.filter(verb="owner.created").exists()


@pytest.mark.parametrize(
    "fields",
    [{"name": "  "}, {"name": "x" * 201}, {"email": "nonsense"}, {"name": "a\x00b"}, {"function": "x" * 101}],
)
def test_contact_that_cannot_be_is_refused(program, by, fields):
    with pytest.raises(Refused):
        create_owner(NewOwner(program=program, **({"name": "Aoife"} | fields)), by=by)

    assert Owner.objects.count() == 0


def test_edit_writes_what_changed_and_raises_the_pilots_it_shows_on(make_pilot, by):
    owned, other = make_pilot(owner=Contact(name="Tomasz")), make_pilot("Other")
    owner = owned.ownerships.get().owner

    edit_owner(OwnerEdit(owner=owner, fields={"name": "Tomasz Lis", "email": ""}), by=by)

    event = Event.objects.get(verb="owner.edited")
    assert (event.before, event.after) == ({"name": "Tomasz"}, {"name": "Tomasz Lis"})
    assert Pilot.objects.get(pk=owned.pk).version == 2
    assert Pilot.objects.get(pk=owned.pk).updated_at == by.at
    assert Pilot.objects.get(pk=other.pk).version == 1


def test_edit_that_changes_nothing_leaves_no_trace(make_pilot, by):
    pilot = make_pilot(owner=Contact(name="Tomasz"))

    edit_owner(OwnerEdit(owner=pilot.ownerships.get().owner, fields={"name": " Tomasz "}), by=by)

    assert not Event.objects.filter(verb="owner.edited").exists()
    assert Pilot.objects.get().version == 1


def test_only_managers_keep_contacts(program, contributor, make_pilot, by):
    owner = create_owner(NewOwner(program=program, name="Aoife"), by=by)
    contact = Contact(name="Aoife")
    add_owner(NewOwnership(pilot=make_pilot(), contact=contact, role=OwnerRole.RUN_OWNER), by=by)
    acting = type(by)(user=contributor, at=by.at, source=by.source)

    with pytest.raises(Forbidden, match="a manager can"):
        create_owner(NewOwner(program=program, name="Other"), by=acting)
    with pytest.raises(Forbidden, match="a manager can"):
        edit_owner(OwnerEdit(owner=owner, fields={"name": "Other"}), by=acting)

    assert list(Owner.objects.values_list("name", flat=True)) == ["Aoife"]


def test_contact_of_no_pilot_that_one_sees_is_not_there(program, contributor, by):
    owner = create_owner(NewOwner(program=program, name="Aoife"), by=by)

    with pytest.raises(Owner.DoesNotExist):
        edit_owner(OwnerEdit(owner=owner), by=type(by)(user=contributor, at=by.at, source=by.source))


def test_contact_nobody_sees_is_not_there(program, stranger, by):
    owner = create_owner(NewOwner(program=program, name="Aoife"), by=by)

    with pytest.raises(Owner.DoesNotExist):
        edit_owner(OwnerEdit(owner=owner), by=type(by)(user=stranger, at=by.at, source=by.source))


def test_what_links_an_account_is_not_editable(program, by):
    owner = create_owner(NewOwner(program=program, name="Aoife"), by=by)

    with pytest.raises(ValueError, match="Not editable: user"):
        edit_owner(OwnerEdit(owner=owner, fields={"user": by.user}), by=by)
