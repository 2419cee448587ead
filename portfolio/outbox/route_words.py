"""Which way mail goes out, in words: for administrators and the command line. Never the password."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management.base import OutputWrapper

from portfolio.outbox.route import SMTP_BACKEND

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"


@dataclass(frozen=True)
class Way:
    """The server mail is handed to, or the folder it is written to; one of both, or neither."""

    server: str = ""
    folder: Path | None = None

    @property
    def reaches_people(self) -> bool:
        return bool(self.server)


def way_out() -> Way:
    if settings.EMAIL_BACKEND == SMTP_BACKEND:
        return Way(server=_server())
    if settings.EMAIL_BACKEND == FILE_BACKEND:
        return Way(folder=Path(settings.EMAIL_FILE_PATH))
    return Way()


def warn_of_links(stream: OutputWrapper) -> None:
    """Say at the command line where the links of a mail lead, while only this machine gets there."""
    if settings.SITE_IS_LOOPBACK:
        stream.write(
            f"Links in mail lead to {settings.SITE_URL}, which only this machine reaches. "
            "Where that is wrong, set PORT as for make run, or SITE_URL to the address people use."
        )


def _server() -> str:
    guarded = "TLS" if settings.EMAIL_USE_SSL else "STARTTLS" if settings.EMAIL_USE_TLS else "not encrypted"
    signed_in = f", signed in as {settings.EMAIL_HOST_USER}" if settings.EMAIL_HOST_USER else ""
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} ({guarded}{signed_in})"
