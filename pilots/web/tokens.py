"""Who calls the API: a token in the `Authorization` header, or a signed-in person's session."""

import re
from hmac import compare_digest
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils import timezone
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from pilots.access.models import ApiToken, Source, User
from pilots.actions.by import By

if TYPE_CHECKING:  # the settings name this module, and rest_framework.views reads the settings
    from rest_framework.views import APIView

PREFIX = "hw_"
_SECRET = re.compile(rf"{PREFIX}[0-9a-f]{{64}}")


class BearerTokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer hw_…`; the token's limits travel on the user as `reach`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = self._find(secret.strip())
        if token is None:
            raise AuthenticationFailed("This is no token of Headway. Send “Authorization: Bearer hw_…”.")
        if token.expiry is not None and token.expiry <= timezone.now():
            raise AuthenticationFailed("This token has expired. Make a new one.")
        if not token.user.is_active:
            raise AuthenticationFailed("The account of this token is closed.")
        if token.user.is_sample and not settings.SITE_IS_LOOPBACK:
            raise AuthenticationFailed("The log-ins of the sample work on one's own machine only.")
        token.user.reach = token.reach
        return token.user, token

    def _find(self, secret: str) -> ApiToken | None:
        # Whatever else was sent, bytes that are no text included, has no digest to compare.
        if not _SECRET.fullmatch(secret):
            return None
        digest = hash_token(secret)
        likely = ApiToken.objects.filter(token_key=secret[: CONSTANTS.TOKEN_KEY_LENGTH]).select_related(
            "user"
        )
        return next((token for token in likely if compare_digest(token.digest, digest)), None)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Headway"'


class IsAuthenticatedWithinScope(BasePermission):
    """Somebody known, and for a token: within its scopes. What they may do with a pilot, actions decide."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        token = request.auth
        if not isinstance(token, ApiToken) or token.may_write:
            return True
        is_safe = request.method in SAFE_METHODS
        if token.may_measure:
            if getattr(view, "takes_readings", False) or (is_safe and getattr(view, "says_who", False)):
                return True
            raise PermissionDenied("This token may only send readings.", code="scope")
        if is_safe:
            return True
        raise PermissionDenied("This token may only read. Make one with the scope “write”.", code="scope")


def caller(request: Request) -> User:
    """Return the person behind a request that passed the permission above."""
    return cast("User", request.user)


def by_api(request: Request) -> By:
    """Return who acts, for a change asked for by the API."""
    return By(user=caller(request), at=timezone.now(), source=Source.API)
