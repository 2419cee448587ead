import re

import pytest

from pilots.access.models import Event, Membership, Program, Role
from pilots.actions.account import add_member, create_programs

URL = "/settings/"
NEW = {"name": "Fraud AI", "prefix": "frd", "zone": "Europe/Berlin", "manages": "on"}


@pytest.fixture
def signed_in(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def errors(response) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def rows(response) -> list[tuple[str, int, int]]:
    return [(row.program.name, row.pilots, row.members) for row in response.context["rows"]]


def test_settings_stand_in_the_rail_for_those_who_need_them(
    signed_in, manager, administrator, viewer, executive
):
    for person, shown in ((manager, True), (administrator, True), (viewer, False), (executive, False)):
        page = signed_in(person).get("/").content.decode()
        assert ('<hr><a href="/settings/">' in page) is shown, person


def test_settings_are_marked_where_the_person_is(signed_in, manager):
    client = signed_in(manager)

    assert '<a href="/settings/" aria-current="page">' in client.get(URL).content.decode()
    assert (
        '<a href="/settings/" aria-current="true">'
        in client.get("/settings/programs/claims/").content.decode()
    )


def test_managers_see_their_programs_and_administrators_all(
    signed_in, manager, viewer, administrator, other_program, make_pilot
):
    make_pilot("One")
    make_pilot("Two")
    make_pilot("Hidden", is_confidential=True)
    make_pilot("Elsewhere", program=other_program)

    of_manager, of_administrator = signed_in(manager).get(URL), signed_in(administrator).get(URL)

    assert rows(of_manager) == [("Claims AI", 2, 2)]
    assert of_manager.context["form"] is None
    assert rows(of_administrator) == [("Claims AI", 2, 2), ("Finance AI", 1, 0)]


def test_sample_program_counts_its_own_pilots(signed_in, administrator, by_system, make_pilot):
    sample = create_programs(
        [Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system
    )[0]
    make_pilot("Real")
    make_pilot("Invented", program=sample)

    assert rows(signed_in(administrator).get(URL)) == [("Claims AI", 1, 0), ("Sample", 1, 0)]


@pytest.mark.parametrize("who", ["viewer", "contributor", "executive", "stranger"])
def test_settings_are_closed_to_others(request, signed_in, who, program):
    response = signed_in(request.getfixturevalue(who)).get(URL)

    assert response.status_code == 403
    assert "Settings are for administrators and for managers of a program." in response.content.decode()


def test_settings_ask_the_same_queries_for_any_number_of_programs(
    signed_in, administrator, by_system, make_pilot, django_assert_num_queries
):
    client = signed_in(administrator)

    def count():
        with django_assert_num_queries(7):  # session, user, programs, pilots, members; the rail's two
            assert client.get(URL).status_code == 200

    make_pilot()
    count()
    more = [Program(name=f"P{number}", slug=f"p{number}", prefix=f"PP{number}") for number in range(5)]
    for program in create_programs(more, by=by_system):
        add_member(program=program, user=administrator, role=Role.MANAGER, by=by_system)
        make_pilot(program=program)
    count()


def test_administrator_opens_a_program_and_manages_it(signed_in, administrator):
    response = signed_in(administrator).post(URL, NEW, follow=True)

    program = Program.objects.get()
    assert (program.name, program.slug, program.prefix, program.zone) == (
        "Fraud AI",
        "fraud-ai",
        "FRD",
        "Europe/Berlin",
    )
    assert Membership.objects.values_list("user__email", "program__slug", "role").get() == (
        "ada@example.com",
        "fraud-ai",
        "manager",
    )
    assert response.redirect_chain == [("/settings/programs/fraud-ai/", 302)]
    assert [str(message) for message in response.context["messages"]] == ["Fraud AI is open."]
    assert list(Event.objects.order_by("id").values_list("verb", "actor__email", "source")) == [
        ("program.created", "ada@example.com", "web"),
        ("member.added", "ada@example.com", "web"),
    ]


def test_administrator_may_leave_the_managing_to_others(signed_in, administrator):
    response = signed_in(administrator).post(URL, {**NEW, "manages": ""}, follow=True)

    assert not Membership.objects.exists()
    assert "Nobody is in this program yet." in response.content.decode()


def test_names_that_look_alike_get_addresses_of_their_own(signed_in, administrator):
    client = signed_in(administrator)
    client.post(URL, NEW)
    client.post(URL, {**NEW, "name": "Fraud-AI", "prefix": "FAI"})

    assert list(Program.objects.order_by("pk").values_list("slug", flat=True)) == ["fraud-ai", "fraud-ai-2"]


@pytest.mark.parametrize(
    ("prefix", "proposed", "opened"), [("", "FA", "FA"), ("mine", "FA", "MINE"), ("", "OLD", None)]
)
def test_empty_prefix_takes_the_proposal_that_was_seen(signed_in, administrator, prefix, proposed, opened):
    signed_in(administrator).post(URL, {**NEW, "prefix": prefix, "proposed": proposed})

    assert Program.objects.values_list("prefix", flat=True).first() == opened


def test_empty_prefix_comes_back_as_a_proposal(signed_in, administrator):
    client = signed_in(administrator)

    response = client.post(URL, {**NEW, "prefix": ""})

    assert errors(response) == {
        "prefix": ["The first key would be FA-1. Open it so, or write another prefix."]
    }
    assert 'name="proposed" value="FA"' in response.content.decode()
    assert not Program.objects.exists()
    client.post(URL, {**NEW, "prefix": "", "proposed": "FA"})
    assert Program.objects.get().prefix == "FA"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": ""}, {"name": ["A program needs a name."]}),
        ({"name": "x" * 5000}, {"name": ["Write at most 200 characters; these are 5000."]}),
        ({"name": "Fraud\x00"}, {"name": ["This text holds a NUL character. Remove it."]}),
        ({"name": "Fraud\r\nAI"}, {"name": ["A name stands on one line, without control characters."]}),
        ({"name": "Claims AI"}, {"name": ["A program has this name already. Choose another one."]}),
        ({"prefix": "CLM"}, {"prefix": ["A program has this prefix already. Choose another one."]}),
        ({"prefix": "F-D"}, {"prefix": ["Write 2 to 8 capital letters or digits, a letter first."]}),
        ({"prefix": "x" * 5000}, {"prefix": ["Write at most 8 characters; these are 5000."]}),
        ({"zone": "Mars/Olympus"}, {"zone": ["There is no such time zone. Choose one of the list."]}),
        ({"zone": ""}, {"zone": ["Choose the time zone in which its days begin."]}),
    ],
)
def test_program_is_refused_beside_the_field(signed_in, administrator, program, fields, expected):
    before = Event.objects.count()

    response = signed_in(administrator).post(URL, {**NEW, **fields})

    assert (response.status_code, errors(response)) == (200, expected)
    assert (Program.objects.count(), Event.objects.count()) == (1, before)


def test_manager_opens_no_program_and_learns_nothing_about_the_form(signed_in, manager):
    for body in (NEW, {}, {"zone": "Mars/Olympus"}):
        response = signed_in(manager).post(URL, body)
        assert response.status_code == 403
        assert "You may not open programs: an administrator can." in response.content.decode()
    assert Program.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "proposed"),
    [
        ("name=Fraud+AI", "FA"),
        ("name=Claims+Lab+Munich", "CLM2"),
        ("name=Fraud+AI&prefix=MINE", "FA"),
        ("name=+", None),
    ],
)
def test_proposal_for_a_name_never_replaces_the_field_somebody_types_in(
    signed_in, administrator, program, query, proposed
):
    response = signed_in(administrator).get(f"/settings/prefix/?{query}")

    assert response.status_code == (200 if proposed else 204)
    if proposed:
        content = response.content.decode()
        assert f"Left empty, the first key is <b>{proposed}-1</b>." in content
        assert re.findall('name="([^"]+)"', content) == ["proposed"]


def test_program_gets_another_name_and_zone(signed_in, administrator, program):
    client = signed_in(administrator)
    page = client.get("/settings/programs/claims/edit/")

    response = client.post(
        "/settings/programs/claims/edit/", {"name": "Claims", "zone": "Europe/Berlin"}, follow=True
    )

    assert page.context["form"].initial == {"name": "Claims AI", "zone": "UTC"}
    assert Program.objects.values_list("name", "slug", "zone").get() == ("Claims", "claims", "Europe/Berlin")
    assert response.redirect_chain == [("/settings/programs/claims/", 302)]
    assert Event.objects.get(verb="program.edited").after == {"name": "Claims", "zone": "Europe/Berlin"}


def test_program_keeps_what_it_is_called_when_the_new_name_is_taken(
    signed_in, administrator, program, other_program
):
    response = signed_in(administrator).post(
        "/settings/programs/claims/edit/", {"name": "Finance AI", "zone": "UTC"}
    )

    assert errors(response) == {"name": ["A program has this name already. Choose another one."]}
    assert Program.objects.get(slug="claims").name == "Claims AI"


def test_managers_edit_no_program(signed_in, manager):
    client = signed_in(manager)

    for response in (
        client.get("/settings/programs/claims/edit/"),
        client.post("/settings/programs/claims/edit/", {}),
    ):
        assert response.status_code == 403
        assert "You may not edit programs: an administrator can." in response.content.decode()
