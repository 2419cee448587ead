from datetime import date, timedelta

import pytest

from pilots.access.models import Event, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.hold import NewHold, Resume, hold_pilot, hold_pilots, resume_pilot
from pilots.actions.log import NewLine, check_in, write_log
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner, add_owners
from pilots.actions.owner_end import end_ownership
from pilots.models import Hold, LogEntry, LogKind, Owner, Ownership, Pilot
from pilots.models.log import Going


def hold(pilot, **fields):
    return NewHold(
        pilot=pilot,
        **{"reason": "no budget", "agreed_by": "S. Keller", "review_on": date(2026, 12, 1), **fields},
    )


def name(pilot, person, role, **fields):
    return NewOwnership(pilot=pilot, contact=Contact(name=person), role=role, **fields)


def test_hold_is_a_period_and_not_a_stage(make_pilot, by):
    held = hold_pilot(hold(make_pilot()), by=by)

    assert (held.stage, held.held_since, held.hold_review_on, held.health) == (
        "piloting",
        date(2026, 11, 18),
        date(2026, 12, 1),
        "on_hold",
    )
    assert Event.objects.get(verb="pilot.held").reason == "no budget"
    assert held.moved_at is None


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"reason": " "}, "reason", "Say why it is put on hold."),
        ({"agreed_by": ""}, "agreed_by", "Say who agreed to the hold."),
        (
            {"review_on": date(2026, 11, 18)},
            "review_on",
            "Choose a review day after today: a hold without one hides a stall.",
        ),
    ],
)
def test_hold_refuses_with_field_and_sentence(make_pilot, by, fields, field, sentence):
    with pytest.raises(Refused) as refusal:
        hold_pilot(hold(make_pilot(), **fields), by=by)

    assert [(reason.field, reason.sentence) for reason in refusal.value.reasons] == [(field, sentence)]
    assert not Hold.objects.exists()


def test_second_hold_is_refused_and_the_set_is_all_or_nothing(make_pilot, by):
    held, free = make_pilot("Held"), make_pilot("Free")
    hold_pilot(hold(held), by=by)

    with pytest.raises(Refused, match="It is on hold already"):
        hold_pilots([hold(free), hold(held)], by=by)
    assert Hold.objects.count() == 1


def test_resuming_twice_is_refused(make_pilot, by):
    pilot = make_pilot()
    hold_pilot(hold(pilot), by=by)
    resume_pilot(Resume(pilot=pilot, note="budget came"), by=by)

    with pytest.raises(Refused, match="It is not on hold"):
        resume_pilot(Resume(pilot=pilot), by=by)


def test_silence_starts_again_where_the_hold_left_it(make_pilot, by):
    pilot = make_pilot()
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Fine."), by=by)
    hold_pilot(hold(pilot), by=by)

    resumed = resume_pilot(
        Resume(pilot=pilot), by=By(user=by.user, at=by.at + timedelta(days=10), source=by.source)
    )

    assert resumed.silence_clock_on == date(2026, 11, 28)


def test_check_in_counts_as_heard_and_a_comment_does_not(make_pilot, by):
    pilot = make_pilot()
    later = By(user=by.user, at=by.at + timedelta(days=3), source=Source.WEB)

    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, going=Going.MOVING), by=by)
    write_log([NewLine(pilot=pilot, kind=LogKind.COMMENT, text="See the letter.")], by=later)

    stored = Pilot.objects.get(pk=pilot.pk)
    assert (stored.heard_at, stored.moved_at, stored.silence_clock_on) == (by.at, None, date(2026, 11, 18))
    assert list(LogEntry.objects.order_by("id").values_list("kind", "going", "text")) == [
        ("check_in", "moving", ""),
        ("comment", "", "See the letter."),
    ]


def test_an_empty_check_in_is_refused(make_pilot, by):
    with pytest.raises(Refused, match="Say in a sentence how it goes"):
        check_in(NewLine(pilot=make_pilot(), kind=LogKind.CHECK_IN, text="  "), by=by)


def test_a_builder_owns_production_only_with_a_reason(make_pilot, by):
    pilot = make_pilot()
    add_owner(name(pilot, "Ines", OwnerRole.BUILDER), by=by)

    with pytest.raises(Refused, match="Ines would build it and bring it into production"):
        add_owner(name(pilot, "Ines", OwnerRole.PRODUCTION_OWNER), by=by)
    row = add_owner(name(pilot, "Ines", OwnerRole.PRODUCTION_OWNER, reason="Nobody else until May."), by=by)

    assert row.reason == "Nobody else until May."


def test_the_same_role_twice_is_refused(make_pilot, by):
    pilot = make_pilot()
    add_owner(name(pilot, "Ines", OwnerRole.LEGAL), by=by)

    with pytest.raises(Refused, match="They have this role on it already"):
        add_owner(name(pilot, "Ines", OwnerRole.LEGAL), by=by)
    assert Ownership.objects.count() == 1


def test_only_the_named_person_accepts(make_pilot, program, by, viewer):
    pilot = make_pilot()
    Owner.objects.create(program=program, name="Vic", email=viewer.email, user=viewer)
    row = add_owner(name(pilot, "Vic", OwnerRole.SPONSOR), by=by)

    with pytest.raises(Forbidden, match="Only Vic can accept this"):
        accept_ownership(row, by=by)
    accepted = accept_ownership(row, by=By(user=viewer, at=by.at, source=Source.WEB))

    assert accepted.accepted_on == date(2026, 11, 18)
    with pytest.raises(Refused, match="accepted or ended before"):
        accept_ownership(row, by=By(user=viewer, at=by.at, source=Source.WEB))


def test_an_ended_ownership_stays_as_history(make_pilot, by):
    pilot = make_pilot(owner=Contact(name="Tomasz"))
    row = pilot.ownerships.get()

    end_ownership(row, by=by, reason="left the company")
    add_owner(name(pilot, "Aoife", OwnerRole.PRODUCTION_OWNER), by=by)

    assert list(pilot.ownerships.order_by("id").values_list("owner__name", "until")) == [
        ("Tomasz", date(2026, 11, 18)),
        ("Aoife", None),
    ]


@pytest.mark.parametrize("makes", [OwnerRole.BUILDER, OwnerRole.INFRASTRUCTURE])
@pytest.mark.parametrize("builder_first", [True, False])
def test_whoever_makes_it_does_not_own_production_whichever_came_first(make_pilot, by, makes, builder_first):
    pilot = make_pilot()
    roles = [makes, OwnerRole.PRODUCTION_OWNER] if builder_first else [OwnerRole.PRODUCTION_OWNER, makes]

    with pytest.raises(Refused, match="or a reason why not"):
        add_owners([name(pilot, "Ines", role) for role in roles], by=by)
    add_owner(name(pilot, "Ines", roles[0]), by=by)
    with pytest.raises(Refused, match="or a reason why not"):
        add_owner(name(pilot, "Ines", roles[1]), by=by)
