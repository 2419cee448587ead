"""Imports by API: bring, look, decide, write, take back; the same sentences as in the browser."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from pilots.access.models import Event, Membership, Role
from pilots.actions.account import add_member
from pilots.actions.pilot import Edit, edit_pilot
from pilots.models import Pilot
from portfolio.exchange.mapping_file import as_toml
from portfolio.exchange.models import Import
from portfolio.exchange.reading import limits
from portfolio.exchange.work import work_off
from tests.conftest import NOW
from tests.portfolio.exchange.importer import PLAIN, as_csv, row

TWO = [row(1, "Hail"), row(2, "Rain")]
MAPPING = as_toml(PLAIN)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def send(api, clock):
    """Send a file as a form; return the answer."""

    def go(rows=TWO, caller=None, headers=None, **parts):
        given = {"program": "claims", "mapping": MAPPING, **parts}
        text = rows if isinstance(rows, bytes) else as_csv(rows).encode()
        form = {"file": SimpleUploadedFile("our list.csv", text), **given}
        body = encode_multipart(BOUNDARY, {name: value for name, value in form.items() if value is not None})
        return form_of(caller or api, body, headers or {})

    return go


def form_of(caller, body, headers):
    response = caller.client.generic(
        "POST",
        "/api/v1/imports/",
        data=body,
        content_type=MULTIPART_CONTENT,
        headers=caller.headers | headers,
    )
    response.data = response.json()
    return response


@pytest.fixture
def previewed(api, send, work):
    def go(rows=TWO, **parts):
        return work(send(rows, **parts).data["id"])

    return go


@pytest.fixture
def work(api, clock):
    """Let a minute pass in which a worker does what is asked; return the import as it is read then."""

    def go(pk):
        clock.shift(timedelta(minutes=1))
        work_off(lambda: Import.objects.get(pk=pk).asked_at + timedelta(seconds=1))
        return api.get(f"imports/{pk}/").data

    return go


# --- In -----------------------------------------------------------------------------------


def test_file_is_brought_and_looked_through_by_a_worker(api, send, work, manager):
    answer = send()

    import_ = Import.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver/api/v1/imports/{import_.pk}/"
    assert answer.data == {
        "id": import_.pk,
        "program": "claims",
        "file_name": "our list.csv",
        "as_of": "2026-11-18",
        "made_at": "2026-11-18T09:00:00Z",
        "made_by": {"id": manager.pk, "name": "Maren"},
        "step": "choosing",
        "wanted": "preview",
        "says": "Waiting for the worker, and none is running. It begins by itself once one is; an "
        "administrator sees why under Settings, Jobs. You may close this page.",
        "error": None,
        "mapping": PLAIN,
        "data_version": None,
        "summary": {},
        "applied_at": None,
        "undone_at": None,
    }
    shown = work(import_.pk)
    assert (shown["step"], shown["wanted"], shown["summary"]["new"]) == ("previewed", None, 2)
    assert not Pilot.objects.exists()


def test_file_nobody_knows_how_to_read_says_so_and_takes_a_mapping(api, send, work):
    answer = send(b"A,B\n1,2\n", mapping=None)

    assert (answer.status_code, answer.data["wanted"]) == (201, None)
    assert "cannot be used" in answer.data["error"]
    pk = answer.data["id"]
    toml = as_toml(
        {
            **PLAIN,
            "pilot": {"name": "A", "problem": "B"},
            "recognised_by": ["A"],
            "stage": {"column": "B", "values": {"2": "idea"}},
            "dates": {},
        }
    )
    assert api.post(f"imports/{pk}/mapping/", {"mapping": toml, "remember": True}).data["error"] is None
    assert work(pk)["summary"]["new"] == 1
    again = send(b"A,B\n3,2\n", mapping=None)
    assert again.data["error"] is None
    assert again.data["wanted"] == "preview"


@pytest.mark.parametrize(
    ("parts", "pointer", "says"),
    [
        ({"program": "nothing"}, "/program", "There is no program “nothing” that you can see."),
        ({"program": "finance"}, "/program", "There is no program “finance” that you can see."),
        ({"as_of": "soon"}, "/as_of", "This is not a day. Write it like 2026-10-05."),
        ({"mapping": "a = "}, "/mapping", "This is no TOML"),
        ({"file": None}, "/file", "This is missing. Send it."),
        ({"apply": "true"}, "/apply", "“apply” cannot be written."),
    ],
)
def test_faults_of_a_form_are_named(send, other_program, parts, pointer, says):
    answer = send(**parts)

    assert answer.status_code == 400
    assert [(fault["pointer"], fault["detail"].startswith(says)) for fault in answer.data["errors"]] == [
        (pointer, True)
    ]
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("rows", "parts", "says"),
    [
        (b"", {}, "The file is empty."),
        (b"%PDF-1.4 x", {}, "The file is a PDF."),
        (TWO, {"as_of": "2026-12-24"}, "The file cannot speak of"),
    ],
)
def test_file_that_is_refused_says_why(send, rows, parts, says):
    answer = send(rows, **parts)

    assert answer.status_code == 409
    assert answer.data["detail"].startswith(says)


def test_body_that_is_no_form_is_told_so(api, clock):
    answer = api.post("imports/", {"program": "claims"})

    assert answer.status_code == 415
    assert answer.data["detail"] == "Send the file as multipart/form-data, in a part named “file”."


def test_large_file_is_refused_as_a_large_file(send, monkeypatch):
    monkeypatch.setattr("portfolio.exchange.pages.receiving.MOST_BYTES", 1000)

    answer = send([row(number, "Hail") for number in range(100)])

    assert answer.status_code == 413
    assert answer.data["detail"] == "The file has more than 50 MB. Split it, or leave out columns."


def test_more_than_a_large_file_is_not_even_read(api, clock):
    answer = api.client.generic(
        "POST",
        "/api/v1/imports/",
        data=b"x",
        content_type=MULTIPART_CONTENT,
        headers=api.headers,
        CONTENT_LENGTH=str(limits.MOST_BYTES * 2),
    )

    assert answer.status_code == 413


def test_form_sent_again_under_its_key_begins_once(send):
    key = {"Idempotency-Key": str(uuid.uuid4())}

    first, again = send(headers=key), send(headers=key)
    other = send([row(1, "Fog")], headers=key)

    assert (first.status_code, again.data, other.status_code) == (201, first.data, 422)
    assert again["Idempotent-Replayed"] == "true"
    assert Import.objects.count() == 1


# --- What it says ----------------------------------------------------------------------------


def test_findings_are_paged_and_filtered(api, previewed):
    pk = previewed([*TWO, row(3, "Fog", "Nobody knows")])["id"]

    page = api.get(f"imports/{pk}/findings/?limit=2").data
    assert [found["name"] for found in page["results"]] == ["Hail", "Rain"]
    assert page["previous"] is None
    following = api.get(page["next"]).data
    assert [found["kind"] for found in following["results"]] == ["refused"]
    assert following["next"] is None
    assert api.get(following["previous"]).data["results"] == page["results"]
    refused = api.get(f"imports/{pk}/findings/?kind=refused").data["results"]
    assert [(found["line"], found["pilot"]) for found in refused] == [(4, None)]


@pytest.mark.parametrize("query", ["kind=odd", "cursor=x", "cursor=-1", "limit=0", "page=2"])
def test_findings_refuse_what_they_do_not_know(api, previewed, query):
    assert api.get(f"imports/{previewed()['id']}/findings/?{query}").status_code == 400


def test_questions_are_answered(api, previewed, work, make_pilot):
    make_pilot("Hail")
    shown = previewed()
    pk = shown["id"]
    assert shown["summary"]["open_questions"] == 1
    [asked] = api.get(f"imports/{pk}/findings/?kind=question").data["results"]
    assert [choice["answer"] for choice in asked["choices"]] == ["CLM-1", "new", "leave-out"]

    answer = api.post(f"imports/{pk}/answers/", {"answers": {asked["question"]: "CLM-1"}})

    assert (answer.status_code, answer.data["wanted"]) == (200, "preview")
    assert work(pk)["summary"]["new"] == 1


# --- Writing and taking back -------------------------------------------------------------------


def test_preview_is_written_and_taken_back(api, previewed, work):
    shown = previewed()
    pk = shown["id"]

    asked = api.post(f"imports/{pk}/apply/", {"data_version": shown["data_version"]})
    assert (asked.status_code, asked.data["wanted"]) == (200, "apply")
    written = work(pk)
    assert (written["step"], written["applied_at"] is not None) == ("applied", True)
    assert Pilot.objects.count() == 2

    assert api.get(f"imports/{pk}/undo/").data == {
        "says": ["2 pilots go, with their history."],
        "is_blocked": False,
        "removed": 2,
        "restored": 0,
        "stays": [],
    }
    assert api.post(f"imports/{pk}/undo/").data["wanted"] == "undo"
    assert work(pk)["summary"]["undone"]["removed"] == 2
    assert not Pilot.objects.exists()


def test_writing_another_preview_than_the_one_read_is_409(api, previewed):
    pk = previewed()["id"]

    answer = api.post(f"imports/{pk}/apply/", {"data_version": "9f86d081"})

    assert answer.status_code == 409
    assert answer.data["errors"] == [
        {
            "pointer": "/data_version",
            "code": "changed",
            "detail": "Something changed here since the preview: look again.",
        }
    ]


def test_what_changed_before_the_worker_came_is_told(api, previewed, work, by):
    first = previewed()
    api.post(f"imports/{first['id']}/apply/", {"data_version": first["data_version"]})
    work(first["id"])
    shown = previewed([row(1, "Hail", vendor="Acme"), TWO[1]])
    pk = shown["id"]
    api.post(f"imports/{pk}/apply/", {"data_version": shown["data_version"]})
    edit_pilot(Edit(pilot=Pilot.objects.get(name="Hail"), fields={"unit": "West"}), by=by)

    told = work(pk)

    assert (told["step"], told["error"]) == (
        "previewed",
        "Something changed here since the preview: look again.",
    )
    assert told["data_version"] != shown["data_version"]
    assert api.get(f"imports/{pk}/undo/").status_code == 409


def test_import_is_given_up(api, previewed):
    pk = previewed()["id"]

    assert api.post(f"imports/{pk}/drop/").data["step"] == "dropped"
    assert api.post(f"imports/{pk}/drop/").status_code == 409


# --- Who ------------------------------------------------------------------------------------------


def test_imports_are_listed_for_those_who_may_read_them(api, make_api, send, executive, contributor):
    send()

    assert [found["file_name"] for found in api.get("imports/?program=claims").data["results"]] == [
        "our list.csv"
    ]
    assert api.get("imports/?step=applied").data["results"] == []
    for other in (executive, contributor):
        assert make_api(other).get("imports/").data["results"] == []


def test_token_for_another_program_brings_and_sees_nothing(make_api, send, manager, other_program, by_system):
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    narrow = make_api(manager, programs=[other_program])
    pk = send().data["id"]

    assert send(caller=narrow).status_code == 400
    assert narrow.get(f"imports/{pk}/").status_code == 404
    assert narrow.get("imports/").data["results"] == []
    assert send(caller=narrow, program="finance").status_code == 201


def test_whoever_lost_the_right_goes_no_further(api, previewed, manager):
    shown = previewed()
    Membership.objects.filter(user=manager).update(role=Role.CONTRIBUTOR.value)

    answer = api.post(f"imports/{shown['id']}/apply/", {"data_version": shown["data_version"]})

    assert answer.status_code == 404
    assert not Event.objects.filter(verb="pilot.imported").exists()


def test_administrator_who_is_one_no_longer_sees_nothing_of_files_with_programs(
    make_api, send, administrator
):
    caller = make_api(administrator)
    pk = send(caller=caller, program=None).data["id"]
    assert caller.get(f"imports/{pk}/").data["program"] is None
    administrator.is_administrator = False
    administrator.save()

    assert caller.get(f"imports/{pk}/").status_code == 404


def test_manager_brings_no_file_that_names_its_programs(send):
    answer = send(program=None)

    assert answer.status_code == 403
    assert "Choose one program" in answer.data["detail"]


def test_mapping_of_a_wrong_shape_is_refused_and_not_kept(api, send):
    pk = send().data["id"]
    kept = Import.objects.get(pk=pk).mapping

    answer = api.post(f"imports/{pk}/mapping/", {"mapping": 'title = "x"\nfile = "oops"'})

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (409, "/mapping")
    assert Import.objects.get(pk=pk).mapping == kept


def test_file_with_a_mapping_of_a_wrong_shape_is_not_kept(send):
    answer = send(mapping='title = "x"\nfile = "oops"')

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (409, "/mapping")
    assert not Import.objects.exists()
