import pytest
from django.test import Client

from pilots.access.models import Membership, Program, User
from pilots.actions.account import create_programs
from pilots.actions.by import Refused


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({"prefix": "SMP"}, "a program has the prefix SMP", id="prefix"),
        pytest.param({"slug": "sample"}, "a program has the address “sample”", id="address"),
        pytest.param(
            {"name": "Sample portfolio", "prefix": "SMP"},
            "a program is called “Sample portfolio” and a program has the prefix SMP",
            id="name-and-prefix",
        ),
    ],
)
def test_sample_whose_names_are_taken_is_refused_in_words(client, manager, by_system, fields, why):
    other = {"name": "Finance AI", "slug": "finance", "prefix": "FIN"} | fields
    create_programs([Program(**other)], by=by_system)

    refused = client.post("/sample/load/", follow=True)

    assert refused.redirect_chain == [("/", 302)]
    assert [str(message) for message in refused.context["messages"]] == [
        f"The sample portfolio was not loaded, as {why}. Start a Headway of its own for it."
    ]
    assert not Program.objects.filter(is_sample=True).exists()
    assert not User.objects.filter(is_sample=True).exists()


def test_sample_that_somebody_loads_in_the_same_moment_is_refused_in_words(client, manager, monkeypatch):
    def lose(*, by):
        raise Refused.because("The sample portfolio is loaded already.", code="loaded")

    monkeypatch.setattr("portfolio.desk.sample_pages.load_sample", lose)

    refused = client.post("/sample/load/", follow=True)

    assert [str(message) for message in refused.context["messages"]] == [
        "The sample portfolio is loaded already."
    ]
    assert list(Membership.objects.filter(user=manager).values_list("program__slug", flat=True)) == ["claims"]


def test_banner_leads_whoever_may_import_to_their_own_list(administrator, executive, by_system):
    create_programs([Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system)
    pages = {}
    for person in (administrator, executive):
        browser = Client()
        browser.force_login(person)
        pages[person] = browser.get("/pilots/").content.decode()

    assert all("These are sample pilots" in page for page in pages.values())
    assert "import a spreadsheet</a>" in pages[administrator]
    assert "import a spreadsheet</a>" not in pages[executive]
