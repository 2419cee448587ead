from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from pilots.calendar import Day
from pilots.management.saying import SayingCommand, refuse
from portfolio.outbox.hold import note_restore


class Command(SayingCommand):
    help = (
        "Tell a restored copy that it is one, before anything of it runs: mail that may have gone out waits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--backup-of",
            required=True,
            metavar="MOMENT",
            help="when the backup was made, such as 2026-11-15T23:00:00Z; UTC without an offset",
        )

    def handle(self, *, backup_of: str, **options: Any) -> None:
        now = timezone.now()
        moment = _moment(backup_of)
        if moment > now:
            refuse(f"{_said(moment)} is still to come. Write the moment at which the backup was made.")
        held = note_restore(backup_of=moment, at=now)
        result = {"backup_of": moment.isoformat(), "noted_at": now.isoformat(), "held": held}
        self.answer(result, _sentence(held, moment), as_json=options["json"])


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        refuse(f"“{text[:40]}” is no moment. Write one such as 2026-11-15T23:00:00Z.")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _said(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    return f"{Day(there.date())}, {there:%H:%M} UTC"


def _sentence(held: int, moment: datetime) -> str:
    mails = "1 mail waits" if held == 1 else f"{held:,} mails wait"
    return (
        f"{mails} in Settings, Outbox until an administrator releases them or gives them up, and so will "
        f"each digest that fell due between {_said(moment)} and now."
    )
