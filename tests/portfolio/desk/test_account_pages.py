from pathlib import Path

import pytest
from django.template.loader import get_template

from portfolio.desk.account_forms import ChangePasswordForm, SignInForm

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
def test_demo_log_ins_show_only_when_there_are_some(rf, demo):
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
