from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache
from django.template.loader import get_template
from django.test import Client
from django.utils import timezone

from portfolio.desk.account_forms import ChangePasswordForm, SignInForm
from portfolio.desk.sample.people import MANAGER
from portfolio.outbox.deliver import deliver

ACCOUNT = Path(__file__).resolve().parents[3] / "templates" / "account"


def test_sign_in_says_what_to_write(rf):
    form = SignInForm({}, request=rf.post("/accounts/login/"))
    assert form.errors == {"login": ["Write your e-mail."], "password": ["Write your password."]}


def test_sign_in_repeats_no_label_inside_a_control(rf):
    html = SignInForm(request=rf.get("/accounts/login/")).as_div()
    assert "placeholder" not in html
    assert "Forgot your password?" in html


def test_change_password_names_its_fields(manager):
    labels = [field.label for field in ChangePasswordForm(user=manager)]
    assert labels == ["Current password", "New password", "New password, once more"]


@pytest.mark.parametrize(
    "page",
    [
        "account_inactive.html",
        "login.html",
        "logout.html",
        "password_change.html",
        "password_reset.html",
        "password_reset_done.html",
        "password_reset_from_key.html",
        "password_reset_from_key_done.html",
        "password_set.html",
        "reauthenticate.html",
    ],
)
def test_account_page_is_ours(page):
    assert get_template(f"account/{page}").origin.name == str(ACCOUNT / page)


@pytest.mark.parametrize("demo", [True, False])
def test_demo_log_ins_show_only_when_there_are_some(rf, db, demo):
    logins = (
        [{"email": "maren@example.com", "password": "look-round", "what": "Program manager"}] if demo else []
    )
    html = get_template("account/login.html").render(
        {"form": SignInForm(request=rf.get("/")), "redirect_field": "", "demo_logins": logins}, rf.get("/")
    )
    assert ("Look round the sample" in html) is demo
    assert ("look-round" in html) is demo


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/email/", "/accounts/confirm-email/"])
def test_nobody_signs_up_or_changes_their_address(client, manager, address):
    client.force_login(manager)
    assert client.get(address).status_code == 404
    assert client.post(address, {"email": "other@example.com", "action_add": "1"}).status_code == 404


def _ask_for_a_new_password(email, **meta):
    """Return the answer as the person sees it and the mails it sent; each asks from a browser of its own."""
    mail.outbox.clear()
    cache.clear()
    answer = Client().post("/accounts/password/reset/", {"email": email}, follow=True, **meta)
    assert mail.outbox == []  # it waits in the outbox for the next ring
    deliver(now=timezone.now, budget=timedelta(seconds=60))
    return (answer.status_code, answer.redirect_chain, answer.content), list(mail.outbox)


def test_a_new_password_is_asked_for_without_telling_who_has_an_account(manager, make_user):
    make_user("closed@example.com", is_active=False)

    known, sent = _ask_for_a_new_password("maren@example.com")
    unknown, none = _ask_for_a_new_password("nobody@example.com")
    inactive, none_either = _ask_for_a_new_password("closed@example.com")

    assert known[:2] == (200, [("/accounts/password/reset/done/", 302)])
    assert unknown == inactive == known
    assert ([message.to for message in sent], none, none_either) == ([["maren@example.com"]], [], [])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9999", "testserver"])
def test_the_link_to_a_new_password_leads_to_our_address(manager, settings, host):
    settings.SITE_URL = "https://headway.example.com"
    _, [sent] = _ask_for_a_new_password("maren@example.com", HTTP_HOST=host)

    [link] = [word for word in sent.body.split() if "://" in word]
    assert link.startswith("https://headway.example.com/accounts/password/reset/key/")
    form = Client().get(link.removeprefix("https://headway.example.com"), follow=True)
    assert form.status_code == 200
    assert "New password, once more" in form.content.decode()


def test_demo_sign_in_goes_on_to_where_the_person_wanted(client, db, settings, make_user):
    settings.SITE_IS_LOOPBACK = True
    make_user(MANAGER.email, is_sample=True)

    html = client.get("/accounts/login/?next=/pilots/CLM-1/").content.decode()

    assert html.count('<input type="hidden" name="next" value="/pilots/CLM-1/">') == 2
    assert html.count('<input type="hidden" name="login"') == 1


@pytest.mark.parametrize("is_there", [True, False])
def test_sign_in_says_how_the_first_account_is_made_while_there_is_none(client, db, make_user, is_there):
    if is_there:
        make_user("maren@example.com")

    html = client.get("/accounts/login/").content.decode()

    assert (
        "Make the first account: <code>manage.py create_admin you@example.com</code>" in html
    ) is not is_there
    assert ("No account? An administrator" in html) is is_there
