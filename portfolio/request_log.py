"""One line per request: who, what, how it ended; never a secret."""

import re

import structlog
from django.conf import settings
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware as StructlogMiddleware

# A link from a mail is for one person: the log keeps its kind and not its key.
_KEY_IN_PATH = re.compile(
    r"^(/(?:accounts/(?:password/reset/key|confirm-email)|[ads]|digest/stop|people/accept)/)[^/]+"
)


class RequestMiddleware(StructlogMiddleware):
    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Name the request without its query, which may hold what someone searched for or a token."""
        path = _KEY_IN_PATH.sub(r"\1…", request.path)
        return f"{request.method} {path}"

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Note the sender's address; a forwarded one only when our own proxy wrote it."""
        address = request.META.get("REMOTE_ADDR", "")
        if settings.SECURE_PROXY_SSL_HEADER:
            address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
        structlog.contextvars.bind_contextvars(ip=address)
