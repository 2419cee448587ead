import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db.models import RestrictedError

from pilots.access.models import Event, Movement, Source
from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.by import Forbidden, Refused, Stale
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.milestone import (
    CloseMilestone,
    MilestoneEdit,
    NewMilestone,
    RemoveMilestone,
    ReopenMilestone,
    add_milestone,
    add_milestones,
    close_milestone,
    edit_milestone,
    edit_milestones,
    remove_milestone,
    remove_milestones,
    reopen_milestone,
)
from pilots.actions.milestone_rules import MOST_MILESTONES
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.remove import remove_pilots
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Milestone, Owner, Pilot
from tests.conftest import NOW

TODAY = date(2026, 11, 18)
TOMASZ = Contact(name="Tomasz")


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def add(pilot, by):
    def add(title="Shadow run", **fields) -> Milestone:
        return add_milestone(NewMilestone(pilot=fields.pop("pilot", pilot), title=title, **fields), by=by)

    return add


@pytest.fixture
def ended(make_pilot, by) -> Pilot:
    stopped = make_pilot("Ended", stage=Stage.PILOTING)
    move = Move(pilot=stopped, to=Stage.STOPPED, happened=Day(TODAY), reason="No data")
    return move_pilot(move, by=by)


def _reasons(refused) -> list[tuple[str, str, str]]:
    return [(reason.sentence, reason.field, reason.code) for reason in refused.value.reasons]


def _events() -> list[tuple]:
    events = Event.objects.filter(verb__startswith="milestone.").order_by("id")
    return [(event.verb, event.before, event.after, event.movement) for event in events]


# --- Adding ------------------------------------------------------------------------


def test_a_milestone_is_added(add, pilot, program):
    add()
    made = add(" Test  alert ", due_on=date(2026, 12, 1), owner=TOMASZ)

    stored = Milestone.objects.select_related("owner").get(pk=made.pk)
    assert (stored.title, stored.due_on, stored.done_on, stored.position, stored.phase) == (
        "Test alert",
        date(2026, 12, 1),
        None,
        1,
        None,
    )
    assert (stored.owner.name, stored.owner.program, stored.owner.user) == ("Tomasz", program, None)
    assert _events()[1] == (
        "milestone.added",
        {},
        {"title": "Test alert", "due_on": "2026-12-01", "owner": "Tomasz"},
        Movement.NONE,
    )
    again = Pilot.objects.get()
    assert again.version == pilot.version + 2
    assert (again.moved_at, again.silence_clock_on) == (pilot.moved_at, pilot.silence_clock_on)


def test_what_was_done_before_is_no_movement(add, pilot):
    add(done_on=date(2026, 10, 1))
    assert Pilot.objects.get().moved_at == pilot.moved_at


@pytest.mark.parametrize(
    ("fields", "sentence", "field"),
    [
        ({"title": "  "}, "Say what is to be there.", "title"),
        ({"title": "x" * 201}, "Write at most 200 characters; these are 201.", "title"),
        ({"title": "SHADOW  run"}, "It has a milestone “SHADOW run” already. Give this one", "title"),
        ({"title": "a\x00"}, "This text holds a NUL character. Remove it.", "title"),
        ({"due_on": date(1989, 12, 31)}, "Sun 31 Dec 1989 is outside 1990 to 2100.", "due_on"),
        ({"due_on": date(2101, 1, 1)}, "Sat 1 Jan 2101 is outside 1990 to 2100.", "due_on"),
        ({"done_on": date(1989, 12, 31)}, "Sun 31 Dec 1989 is outside 1990 to 2100.", "done_on"),
        ({"done_on": TODAY + timedelta(days=1)}, "Thu 19 Nov 2026 has not come yet.", "done_on"),
        ({"owner": Contact(name="a\x00")}, "This text holds a NUL character. Remove it.", "owner"),
    ],
)
def test_what_is_no_milestone_is_refused(add, fields, sentence, field):
    add()
    with pytest.raises(Refused) as refused:
        add(**{"title": "Another", **fields})

    assert sentence in str(refused.value)
    assert [reason.field for reason in refused.value.reasons] == [field]
    assert Milestone.objects.count() == 1


def test_one_title_may_stand_on_two_pilots(add, make_pilot):
    add()
    assert add(pilot=make_pilot("Other")).title == "Shadow run"


def test_two_of_one_set_may_not_bear_one_title(pilot, by):
    news = [NewMilestone(pilot=pilot, title=title) for title in ("Go-live", "go-live")]
    with pytest.raises(Refused, match="It has a milestone “go-live” already"):
        add_milestones(news, by=by)
    assert not Milestone.objects.exists()


def test_a_pilot_has_so_many_at_most(pilot, by):
    news = [NewMilestone(pilot=pilot, title=str(number)) for number in range(MOST_MILESTONES + 1)]
    with pytest.raises(Refused, match="A pilot has at most 200 milestones"):
        add_milestones(news, by=by)


def test_an_ended_pilot_gets_none_but_by_a_register(add, ended, by):
    with pytest.raises(Refused) as refused:
        add(pilot=ended)
    assert _reasons(refused) == [
        ("It is stopped, so its milestones are not followed any longer.", "", "ended")
    ]

    new = NewMilestone(pilot=ended, title="Go-live", done_on=date(2026, 1, 5))
    assert add_milestones([new], by=by, deed=Deed.IMPORT)[0].pk


# --- Who may -----------------------------------------------------------------------


def test_who_adds_milestones(pilot, by, contributor, stranger, make_user, by_system, program):
    new = NewMilestone(pilot=pilot, title="Shadow run")
    with pytest.raises(Forbidden, match="You may not change the plan of this pilot"):
        add_milestone(new, by=replace(by, user=contributor))
    with pytest.raises(Pilot.DoesNotExist):
        add_milestone(new, by=replace(by, user=stranger))

    lead = make_user("lead@example.com")
    owner = Owner.objects.create(program=program, name="Lead", user=lead)
    row = add_owner(NewOwnership(pilot=pilot, owner=owner, role=OwnerRole.PRODUCTION_OWNER), by=by_system)
    accept_ownership(row, by=replace(by, user=lead))
    assert add_milestone(new, by=replace(by, user=lead)).pk


@pytest.mark.parametrize(
    "act",
    [
        lambda row, by: edit_milestone(MilestoneEdit(milestone=row, fields={"title": "x"}), by=by),
        lambda row, by: close_milestone(CloseMilestone(milestone=row), by=by),
        lambda row, by: reopen_milestone(ReopenMilestone(milestone=row, reason="x"), by=by),
        lambda row, by: remove_milestone(RemoveMilestone(milestone=row), by=by),
    ],
)
def test_changing_one_asks_the_same(act, add, by, contributor):
    with pytest.raises(Forbidden, match="You may not change the plan of this pilot"):
        act(add(), replace(by, user=contributor))


@pytest.mark.parametrize(
    "act",
    [
        lambda row, by: add_milestone(NewMilestone(pilot=row.pilot, title="x", version=1), by=by),
        lambda row, by: edit_milestone(MilestoneEdit(milestone=row, fields={"title": "x"}, version=1), by=by),
        lambda row, by: close_milestone(CloseMilestone(milestone=row, version=1), by=by),
        lambda row, by: reopen_milestone(ReopenMilestone(milestone=row, reason="x", version=1), by=by),
        lambda row, by: remove_milestone(RemoveMilestone(milestone=row, version=1), by=by),
    ],
)
def test_who_read_an_older_version_is_told(act, add, by):
    with pytest.raises(Stale):
        act(add(), by)


# --- Changing ----------------------------------------------------------------------


def test_an_edit_names_what_changed(add, by):
    row = add(due_on=date(2026, 12, 1), owner=TOMASZ)
    fields = {"title": "Shadow run", "due_on": None, "owner": Contact(name="Ines")}
    edited = edit_milestone(MilestoneEdit(milestone=row, fields=fields), by=by)

    assert (edited.title, edited.due_on, edited.owner.name) == ("Shadow run", None, "Ines")
    assert _events()[1] == (
        "milestone.edited",
        {"title": "Shadow run", "due_on": "2026-12-01", "owner": "Tomasz"},
        {"title": "Shadow run", "due_on": None, "owner": "Ines"},
        Movement.NONE,
    )


def test_a_contact_may_be_named_as_such(add, by, program, other_program):
    row = add()
    ines = Owner.objects.create(program=program, name="Ines")
    named = edit_milestone(MilestoneEdit(milestone=row, fields={"owner": ines}), by=by)
    assert named.owner == ines

    foreign = Owner.objects.create(program=other_program, name="Ines")
    with pytest.raises(Refused, match="Ines is a contact of another program"):
        edit_milestone(MilestoneEdit(milestone=row, fields={"owner": foreign}), by=by)


def test_an_edit_that_changes_nothing_leaves_no_trace(add, by):
    row = add(due_on=date(2026, 12, 1), owner=TOMASZ)
    version = Pilot.objects.get().version
    fields = {"title": "Shadow run ", "due_on": date(2026, 12, 1), "owner": TOMASZ}
    edit_milestone(MilestoneEdit(milestone=row, fields=fields), by=by)

    assert Pilot.objects.get().version == version
    assert len(_events()) == 1


def test_an_edit_is_checked_as_a_new_one(add, by, ended):
    add("Go-live")
    row = add()
    with pytest.raises(Refused, match="It has a milestone “GO-live” already"):
        edit_milestone(MilestoneEdit(milestone=row, fields={"title": "GO-live"}), by=by)
    assert edit_milestone(MilestoneEdit(milestone=row, fields={"title": "shadow run"}), by=by).pk
    with pytest.raises(ValueError, match="Not editable: pilot"):
        edit_milestone(MilestoneEdit(milestone=row, fields={"pilot": ended}), by=by)

    done = NewMilestone(pilot=ended, title="Go-live")
    of_ended = add_milestones([done], by=by, deed=Deed.IMPORT)[0]
    with pytest.raises(Refused, match="It is stopped"):
        edit_milestone(MilestoneEdit(milestone=of_ended, fields={"title": "x"}), by=by)


@pytest.mark.parametrize(
    ("source", "deed", "moves"),
    [
        (Source.WEB, Deed.PLAN, True),
        (Source.API, Deed.PLAN, True),
        (Source.IMPORT, Deed.PLAN, False),
        (Source.WEB, Deed.IMPORT, False),
    ],
)
def test_done_is_movement_when_a_person_says_so(source, deed, moves, add, by):
    row = add()
    edit = MilestoneEdit(milestone=row, fields={"done_on": date(2026, 11, 10)})
    edit_milestones([edit], by=replace(by, source=source), deed=deed)

    verb, _, after, movement = _events()[1]
    assert (verb, after["done_on"]) == ("milestone.done", "2026-11-10")
    assert movement == (Movement.MOVED if moves else Movement.NONE)
    assert (Pilot.objects.get().moved_at == NOW) is moves


# --- Done --------------------------------------------------------------------------


def test_done_counts_as_movement(add, by, pilot):
    row = add(due_on=date(2026, 11, 1))
    done = close_milestone(CloseMilestone(milestone=row), by=by)

    assert (done.done_on, done.days_late(TODAY)) == (TODAY, 17)
    assert _events()[1] == (
        "milestone.done",
        {"title": "Shadow run", "done_on": None},
        {"title": "Shadow run", "done_on": "2026-11-18"},
        Movement.MOVED,
    )
    again = Pilot.objects.get()
    assert (again.moved_at, again.silence_clock_on, again.moved_clock_on) == (NOW, TODAY, TODAY)
    with pytest.raises(Refused) as refused:
        close_milestone(CloseMilestone(milestone=row), by=by)
    assert _reasons(refused) == [("It was done on Wed 18 Nov 2026.", "", "done")]


def test_done_in_the_future_is_refused(add, by):
    with pytest.raises(Refused, match="Thu 19 Nov 2026 has not come yet"):
        close_milestone(CloseMilestone(milestone=add(), done_on=TODAY + timedelta(days=1)), by=by)
    assert Milestone.objects.get().done_on is None


def test_reopening_needs_a_reason(add, by):
    row = add()
    with pytest.raises(Refused) as refused:
        reopen_milestone(ReopenMilestone(milestone=row, reason="Not so"), by=by)
    assert _reasons(refused) == [("It is open already.", "", "open")]
    close_milestone(CloseMilestone(milestone=row), by=by)
    with pytest.raises(Refused) as refused:
        reopen_milestone(ReopenMilestone(milestone=row, reason=" "), by=by)
    assert _reasons(refused) == [("Say why it is open again.", "reason", "reason")]
    with pytest.raises(Refused, match="This text holds a NUL character"):
        reopen_milestone(ReopenMilestone(milestone=row, reason="a\x00"), by=by)

    assert reopen_milestone(ReopenMilestone(milestone=row, reason=" Not so "), by=by).done_on is None
    event = Event.objects.get(verb="milestone.reopened")
    assert (event.reason, event.before["done_on"], event.movement) == (
        "Not so",
        "2026-11-18",
        Movement.NONE,
    )


def test_of_an_ended_pilot_nothing_changes(ended, by):
    new = NewMilestone(pilot=ended, title="Go-live", done_on=TODAY)
    row = add_milestones([new], by=by, deed=Deed.IMPORT)[0]
    for act in (
        lambda: close_milestone(CloseMilestone(milestone=row), by=by),
        lambda: reopen_milestone(ReopenMilestone(milestone=row, reason="x"), by=by),
        lambda: remove_milestone(RemoveMilestone(milestone=row), by=by),
    ):
        with pytest.raises(Refused, match="It is stopped"):
            act()
    remove_milestones([RemoveMilestone(milestone=row)], by=by, deed=Deed.IMPORT)
    assert not Milestone.objects.exists()


def test_a_held_pilot_keeps_its_milestones(add, pilot, by):
    row = add()
    hold_pilot(NewHold(pilot=pilot, reason="Budget", agreed_by="Ada", review_on=date(2027, 1, 5)), by=by)
    assert close_milestone(CloseMilestone(milestone=row), by=by).done_on == TODAY


# --- Removing ----------------------------------------------------------------------


def test_removing_keeps_what_it_was_in_the_events(add, by):
    row = add(due_on=date(2026, 12, 1))
    remove_milestone(RemoveMilestone(milestone=row), by=by)

    assert not Milestone.objects.exists()
    assert _events()[1] == (
        "milestone.removed",
        {"title": "Shadow run", "due_on": "2026-12-01"},
        {},
        Movement.NONE,
    )
    for act in (
        lambda: remove_milestone(RemoveMilestone(milestone=row), by=by),
        lambda: edit_milestone(MilestoneEdit(milestone=row, fields={"title": "x"}), by=by),
        lambda: close_milestone(CloseMilestone(milestone=row), by=by),
    ):
        with pytest.raises(Milestone.DoesNotExist):
            act()


@pytest.mark.parametrize("deed", [Deed.PLAN, Deed.IMPORT])
def test_one_with_evidence_stays_and_goes_with_its_pilot(deed, add, by, pilot, program):
    row = add()
    close_milestone(CloseMilestone(milestone=row, text="The ledgers agree."), by=by)

    with pytest.raises(Refused) as refused:
        remove_milestones([RemoveMilestone(milestone=row)], by=by, deed=deed)

    assert _reasons(refused) == [
        (
            (
                "Somebody brought evidence of “Shadow run”, so it stays. "
                "Removing is for milestones that were added by mistake."
            ),
            "",
            "has-evidence",
        )
    ]
    with pytest.raises(RestrictedError):
        Milestone.objects.filter(pk=row.pk).delete()
    remove_pilots([pilot], by=by)
    assert not Milestone.objects.exists()


# --- The plan ----------------------------------------------------------------------


def test_a_day_finds_its_phase_and_a_new_plan_finds_it_again(make_pilot, by, by_system):
    proven = make_pilot("Planned", stage=Stage.PROVEN, since=date(2026, 10, 1))
    add_owner(NewOwnership(pilot=proven, contact=TOMASZ, role=OwnerRole.PRODUCTION_OWNER), by=by_system)
    planned = move_pilot(
        Move(pilot=proven, to=Stage.TRANSITION, happened=Day(date(2026, 11, 2)), reason="Go"), by=by
    )
    days = {"Scope": date(2026, 11, 16), "Build": date(2026, 11, 17), "Later": date(2027, 6, 1), "Some": None}
    news = [NewMilestone(pilot=planned, title=title, due_on=day) for title, day in days.items()]
    rows = {row.title: row for row in add_milestones(news, by=by)}

    def phases() -> dict:
        mine = Milestone.objects.filter(title__in=days).order_by("pk")
        found = mine.values_list("title", "phase__plan__number", "phase__number")
        return {title: (plan, phase) for title, plan, phase in found}

    nothing = (None, None)
    assert phases() == {"Scope": (1, 1), "Build": (1, 2), "Later": nothing, "Some": nothing}

    edit_milestone(MilestoneEdit(milestone=rows["Later"], fields={"due_on": date(2026, 12, 20)}), by=by)
    assert phases()["Later"] == (1, 3)

    make_plan(NewPlan(pilot=planned, start=date(2026, 11, 17), reason="New team"), by=by)
    assert phases() == {"Scope": nothing, "Build": (2, 1), "Later": (2, 2), "Some": nothing}


# --- Many --------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 40])
def test_queries_do_not_grow(count, make_pilot, by, django_assert_max_num_queries):
    pilots = [make_pilot(f"P{number}") for number in range(count)]
    batch = uuid.uuid4()
    news = [NewMilestone(pilot=pilot, title="Go-live", owner=TOMASZ) for pilot in pilots]
    with django_assert_max_num_queries(14):
        rows = add_milestones(news, by=by, deed=Deed.IMPORT, batch=batch)
    with django_assert_max_num_queries(13):
        edits = [MilestoneEdit(milestone=row, fields={"done_on": TODAY}) for row in rows]
        edit_milestones(edits, by=by, deed=Deed.IMPORT, batch=batch)
    with django_assert_max_num_queries(13):
        removes = [RemoveMilestone(milestone=row) for row in rows]
        remove_milestones(removes, by=by, deed=Deed.IMPORT, batch=batch)
    assert Event.objects.filter(batch=batch).count() == 3 * count
