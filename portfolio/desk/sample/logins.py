"""The log-ins for looking round, as the sign-in page and the terminal show them."""

from collections.abc import Callable
from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest

from pilots.access.models import User
from portfolio.desk.sample.people import DEMO_PASSWORD, DEMOS


class DemoLogin(TypedDict):
    email: str
    password: str
    what: str


def demo_logins() -> list[DemoLogin]:
    """Return the demo log-ins that exist; none where they do not work, which is beyond a loopback address."""
    if not settings.SITE_IS_LOOPBACK:
        return []
    there = set(User.objects.filter(is_sample=True, is_active=True).values_list("email", flat=True))
    return [
        DemoLogin(email=demo.email, password=DEMO_PASSWORD, what=demo.what)
        for demo in DEMOS
        if demo.email in there
    ]


def has_no_account() -> bool:
    """Return whether nobody can sign in, as on a new site or after the sample went with its log-ins."""
    return not User.objects.filter(is_active=True).exists()


def offer(_request: HttpRequest) -> dict[str, Callable[[], object]]:
    """Context processor: what the sign-in page offers, asked for only by a template that names it."""
    return {"demo_logins": demo_logins, "has_no_account": has_no_account}
