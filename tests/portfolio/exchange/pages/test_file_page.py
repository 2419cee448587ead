"""Where an import begins: the file, its program and its day, and the table of all imports."""

from hashlib import sha256

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pilots.access.models import Event, Role
from pilots.actions.account import add_member
from portfolio.exchange.models import Import
from portfolio.exchange.pages import receiving
from tests.conftest import NOW
from tests.portfolio.exchange.pages.conftest import LIST, ROWS

LOCKED = b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


def errors(response):
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def test_file_is_read_and_leads_to_its_columns(maren, upload):
    response = upload()

    import_ = Import.objects.get()
    assert (import_.file_name, str(import_.as_of), import_.program.slug) == (
        "register.csv",
        "2026-11-18",
        "claims",
    )
    assert response.url == f"{LIST}{import_.pk}/"
    assert maren.get(response.url).url == f"{LIST}{import_.pk}/columns/"


def test_only_program_is_chosen_and_the_day_is_today(maren):
    form = maren.get(LIST).context["form"]

    assert form["program"].value() == "claims"
    assert str(form["as_of"].value()) == "Wed 18 Nov 2026"
    assert [choice[0] for choice in form.fields["program"].choices] == ["claims"]


def test_administrator_may_let_the_file_name_the_programs(client, administrator, program):
    client.force_login(administrator)

    choices = client.get(LIST).context["form"].fields["program"].choices

    assert choices == [("claims", "Claims AI"), ("*", "The file names the programs")]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        pytest.param("", "empty.csv", "The file is empty. Choose one with a row of headings", id="empty"),
        pytest.param(b"%PDF-1.7 ...", "list.pdf", "PDF", id="pdf"),
        pytest.param(LOCKED, "locked.xlsx", "protected by a password", id="protected"),
    ],
)
def test_file_that_cannot_be_read_is_refused_beside_the_field(upload, content, name, sentence):
    response = upload(content, name=name)

    assert response.status_code == 200
    assert list(errors(response)) == ["file"]
    assert sentence.lower() in errors(response)["file"][0].lower()
    assert not Import.objects.exists()


def test_no_file_is_said_beside_the_field(maren):
    response = maren.post(LIST, {"program": "claims", "as_of": "18 Nov 2026"})

    assert errors(response) == {"file": ["Choose a file."]}


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("19 Nov 2026", "Thu 19 Nov 2026 has not come yet. Write a day up to today."),
        ("", "Write a day, such as today’s."),
        ("Nov 2026", "names no single day"),
    ],
)
def test_wrong_day_keeps_the_file(maren, upload, day, sentence):
    sent = upload(as_of=day)

    import_ = Import.objects.get()
    assert sent.url == f"{LIST}{import_.pk}/file/"
    response = maren.get(sent.url)
    assert response.context["form"]["as_of"].value() == day
    assert sentence in errors(response)["as_of"][0]
    assert response.templates[0].name == "exchange/import_file.html"
    assert f'action="{LIST}{import_.pk}/file/"' in response.content.decode()

    maren.post(f"{LIST}{import_.pk}/file/", {"program": "claims", "as_of": "2 Nov 2026"})

    import_.refresh_from_db()
    assert str(import_.as_of) == "2026-11-02"


def test_program_of_somebody_else_is_refused(upload, other_program):
    response = upload(program="finance")

    assert errors(response) == {"program": ["You cannot import there. Choose one of your programs."]}
    assert not Import.objects.exists()


def test_file_beyond_the_limit_is_thrown_away_while_it_comes(upload, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_BYTES", 20)

    response = upload()

    assert errors(response)["file"][0].startswith("The file is larger than 50 MB, so it was not read.")
    assert not Import.objects.exists()


def test_hopelessly_large_file_is_refused_unread(client, manager, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_READ", 20)
    monkeypatch.setattr(receiving.OneFile, "new_file", lambda *_, **__: pytest.fail("The file was read."))
    client.force_login(manager)

    response = client.post(LIST, {"file": SimpleUploadedFile("big.csv", b"x" * 100)})

    assert response.status_code == 413
    assert "The file is larger than 50 MB" in response.content.decode()


def test_second_file_of_a_form_is_not_kept(maren, program):
    files = [
        SimpleUploadedFile("one.csv", ROWS.encode()),
        SimpleUploadedFile("two.csv", b"C,D\n" * 50_000),
    ]

    maren.post(LIST, {"program": "claims", "as_of": "18 Nov 2026", "file": files})

    kept = Import.objects.get()
    assert (kept.file_name, kept.digest) == ("one.csv", sha256(ROWS.encode()).hexdigest())


def test_form_without_its_token_is_refused(manager, program):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)

    response = client.post(LIST, {"program": "claims", "file": SimpleUploadedFile("a.csv", b"Name\nA\n")})

    assert response.status_code == 403
    assert not Import.objects.exists()


@pytest.mark.parametrize("who", ["contributor", "viewer", "executive", "stranger"])
def test_others_are_told_who_imports(client, request, manager, program, who):
    client.force_login(request.getfixturevalue(who))

    response = client.get(LIST)

    html = response.content.decode()
    assert response.status_code == 403
    assert "A program’s managers import into it, and administrators into any." in html
    assert ("Maren can do it for you, or make you a manager." in html) == (who in {"contributor", "viewer"})


def test_import_of_another_program_is_not_there(client, begun, second_manager):
    _, url = begun()
    client.force_login(second_manager)

    assert client.get(f"{url}columns/").status_code == 404
    assert client.post(f"{url}drop/").status_code == 404
    assert client.get(LIST).context["rows"] == []


def test_table_says_what_each_import_did(maren, begun, previewed):
    begun(name="first.csv")
    import_, url = previewed(name="second.csv")
    maren.post(f"{url}drop/")

    rows = maren.get(LIST).context["rows"]

    assert [(row.import_.file_name, row.step, row.did, row.next_label) for row in rows] == [
        ("second.csv", "Given up", "Nothing", ""),
        ("first.csv", "Not finished", "Nothing yet", "Go on"),
    ]
    assert Event.objects.filter(verb="import.dropped", batch=import_.batch).exists()


@pytest.mark.parametrize("count", [1, 8])
def test_table_costs_the_same_for_any_number(maren, manager, program, count, django_assert_num_queries):
    Import.objects.bulk_create(
        Import(program=program, made_by=manager, made_at=NOW, file_name=f"{place}.csv", as_of=NOW.date())
        for place in range(count)
    )

    with django_assert_num_queries(
        10
    ):  # session, user, may import, programs ×2, last, count, imports, the rail
        assert len(maren.get(LIST).context["rows"]) == count


def test_sample_takes_no_import(client, make_user, program, by_system):
    type(program).objects.filter(pk=program.pk).update(is_sample=True)
    user = make_user("demo@example.com")
    add_member(program=program, user=user, role=Role.MANAGER, by=by_system)
    client.force_login(user)

    assert client.get(LIST).status_code == 403
