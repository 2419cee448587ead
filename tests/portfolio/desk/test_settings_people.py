import pytest
from django.test import Client

from pilots.access.models import Event, Role, User
from pilots.actions.account import add_member, create_token
from tests.portfolio.desk.test_settings_members import LINK, errors, said

URL = "/settings/people/"


@pytest.fixture
def ada(client, administrator):
    client.force_login(administrator)
    return client


def test_people_stand_by_name_with_marks_programs_and_last_sign_in(
    ada, manager, executive, make_user, other_program, by_system
):
    make_user("demo@example.com", is_sample=True)
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)

    page = ada.get(URL)

    assert [person.name for person in page.context["page"]] == ["Ada", "Exe", "Maren"]
    html = page.content.decode()
    assert '<span class="badge line">Executive</span>' in html
    assert '<span class="badge line">Administrator</span>' in html
    assert "maren@example.com · has not signed in yet" in html
    assert (
        'Manager of <a href="/settings/programs/claims/">Claims AI</a>, '
        'Viewer of <a href="/settings/programs/finance/">Finance AI</a>' in html
    )
    assert "demo@example.com" not in html


def test_people_ask_the_same_queries_for_any_number(
    ada, program, make_user, by_system, django_assert_num_queries
):
    def count():
        with django_assert_num_queries(7):  # session, user, count, people, memberships; the rail's two
            assert ada.get(URL).status_code == 200

    add_member(program=program, user=make_user("m@example.com"), role=Role.VIEWER, by=by_system)
    count()
    for number in range(6):
        user = make_user(f"m{number}@example.com")
        add_member(program=program, user=user, role=Role.VIEWER, by=by_system)
    count()


def test_people_are_paged(ada, make_user):
    for number in range(50):
        make_user(f"m{number:02}@example.com")

    assert len(ada.get(URL).context["page"]) == 50
    assert [person.name for person in ada.get(f"{URL}?page=2").context["page"]] == ["M49"]


def test_account_is_opened_with_a_link_and_no_mail(ada, mailoutbox):
    response = ada.post(URL, {"email": "Grace@Example.com", "name": "Grace Hopper", "is_executive": "on"})

    grace = User.objects.get(email="grace@example.com")
    assert (grace.name, grace.is_executive, grace.is_administrator, grace.has_usable_password()) == (
        "Grace Hopper",
        True,
        False,
        False,
    )
    assert LINK.search(response.content.decode())
    assert "no-store" in response.headers["Cache-Control"]
    assert list(Event.objects.order_by("id").values_list("verb", "subject", "after")) == [
        ("user.created", "grace@example.com", {"roles": ["is_executive"]}),
        ("password-link.created", "grace@example.com", {}),
    ]
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"email": "ADA@example.com"}, {"email": ["This address has an account already."]}),
        (
            {"email": "a@b.example,c@d.example"},
            {"email": ["This is no e-mail address. Write one, such as ada@example.com."]},
        ),
        ({"email": "a\x00@b.example"}, {"email": ["This text holds a NUL character. Remove it."]}),
        ({"name": ""}, {"name": ["Write the person’s name."]}),
        ({"name": "x" * 5000}, {"name": ["Write at most 200 characters; these are 5000."]}),
        ({"name": "Grace\r\nHopper"}, {"name": ["A name stands on one line, without control characters."]}),
    ],
)
def test_account_is_refused_beside_the_field(ada, fields, expected):
    response = ada.post(URL, {"email": "grace@example.com", "name": "Grace", **fields})

    assert (response.status_code, errors(response)) == (200, expected)
    assert (User.objects.count(), Event.objects.count()) == (1, 0)


def test_fresh_link_sets_a_password(ada, manager):
    response = ada.post(f"{URL}{manager.pk}/link/")
    path = LINK.search(response.content.decode())[2]
    maren, chosen = Client(), "a very long sentence indeed"

    form = maren.get(path, follow=True)
    maren.post(form.redirect_chain[-1][0], {"password1": chosen, "password2": chosen})

    assert User.objects.get(pk=manager.pk).check_password(chosen)
    assert Event.objects.get(verb="password-link.created").actor.email == "ada@example.com"


def test_closed_account_gets_no_link(ada, manager):
    ada.post(f"{URL}{manager.pk}/deactivate/")

    response = ada.post(f"{URL}{manager.pk}/link/", follow=True)

    assert said(response)[-1] == "The account of Maren is closed. Open it again first."
    assert not Event.objects.filter(verb="password-link.created").exists()


def test_closed_account_is_refused_everywhere_at_once(ada, manager, by_system):
    browser = Client()
    browser.force_login(manager)
    _, secret = create_token(user=manager, name="tool", scopes={"read"}, by=by_system)
    tool = Client(headers={"Authorization": f"Bearer {secret}"})
    assert [browser.get("/").status_code, browser.get("/api/v1/me/").status_code] == [200, 200]
    assert tool.get("/api/v1/me/").status_code == 200

    closed = ada.post(f"{URL}{manager.pk}/deactivate/", follow=True)

    assert said(closed) == ["The account of Maren is closed: sessions and tokens are refused from now on."]
    assert browser.get("/").headers["Location"] == "/accounts/login/?next=/"
    assert [browser.get("/api/v1/me/").status_code, tool.get("/api/v1/me/").status_code] == [401, 401]

    opened = ada.post(f"{URL}{manager.pk}/reactivate/", follow=True)
    assert said(opened) == ["The account of Maren is open again."]
    assert [browser.get("/").status_code, tool.get("/api/v1/me/").status_code] == [200, 200]


def test_administrator_cannot_close_their_own_account(ada, administrator):
    page = ada.get(URL).content.decode()
    response = ada.post(f"{URL}{administrator.pk}/deactivate/", follow=True)

    assert f"{administrator.pk}/deactivate/" not in page
    assert said(response) == ["You cannot close your own account. Another administrator can."]
    assert User.objects.get().is_active


def test_demo_log_ins_and_nobody_are_not_found(ada, make_user):
    demo = make_user("demo@example.com", is_sample=True)

    codes = [
        ada.post(f"{URL}{pk}/{deed}/").status_code
        for pk in (demo.pk, 10**20)
        for deed in ("link", "deactivate", "reactivate")
    ]

    assert codes == [404] * 6


@pytest.mark.parametrize("who", ["manager", "viewer", "executive", "stranger"])
def test_others_see_no_accounts_and_change_none(request, client, who, administrator):
    client.force_login(request.getfixturevalue(who))
    before = Event.objects.count()

    answers = [
        client.get(URL),
        client.post(URL, {}),
        client.post(URL, {"email": "grace@example.com", "name": "Grace", "is_administrator": "on"}),
        *(
            client.post(f"{URL}{pk}/{deed}/")
            for pk in (administrator.pk, 10**6)
            for deed in ("link", "deactivate", "reactivate")
        ),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert not any("ada@example.com" in answer.content.decode() for answer in answers)
    assert Event.objects.count() == before
    assert User.objects.filter(is_active=False).count() == 0
