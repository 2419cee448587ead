from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from pilots.access.models import User
from portfolio.desk.password_mail import queue_password_mail


class InvitationOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts come from an administrator or an invitation; demo log-ins work on a loopback address only."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail address or the password is not right. Check both.",
        "enter_current_password": "This is not your current password. Write it again.",
        "incorrect_password": "This is not your password. Write it again.",
        "invalid_password_reset": "This link works no more. Ask for another one.",
        "too_many_login_attempts": "Too many attempts did not succeed. Try again in a few minutes.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and user.is_sample and not settings.SITE_IS_LOOPBACK:
            return None
        return user

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Queue the mail: an answer that waits for no mail server tells nobody who has an account.

        Its link is made when it is sent, at our own address, whatever host the request named.
        """
        queue_password_mail(user, at=timezone.now())
