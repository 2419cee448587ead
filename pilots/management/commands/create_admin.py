import getpass
import os
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils import timezone

from pilots.access.models import Source
from pilots.actions.account import create_user
from pilots.actions.by import By, Refused
from pilots.management.saying import SayingCommand, refuse


class Command(SayingCommand):
    help = "Open an administrator's account. Asks for the password, or reads it from HEADWAY_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="as shown on the pages; the address when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("HEADWAY_PASSWORD") or self._ask()
        try:
            validate_password(password)
            user = create_user(
                email=options["email"],
                name=options["name"] or options["email"],
                password=password,
                is_administrator=True,
                by=By(user=None, at=timezone.now(), source=Source.COMMAND),
            )
        except ValidationError as error:
            refuse(" ".join(error.messages))
        except Refused as refused:
            refuse(str(refused))
        self.answer(
            {"email": user.email}, f"{user.email} may now sign in as administrator.", as_json=options["json"]
        )

    def _ask(self) -> str:
        if not sys.stdin.isatty():
            refuse("No password given. Set HEADWAY_PASSWORD, or run this on a terminal.")
        first = getpass.getpass("Password: ")
        if first != getpass.getpass("Once more: "):
            refuse("The two passwords differ. Nothing was written.")
        return first
