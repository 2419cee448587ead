"""People, KPIs, milestones and own fields on their way in, and on their way in again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kpis.models import Kpi
from pilots.access.models import Event, User
from pilots.access.roles import OwnerRole
from pilots.actions.contact import NewOwner, OwnerEdit, create_owner, edit_owner
from pilots.actions.custom import FieldEdit, NewField, define_field, edit_field
from pilots.actions.owner import Contact
from pilots.actions.owner_set import OwnersOf, set_owners
from pilots.actions.pilot import Edit, edit_pilots
from pilots.custom import FieldKind
from pilots.models import Milestone, Owner, Ownership, Pilot
from portfolio.exchange import importing, report
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.importing import Order
from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook
from portfolio.outbox.models import Message
from tests.conftest import NOW

HEADER = ("Id", "Tool", "Why", "State", "Lead", "Lead mail", "Sponsor", "KPI", "Go-live", "Tags", "Site")
PLAIN = {
    "title": "Tool list",
    "register": "tools",
    "recognised_by": ["Id", "Tool"],
    "file": {"sheet": "Tools", "header": 3, "sections": "unit"},
    "pilot": {"name": "Tool", "problem": ["Why"], "reference": "Id", "tags": ["Tags"]},
    "stage": {"column": "State", "values": {"Trial": "piloting", "Live": "production"}},
    "owner": [
        {"role": "production_owner", "name": "Lead", "email": "Lead mail"},
        {"role": "sponsor", "name": "Sponsor"},
    ],
    "kpi": [{"line": "KPI"}],
    "milestone": [{"called": "Go-live", "due": "Go-live"}],
    "custom": [{"field": "site", "column": "Site"}],
    "sheet": [
        {
            "name": "Figures",
            "pilot": "Tool",
            "kpi": {"name": "Figure", "baseline": "From", "target": "To", "unit": "Unit"},
        }
    ],
}
HAIL = ("A-1", "Hail", "Counts dents", "Trial", "Ann Lee", "ann@x.org", "Bo Ek; Cy Ray",
        "Handling time 14 → 9 min", "2026-12-01", "roofs, cars", "Bern")  # fmt: skip
RAIN = ("A-2", "Rain", "Reads gauges", "Live", "Dee Fox", "", "", "", "", "", "")
FIGURES = (("Tool", "Figure", "From", "To", "Unit"), ("hail", "Accuracy", "80", "95", "%"))


def workbook(*rows, figures=FIGURES):
    """Return a workbook with two titles above the header on line 3, and a second sheet of figures."""
    first = [("Tools of the year",), (), HEADER, *rows]
    return Workbook(
        Kind.XLSX,
        (
            Sheet("Tools", tuple(Row(line, cells) for line, cells in enumerate(first, 1) if cells)),
            Sheet("Figures", tuple(Row(line, cells) for line, cells in enumerate(figures, 1))),
        ),
        digest="0" * 64,
    )


@pytest.fixture
def site(program, by_system):
    return define_field(
        NewField(program=program, label="Site", kind=FieldKind.CHOICE, choices=("Bern", "Basel")),
        by=by_system,
    )


@pytest.fixture
def bring(program, site, by_import):
    """Import rows into Claims AI a number of days after the first time; return the outcome."""

    def go(*rows, answers=None, plain=PLAIN, days=0, apply=True, **more):
        order = Order(
            workbook=workbook(*rows, **more),
            plain=plain,
            into=program,
            as_of=date(2026, 10, 1),
            answers=answers or {},
        )
        by = replace(by_import, at=by_import.at + timedelta(days=days))
        prepared = importing.prepare(order, user=None, today=NOW.date(), say=lambda _: None)
        if not apply:
            return importing.preview(prepared, by=by)
        return importing.apply(prepared, by=by, say=lambda _: None)

    return go


def changed(cells, **by_column):
    """Return a row with other cells; blanks in the names stand for hyphens and spaces."""
    named = dict(zip((name.replace("-", "_").replace(" ", "_") for name in HEADER), cells, strict=True))
    return tuple({**named, **by_column}.values())


def owners(pilot, role):
    rows = Ownership.objects.active().filter(pilot=pilot, role=role.value)
    return sorted(rows.values_list("owner__name", flat=True))


def test_everything_a_row_tells_is_there_afterwards(bring):
    outcome = bring(("Claims department",), HAIL, RAIN)

    hail, rain = Pilot.objects.order_by("number")
    assert outcome.applied
    assert (hail.name, hail.unit, hail.custom) == ("Hail", "Claims department", {"site": "Bern"})
    assert sorted(hail.tags.values_list("name", flat=True)) == ["cars", "roofs"]
    assert owners(hail, OwnerRole.PRODUCTION_OWNER) == ["Ann Lee"]
    assert owners(hail, OwnerRole.SPONSOR) == ["Bo Ek", "Cy Ray"]
    assert owners(rain, OwnerRole.PRODUCTION_OWNER) == ["Dee Fox"]
    figures = Kpi.objects.filter(pilot=hail).order_by("pk").values_list("name", "baseline", "target", "unit")
    assert list(figures) == [("Handling time", 14, 9, "min"), ("Accuracy", 80, 95, "%")]
    assert list(Milestone.objects.values_list("pilot", "title", "due_on")) == [
        (hail.pk, "Go-live", date(2026, 12, 1))
    ]
    assert report.summary(outcome)["owners"] == 4
    assert report.summary(outcome)["sentence"] == (
        "2 pilots were logged in Claims AI and 1 row was left out."
    )


def test_owners_are_contacts_without_account_and_mail(bring):
    accounts = User.objects.count()
    bring(HAIL, RAIN)

    assert User.objects.count() == accounts
    assert not Message.objects.exists()
    assert not Owner.objects.filter(user__isnull=False).exists()


def test_the_same_file_again_changes_nothing(bring):
    bring(HAIL, RAIN)
    events = Event.objects.count()
    again = bring(HAIL, RAIN, days=1)

    assert (len(again.plan.new), len(again.plan.changed), again.plan.same) == (0, 0, 2)
    assert again.written == ()
    assert Event.objects.count() == events


def test_what_the_file_changed_is_carried_over_and_traced(bring):
    bring(HAIL)
    hail = Pilot.objects.get()
    before = set(Ownership.objects.filter(role="sponsor").values_list("pk", flat=True))
    outcome = bring(
        changed(
            HAIL, Why="Counts all dents", Sponsor="Cy Ray; Di Sax", KPI="Handling time 14 → 8 min",
            Go_live="2026-12-08", Tags="roofs", Site="Basel",
        ),
        days=1,
    )  # fmt: skip

    hail.refresh_from_db()
    assert (hail.problem, hail.custom) == ("Counts all dents", {"site": "Basel"})
    assert owners(hail, OwnerRole.SPONSOR) == ["Cy Ray", "Di Sax"]
    assert Kpi.objects.get(name="Handling time").target == 8
    assert Milestone.objects.get().due_on == date(2026, 12, 8)
    (written,) = outcome.written
    kpi, milestone = Kpi.objects.get(name="Handling time"), Milestone.objects.get()
    ended, begun = written.fields.pop("owner.sponsor")
    assert set(ended) < before
    assert list(Ownership.objects.filter(pk__in=begun).values_list("owner__name", flat=True)) == ["Di Sax"]
    assert written.fields == {
        "problem": ["Counts dents", "Counts all dents"],
        "tags": [["cars", "roofs"], ["roofs"]],
        "custom.site": ["Bern", "Basel"],
        f"kpi.{kpi.pk}": [
            {"baseline": "14.000000", "target": "9.000000", "unit": "min"},
            {"baseline": "14", "target": "8", "unit": "min"},
        ],
        f"milestone.{milestone.pk}": [
            {"due_on": "2026-12-01", "done_on": None, "owner_id": None},
            {"due_on": "2026-12-08", "done_on": None, "owner_id": None},
        ],
    }
    assert written.entry_before["reference"] == "a-1"


def test_a_blank_cell_takes_nothing_away(bring):
    bring(HAIL)
    outcome = bring(
        changed(HAIL, Lead="", Lead_mail="", Sponsor="", KPI="", Go_live="", Tags="", Site=""), days=1
    )

    assert outcome.plan.changed == []
    hail = Pilot.objects.get()
    assert owners(hail, OwnerRole.SPONSOR) == ["Bo Ek", "Cy Ray"]
    assert hail.custom == {"site": "Bern"}


@pytest.fixture
def edited(bring, by_system):
    """A pilot whose problem and sponsor people changed after the import."""
    bring(HAIL)
    hail = Pilot.objects.get()
    edit_pilots([Edit(pilot=hail, fields={"problem": "Ours"})], by=by_system)
    set_owners(
        [OwnersOf(pilot=hail, role=OwnerRole.SPONSOR, contacts=(Contact(name="Our Own"),))], by=by_system
    )
    return hail


def test_a_cell_that_stayed_never_overwrites_what_people_edited(bring, edited):
    outcome = bring(changed(HAIL, Tags="roofs"), days=1)

    edited.refresh_from_db()
    assert outcome.applied
    assert edited.problem == "Ours"
    assert owners(edited, OwnerRole.SPONSOR) == ["Our Own"]


def test_where_both_changed_it_asks_and_writes_nothing_until_answered(bring, edited):
    row = changed(HAIL, Why="Theirs", Sponsor="Di Sax", Tags="roofs")
    outcome = bring(row, days=1)

    assert not outcome.applied
    problem, sponsor = outcome.plan.questions
    assert (problem.here, problem.there) == ("Ours", "Theirs")
    assert (sponsor.here, sponsor.there) == ("Our Own", "Di Sax")
    assert sponsor.says == "CLM-1: the sponsor was edited here since the last import."
    edited.refresh_from_db()
    assert edited.problem == "Ours"

    decided = bring(row, answers={"conflict:*": "here", problem.key: "file"}, days=1)
    edited.refresh_from_db()
    assert decided.applied
    assert edited.problem == "Theirs"
    assert owners(edited, OwnerRole.SPONSOR) == ["Our Own"]
    again = bring(row, days=2)
    assert (again.plan.questions, len(again.plan.changed)) == ([], 0)


def test_a_list_that_names_our_own_keys_knows_its_pilots_again(bring, make_pilot):
    """An export comes back: without an earlier import to compare with, every difference is a question."""
    pilot = make_pilot("Hail", problem="Ours")
    outcome = bring(changed(HAIL, Id="clm 1", Why="Theirs", State="Trial"))

    assert [item.how.value for item in outcome.plan.known] == ["key"]
    assert [item.says for item in outcome.plan.questions] == ["CLM-1: the problem says something else here."]
    done = bring(changed(HAIL, Id="clm 1", Why="Theirs", State="Trial"), answers={"conflict:*": "file"})
    pilot.refresh_from_db()
    assert done.applied
    assert (pilot.problem, pilot.custom, Pilot.objects.count()) == ("Theirs", {"site": "Bern"}, 1)
    assert pilot.register_entries.get().reference == "clm-1"


def test_a_look_alike_that_is_the_same_pilot_takes_the_row(bring, make_pilot):
    make_pilot("Hail", problem="Counts dents")
    outcome = bring(HAIL, apply=False)
    (question,) = outcome.plan.questions

    done = bring(HAIL, answers={question.key: "CLM-1"})
    assert (done.applied, Pilot.objects.count()) == (True, 1)
    assert (len(bring(HAIL, days=1).plan.known), Pilot.objects.count()) == (1, 1)


def test_a_shared_mailbox_makes_no_single_person_of_two(bring):
    outcome = bring(HAIL, changed(RAIN, Lead_mail="ANN@x.org"))

    assert sorted(Owner.objects.filter(ownerships__role="production_owner").values_list("name", "email")) == [
        ("Ann Lee", ""),
        ("Dee Fox", ""),
    ]
    assert [item.reason for item in outcome.plan.warnings] == [
        "It stands beside 2 names, so it may be a mailbox they share. The names are kept, the address is not."
    ]


@pytest.mark.parametrize(
    ("figures", "column", "reason"),
    [
        (("Snow", "Accuracy", "80", "95", "%"), "Figures: Tool", "No row of the first sheet bears"),
        (("", "Accuracy", "80", "95", "%"), "Figures: Tool", "It names no pilot"),
        (("Hail", "Accuracy", "80", "", "%"), "Figures: To", "A KPI needs a target"),
    ],
)
def test_rows_of_a_second_sheet_that_fit_nowhere_are_said(bring, figures, column, reason):
    outcome = bring(HAIL, figures=(FIGURES[0], figures))

    assert [(item.row, item.column) for item in outcome.plan.warnings] == [(2, column)]
    assert outcome.plan.warnings[0].reason.startswith(reason)


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        ({**PLAIN, "custom": [{"field": "floor", "column": "Site"}]}, "has no custom field “floor”"),
        ({**PLAIN, "file": {**PLAIN["file"], "sheet": "Nowhere"}}, "The file has no sheet “Nowhere”"),
        ({**PLAIN, "file": {**PLAIN["file"], "header": 2}}, "Line 2 is blank"),
        ({**PLAIN, "pilot": {**PLAIN["pilot"], "tags": ["Marks"]}}, "no column “Marks”"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_in_words(bring, plain, says):
    with pytest.raises(CannotImport, match=says):
        bring(HAIL, plain=plain)


def test_the_version_tells_whether_anything_it_rests_on_changed(bring, by_system):
    bring(HAIL)
    row = changed(HAIL, Tags="roofs")
    before = bring(row, apply=False, days=1).version

    assert bring(row, apply=False, days=2).version == before
    edit_pilots([Edit(pilot=Pilot.objects.get(), fields={"vendor": "Acme"})], by=by_system)
    assert bring(row, apply=False, days=2).version != before


def test_queries_do_not_grow_with_rows(bring, django_assert_max_num_queries):
    """Nine rows more cost no query more, new or changed."""
    many = [changed(HAIL, Id=f"B-{n}", Tool=f"Hail {n}", Lead=f"Lead {n}", Lead_mail="") for n in range(10)]
    bring(many[0])
    counts = []
    for rows in (many[1:2], many[2:]):
        with django_assert_max_num_queries(200) as counted:
            bring(*rows)
        counts.append(len(counted))
    assert counts[0] == counts[1]
    counts = []
    for rows in (many[:1], many[1:]):
        with django_assert_max_num_queries(200) as counted:
            bring(
                *(
                    changed(row, Why="Anew", Sponsor=f"New {len(rows)}", KPI="Handling time 14 → 7 min")
                    for row in rows
                ),
                days=1,
            )
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_an_answer_does_not_outlive_a_newer_edit(bring, edited, by_system):
    """What was decided of two texts says nothing of a third."""
    row = changed(HAIL, Why="Theirs")
    (question,) = bring(row, apply=False, days=1).plan.questions
    edit_pilots([Edit(pilot=edited, fields={"problem": "Ours, of today"})], by=by_system)

    outcome = bring(row, answers={question.key: "file"}, days=1)

    assert not outcome.applied
    edited.refresh_from_db()
    assert edited.problem == "Ours, of today"


def test_a_blank_edition_forgets_nothing_the_list_once_said(bring, by_system):
    """A sponsor that people ended does not come back because an edition in between was blank."""
    bring(HAIL)
    hail = Pilot.objects.get()
    bring(changed(HAIL, Sponsor="", Why="Counts dents."), days=1)
    set_owners([OwnersOf(pilot=hail, role=OwnerRole.SPONSOR, contacts=())], by=by_system)

    outcome = bring(HAIL, days=2)

    assert [item.there for item in outcome.plan.questions] == []
    assert owners(hail, OwnerRole.SPONSOR) == []


def test_a_blank_problem_takes_nothing_away_and_needs_no_decision(bring):
    bring(HAIL)
    assert bring(changed(HAIL, Why="", Tags="roofs"), days=1).applied
    assert Pilot.objects.get().problem == "Counts dents"
    told = {**PLAIN, "pilot": {**PLAIN["pilot"], "problem_when_blank": "Not written down."}}
    assert bring(changed(HAIL, Why="", Tags="cars"), plain=told, days=2).applied
    assert Pilot.objects.get().problem == "Counts dents"


def test_a_new_row_without_a_problem_is_refused(bring):
    outcome = bring(changed(HAIL, Why=""))
    assert not outcome.applied
    assert [item.reason for item in outcome.plan.refused] == [
        "It has no problem statement, and the mapping does not say what that means."
    ]


def test_pilots_of_the_last_edition_that_the_file_does_not_name_are_told(bring):
    bring(HAIL, RAIN)
    outcome = bring(HAIL, days=1)

    assert [entry.key for entry in outcome.plan.missing] == ["CLM-2"]
    assert report.summary(outcome)["missing"] == 1
    assert [item["pilot"] for item in report.details(outcome) if item["kind"] == "missing"] == ["CLM-2"]
    assert bring(HAIL, RAIN, days=2).plan.missing == []


def test_an_identifier_that_stands_twice_identifies_nobody(bring):
    """Two rows numbered TBD are known by their names, again too."""
    rows = (changed(HAIL, Id="TBD"), changed(RAIN, Id="tbd"))
    first = bring(*rows)

    assert (first.applied, Pilot.objects.count()) == (True, 2)
    assert [item.reason for item in first.plan.warnings] == [
        "It stands in 2 rows, so it identifies none. They are known by program and name."
    ]
    again = bring(*rows, days=1)
    assert (len(again.plan.new), len(again.plan.changed), again.plan.same) == (0, 0, 2)


def test_somebody_who_left_is_not_named_and_it_is_said(bring, program, by_system):
    left = create_owner(NewOwner(program=program, name="Ann Lee", email="ann@x.org"), by=by_system)
    edit_owner(OwnerEdit(owner=left, fields={"is_active": False}), by=by_system)

    outcome = bring(HAIL)

    assert outcome.applied
    assert owners(Pilot.objects.get(), OwnerRole.PRODUCTION_OWNER) == []
    assert [(item.row, item.reason) for item in outcome.plan.warnings] == [
        (4, "Ann Lee is not active here any longer, so nobody is named.")
    ]


def test_only_a_manager_says_who_sees_a_pilot(bring, administrator, by_import, program):
    plain = {**PLAIN, "pilot": {**PLAIN["pilot"], "confidential": "Tags"}}
    order = Order(
        workbook=workbook(changed(HAIL, Tags="yes"), RAIN),
        plain=plain,
        into=program,
        as_of=date(2026, 10, 1),
        answers={},
    )
    prepared = importing.prepare(order, user=administrator, today=NOW.date(), say=lambda _: None)
    outcome = importing.preview(prepared, by=replace(by_import, user=administrator))

    assert [(item.row, item.reason) for item in outcome.plan.refused] == [
        (4, "It changes who may see the pilot: a manager of the program can, and you are none.")
    ]


def test_a_row_that_says_a_number_twice_keeps_the_first_and_says_so(bring):
    plain = {
        **PLAIN,
        "kpi": [{"line": "KPI"}, {"line": "Tags"}],
        "pilot": {**PLAIN["pilot"], "tags": ["Site"]},
    }
    plain.pop("custom", None)
    outcome = bring(changed(HAIL, Tags="handling  time 14 → 7 min", Site=""), plain=plain)

    assert Kpi.objects.get(name="Handling time").target == 9
    assert [(item.column, item.reason) for item in outcome.plan.warnings] == [
        ("Tags", "The row says this twice; the first is taken.")
    ]


def test_a_name_that_bears_one_address_in_the_file_bears_it_everywhere(bring):
    bring(HAIL, changed(RAIN, Lead="ann lee", Lead_mail=""))
    assert list(
        Owner.objects.filter(ownerships__role="production_owner").distinct().values_list("email", flat=True)
    ) == ["ann@x.org"]


def test_a_shared_mailbox_that_stands_alone_stays_an_address(bring):
    third = changed(RAIN, Id="A-3", Tool="Snow", Lead="", Lead_mail="ann@x.org")
    bring(HAIL, changed(RAIN, Lead_mail="ann@x.org"), third)

    assert sorted(Owner.objects.filter(ownerships__role="production_owner").values_list("name", "email")) == [
        ("Ann Lee", ""), ("Dee Fox", ""), ("ann", "ann@x.org"),
    ]  # fmt: skip


def test_the_version_holds_what_will_be_written(bring, site, by_system):
    """A word that was not understood at the preview, and is by now, is another plan."""
    row = changed(HAIL, Site="Genf")
    before = bring(row, apply=False).version
    edit_field(FieldEdit(field=site, fields={"choices": ["Bern", "Basel", "Genf"]}), by=by_system)
    assert bring(row, apply=False).version != before


def test_rows_that_name_another_program_go_where_they_were_sent_and_it_is_said_once(bring):
    plain = {**PLAIN, "program": {"column": "Site"}, "custom": []}
    outcome = bring(changed(HAIL, Site="Weather AI"), changed(RAIN, Site="weather ai"), plain=plain)

    assert set(Pilot.objects.values_list("program__name", flat=True)) == {"Claims AI"}
    assert sorted(Pilot.objects.values_list("unit", flat=True)) == ["Weather AI", "weather ai"]
    (note,) = outcome.plan.warnings
    assert (note.row, note.text, note.is_noted) == (4, "Weather AI", True)
    assert note.reason.startswith("Rows of this program go into Claims AI, as you chose")
