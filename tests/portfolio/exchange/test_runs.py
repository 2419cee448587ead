"""Imports as people ask for them: begin, choose, answer, ask, give up; and who may."""

import json
from datetime import date, timedelta

import pytest

from pilots.access.models import Event, Membership, Program, Role
from pilots.access.models.user import Reach
from pilots.actions.account import add_member
from pilots.actions.by import Forbidden, Refused
from pilots.models import Pilot
from portfolio.exchange import runs
from portfolio.exchange.models import Import, SavedMapping, Step, Wanted
from portfolio.exchange.recognising import register_of
from tests.conftest import NOW
from tests.portfolio.exchange.importer import PLAIN, as_csv, row
from tests.portfolio.exchange.twin import HEADER_2024, row_2024

pytestmark = pytest.mark.django_db


def verbs():
    return list(
        Event.objects.filter(verb__startswith="import.").order_by("pk").values_list("verb", flat=True)
    )


def code(refused):
    return refused.value.reasons[0].code


# --- Beginning -----------------------------------------------------------------------


def test_begun_import_keeps_what_the_file_says(importer, manager, program):
    begun = importer.begin([row(1, "Hail")], as_of=date(2026, 10, 31))

    assert (begun.program, begun.made_by, begun.step, begun.wanted) == (program, manager, "choosing", "")
    assert (begun.file_name, begun.as_of) == ("our list.csv", date(2026, 10, 31))
    assert runs.workbook_of(begun).sheets[0].rows[1].cells[:2] == ("1", "Hail")
    told = Event.objects.get(verb="import.begun")
    assert (told.program, told.subject, told.batch) == (program, "our list.csv", begun.batch)
    assert not Pilot.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\lists\\our list.csv", "our list.csv"),
        ("../../etc/pass\nwd\r\x00.csv", "passwd.csv"),
        (f"{'a' * 300}.xlsx", f"{'a' * 194}….xlsx"),
        ("a/", "file"),
        ("\u202etxt.csv", "txt.csv"),
    ],
)
def test_name_of_a_file_is_safe_for_headers(given, kept):
    assert runs.clean_name(given) == kept
    assert len(kept) <= 200


@pytest.mark.parametrize(
    ("name", "register"),
    [
        ("Pilots 2026-10.xlsx", "pilots"),
        ("pilots_nov_v2 FINAL.csv", "pilots"),
        ("2026.csv", "spreadsheet"),
        ("Liste der Versuche.ods", "liste der versuche"),
        ("x" * 90, "x" * 60),
    ],
)
def test_editions_of_one_list_share_a_register(name, register):
    assert register_of(name) == register


def test_file_that_cannot_be_read_is_refused_in_words(importer):
    with pytest.raises(Refused, match=r"^The file is empty\.") as refused:
        importer.begin("")

    assert (refused.value.reasons[0].field, code(refused)) == ("file", "unreadable")
    assert not Import.objects.exists()


def test_file_speaks_of_no_day_to_come(importer):
    with pytest.raises(Refused, match="that day has not come yet") as refused:
        importer.begin([row(1, "Hail")], as_of=NOW.date() + timedelta(days=2))

    assert refused.value.reasons[0].field == "as_of"


def test_shipped_mapping_is_taken_where_the_header_is_known(importer):
    begun = importer.begin([row_2024("Hail")], header=HEADER_2024)

    assert begun.mapping["register"] == "us-federal-inventory"
    assert begun.mapping["as_of"] == "2024-12-16"
    assert begun.mapping["file"]["header"] == 1


def test_unknown_header_is_guessed_and_the_person_decides(importer):
    begun = importer.begin([row(1, "Hail"), row(2, "Rain")], name="pilots oct.csv")

    assert (begun.mapping["title"], begun.mapping["register"]) == ("pilots oct", "pilots")
    assert begun.mapping["pilot"]["name"] == "Name"
    assert begun.step == Step.CHOOSING


def test_mapping_is_remembered_by_the_header_wherever_it_stands(importer):
    begun = importer.begin([row(1, "Hail")])
    runs.choose(begun, PLAIN, by=importer.by, remember=True)

    again = importer.begin(f"Our list of October\n\n{as_csv([row(2, 'Rain')])}", name="october.csv")

    assert again.mapping == {**PLAIN, "file": {"header": 3}}
    assert Event.objects.get(verb="mapping.saved").subject == "Our list"


def test_mapping_is_remembered_once_and_for_its_program_only(importer, other_program, manager, by_system):
    begun = importer.begin([row(1, "Hail")])
    runs.choose(begun, PLAIN, by=importer.by, remember=True)
    runs.choose(begun, {**PLAIN, "title": "Renamed"}, by=importer.by, remember=True)
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    importer.program = other_program

    elsewhere = importer.begin([row(1, "Hail")])

    assert SavedMapping.objects.get().title == "Renamed"
    assert elsewhere.mapping.get("title") != "Renamed"


# --- Who may -------------------------------------------------------------------------


@pytest.fixture
def people(contributor, viewer, executive, stranger):
    return {"contributor": contributor, "viewer": viewer, "executive": executive, "stranger": stranger}


@pytest.mark.parametrize("who", ["contributor", "viewer", "executive", "stranger"])
def test_nobody_but_managers_and_administrators_begins(importer, people, who):
    importer.user = people[who]

    with pytest.raises(Forbidden):
        importer.begin([row(1, "Hail")])

    assert not Import.objects.exists()


def test_only_administrators_bring_files_that_name_programs(importer, administrator):
    importer.program = None
    with pytest.raises(Forbidden, match="an administrator can"):
        importer.begin([row(1, "Hail")])

    importer.user = administrator
    assert importer.begin([row(1, "Hail")]).program is None


def test_sample_takes_no_import(importer):
    Program.objects.update(is_sample=True)
    importer.program.refresh_from_db()

    with pytest.raises(Refused, match="holds the sample portfolio"):
        importer.begin([row(1, "Hail")])


@pytest.mark.parametrize("reach", ["other programs", "pilots"])
def test_token_imports_only_where_it_reaches(importer, other_program, reach):
    importer.user.reach = (
        Reach(programs=[other_program.pk]) if reach == "other programs" else Reach(pilots=[1])
    )

    with pytest.raises(Forbidden):
        importer.begin([row(1, "Hail")])


STEPS = {
    "choose": lambda import_, by: runs.choose(import_, PLAIN, by=by),
    "answer": lambda import_, by: runs.answer(import_, {"alike:*": "new"}, by=by),
    "preview": lambda import_, by: runs.ask(import_, Wanted.PREVIEW, by=by),
    "apply": lambda import_, by: runs.ask(import_, Wanted.APPLY, by=by, data_version=import_.data_version),
    "drop": lambda import_, by: runs.drop(import_, by=by),
    "amend": lambda import_, by: runs.amend(import_, program=import_.program, as_of=NOW.date(), by=by),
}


@pytest.mark.parametrize("step", STEPS)
def test_right_is_asked_at_every_step(importer, step):
    import_ = importer.preview([row(1, "Hail")])
    Membership.objects.filter(user=importer.user).update(role=Role.CONTRIBUTOR.value)

    with pytest.raises(Forbidden):
        STEPS[step](import_, importer.by)

    import_.refresh_from_db()
    assert (import_.step, import_.wanted) == (Step.PREVIEWED, "")


def test_import_is_seen_by_managers_of_its_program_only(
    importer, people, administrator, other_program, make_user, by_system
):
    import_ = importer.begin([row(1, "Hail")])
    foreign = make_user("fritz@example.com")
    add_member(program=other_program, user=foreign, role=Role.MANAGER, by=by_system)

    assert Import.objects.visible_to(importer.user).get() == import_
    for person in [*people.values(), foreign, administrator]:
        assert not Import.objects.visible_to(person).exists()


def test_administrator_sees_their_own_and_what_the_machine_imported_into_several(
    importer, administrator, program
):
    importer.user = administrator
    own = importer.begin([row(1, "Hail")])
    machine = Import.objects.create(made_at=NOW, file_name="x", digest="", as_of=NOW.date())
    Import.objects.create(made_at=NOW, file_name="x", digest="", as_of=NOW.date(), program=program)

    assert set(Import.objects.visible_to(administrator)) == {own, machine}
    administrator.reach = Reach(programs=[program.pk])
    assert set(Import.objects.visible_to(administrator)) == {own}
    administrator.reach = Reach(pilots=[1])
    assert not Import.objects.visible_to(administrator).exists()


# --- Asking --------------------------------------------------------------------------


def test_preview_is_asked_once_and_rings(importer, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr("pilots.actions.bell._RINGS", [lambda: rung.append(1)])
    import_ = importer.begin([row(1, "Hail")])
    runs.choose(import_, PLAIN, by=importer.by)

    with django_capture_on_commit_callbacks(execute=True):
        runs.ask(import_, Wanted.PREVIEW, by=importer.by)
        asked = runs.ask(import_, Wanted.PREVIEW, by=importer.by)

    assert (asked.wanted, asked.asked_by, rung) == ("preview", importer.user, [1])


def test_preview_needs_a_mapping_that_can_be_used(importer):
    import_ = importer.begin([row(1, "Hail")])
    runs.choose(import_, {"title": "x"}, by=importer.by)

    with pytest.raises(Refused, match="cannot be used") as refused:
        runs.ask(import_, Wanted.PREVIEW, by=importer.by)

    assert code(refused) == "mapping"


def test_nothing_is_written_before_it_was_previewed(importer):
    import_ = importer.begin([row(1, "Hail")])

    for wanted, step in ((Wanted.APPLY, "step"), (Wanted.UNDO, "step")):
        with pytest.raises(Refused) as refused:
            runs.ask(import_, wanted, by=importer.by, data_version="x")
        assert code(refused) == step


@pytest.mark.parametrize("version", ["", "another"])
def test_writing_names_the_preview(importer, version):
    import_ = importer.preview([row(1, "Hail")])

    with pytest.raises(Refused, match=r"^Something changed here since the preview: look again\.$") as refused:
        runs.ask(import_, Wanted.APPLY, by=importer.by, data_version=version)

    assert code(refused) == "changed"


def test_other_mapping_or_other_answers_need_another_preview(importer):
    for change in (
        lambda import_: runs.choose(import_, PLAIN, by=importer.by),
        lambda import_: runs.answer(import_, {"alike:*": "new"}, by=importer.by),
        lambda import_: runs.amend(
            import_, program=importer.program, as_of=date(2026, 10, 1), by=importer.by
        ),
    ):
        import_ = importer.preview([row(1, "Hail")])
        change(import_)
        with pytest.raises(Refused) as refused:
            runs.ask(import_, Wanted.APPLY, by=importer.by, data_version=import_.data_version)
        assert code(refused) == "step"


def test_refused_rows_keep_it_from_being_written(importer):
    import_ = importer.preview([row(1, "Hail"), row(2, "Rain", "Nobody knows")])

    with pytest.raises(Refused, match=r"^1 row is refused, so nothing can be written\.") as refused:
        runs.ask(import_, Wanted.APPLY, by=importer.by, data_version=import_.data_version)

    assert code(refused) == "refused-rows"


def test_open_questions_keep_it_from_being_written_until_they_are_answered(importer, make_pilot):
    make_pilot("Hail")
    import_ = importer.preview([row(1, "Hail")])
    with pytest.raises(Refused, match=r"^1 question is open\. Answer first\.") as refused:
        runs.ask(import_, Wanted.APPLY, by=importer.by, data_version=import_.data_version)
    assert code(refused) == "open-questions"

    runs.answer(import_, {"alike:*": "new", "mistyped": ""}, by=importer.by)
    answered = importer.do(Import.objects.get(pk=import_.pk), Wanted.PREVIEW)

    assert answered.answers == {"alike:*": "new"}
    assert importer.do(answered, Wanted.APPLY).step == Step.APPLIED
    assert Pilot.objects.filter(name="Hail").count() == 2


@pytest.mark.parametrize("wanted", [Wanted.APPLY, Wanted.UNDO])
def test_nothing_is_changed_while_it_is_written(importer, wanted):
    import_ = importer.preview([row(1, "Hail")])
    if wanted is Wanted.UNDO:
        import_ = importer.do(import_, Wanted.APPLY)
    runs.ask(import_, wanted, by=importer.by, data_version=import_.data_version)

    for step in STEPS.values():
        with pytest.raises(Refused):
            step(import_, importer.by)

    assert Import.objects.get(pk=import_.pk).wanted == wanted


def test_given_up_import_forgets_the_file_at_once(importer):
    import_ = importer.preview([row(1, "Hail")])

    runs.drop(import_, by=importer.by)

    import_.refresh_from_db()
    assert (import_.step, import_.packed, import_.details) == (Step.DROPPED, None, None)
    assert verbs() == ["import.dropped"]
    with pytest.raises(Refused, match="not kept any longer"):
        runs.workbook_of(import_)
    with pytest.raises(Refused, match=r"given up\. Bring the file again"):
        runs.ask(import_, Wanted.PREVIEW, by=importer.by)


@pytest.mark.parametrize("plain", [{"title": "x\x00"}, {"number": float("nan")}, {"many": ["x" * 600_000]}])
def test_mapping_no_database_keeps_is_refused(importer, plain):
    import_ = importer.begin([row(1, "Hail")])

    with pytest.raises(Refused):
        runs.choose(import_, plain, by=importer.by)

    assert "x" * 100 not in json.dumps(Import.objects.get().mapping)


def test_what_is_said_of_hidden_pilots_is_for_those_who_see_them(importer, administrator, by_system):
    importer.write([row(1, "Hail"), row(2, "Rain")])
    import_ = importer.preview([row(1, "Hail", vendor="Acme"), row(2, "Rain", vendor="Acme")])
    Pilot.objects.filter(name="Hail").update(is_confidential=True)

    assert [line["name"] for line in runs.details_of(import_, importer.user)] == ["Hail", "Rain"]
    assert [line["name"] for line in runs.details_of(import_, administrator)] == ["Rain"]
