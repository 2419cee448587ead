from dataclasses import replace

import pytest

from pilots.access.models import Event, Program
from pilots.access.permissions import Deed
from pilots.actions.by import Forbidden, Refused
from pilots.actions.custom import (
    MOST_FIELDS,
    FieldEdit,
    NewField,
    define_field,
    define_fields,
    edit_field,
)
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, edit_pilots, log_pilot, log_pilots
from pilots.custom import FieldKind
from pilots.lifecycle import Stage
from pilots.models import CustomField, Pilot


@pytest.fixture
def define(program, by):
    def define(label, kind=FieldKind.TEXT, *choices):
        return define_field(NewField(program=program, label=label, kind=kind, choices=choices), by=by)

    return define


@pytest.fixture
def fields(define):
    """A program with one field of each kind."""
    define("Cost centre")
    define("Users", FieldKind.NUMBER)
    define("Budget", FieldKind.MONEY)
    define("Contract ends", FieldKind.DATE)
    define("Platform", FieldKind.CHOICE, "Excel", "Power BI")
    define("Works council", FieldKind.YES_NO)
    define("Page", FieldKind.LINK)


VALUES = {
    "cost-centre": "4711",
    "users": "1200",
    "budget": "12500.5",
    "contract-ends": "2027-03-31",
    "platform": "Power BI",
    "works-council": False,
    "page": "https://example.com/wiki",
}


def _reasons(refused) -> list[tuple[str, str, str]]:
    return [(reason.sentence, reason.field, reason.code) for reason in refused.value.reasons]


# --- Setting up --------------------------------------------------------------------


def test_a_field_gets_a_code_and_the_last_place(define, manager):
    define("Cost centre")
    field = define(" Works  council? ", FieldKind.YES_NO)

    stored = CustomField.objects.get(pk=field.pk)
    assert (stored.code, stored.label, stored.kind, stored.position) == (
        "works-council",
        "Works council?",
        "yes_no",
        1,
    )
    event = Event.objects.get(verb="field.defined", subject="works-council")
    assert (event.actor, event.program, event.pilot_id) == (manager, field.program, None)
    assert event.after == {"label": "Works council?", "kind": "yes_no", "choices": []}


def test_codes_stay_apart_whatever_the_labels(define):
    assert [define(label).code for label in ("Füße!", "Fuße", "費用", "予算")] == [
        "fue",
        "fue-2",
        "field",
        "field-2",
    ]


@pytest.mark.parametrize(
    ("label", "kind", "choices", "sentence", "field"),
    [
        (" ", FieldKind.TEXT, (), "A field needs a label.", "label"),
        ("x" * 101, FieldKind.TEXT, (), "Write at most 100 characters.", "label"),
        ("cost  CENTRE", FieldKind.TEXT, (), "This program has a field “cost CENTRE” already.", "label"),
        ("a\x00", FieldKind.TEXT, (), "This text holds a NUL character.", "label"),
        ("Tool", FieldKind.CHOICE, (" ",), "Write what it can be, one choice a line.", "choices"),
        ("Tool", FieldKind.CHOICE, ("a", "A "), "One of these is in the list twice.", "choices"),
        ("Tool", FieldKind.CHOICE, ("x" * 101,), "is too long for a choice: 100 characters.", "choices"),
        ("Tool", FieldKind.CHOICE, map(str, range(51)), "A list has at most 50 choices.", "choices"),
        ("Tool", FieldKind.CHOICE, ("a\x00",), "This text holds a NUL character.", "choices"),
        ("Tool", FieldKind.TEXT, ("a",), "Only one of a list has choices.", "choices"),
    ],
)
def test_what_is_no_field_is_refused(define, label, kind, choices, sentence, field):
    define("Cost centre")
    with pytest.raises(Refused) as refused:
        define(label, kind, *choices)

    assert sentence in str(refused.value)
    assert refused.value.reasons[0].field == field
    assert CustomField.objects.count() == 1


def test_a_program_has_so_many_fields_at_most(program, by):
    labels = [f"Field {number}" for number in range(MOST_FIELDS + 1)]
    news = [NewField(program=program, label=label, kind=FieldKind.TEXT) for label in labels]
    with pytest.raises(Refused, match="A program has at most 50 fields in use"):
        define_fields(news, by=by)
    assert not CustomField.objects.exists()

    assert len(define_fields(news[:-1], by=by)) == MOST_FIELDS


def test_who_sets_up_fields(program, other_program, by, contributor, administrator):
    new = NewField(program=program, label="Cost centre", kind=FieldKind.TEXT)
    with pytest.raises(Forbidden, match="You may not set up custom fields here: a manager"):
        define_field(new, by=replace(by, user=contributor))
    with pytest.raises(Program.DoesNotExist):
        define_field(replace(new, program=other_program), by=by)

    assert define_field(new, by=replace(by, user=administrator)).pk


def test_editing_names_what_changed(define, by, contributor):
    field = define("Platform", FieldKind.CHOICE, "Excel")
    edit = FieldEdit(field=field, fields={"label": "Tool", "choices": ["Excel", "Power BI"]})
    with pytest.raises(Forbidden):
        edit_field(edit, by=replace(by, user=contributor))

    edited = edit_field(edit, by=by)

    assert (edited.code, edited.label, edited.choices) == ("platform", "Tool", ["Excel", "Power BI"])
    event = Event.objects.get(verb="field.edited")
    assert event.before == {"choices": ["Excel"], "label": "Platform"}
    assert event.after == {"choices": ["Excel", "Power BI"], "label": "Tool"}

    edit_field(edit, by=by)
    assert Event.objects.filter(verb="field.edited").count() == 1


def test_a_field_of_a_program_nobody_sees_is_not_there(other_program, by, by_system):
    new = NewField(program=other_program, label="Unseen", kind=FieldKind.TEXT)
    with pytest.raises(CustomField.DoesNotExist):
        edit_field(FieldEdit(field=define_field(new, by=by_system), fields={"label": "x"}), by=by)


def test_kind_and_code_stay(define, by):
    with pytest.raises(ValueError, match="Not editable: kind"):
        edit_field(FieldEdit(field=define("Users"), fields={"kind": "number"}), by=by)


def test_putting_a_field_elsewhere_moves_the_others(define, by):
    first, _, last = define("A"), define("B"), define("C")
    edit_field(FieldEdit(field=last, fields={"position": 0}), by=by)
    assert list(CustomField.objects.in_order().values_list("label", flat=True)) == ["C", "A", "B"]

    edit_field(FieldEdit(field=first, fields={"position": 99}), by=by)
    assert list(CustomField.objects.in_order().values_list("label", "position")) == [
        ("C", 0),
        ("B", 1),
        ("A", 2),
    ]


def test_a_retired_field_keeps_its_values_and_takes_no_new_ones(fields, program, make_pilot, by):
    pilot = edit_pilot(Edit(pilot=make_pilot(), fields={"custom": {"cost-centre": "4711"}}), by=by)
    retired = CustomField.objects.get(code="cost-centre")
    edit_field(FieldEdit(field=retired, fields={"is_active": False}), by=by)
    with pytest.raises(Refused) as refused:
        edit_pilot(Edit(pilot=pilot, fields={"custom": {"cost-centre": "4712"}}), by=by)
    assert _reasons(refused) == [
        ("Cost centre is retired: it can only be emptied.", "custom/cost-centre", "invalid")
    ]

    assert Pilot.objects.get().custom == {"cost-centre": "4711"}
    edit_pilot(Edit(pilot=pilot, fields={"custom": {"cost-centre": "4711", "users": "1"}}), by=by)
    edit_pilot(Edit(pilot=pilot, fields={"custom": {"cost-centre": None}}), by=by)
    assert Pilot.objects.get().custom == {"users": "1"}

    again = define_field(NewField(program=program, label="Cost centre", kind=FieldKind.NUMBER), by=by)
    assert again.code == "cost-centre-2"
    with pytest.raises(Refused, match="This program has a field “Cost centre” already"):
        edit_field(FieldEdit(field=retired, fields={"is_active": True}), by=by)


# --- Values ------------------------------------------------------------------------


def test_a_pilot_is_logged_with_its_values(fields, program, by):
    values = {**VALUES, "page": None}
    pilot = log_pilot(
        NewPilot(program=program, name="Triage", problem="Slow", stage=Stage.PILOTING, custom=values), by=by
    )

    kept = {code: value for code, value in VALUES.items() if code != "page"}
    assert Pilot.objects.get(pk=pilot.pk).custom == kept
    assert Event.objects.get(verb="pilot.created").after["custom"] == kept


def test_an_edit_names_codes_and_leaves_the_rest(fields, make_pilot, by):
    pilot = edit_pilot(Edit(pilot=make_pilot(), fields={"custom": VALUES}), by=by)
    changes = {"users": "1300", "page": None, "works-council": True, "platform": "Power BI"}
    edit_pilot(Edit(pilot=pilot, fields={"custom": changes}, version=pilot.version), by=by)

    stored = Pilot.objects.get()
    expected = {**VALUES, "users": "1300", "works-council": True}
    del expected["page"]
    assert stored.custom == expected
    assert stored.version == pilot.version + 1
    event = Event.objects.filter(verb="pilot.edited").order_by("id").last()
    assert event.before == {
        "custom": {"users": "1200", "page": "https://example.com/wiki", "works-council": False}
    }
    assert event.after == {"custom": {"users": "1300", "page": None, "works-council": True}}


def test_what_an_event_says_of_before_brings_it_back(fields, make_pilot, by):
    """The undo of an import writes `before` as an edit."""
    pilot = edit_pilot(Edit(pilot=make_pilot(), fields={"custom": VALUES}), by=by)
    edit_pilot(Edit(pilot=pilot, fields={"custom": {"users": None, "budget": "1"}}), by=by)
    before = Event.objects.filter(verb="pilot.edited").order_by("id").last().before

    edit_pilot(Edit(pilot=pilot, fields=before), by=by)

    assert Pilot.objects.get().custom == VALUES


def test_values_that_stay_leave_no_trace(fields, make_pilot, by):
    pilot = edit_pilot(Edit(pilot=make_pilot(), fields={"custom": VALUES}), by=by)
    again = {**VALUES, "budget": "12500.50"}
    assert edit_pilot(Edit(pilot=pilot, fields={"custom": again}), by=by).version == pilot.version


def test_true_is_not_one(fields, make_pilot, by):
    pilot = edit_pilot(Edit(pilot=make_pilot(), fields={"custom": {"works-council": True}}), by=by)
    with pytest.raises(Refused, match="Works council: Send true, false or null"):
        edit_pilot(Edit(pilot=pilot, fields={"custom": {"works-council": 1}}), by=by)


def test_every_fault_is_named_and_nothing_written(fields, make_pilot, program, by):
    pilot = make_pilot()
    custom = {"users": 12, "budget": "12,50", "nowhere": "x", "platform": "power bi"}
    with pytest.raises(Refused) as refused:
        edit_pilot(Edit(pilot=pilot, fields={"name": "Other", "custom": custom}), by=by)

    assert [(reason.field, reason.sentence.split(". ")[0]) for reason in refused.value.reasons] == [
        ("custom/users", 'Users: Send a decimal as text, such as "12.5", or null.'),
        ("custom/budget", "Budget: “12,50” can be read in two ways"),
        ("custom/nowhere", "This program has no field “nowhere”."),
        ("custom/platform", "Platform: Send one of the choices as it is spelled in the list, or null."),
    ]
    assert (Pilot.objects.get().name, Pilot.objects.get().custom) == (pilot.name, {})
    with pytest.raises(Refused, match="This program has no field “nowhere”"):
        log_pilot(NewPilot(program=program, name="New", problem="x", custom={"nowhere": "x"}), by=by)


def test_fields_of_another_program_are_unknown(fields, other_program, by_system):
    new = NewPilot(program=other_program, name="Elsewhere", problem="x", custom={"users": "1"})
    with pytest.raises(Refused, match="This program has no field “users”"):
        log_pilot(new, by=by_system)


@pytest.mark.parametrize("custom", [{}, {"users": "5"}])
def test_queries_do_not_grow_with_pilots(custom, fields, program, by, django_assert_max_num_queries):
    news = [NewPilot(program=program, name=f"P{number}", problem="x", custom=custom) for number in range(40)]
    with django_assert_max_num_queries(16):
        pilots = log_pilots(news, by=by)
    with django_assert_max_num_queries(14):
        edit_pilots(
            [Edit(pilot=pilot, fields={"custom": {"users": "6"}}) for pilot in pilots],
            by=by,
            deed=Deed.IMPORT,
        )
    assert all(pilot.custom == {"users": "6"} for pilot in Pilot.objects.all())
