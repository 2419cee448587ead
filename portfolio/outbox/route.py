"""The way out: one connection to whatever carries the mail, and what its answers mean."""

import smtplib
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from portfolio.outbox.letter import one_line

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
TOO_BIG = 552  # given to MAIL FROM, but about this one mail


class Unreachable(Exception):
    """Nothing can be sent now, whoever it is for: no answer, or the server refuses us as a sender."""


class Interrupted(Exception):
    """The connection was lost in the middle of one mail; another may come through."""


class TurnedDown(Exception):
    """The server answered, and refused this one mail."""

    def __init__(self, code: int, words: str) -> None:
        self.is_final = code >= 500
        super().__init__(f"The mail server answered {code}: {words}")


class Route:
    """Opens a connection when it is needed first, and a new one after anything went wrong."""

    def __init__(self) -> None:
        self._connection: Any = None

    def open(self) -> None:
        """Raises `Unreachable`."""
        if self._connection is not None:
            return
        try:
            connection = get_connection()
            connection.open()
        except (OSError, ValueError) as error:
            raise Unreachable(f"The mail server cannot be used: {_said(error)}") from error
        self._connection = connection

    def send(self, mail: EmailMessage) -> None:
        """Raises `Unreachable`, `Interrupted` or `TurnedDown`; returns when the mail was accepted."""
        self.open()
        try:
            self._connection.send_messages([mail])
        except (OSError, ValueError) as error:
            self.close()
            raise _meaning(error) from error
        if settings.EMAIL_BACKEND != SMTP_BACKEND:
            self.close()  # so that each mail is a file of its own

    def close(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None


def _meaning(error: Exception) -> Exception:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return TurnedDown(code, _text(words))
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_BIG:
        return Unreachable(f"The mail server does not take mail from us: {_said(error)}")
    if isinstance(error, smtplib.SMTPResponseException):
        return TurnedDown(error.smtp_code, _text(error.smtp_error))
    if isinstance(error, smtplib.SMTPException | TimeoutError | ConnectionError):
        return Interrupted(f"The mail server went away in the middle: {_said(error)}")
    return Unreachable(f"The mail could not be handed over: {_said(error)}")


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return one_line(str(error)) or type(error).__name__


def _text(words: bytes | str) -> str:
    return one_line(words.decode("utf-8", "replace") if isinstance(words, bytes) else words)
