"""Turns a letter into a mail. User text reaches the subject and the bodies only, and adds no header and
no recipient.
"""

import unicodedata

import css_inline
from django.core.mail import EmailMultiAlternatives

from pilots.access.address import plain_address
from portfolio.outbox.kinds import Letter
from portfolio.outbox.models import Message

HEADERS = frozenset({"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID"})
LONGEST_SUBJECT = 200
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


class Undeliverable(Exception):
    """There is no use in trying again: the sentence says what is wrong with the letter."""


def mail_from(letter: Letter, message: Message) -> EmailMultiAlternatives:
    """Return the mail. Raises `Undeliverable`."""
    mail = EmailMultiAlternatives(
        subject=one_line(letter.subject),
        body=letter.text,
        to=[_address(letter.to)],
        headers={
            **_extra(letter),
            "Message-ID": message.message_id,
            "X-Headway-Outbox-Id": str(message.pk or "none"),
            "Auto-Submitted": "auto-generated",
        },
    )
    if letter.html:
        mail.attach_alternative(_INLINER.inline(letter.html), "text/html")
    mail.message().as_bytes()  # what cannot become bytes is found here, not in the server's hearing
    return mail


def one_line(text: str) -> str:
    """Return text as one line without control characters or invisible turns of direction."""
    line = "".join(" " if _breaks(letter) else letter for letter in text)
    return " ".join(line.split())[:LONGEST_SUBJECT]


def _breaks(letter: str) -> bool:
    # Joiners belong to scripts and emoji; every other invisible character only misleads.
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and letter not in "\u200c\u200d"


def _address(text: str) -> str:
    plain = plain_address(text)
    if not plain:
        raise Undeliverable(f"“{one_line(text)}” is not one plain address that mail can go to.")
    return plain


def _extra(letter: Letter) -> dict[str, str]:
    for name, value in letter.headers.items():
        if name not in HEADERS:
            raise Undeliverable(f"A letter may not set the header {one_line(name)!r}.")
        if not value.isascii() or not value.isprintable():
            raise Undeliverable(f"The header {name} holds something else than plain text.")
    return dict(letter.headers)
