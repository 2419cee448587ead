from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By, Forbidden, Refused, Stale
from pilots.actions.owner import Contact, read_contact
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, edit_pilots, log_pilot, log_pilots
from pilots.actions.stage import Past, record_past
from pilots.calendar import Day, month
from pilots.lifecycle import Stage
from pilots.models import Origin, Owner, Ownership, Pilot


def new(program, **fields):
    return NewPilot(program=program, **{"name": "Claims triage", "problem": "Slow.", **fields})


def test_log_pilot_gives_a_key_history_owner_and_event(program, by):
    pilot = log_pilot(
        new(
            program,
            since=month(2026, 9),
            owner=Contact(name="Tomasz", email="tomasz@example.com"),
            decide_by=date(2026, 12, 1),
            tags=("letters", "Leeds", "letters"),
        ),
        by=by,
    )

    stored = Pilot.objects.get(key="CLM-1")
    assert stored == pilot
    assert (stored.stage, str(stored.since), stored.quiet_until) == (
        "piloting",
        "September 2026",
        date(2026, 12, 2),
    )
    assert stored.stage_clock_on == date(2026, 9, 30)
    row = stored.transitions.get()
    assert (row.origin, row.happened_on, row.precision, row.latest_on) == (
        "stated",
        date(2026, 9, 1),
        "month",
        date(2026, 9, 30),
    )
    ownership = stored.ownerships.get()
    assert (ownership.role, ownership.owner.name, ownership.owner.user, ownership.accepted_on) == (
        OwnerRole.PRODUCTION_OWNER,
        "Tomasz",
        None,
        None,
    )
    assert sorted(stored.tags.values_list("name", flat=True)) == ["Leeds", "letters"]
    event = Event.objects.get(verb="pilot.created")
    assert (event.actor, event.source, event.pilot_key, event.after["owner"]) == (
        by.user,
        "web",
        "CLM-1",
        "Tomasz",
    )


def test_a_month_that_still_runs_ends_today(program, by):
    pilot = log_pilot(new(program, since=month(2026, 11)), by=by)

    assert pilot.transitions.get().latest_on == date(2026, 11, 18)


def test_a_stage_without_a_day_stays_unknown(program, by):
    pilot = log_pilot(new(program, stage=Stage.PRODUCTION), by=by)

    assert (pilot.since, pilot.has_reached(Stage.PILOTING), pilot.reached_on(Stage.PILOTING)) == (
        None,
        True,
        None,
    )
    assert pilot.health == "not_known"


def test_people_who_name_themselves_accept_at_once(program, by):
    pilot = log_pilot(new(program, owner=Contact(name="Maren", email=by.user.email)), by=by)

    ownership = pilot.ownerships.get()
    assert (ownership.owner.user, ownership.accepted_on) == (by.user, date(2026, 11, 18))


def test_naming_somebody_else_never_links_their_account(program, by, contributor):
    pilot = log_pilot(new(program, owner=Contact(name="Cora", email=contributor.email)), by=by)

    ownership = pilot.ownerships.get()
    assert (ownership.owner.user, ownership.accepted_on) == (None, None)


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"name": ""}, "name", "This field cannot be blank."),
        ({"name": "x" * 201}, "name", "Ensure this value has at most 200 characters (it has 201)."),
        ({"problem": ""}, "problem", "This field cannot be blank."),
        ({"name": "a\x00b"}, "name", "This text holds a NUL character. Remove it."),
        (
            {"since": Day(date(2026, 11, 19))},
            "since",
            "Thu 19 Nov 2026 has not come yet. Write a day up to today.",
        ),
        (
            {"decide_by": date(2026, 10, 30)},
            "decide_by",
            "Fri 30 Oct 2026 is past. Choose a later day; 90 days on is Tue 16 Feb 2027.",
        ),
        (
            {"tags": ("x" * 61,)},
            "tags",
            "“xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…” is too long for a tag: 60 characters.",
        ),
    ],
)
def test_log_pilot_refuses_with_field_and_sentence(program, by, fields, field, sentence):
    with pytest.raises(Refused) as refusal:
        log_pilot(new(program, **fields), by=by)

    assert [(reason.field, reason.sentence) for reason in refusal.value.reasons] == [(field, sentence)]
    assert not Pilot.objects.exists()
    assert not Event.objects.filter(pilot_key__gt="").exists()


def test_contributors_log_ideas_only(program, by, contributor):
    acting = By(user=contributor, at=by.at, source=Source.WEB)

    assert log_pilot(new(program, stage=Stage.IDEA), by=acting).stage == "idea"
    with pytest.raises(Forbidden, match="log pilots in this program: a manager can"):
        log_pilot(new(program), by=acting)


def test_nobody_logs_into_a_foreign_program(other_program, by):
    with pytest.raises(Forbidden):
        log_pilot(new(other_program, stage=Stage.IDEA), by=by)


def test_the_set_form_is_all_or_nothing_and_its_queries_do_not_grow_with_pilots(program, by):
    with pytest.raises(Refused):
        log_pilots([new(program), new(program, name="")], by=by)
    assert not Pilot.objects.exists()

    with CaptureQueriesContext(connection) as one:
        log_pilots([new(program, owner=Contact(name="Ines"))], by=by)
    with CaptureQueriesContext(connection) as hundred:
        log_pilots([new(program, name=f"Pilot {n}", owner=Contact(name="Ines")) for n in range(100)], by=by)
    assert len(hundred) <= len(one) + 5  # rows travel in batches, whose size the engine limits
    assert Pilot.objects.get(key="CLM-101").name == "Pilot 99"


def test_edit_writes_named_fields_only_and_leaves_a_trace(make_pilot, by):
    pilot = make_pilot()

    edited = edit_pilot(
        Edit(pilot=pilot, fields={"name": " New name ", "unit": "", "tags": ["b", "a"]}), by=by
    )

    assert (edited.name, edited.version) == ("New name", 2)
    event = Event.objects.get(verb="pilot.edited")
    assert event.before == {"name": "Claims triage", "tags": []}
    assert event.after == {"name": "New name", "tags": ["b", "a"]}
    assert (event.movement, edited.moved_at, edited.heard_at) == ("", None, None)


def test_an_edit_that_changes_nothing_leaves_no_trace(make_pilot, by):
    pilot = make_pilot()

    edited = edit_pilot(Edit(pilot=pilot, fields={"name": "Claims triage"}), by=by)

    assert edited.version == 1
    assert not Event.objects.filter(verb="pilot.edited").exists()


def test_edit_of_a_stale_version_is_refused(make_pilot, by):
    pilot = make_pilot()
    edit_pilot(Edit(pilot=pilot, fields={"name": "First"}, version=1), by=by)

    with pytest.raises(Stale, match="Your text is kept"):
        edit_pilot(Edit(pilot=pilot, fields={"name": "Second"}, version=1), by=by)


def test_only_managers_mark_a_pilot_confidential(make_pilot, by, contributor):
    pilot = make_pilot()
    acting = By(user=contributor, at=by.at, source=Source.WEB)

    with pytest.raises(Forbidden, match="a manager can"):
        edit_pilot(Edit(pilot=pilot, fields={"is_confidential": True}), by=acting)
    assert edit_pilot(Edit(pilot=pilot, fields={"is_confidential": True}), by=by).is_confidential


def test_edit_refuses_fields_that_are_derived(make_pilot, by):
    with pytest.raises(ValueError, match="Not editable: stage"):
        edit_pilot(Edit(pilot=make_pilot(), fields={"stage": "limited"}), by=by)


def test_an_invisible_pilot_cannot_be_edited(make_pilot, other_program, by):
    foreign = make_pilot(program=other_program)
    mine = make_pilot()

    with pytest.raises(Pilot.DoesNotExist):
        edit_pilots(
            [Edit(pilot=mine, fields={"name": "a"}), Edit(pilot=foreign, fields={"name": "b"})], by=by
        )

    assert set(Pilot.objects.values_list("name", flat=True)) == {"Claims triage"}


def test_imported_history_takes_its_place_and_resets_no_clock(make_pilot, by_system):
    pilot = make_pilot(stage=Stage.PRODUCTION, since=date(2026, 3, 1))

    older = Past(stage=Stage.PILOTING, happened=None, latest_on=date(2023, 12, 31), origin=Origin.IMPORTED)
    changed = record_past([(pilot, [older])], by=by_system)[0]

    assert (changed.stage, changed.moved_at, changed.reached_piloting_on) == ("production", None, None)
    assert [span.stage for span in changed.spans.order_by("id")] == ["piloting", "production"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tomasz Zieliński", Contact(name="Tomasz Zieliński")),
        ("t.z@example.com", Contact(name="t.z", email="t.z@example.com")),
        ("Tomasz <T.Z@example.com>", Contact(name="Tomasz", email="t.z@example.com")),
        ("nobody yet", None),
        ("  ", None),
    ],
)
def test_read_contact_reads_a_name_an_address_or_nobody(text, expected):
    assert read_contact(text) == expected


@pytest.mark.parametrize(
    "text", ["x" * 201, f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'w' * 60}.{'v' * 60}.example"]
)
def test_read_contact_refuses_what_does_not_fit(text):
    with pytest.raises(Refused, match=r"at most 200 characters|is no e-mail address"):
        read_contact(text)


@pytest.mark.parametrize("text", ["a@b", "Tomasz <not an address>", "a@b@c.example"])
def test_read_contact_refuses_what_is_no_address(text):
    with pytest.raises(Refused, match="is no e-mail address"):
        read_contact(text)


def test_one_address_is_one_owner(program, by):
    log_pilot(new(program, owner=Contact(name="T. Z.", email="t@example.com")), by=by)
    log_pilot(new(program, owner=Contact(name="Tomasz", email="t@example.com")), by=by)

    assert Owner.objects.values_list("name", flat=True).get() == "T. Z."
    assert Ownership.objects.count() == 2


def test_contributors_do_not_make_themselves_production_owner(program, by, contributor):
    acting = By(user=contributor, at=by.at, source=Source.WEB)
    idea = new(program, stage=Stage.IDEA, owner=Contact(name="Cora", email=contributor.email))

    with pytest.raises(Refused, match="is for a manager to say"):
        log_pilot(idea, by=acting)
    assert not Pilot.objects.exists()
    assert not Owner.objects.exists()


def test_only_managers_log_a_confidential_pilot(program, by, contributor):
    acting = By(user=contributor, at=by.at, source=Source.WEB)

    with pytest.raises(Forbidden, match="who may see this pilot"):
        log_pilot(new(program, stage=Stage.IDEA, is_confidential=True), by=acting)
    assert log_pilot(new(program, is_confidential=True), by=by).is_confidential


def test_the_same_tags_in_another_order_leave_no_trace(make_pilot, by):
    pilot = make_pilot(tags=("a", "b"))

    assert edit_pilot(Edit(pilot=pilot, fields={"tags": ["b", "a"]}), by=by).version == 1


def test_an_event_says_which_version_it_made(make_pilot, by):
    pilot = make_pilot()
    edit_pilot(Edit(pilot=pilot, fields={"name": "Second"}), by=by)

    assert list(Event.objects.filter(pilot_id=pilot.pk).order_by("id").values_list("version", flat=True)) == [
        1,
        2,
    ]
