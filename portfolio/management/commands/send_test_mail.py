from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from pilots.management.saying import SayingCommand, refuse
from portfolio.outbox.enqueue import new_message_id
from portfolio.outbox.kinds import Letter
from portfolio.outbox.letter import Undeliverable, mail_from
from portfolio.outbox.models import Message
from portfolio.outbox.route import Interrupted, Route, TurnedDown, Unreachable
from portfolio.outbox.route_words import warn_of_links, way_out


class Command(SayingCommand):
    help = "Sends one mail right now and says which way it went; exits 2 when it was not taken."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("address", metavar="ADDRESS", help="who should get it")

    def handle(self, *args: Any, **options: Any) -> None:
        address, way, route = options["address"], way_out(), Route()
        message = Message(kind="test", message_id=new_message_id())
        try:
            route.send(mail_from(_letter(address), message))
        except Undeliverable as error:
            refuse(f"{error} Write one such as you@example.com.")
        except Unreachable as error:
            refuse(f"{_ended(error)} Used: {_used()}. {_look_at()}")
        except Interrupted as error:
            refuse(f"{_ended(error)} Used: {_used()}. It is not known whether the mail was taken; try again.")
        except TurnedDown as error:
            refuse(f"{_ended(error)} Used: {_used()}. The server was reached, but does not take this mail.")
        finally:
            route.close()
        warn_of_links(self.stderr)
        result = {
            "address": address,
            "server": way.server or None,
            "folder": str(way.folder) if way.folder else None,
            "from": settings.DEFAULT_FROM_EMAIL,
            "message_id": message.message_id,
        }
        self.answer(result, _said(address), as_json=options["json"])


def _letter(address: str) -> Letter:
    return Letter(
        to=address,
        subject="Headway: a test",
        text=(
            f"This mail was sent by manage.py send_test_mail at {timezone.now():%Y-%m-%d %H:%M} UTC, "
            f"for {settings.SITE_URL}.\n\nThat it is here says that mail goes out.\n"
        ),
    )


def _ended(error: Exception) -> str:
    """Return a server's words as a sentence."""
    return f"{str(error).rstrip('. ')}."


def _used() -> str:
    way = way_out()
    place = way.server or (f"files in {way.folder}" if way.folder else settings.EMAIL_BACKEND)
    return f"{place}, from {settings.DEFAULT_FROM_EMAIL}"


def _look_at() -> str:
    return "Look at EMAIL_URL and MAIL_FROM." if way_out().server else "Look at DATA_DIR."


def _said(address: str) -> str:
    if way_out().reaches_people:
        return f"The mail server took a mail to {address}. Used: {_used()}. See whether it arrives."
    return (
        f"Nobody receives mail yet: a mail to {address} was written to {_used()}. "
        "Set EMAIL_URL to the address of a mail server."
    )
