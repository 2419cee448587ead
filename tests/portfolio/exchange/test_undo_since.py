"""What changed between an import and its undo is respected, and blocks nothing else."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, connections, transaction

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.models import Kpi, Measurement, SignOff
from kpis.oneline import read_kpi
from pilots.access.permissions import OwnerRole
from pilots.actions.contact import OwnerEdit, edit_owner
from pilots.actions.custom import FieldEdit, NewField, define_fields, edit_field
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import (
    Contact,
    NewOwnership,
    add_owner,
    ensure_owners,
    noting_new_owners,
)
from pilots.actions.owner_end import end_ownership
from pilots.actions.pilot import Edit, edit_pilot
from pilots.custom import FieldKind
from pilots.models import LogKind, Milestone, Owner, Ownership, Pilot, PilotTag, StageTransition
from pilots.playbook import EvidenceKind
from portfolio.exchange import runs
from portfolio.exchange.models import Import, ImportedPilot, Step, Wanted
from portfolio.exchange.undo_plan import plan_undo
from tests.conftest import NOW, TODAY
from tests.portfolio.exchange.importer import HEADER, PLAIN, row

pytestmark = pytest.mark.django_db


def undo(importer, import_):
    return importer.do(import_, Wanted.UNDO)


def kept(import_):
    return import_.summary["undone"]["kept"]


def with_column(importer, column, plain, first, then):
    """Write a list of one pilot with one more column twice; return the second import."""
    for cell in (first, then):
        vendor = "" if cell == first else "Acme"
        rows = [[*row(1, "Hail", vendor=vendor), cell]]
        import_ = importer.write(rows, header=[*HEADER, column], plain={**PLAIN, **plain})
    assert import_.step == Step.APPLIED, import_.last_error
    return import_


# --- People ---------------------------------------------------------------------------------


def holders():
    return sorted(Ownership.objects.active().values_list("role", "owner__name"))


def test_person_named_again_since_stays_and_blocks_nothing(importer):
    sponsor = {"owner": [{"role": "sponsor", "name": "Who"}]}
    import_ = with_column(importer, "Who", sponsor, "Ann", "Bob")
    again = NewOwnership(pilot=Pilot.objects.get(), role=OwnerRole.SPONSOR, contact=Contact(name="Ann"))
    add_owner(again, by=importer.by)
    assert [item.why for item in plan_undo(import_, importer.user).kept] == [
        "Somebody whom it ended was named again since."
    ]

    undone = undo(importer, import_)

    assert (undone.step, undone.last_error) == (Step.UNDONE, "")
    assert holders() == [("sponsor", "Ann"), ("sponsor", "Bob")]
    assert kept(undone) == [["CLM-1", "owner", "Somebody whom it ended was named again since."]]
    assert Pilot.objects.get().vendor == ""


def test_production_owner_named_since_stays_the_only_one(importer):
    lead = {"owner": [{"role": "production_owner", "name": "Who"}]}
    import_ = with_column(importer, "Who", lead, "Ann", "Bob")
    [[_, added]] = [item.written["owner.production_owner"] for item in import_.pilots.all()]
    ImportedPilot.objects.filter(of_import=import_).update(
        written={"owner.production_owner": [[Ownership.objects.get(owner__name="Ann").pk], []]}
    )
    end_ownership(Ownership.objects.get(pk__in=added), by=importer.by)
    carl = NewOwnership(
        pilot=Pilot.objects.get(), role=OwnerRole.PRODUCTION_OWNER, contact=Contact(name="Carl")
    )
    add_owner(carl, by=importer.by)

    undone = undo(importer, import_)

    assert holders() == [("production_owner", "Carl")]
    assert kept(undone) == [["CLM-1", "owner", "Somebody else has the role by now."]]


# --- Values that cannot stand there today -------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ({"choices": ["West"]}, "“East” is not in the list"),
        ({"is_active": False}, "Region is retired: it can only be emptied."),
    ],
)
def test_value_its_field_no_longer_takes_stays_and_is_named_beforehand(importer, edit, why):
    region = NewField(
        program=importer.program, label="Region", kind=FieldKind.CHOICE, choices=("West", "East")
    )
    [field] = define_fields([region], by=importer.by)
    plain = {"custom": [{"field": field.code, "column": "Region"}]}
    import_ = with_column(importer, "Region", plain, "East", "West")
    edit_field(FieldEdit(field=field, fields=edit), by=importer.by)
    [stays] = plan_undo(import_, importer.user).kept
    assert (stays.what, why in stays.why) == ("custom", True)

    undone = undo(importer, import_)

    pilot = Pilot.objects.get()
    assert (undone.step, pilot.vendor, pilot.custom) == (Step.UNDONE, "", {field.code: "West"})
    assert [line[1] for line in kept(undone)] == ["custom"]


def test_value_an_action_refuses_stays_and_the_others_go_back(importer):
    rows = [row(number, f"Hail {number}") for number in (1, 2, 3)]
    importer.write(rows)
    import_ = importer.write([[*cells[:4], "Acme", ""] for cells in rows])
    second = ImportedPilot.objects.get(of_import=import_, pilot__number=2)
    second.written = {"vendor": ["x" * 999, "Acme"]}  # longer than a vendor can be today
    second.save(update_fields=["written"])

    undone = undo(importer, import_)

    assert (undone.step, undone.summary["undone"]["restored"]) == (Step.UNDONE, 2)
    assert list(Pilot.objects.order_by("number").values_list("vendor", flat=True)) == ["", "Acme", ""]
    [[key, what, why]] = kept(undone)
    assert (key, what) == ("CLM-2", "vendor")
    assert why.startswith("Ensure this value has at most 200 characters")


@pytest.mark.parametrize(
    ("kind", "before", "why"),
    [
        ("kpi", {"target": None}, "A KPI needs a target, the number it should come to, or a threshold."),
        ("milestone", {"due_on": "1900-01-01"}, "Mon 1 Jan 1900 is outside 1990 to 2100."),
    ],
)
def test_number_or_milestone_an_action_refuses_stays_and_the_others_go_back(importer, kind, before, why):
    plain = {
        **PLAIN,
        "kpi": [{"called": "Handling time", "target": "Target"}],
        "milestone": [{"called": "Go-live", "due": "Due"}],
    }
    for target, due in (("9", "2027-02-01"), ("8", "2027-02-02")):
        rows = [[*row(number, f"Hail {number}"), target, due] for number in (1, 2)]
        import_ = importer.write(rows, header=[*HEADER, "Target", "Due"], plain=plain)
    first = ImportedPilot.objects.get(of_import=import_, pilot__number=1)
    [key] = [key for key in first.written if key.startswith(kind)]
    first.written[key][0] |= before
    first.save(update_fields=["written"])

    undone = undo(importer, import_)

    assert undone.step == Step.UNDONE
    left = {"kpi": set(), "milestone": set(), kind: {1}}
    later = Kpi.objects.filter(target=8).values_list("pilot__number", flat=True)
    assert set(later) == left["kpi"]
    later = Milestone.objects.filter(due_on=date(2027, 2, 2)).values_list("pilot__number", flat=True)
    assert set(later) == left["milestone"]
    assert kept(undone) == [["CLM-1", kind, why]]


def test_number_it_defined_stays_once_it_is_measured_signed_or_filled_in(importer):
    importer.write([row(number, f"Hail {number}") for number in (1, 2, 3, 4, 5)])
    plain = {**PLAIN, "kpi": [{"called": "Handling time", "target": "Target"}]}
    rows = [[*row(number, f"Hail {number}"), "9"] for number in (1, 2, 3, 4, 5)]
    import_ = importer.write(rows, header=[*HEADER, "Target"], plain=plain)
    measured, signed, filled_in, expected, _ = Kpi.objects.select_related("pilot").order_by("pilot__number")
    Measurement.objects.create(
        kpi=measured, measured_at=NOW, value=12, provenance="live", entry="form", recorded_at=NOW
    )
    signer = Owner.objects.create(program=signed.pilot.program, name="Sina")
    version = signed.versions.get()
    SignOff.objects.create(version=version, signer=signer, signed_on=TODAY, recorded_at=NOW)
    edit_kpis([KpiEdit(kpi=filled_in, fields={"method": "Median"})], by=importer.by)
    edit_kpis([KpiEdit(kpi=expected, fields={"cadence_days": 30})], by=importer.by)

    undone = undo(importer, import_)

    assert undone.step == Step.UNDONE, undone.last_error
    assert list(Kpi.objects.order_by("pk")) == [measured, signed, filled_in, expected]
    assert sorted(kept(undone)) == [
        [
            "CLM-1",
            "kpi",
            "Handling time has readings, and readings are kept. Retire it instead.",
        ],
        ["CLM-2", "kpi", "Handling time was signed, and signatures are kept. Retire it instead."],
        ["CLM-3", "kpi", "It says something else by now."],
        ["CLM-4", "kpi", "It says something else by now."],
    ]


def test_contact_it_made_stays_while_they_answer_for_a_number_or_signed_one(importer):
    sponsor = {"owner": [{"role": "sponsor", "name": "Who"}]}
    importer.write([row(1, "Hail")])
    rows = [[*row(1, "Hail"), "Ann"], [*row(2, "Flood"), "Bob"], [*row(3, "Storm"), "Carl"]]
    import_ = importer.write(rows, header=[*HEADER, "Who"], plain={**PLAIN, **sponsor})
    ann, bob = Owner.objects.get(name="Ann"), Owner.objects.get(name="Bob")
    line = read_kpi("Handling time 14 → 9 min")
    new = NewKpi(pilot=Pilot.objects.get(number=1), line=line, fields={"owner": ann})
    kpi = define_kpi(new, by=importer.by)
    SignOff.objects.create(version=kpi.versions.get(), signer=bob, signed_on=TODAY, recorded_at=NOW)

    undone = undo(importer, import_)

    assert (undone.step, undone.last_error) == (Step.UNDONE, "")
    assert list(Owner.objects.filter(name__in=["Ann", "Bob", "Carl"]).order_by("name")) == [ann, bob]


def _gone(pilot):
    return Owner.objects.create(program=pilot.program, name="Gone", is_active=False)


@pytest.mark.parametrize("contact", ["gone", "inactive"])
def test_milestone_whose_owner_is_no_contact_any_longer_stays(importer, contact):
    plain = {"milestone": [{"called": "Go-live", "due": "Due"}]}
    import_ = with_column(importer, "Due", plain, "2027-02-01", "2027-02-02")
    row_of = ImportedPilot.objects.get(of_import=import_)
    for key, (before, _) in row_of.written.items():
        if key.startswith("milestone."):
            before["owner_id"] = 987654 if contact == "gone" else _gone(Milestone.objects.get().pilot).pk
    row_of.save(update_fields=["written"])

    undone = undo(importer, import_)

    assert Milestone.objects.get().due_on == date(2027, 2, 2)
    assert kept(undone) == [["CLM-1", "milestone", "Who was to do it then is no contact any longer."]]


def test_milestone_of_which_somebody_brought_evidence_stays(importer, by):
    importer.write([row(1, "Hail")])
    plain = {**PLAIN, "milestone": [{"called": "Go-live", "due": "Due"}]}
    import_ = importer.write([[*row(1, "Hail"), "2027-02-01"]], header=[*HEADER, "Due"], plain=plain)
    milestone = Milestone.objects.get()
    shown = NewEvidence(
        pilot=milestone.pilot, kind=EvidenceKind.TEST, dated=TODAY, milestone=milestone, text="Seen."
    )
    bring_evidence(shown, by=by)

    undone = undo(importer, import_)

    assert Milestone.objects.get() == milestone
    assert kept(undone) == [["CLM-1", "milestone", "Somebody brought evidence of it since."]]


def test_who_sees_a_pilot_is_not_for_an_administrator_to_take_back(importer, administrator):
    plain = {"pilot": {**PLAIN["pilot"], "confidential": "Secret"}}
    import_ = with_column(importer, "Secret", plain, "yes", "no")
    assert not Pilot.objects.get().is_confidential
    importer.user = administrator

    undone = undo(importer, import_)

    assert (undone.step, Pilot.objects.get().vendor) == (Step.UNDONE, "")
    assert not Pilot.objects.get().is_confidential
    assert kept(undone) == [["CLM-1", "is confidential", "It is not yours to change."]]


# --- What it wrote, and nothing beside it ------------------------------------------------------------


def test_tags_with_a_comma_come_back_whole(importer):
    header, plain = [*HEADER, "Tags"], {**PLAIN, "pilot": {**PLAIN["pilot"], "tags": ["Tags"]}}
    importer.write([[*row(1, "Hail"), "a; b"]], header=header, plain=plain)
    edit_pilot(Edit(pilot=Pilot.objects.get(), fields={"tags": ["x, y", "z"]}), by=importer.by)
    import_ = importer.preview([[*row(1, "Hail"), "c"]], header=header, plain=plain)
    answers = {line["key"]: "file" for line in importer.questions(import_)}
    import_ = importer.settle(import_, answers)
    assert list(PilotTag.objects.values_list("name", flat=True)) == ["c"]

    undo(importer, import_)

    assert sorted(PilotTag.objects.values_list("name", flat=True)) == ["x, y", "z"]


def test_contact_somebody_else_makes_meanwhile_is_not_its_own(importer, monkeypatch):
    """Another person's contact is committed while the import writes: it has a higher id than all before."""

    def log_and_meet(*given, **named):
        Owner.objects.create(program=importer.program, name="Carl", email="carl@example.com")
        return log_pilots(*given, **named)

    from portfolio.exchange import applying

    log_pilots = applying.log_pilots
    monkeypatch.setattr(applying, "log_pilots", log_and_meet)
    people = {**PLAIN, "owner": [{"role": "sponsor", "email": "Mail"}]}
    rows = [[*row(1, "Hail"), "ann@example.com"], [*row(2, "Rain"), "carl@example.com"]]
    import_ = importer.write(rows, header=[*HEADER, "Mail"], plain=people)
    assert import_.made["contacts"] == [Owner.objects.get(email="ann@example.com").pk]

    undo(importer, import_)

    assert list(Owner.objects.values_list("name", flat=True)) == ["Carl"]


def test_contacts_are_noted_inside_the_block_only(program, by_system):
    with noting_new_owners() as noted:
        first = ensure_owners(program, [Contact(name="Ann"), Contact(name="Bob")], by=by_system)
        ensure_owners(program, [Contact(name="Ann")], by=by_system)
    ensure_owners(program, [Contact(name="Carl")], by=by_system)

    assert noted == [owner.pk for owner in first.values()]


def test_steps_are_known_by_what_was_written_and_not_by_the_time(importer):
    importer.write([row(1, "Hail")])
    import_ = importer.write([row(1, "Hail", "Proved")])
    [step] = StageTransition.objects.filter(to_stage="proven")
    assert import_.pilots.get().written["steps"] == [[], [step.pk]]
    Import.objects.filter(pk=import_.pk).update(applied_at=importer.at)

    undo(importer, import_)

    assert Pilot.objects.get().stage == "piloting"


def test_import_that_wrote_later_blocks_whatever_its_time_says(importer):
    first = importer.write([row(1, "Hail")])
    second = importer.write([row(1, "Hail", vendor="Acme")], name="second.csv")
    times = first.applied_at, second.applied_at
    Import.objects.filter(pk=first.pk).update(applied_at=times[1])
    Import.objects.filter(pk=second.pk).update(applied_at=times[0])

    assert plan_undo(Import.objects.get(pk=second.pk), importer.user).blocked == ""
    assert "“second.csv”" in plan_undo(Import.objects.get(pk=first.pk), importer.user).blocked


# --- At the same time ----------------------------------------------------------------------------------


def _check_in(by):
    pilot = Pilot.objects.get(name="Hail")
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Going well."), by=by)


def _edit_its_contact(by):
    edit_owner(OwnerEdit(owner=Owner.objects.get(), fields={"job_title": "Head of claims"}), by=by)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("work", "pilots", "contacts"), [(_check_in, 1, 1), (_edit_its_contact, 0, 1)])
def test_work_that_ends_while_the_undo_waits_is_kept(importer, work, pilots, contacts):
    """SQLite lets nobody else write meanwhile; PostgreSQL locks first and makes the plan then."""
    plan = {**PLAIN, "milestone": [{"called": "Go-live", "due": "Due", "owner": "Who"}]}
    rows = [[*row(1, "Hail"), "2027-02-01", "Ann"], [*row(2, "Rain"), "2027-02-01", "Ann"]]
    import_ = importer.write(rows, header=[*HEADER, "Due", "Who"], plain=plan)
    by, worked = importer.by, threading.Event()

    def work_meanwhile():
        try:
            with transaction.atomic():
                work(by)
                worked.set()
                time.sleep(0.5 if connection.vendor == "postgresql" else 0)
        finally:
            connections.close_all()

    runs.ask(import_, Wanted.UNDO, by=importer.by)
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work_meanwhile)
        worked.wait(timeout=60)
        undone = importer.work(import_)
        working.result(timeout=60)

    assert (undone.step, undone.last_error) == (Step.UNDONE, "")
    assert (Pilot.objects.count(), Owner.objects.count()) == (pilots, contacts)


def test_undoing_an_older_edition_leaves_what_the_newer_one_remembers(importer):
    """The older one adds to the past and renews no memory of the list; so its undo takes none away."""
    rows = [row("", "Hail"), row("", "Rain")]
    importer.write(rows)
    older = importer.write([row("", "Hail"), row("", "Rain", "Proved")], as_of=TODAY - timedelta(days=400))

    importer.do(older, Wanted.UNDO)

    again = importer.preview(rows)
    assert (again.summary["new"], again.summary["changed"], again.summary["same"]) == (0, 0, 2)
