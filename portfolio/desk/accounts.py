from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Accounts come from an administrator or an invitation; demo log-ins work on a loopback address only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user: Any = super().authenticate(request, **credentials)
        if user is not None and user.is_sample and not settings.SITE_IS_LOOPBACK:
            return None
        return user
