"""The link by which the holder of an account chooses a password. It is shown once and kept nowhere."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from pilots.access.models import User
from pilots.actions.account import allow_password_link
from pilots.actions.by import By
from pilots.web.http import UserRequest


def password_link(user: User, *, by: By) -> str:
    """Return a new link for setting an account's password; it works for an hour, and once."""
    with transaction.atomic():  # whoever makes the link may write the account's address too
        allow_password_link(user, by=by)
        return password_url(user)


def password_url(user: User) -> str:
    """Return the address of such a link, for the mail that its holder asked for."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    return f"{settings.SITE_URL}{path}"


def hand_over(
    request: UserRequest, user: User, link: str, *, said: str, back: tuple[str, str]
) -> HttpResponseBase:
    """Show a link to whoever hands it over. `back` is the words and the address of the way on."""
    context = {
        "person": user,
        "link": link,
        "said": said,
        "back_words": back[0],
        "back_url": back[1],
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    response = TemplateResponse(request, "desk/settings_link.html", context)
    add_never_cache_headers(response)
    return response
