from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from pilots.access.models import Program, Source, User
from pilots.actions.account import create_token
from pilots.actions.by import By, Refused
from pilots.management.saying import SayingCommand, refuse
from pilots.models import Pilot

LONGEST = 3650


class Command(SayingCommand):
    help = "Make a token for the API and print it, this once: Headway keeps only its hash."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email", help="whose rights the token has")
        parser.add_argument("--name", required=True, help="what it is for, such as “nightly export”")
        parser.add_argument("--scopes", required=True, help="read, write, or measure alone; commas between")
        parser.add_argument("--programs", default="", help="limit it to these, by slug, with commas between")
        parser.add_argument("--pilots", default="", help="limit it to these, by key, with commas between")
        parser.add_argument("--days", type=int, help="how long it lives; for good when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None:
            refuse(f"There is no account with the address {options['email']}.")
        if not user.is_active:
            refuse(f"The account {user.email} is closed. A token of it would open nothing.")
        days = options["days"]
        if days is not None and not 1 <= days <= LONGEST:
            refuse(f"A token lives 1 to {LONGEST} days.")
        try:
            token, secret = create_token(
                user=user,
                name=options["name"],
                scopes=set(_listed(options["scopes"])),
                programs=_programs(user, _listed(options["programs"])),
                pilot_ids=_pilots(user, _listed(options["pilots"])),
                lifetime=timedelta(days=days) if days else None,
                by=By(user=None, at=timezone.now(), source=Source.COMMAND),
            )
        except Refused as refused:
            refuse(str(refused))
        if not options["json"]:
            self.stderr.write(f"A token for {user.email} ({', '.join(token.scopes)}). It is shown this once:")
        self.answer({"token": secret}, secret, as_json=options["json"])


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _programs(user: User, slugs: Sequence[str]) -> list[Program]:
    found = {program.slug: program for program in Program.objects.visible_to(user).filter(slug__in=slugs)}
    _all_found(slugs, found, "program", user)
    return list(found.values())


def _pilots(user: User, keys: Sequence[str]) -> list[int]:
    pilots = Pilot.objects.visible_to(user).filter(key__in=keys)
    found = dict(pilots.values_list("key", "pk"))
    _all_found(keys, found, "pilot", user)
    return list(found.values())


def _all_found(wanted: Sequence[str], found: Any, noun: str, user: User) -> None:
    """A limit that is misspelt must not become a wider token."""
    missing = [name for name in wanted if name not in found]
    if missing:
        refuse(f"{user.email} sees no {noun} {', '.join(missing)}.")
