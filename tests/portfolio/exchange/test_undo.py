"""An import is taken back whole; what somebody touched since is theirs and stays."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import Kpi
from pilots.access.models import Event, Membership, Program, Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import create_programs
from pilots.actions.custom import NewField, define_fields
from pilots.actions.flag import Snooze, snooze_flags
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.restore import REASON
from pilots.actions.stage import Move, move_pilot
from pilots.custom import FieldKind
from pilots.lifecycle import Stage
from pilots.models import (
    LogKind,
    Milestone,
    Owner,
    Ownership,
    Pilot,
    RegisterEntry,
    StageTransition,
)
from pilots.models.feed import events_visible_to
from portfolio.exchange import runs
from portfolio.exchange.models import ImportedPilot, Step, Wanted
from portfolio.exchange.undo_plan import plan_undo
from tests.portfolio.exchange.importer import HEADER, PLAIN, row

pytestmark = pytest.mark.django_db
TWO = [row(1, "Hail"), row(2, "Rain", "Live", live="2026-03-04")]
TRACES = ("version", "updated_at", "heard_at", "moved_at", "health", "health_since", "pattern")


def everything():
    """Return what is stored of pilots, but for traces that a change and its way back both leave."""
    pilots = [
        {name: value for name, value in values.items() if name not in TRACES}
        for values in Pilot.objects.order_by("pk").values()
    ]
    entries = RegisterEntry.objects.order_by("pk").values()
    spans = Pilot.objects.order_by("pk", "spans__pk").values_list("key", "spans__stage", "spans__entered_on")
    people = Ownership.objects.order_by("pk").values_list("pilot__key", "owner__name", "role", "until")
    kpis = Kpi.objects.order_by("pk").values_list("pilot__key", "name", "baseline", "target", "is_primary")
    milestones = Milestone.objects.order_by("pk").values_list("title", "due_on", "done_on", "owner__name")
    tags = Pilot.objects.order_by("pk", "tags__name").values_list("key", "tags__name")
    owners = Owner.objects.order_by("pk").values_list("name", "email")
    return [pilots, *map(list, (entries, spans, people, kpis, milestones, tags, owners))]


def undo(importer, import_):
    return importer.do(import_, Wanted.UNDO)


# --- Pilots it made -------------------------------------------------------------------------


def test_pilots_it_made_go_with_their_history_and_keys_are_given_once(importer):
    before = everything()
    import_ = importer.write(TWO)
    assert plan_undo(import_, importer.user).sentences == ["2 pilots go, with their history."]

    undone = undo(importer, import_)

    assert (undone.step, undone.undone_by, undone.last_error) == (Step.UNDONE, importer.user, "")
    assert undone.summary["undone"]["removed"] == 2
    assert everything() == before
    assert not StageTransition.objects.exists()
    told = Event.objects.get(verb="import.undone")
    assert (told.batch, told.program, told.after["removed"]) == (import_.batch, importer.program, 2)
    importer.write(TWO)
    assert list(Pilot.objects.order_by("pk").values_list("key", flat=True)) == ["CLM-3", "CLM-4"]


def _check_in(pilot, by):
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Going well."), by=by)


def _edit(pilot, by):
    edit_pilot(Edit(pilot=pilot, fields={"unit": "West"}), by=by)


def _move(pilot, by):
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="No budget."), by=by)


def _name_owner(pilot, by):
    add_owner(NewOwnership(pilot=pilot, contact=Contact(name="Ines"), role=OwnerRole.SPONSOR), by=by)


def _snooze(pilot, by, make_flag):
    snooze_flags([Snooze(flag=make_flag(pilot), reason="Later.", until=date(2026, 12, 1))], by=by)


@pytest.mark.parametrize("work", [_check_in, _edit, _move, _name_owner, _snooze])
def test_pilot_somebody_worked_on_stays_and_is_named(importer, work, make_flag):
    import_ = importer.write(TWO)
    more = [make_flag] if work is _snooze else []
    work(Pilot.objects.get(name="Hail"), importer.by, *more)

    plan = plan_undo(import_, importer.user)
    assert plan.sentences == ["1 pilot goes, with its history.", "1 pilot it made stays."]
    assert [(item.key, item.name, item.why) for item in plan.stays] == [
        ("CLM-1", "Hail", "It was worked on since.")
    ]
    undone = undo(importer, import_)

    assert Pilot.objects.get().key == "CLM-1"
    assert RegisterEntry.objects.get().pilot.key == "CLM-1"  # known again by the next edition
    assert undone.summary["undone"]["stayed"] == [["CLM-1", "It was worked on since."]]


def test_what_headway_notices_by_itself_is_nobodys_work(importer, make_flag):
    import_ = importer.write(TWO)
    pilot = Pilot.objects.get(name="Hail")
    make_flag(pilot)
    Event.objects.create(at=importer.at, source="job", verb="flag.opened", pilot_id=pilot.pk)

    undo(importer, import_)

    assert not Pilot.objects.exists()


def test_confidential_pilot_stays_where_it_is_hidden(importer, administrator):
    import_ = importer.write(TWO)
    Pilot.objects.filter(name="Hail").update(is_confidential=True)
    importer.user = administrator

    plan = plan_undo(import_, administrator)
    undo(importer, import_)

    assert [(item.key, item.why) for item in plan.stays] == [("", "It is not yours to change.")]
    assert Pilot.objects.get().name == "Hail"


# --- Pilots it changed --------------------------------------------------------------------------


def test_fields_history_and_register_go_back_to_before(importer):
    importer.write(TWO, as_of=date(2026, 10, 31))
    before = everything()
    later = [row(1, "Hail and sleet", "Proved", "Acme"), row(2, "Rain", "Live", live="2026-03-05")]
    import_ = importer.write(later)
    assert everything() != before
    assert plan_undo(import_, importer.user).sentences == ["2 pilots get back what it changed."]

    undone = undo(importer, import_)

    assert undone.step == Step.UNDONE
    assert everything() == before
    back = StageTransition.objects.filter(reason=REASON).order_by("pk")  # what was said stays to be seen
    assert list(back.values_list("pilot__key", "voids__to_stage", "supersedes__to_stage")) == [
        ("CLM-1", "proven", None),
        ("CLM-2", None, "production"),
    ]
    again = importer.write(later)
    assert again.summary["changed"] == 2


def test_value_somebody_wrote_over_stays(importer):
    importer.write(TWO)
    import_ = importer.write([row(1, "Hail and sleet", vendor="Acme"), TWO[1]])
    edit_pilot(Edit(pilot=Pilot.objects.get(key="CLM-1"), fields={"vendor": "Own"}), by=importer.by)

    undone = undo(importer, import_)

    pilot = Pilot.objects.get(key="CLM-1")
    assert (pilot.name, pilot.vendor) == ("Hail", "Own")
    assert undone.summary["undone"]["kept"] == [["CLM-1", "vendor", "It says something else by now."]]


def test_history_stays_where_somebody_moved_the_pilot_since(importer):
    importer.write(TWO)
    import_ = importer.write([row(1, "Hail", "Proved", "Acme"), TWO[1]])
    _move(Pilot.objects.get(key="CLM-1"), importer.by)

    undone = undo(importer, import_)

    pilot = Pilot.objects.get(key="CLM-1")
    assert (pilot.stage, pilot.vendor) == ("stopped", "")
    assert undone.summary["undone"]["kept"] == [
        ["CLM-1", "history", "It was moved or its history corrected since."]
    ]


RICH_HEADER = [*HEADER, "Sponsor", "Mail", "Decide by", "Words", "Cost", "Target", "Before", "Due", "Done"]
RICH = {
    **PLAIN,
    "pilot": {**PLAIN["pilot"], "decide_by": "Decide by", "tags": ["Words"]},
    "owner": [{"role": "sponsor", "name": "Sponsor", "email": "Mail"}],
    "custom": [{"field": "cost-centre", "column": "Cost"}],
    "kpi": [{"called": "Handling time", "target": "Target", "baseline": "Before"}],
    "milestone": [{"called": "Go-live", "due": "Due", "done": "Done"}],
}


def rich(*cells):
    return [[*row(1, "Hail"), *cells]]


@pytest.fixture
def cost_centre(program, by):
    return define_fields([NewField(program=program, label="Cost centre", kind=FieldKind.TEXT)], by=by)[0]


FIRST = rich("Ann", "ann@example.com", "2027-01-04", "claims", "A1", "9", "14", "2027-02-01", "")
THEN = rich("Bob", "bob@example.com", "2027-03-04", "fraud", "B2", "8", "15", "2027-02-02", "2026-11-02")


def test_people_numbers_milestones_and_own_fields_go_back_too(importer, cost_centre):
    importer.write(FIRST, header=RICH_HEADER, plain=RICH)
    before = everything()
    import_ = importer.write(THEN, header=RICH_HEADER, plain=RICH)
    assert everything() != before

    undone = undo(importer, import_)

    assert undone.last_error == ""
    assert everything() == before


def test_what_it_added_to_a_pilot_that_was_there_goes(importer, cost_centre):
    importer.write([row(1, "Hail")])
    before = everything()
    import_ = importer.write(FIRST, header=RICH_HEADER, plain=RICH)
    assert plan_undo(import_, importer.user).sentences == [
        "1 pilot gets back what it changed.",
        "1 contact goes.",
    ]

    undo(importer, import_)

    assert everything() == before


def test_row_that_was_said_to_be_a_pilot_here_leaves_it_as_it_was(importer, make_pilot):
    make_pilot("Hail", vendor="Old")
    before = everything()
    import_ = importer.preview([row(1, "Hail", vendor="Acme")])
    question = next(line for line in runs.details_of(import_, None) if line["kind"] == "question")
    runs.answer(import_, {question["key"]: "CLM-1"}, by=importer.by)
    import_ = importer.do(import_, Wanted.PREVIEW)
    conflicts = [line for line in runs.details_of(import_, None) if line.get("question_kind") == "conflict"]
    runs.answer(import_, {line["key"]: "file" for line in conflicts}, by=importer.by)
    import_ = importer.do(importer.do(import_, Wanted.PREVIEW), Wanted.APPLY)
    assert Pilot.objects.get().vendor == "Acme"
    assert RegisterEntry.objects.exists()

    undo(importer, import_)

    assert everything() == before


def test_plan_costs_the_same_for_any_number_of_pilots(importer):
    few, many = ([row(number, f"Hail {number}") for number in range(count)] for count in (2, 12))
    for rows in (few, many):
        importer.write(rows)
    costs = []
    for rows in (few, many):
        import_ = importer.write([[*cells[:4], "Acme", ""] for cells in rows], name=f"{len(rows)}.csv")
        with CaptureQueriesContext(connection) as asked:
            plan_undo(import_, importer.user)
        costs.append(len(asked))

    assert costs[0] == costs[1]


# --- One after the other ---------------------------------------------------------------------------


def test_import_another_one_builds_on_is_undone_after_it(importer):
    first = importer.write(TWO)
    second = importer.write([row(1, "Hail", vendor="Acme"), TWO[1]], name="november.csv")

    assert plan_undo(first, importer.user).blocked == (
        "A later import built upon this one: “november.csv”. Undo that one first."
    )
    refused = undo(importer, first)
    assert (refused.step, refused.last_error) == (
        Step.APPLIED,
        "Nothing was undone. A later import built upon this one: “november.csv”. Undo that one first.",
    )
    undo(importer, second)
    assert undo(importer, refused).step == Step.UNDONE
    assert not Pilot.objects.exists()


def test_undo_is_refused_to_whoever_lost_the_right(importer):
    import_ = importer.write(TWO)
    runs.ask(import_, Wanted.UNDO, by=importer.by)
    Membership.objects.filter(user=importer.user).update(role=Role.VIEWER.value)

    ended = importer.work(import_)

    assert ended.step == Step.APPLIED
    assert ended.last_error.startswith("Nothing was undone. You may not import into this program")
    assert Pilot.objects.count() == 2


def test_undo_that_fails_takes_nothing_back(importer, monkeypatch):
    import_ = importer.write(TWO)
    monkeypatch.setattr("portfolio.exchange.undo.remove_contacts", lambda *_, **__: 1 / 0)

    undo(importer, import_)

    assert Pilot.objects.count() == 2
    assert StageTransition.objects.count() == 2
    assert ImportedPilot.objects.count() == 2


# --- Programs and contacts it made ---------------------------------------------------------------------


@pytest.fixture
def into_several(importer, administrator):
    importer.user, importer.program = administrator, None
    plain = {**PLAIN, "program": {"column": "Vendor"}}

    def write(*rows):
        return importer.write(list(rows), plain=plain)

    return write


def test_programs_it_opened_go_when_they_are_empty(importer, into_several, program):
    import_ = into_several(row(1, "Hail", vendor="Tides"), row(2, "Rain", vendor="Winds"))
    assert Program.objects.count() == 3
    pilot = Pilot.objects.get(name="Rain")
    edit_pilot(Edit(pilot=pilot, fields={"unit": "West"}), by=importer.by)

    undone = undo(importer, import_)

    assert set(Program.objects.values_list("name", flat=True)) == {"Claims AI", "Winds"}
    assert undone.summary["undone"]["programs"] == ["TIDES"]
    assert not Membership.objects.filter(program__name="Tides").exists()


def test_program_somebody_joined_stays(importer, into_several, make_user):
    import_ = into_several(row(1, "Hail", vendor="Tides"))
    Membership.objects.create(
        program=Program.objects.get(name="Tides"), user=make_user("m@example.com"), role=Role.VIEWER.value
    )

    undo(importer, import_)

    assert Program.objects.filter(name="Tides").exists()
    assert not Pilot.objects.exists()


def test_prefix_of_a_program_that_went_numbers_on(importer, into_several, by_system):
    undo(importer, into_several(row(1, "Hail", vendor="Tides"), row(2, "Rain", vendor="Tides")))
    create_programs([Program(name="Tides again", slug="t2", prefix="TIDES")], by=by_system)

    importer.program = Program.objects.get(prefix="TIDES")
    importer.write([row(1, "Hail")])

    assert Pilot.objects.get().key == "TIDES-3"


def test_contact_somebody_needs_stays(importer):
    header = [*HEADER, "Sponsor"]
    plain = {**PLAIN, "owner": [{"role": "sponsor", "name": "Sponsor"}]}
    rows = [[*row(1, "Hail"), "Ann"], [*row(2, "Rain"), "Bob"]]
    importer.write([row(9, "Fog")])
    import_ = importer.write(rows, header=header, plain=plain, name="people.csv")
    Owner.objects.filter(name="Bob").update(job_title="Head of claims")

    undo(importer, import_)

    assert list(Owner.objects.values_list("name", flat=True)) == ["Bob"]


# --- The feed ------------------------------------------------------------------------------------------


def removed_seen_by(user):
    stones = events_visible_to(user).filter(verb="pilot.removed")
    return list(stones.order_by("pk").values_list("pilot_key", flat=True))


def test_followers_are_told_what_went(importer, viewer, executive, stranger):
    undo(importer, importer.write(TWO))

    for follower in (importer.user, viewer, executive):
        assert removed_seen_by(follower) == ["CLM-1", "CLM-2"]
        assert not events_visible_to(follower).filter(verb="pilot.imported").exists()
    assert removed_seen_by(stranger) == []


def test_confidential_pilot_that_goes_is_told_to_managers_only(importer, viewer, administrator):
    import_ = importer.write(TWO)
    Pilot.objects.filter(name="Hail").update(is_confidential=True)

    undo(importer, import_)

    assert removed_seen_by(importer.user) == ["CLM-1", "CLM-2"]
    assert removed_seen_by(viewer) == ["CLM-2"]
    assert "CLM-1" not in removed_seen_by(administrator)


def test_pilots_that_go_with_their_program_are_told_to_those_who_see_all(
    importer, into_several, executive, manager
):
    undo(importer, into_several(row(1, "Hail", vendor="Tides")))

    assert removed_seen_by(executive) == ["TIDES-1"]
    assert removed_seen_by(manager) == []
