"""Mail that was written to files, read back as text."""

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from django.conf import settings

from portfolio.outbox.route_words import way_out

NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{1,24}\.log")
MOST_BYTES = 1024 * 1024
# Django writes a line of dashes after each mail; what follows it begins with a header.
_BETWEEN = re.compile(rb"\n-{79}\n(?=\Z|[A-Za-z-]+:)")


@dataclass(frozen=True)
class Mail:
    """One mail as text: what its headers say and the plain body."""

    sender: str
    to: str
    subject: str
    date: str
    text: str

    @property
    def heading(self) -> str:
        return self.subject or "No subject"

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """Return the text in pieces; those marked true are addresses of this site, safe to follow."""
        ours = re.compile(rf"({re.escape(settings.SITE_URL)}/[^\s<>\"']*)")
        return [(piece, place % 2 == 1) for place, piece in enumerate(ours.split(self.text)) if piece]


@dataclass(frozen=True)
class MailFile:
    """A file with the mails in it, mostly one."""

    name: str
    written_at: datetime
    mails: list[Mail]


def newest(count: int) -> list[MailFile]:
    """Return the newest files that hold mail, newest first."""
    files = (read(name) for name in heapq.nlargest(count, _names()))
    return [file for file in files if file is not None and file.mails]


def read(name: str) -> MailFile | None:
    """Return a file by its name; None for whatever is no mail file of ours."""
    folder = way_out().folder
    if folder is None or not NAME.fullmatch(name):
        return None
    path = folder / name
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            content = file.read(MOST_BYTES)
            written = path.stat().st_mtime
    except OSError:
        return None
    mails = [_mail(part) for part in _BETWEEN.split(content) if part.strip()]
    return MailFile(name, datetime.fromtimestamp(written, tz=UTC), mails)


def _names() -> Iterator[str]:
    folder = way_out().folder
    if folder is None or not folder.is_dir():
        return
    yield from (path.name for path in folder.iterdir() if NAME.fullmatch(path.name))


def _mail(raw: bytes) -> Mail:
    parsed = message_from_bytes(raw, policy=default)
    return Mail(
        sender=str(parsed["From"] or ""),
        to=str(parsed["To"] or ""),
        subject=str(parsed["Subject"] or ""),
        date=str(parsed["Date"] or ""),
        text=_text(parsed),
    )


def _text(parsed: EmailMessage) -> str:
    body = parsed.get_body(("plain",))
    if body is None:
        return "This mail has no plain text."
    try:
        return str(body.get_content())
    except (LookupError, ValueError):
        return "This mail cannot be read as text."
