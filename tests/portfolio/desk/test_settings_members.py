import re

import pytest
from django.test import Client
from django.utils import timezone

from pilots.access.models import Event, Membership, Program, Role, User
from pilots.actions.account import add_member, create_programs
from pilots.actions.by import Refused

URL = "/settings/programs/claims/"
LINK = re.compile(r"<code>(http://127\.0\.0\.1:\d+(/accounts/password/reset/key/[^<]+))</code>")


@pytest.fixture
def signed_in(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def errors(response) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def members() -> list[tuple[str, str]]:
    return list(
        Membership.objects.filter(program__slug="claims").order_by("pk").values_list("user__email", "role")
    )


def test_members_stand_by_role_and_name_with_their_last_sign_in(
    signed_in, manager, viewer, contributor, make_user, program, by_system
):
    make_user("gone@example.com")
    add_member(
        program=program, user=User.objects.get(email="gone@example.com"), role=Role.VIEWER, by=by_system
    )
    User.objects.filter(email="gone@example.com").update(is_active=False)

    page = signed_in(manager).get(URL)

    assert [row.user.name for row in page.context["members"]] == ["Maren", "Cora", "Gone", "Vic"]
    html = page.content.decode()
    assert f"Manager · maren@example.com · signed in last on {timezone.now():%a} " in html
    assert "Contributor · cora@example.com · has not signed in yet" in html
    assert "Viewer · gone@example.com · account closed" in html


def test_manager_names_somebody_who_has_an_account(signed_in, manager, stranger, mailoutbox):
    response = signed_in(manager).post(URL, {"email": "Stranger@Example.com", "role": "viewer"}, follow=True)

    assert members() == [("maren@example.com", "manager"), ("stranger@example.com", "viewer")]
    assert said(response) == ["Stranger is viewer of Claims AI."]
    assert mailoutbox == []


def test_manager_opens_no_account(signed_in, manager):
    client = signed_in(manager)

    page = client.get(URL)
    response = client.post(URL, {"email": "new@example.com", "role": "viewer", "name": "New"})

    assert list(page.context["form"].fields) == ["email", "role"]
    assert errors(response) == {
        "email": ["Nobody has an account with this address. An administrator can open one."]
    }
    assert members() == [("maren@example.com", "manager")]
    assert not User.objects.filter(email="new@example.com").exists()


def test_administrator_opens_an_account_and_hands_the_link_over(
    signed_in, administrator, program, mailoutbox
):
    response = signed_in(administrator).post(
        URL, {"email": "grace@example.com", "name": "Grace Hopper", "role": "manager"}
    )

    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    html = response.content.decode()
    assert "Nothing is mailed. Hand this link over yourself." in html
    assert "Grace Hopper is manager of Claims AI." in html
    assert members() == [("grace@example.com", "manager")]
    assert list(Event.objects.order_by("id").values_list("verb", "subject"))[-3:] == [
        ("user.created", "grace@example.com"),
        ("member.added", "grace@example.com"),
        ("password-link.created", "grace@example.com"),
    ]
    assert mailoutbox == []
    assert LINK.search(html)


def test_link_sets_a_password_once_and_then_the_person_signs_in(signed_in, administrator, program):
    response = signed_in(administrator).post(
        URL, {"email": "grace@example.com", "name": "Grace Hopper", "role": "manager"}
    )
    path = LINK.search(response.content.decode())[2]
    grace = Client()

    form = grace.get(path, follow=True)
    chosen = "a very long sentence indeed"
    grace.post(form.redirect_chain[-1][0], {"password1": chosen, "password2": chosen})
    grace.post("/accounts/login/", {"login": "grace@example.com", "password": chosen})

    assert grace.get(URL).status_code == 200
    assert "This link works no more" in Client().get(path, follow=True).content.decode()


def test_link_of_an_hour_ago_works_no_more(signed_in, administrator, program, settings):
    response = signed_in(administrator).post(
        URL, {"email": "grace@example.com", "name": "Grace", "role": "viewer"}
    )
    path = LINK.search(response.content.decode())[2]

    assert settings.PASSWORD_RESET_TIMEOUT == 3600
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link works no more" in Client().get(path, follow=True).content.decode()


def test_new_account_needs_a_name(signed_in, administrator, program):
    response = signed_in(administrator).post(
        URL, {"email": "grace@example.com", "name": "", "role": "viewer"}
    )

    assert errors(response) == {
        "name": ["Nobody has an account with this address. Write the person’s name to open one."]
    }
    assert (members(), User.objects.count()) == ([], 1)


def test_account_is_not_opened_when_its_holder_cannot_become_a_member(
    signed_in, administrator, program, monkeypatch
):
    def refuse(**_):
        raise Refused.because("Not today.", field="email")

    monkeypatch.setattr("portfolio.desk.settings_members.add_member", refuse)
    before = Event.objects.count()

    response = signed_in(administrator).post(
        URL, {"email": "grace@example.com", "name": "Grace", "role": "viewer"}
    )

    assert errors(response) == {"email": ["Not today."]}
    assert (User.objects.count(), Event.objects.count()) == (1, before)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"email": ""}, {"email": ["Write the address they sign in with."]}),
        (
            {"email": "a@b.example\r\nBcc: x@y.example"},
            {"email": ["This is no e-mail address. Write one, such as ada@example.com."]},
        ),
        (
            {"email": "a@b.example,c@d.example"},
            {"email": ["This is no e-mail address. Write one, such as ada@example.com."]},
        ),
        ({"email": "a\x00@b.example"}, {"email": ["This text holds a NUL character. Remove it."]}),
        ({"email": "x" * 5000}, {"email": ["Write at most 254 characters; these are 5000."]}),
        ({"name": "x" * 5000}, {"name": ["Write at most 200 characters; these are 5000."]}),
        ({"name": "Grace\nHopper"}, {"name": ["A name stands on one line, without control characters."]}),
        ({"role": ""}, {"role": ["Choose a role."]}),
        ({"role": "king"}, {"role": ["There is no such role. Choose viewer, contributor or manager."]}),
    ],
)
def test_member_is_refused_beside_the_field(signed_in, administrator, program, fields, expected):
    body = {"email": "grace@example.com", "name": "Grace", "role": "viewer", **fields}

    response = signed_in(administrator).post(URL, body)

    assert (response.status_code, errors(response)) == (200, expected)
    assert (members(), User.objects.count()) == ([], 1)


def test_closed_account_becomes_no_member(signed_in, manager, make_user):
    make_user("closed@example.com", is_active=False)

    response = signed_in(manager).post(URL, {"email": "closed@example.com", "role": "viewer"})

    assert errors(response) == {
        "email": ["The account of Closed is closed. An administrator can open it again."]
    }


def test_role_is_changed(signed_in, manager, viewer):
    row = viewer.memberships.get().pk

    response = signed_in(manager).post(f"{URL}members/{row}/role/", {"role": "contributor"}, follow=True)

    assert members() == [("maren@example.com", "manager"), ("vic@example.com", "contributor")]
    assert said(response) == ["Vic is contributor of Claims AI."]
    assert Event.objects.get(verb="member.changed").source == "web"


def test_role_that_does_not_exist_is_refused(signed_in, manager, viewer):
    row = viewer.memberships.get().pk

    response = signed_in(manager).post(f"{URL}members/{row}/role/", {"role": "king"}, follow=True)

    assert said(response) == ["There is no such role. Choose viewer, contributor or manager."]
    assert viewer.memberships.get().role == "viewer"


def test_member_is_removed(signed_in, manager, viewer):
    row = viewer.memberships.get().pk

    response = signed_in(manager).post(f"{URL}members/{row}/remove/", follow=True)

    assert members() == [("maren@example.com", "manager")]
    assert said(response) == ["Vic is no longer a member of Claims AI."]
    assert signed_in(manager).post(f"{URL}members/{row}/remove/").status_code == 404


def test_only_manager_stays(signed_in, manager):
    row = manager.memberships.get().pk
    client = signed_in(manager)

    for address, body in (
        (f"{URL}members/{row}/remove/", {}),
        (f"{URL}members/{row}/role/", {"role": "viewer"}),
    ):
        assert said(client.post(address, body, follow=True)) == [
            "Maren is the only manager of Claims AI. Name another manager first."
        ]
    assert members() == [("maren@example.com", "manager")]


def test_manager_who_leaves_is_shown_the_way_out(signed_in, manager, viewer, by):
    add_member(program=viewer.memberships.get().program, user=viewer, role=Role.MANAGER, by=by)

    response = signed_in(manager).post(f"{URL}members/{manager.memberships.get().pk}/remove/", follow=True)

    assert response.redirect_chain == [("/", 302)]
    assert members() == [("vic@example.com", "manager")]


def test_member_of_another_program_is_not_found(signed_in, manager, stranger, other_program, by_system):
    row = add_member(program=other_program, user=stranger, role=Role.VIEWER, by=by_system).pk
    client = signed_in(manager)

    codes = [
        client.post(f"{URL}members/{pk}/{deed}/").status_code
        for pk in (row, 10**20)
        for deed in ("role", "remove")
    ]

    assert codes == [404, 404, 404, 404]
    assert stranger.memberships.count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("viewer", 403), ("contributor", 403), ("executive", 403), ("stranger", 404)]
)
def test_others_name_nobody_and_learn_no_addresses(request, signed_in, manager, who, status):
    client = signed_in(request.getfixturevalue(who))
    row = manager.memberships.get().pk
    before = Event.objects.count()

    answers = [
        client.get(URL),
        client.post(URL, {}),
        client.post(URL, {"email": "maren@example.com", "role": "viewer"}),
        client.post(f"{URL}members/{row}/role/", {"role": "viewer"}),
        client.post(f"{URL}members/{row}/remove/"),
    ]

    assert [answer.status_code for answer in answers] == [status] * 5
    assert not any("maren@example.com" in answer.content.decode() for answer in answers)
    assert Event.objects.count() == before


def test_page_asks_the_same_queries_for_any_number_of_members(
    signed_in, manager, make_user, program, by_system, django_assert_num_queries
):
    client = signed_in(manager)

    def count():
        with django_assert_num_queries(7):  # session, user, program, permission, members; the rail's two
            assert client.get(URL).status_code == 200

    count()
    for number in range(6):
        user = make_user(f"m{number}@example.com")
        add_member(program=program, user=user, role=Role.VIEWER, by=by_system)
    count()


def test_demo_manager_sees_the_settings_of_the_sample_only(signed_in, make_user, program, by_system):
    sample = create_programs(
        [Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system
    )[0]
    demo = make_user("demo@example.com", is_sample=True)
    add_member(program=sample, user=demo, role=Role.MANAGER, by=by_system)
    client = signed_in(demo)

    assert [row.program.name for row in client.get("/settings/").context["rows"]] == ["Sample"]
    assert client.get(URL).status_code == 404


def test_page_of_a_program_leads_to_its_import(client, manager):
    client.force_login(manager)
    assert 'href="/pilots/import/?program=claims"' in client.get(URL).content.decode()
