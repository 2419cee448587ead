"""How our commands answer: a person reads sentences, a tool reads JSON, bad input is one sentence."""

import json
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from pilots.access.models import Program


class DatabaseCommand(BaseCommand):
    """A command that works on a database that is there already, and makes none where it is not."""

    requires_system_checks: list[str] = []

    def execute(self, *args: Any, **options: Any) -> str | None:
        _require_database()
        return super().execute(*args, **options)


class SayingCommand(DatabaseCommand):
    """A command with `--json`, whose refusals leave exit status 2."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result for a tool to read")

    def answer(self, result: dict[str, Any], sentence: str, *, as_json: bool) -> None:
        self.stdout.write(json.dumps(result, default=str) if as_json else sentence)


class Bar:
    """How far long work is, on a terminal; silent where nobody watches."""

    WIDTH = 40

    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream
        self._is_watched = stream.isatty()

    def show(self, done: int, total: int) -> None:
        if self._is_watched and total:
            full = self.WIDTH * done // total
            bar = "█" * full + "░" * (self.WIDTH - full)
            ending = "\n" if done >= total else ""
            self._stream.write(f"\r{bar} {done:,} of {total:,}", str, ending)
            self._stream.flush()


def refuse(sentence: str) -> NoReturn:
    raise CommandError(sentence, returncode=2)


def find_program(slug: str) -> Program | None:
    """Return the program of an address, None for none; refuse one that is not there."""
    if not slug:
        return None
    program = Program.objects.filter(slug=slug).first()
    if program is None:
        known = ", ".join(Program.objects.order_by("slug").values_list("slug", flat=True)[:20])
        there = f"There are: {known}." if known else "There is none yet."
        refuse(f"No program has the address “{slug}”. {there}")
    return program


def _require_database() -> None:
    is_file = connection.vendor == "sqlite"
    place, variable = connection.settings_dict["NAME"], "DATA_DIR" if is_file else "DATABASE_URL"
    try:
        # Connecting to a file that is not there would make one.
        is_there = (not is_file or Path(place).exists()) and MigrationRecorder(connection).has_table()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        refuse(f"The database cannot be used: {reason}. Is {variable} set as for make run?")
    if not is_there:
        refuse(f"There is no Headway database at {place}. Is {variable} set as for make run?")
