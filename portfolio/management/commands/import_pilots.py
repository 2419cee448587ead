import argparse
import json
import uuid
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.db.utils import OperationalError, ProgrammingError
from django.utils import timezone

from pilots.access.models import Source, User
from pilots.actions.by import By, Forbidden, Refused
from pilots.calendar import Precision, UnreadableDay, read_day
from pilots.management.saying import DatabaseCommand
from portfolio.exchange import command_report as report
from portfolio.exchange.commanded import keep_import
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.importing import Order, Outcome, apply, prepare, preview

_NO_MANAGER = (
    "New programs have no manager yet, so nobody can move their pilots. An administrator names one in the "
    "browser, in Settings; with --by EMAIL the one who imports is their manager."
)


class Command(DatabaseCommand):
    help = "Imports a register of pilots by a mapping file. Shows what it would do; writes with --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            metavar="FILE",
            help="a workbook (.xlsx, .ods), or values separated by comma, semicolon, tab or bar",
        )
        parser.add_argument(
            "--mapping", default="", metavar="NAME|FILE", help="else it is known by the file's header"
        )
        parser.add_argument(
            "--program", default="", metavar="NAME", help="an existing program all rows go into"
        )
        parser.add_argument("--as-of", type=_day, metavar="DATE", help="the day the file speaks of")
        parser.add_argument("--by", default="", metavar="EMAIL", help="who imports; without it, this machine")
        parser.add_argument("--apply", action="store_true", help="write it")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = self._run(timezone.now(), **options)
        except CannotImport as wrong:
            raise CommandError(str(wrong), returncode=2) from None
        except (Refused, Forbidden) as refused:
            raise CommandError(f"Nothing was written. {refused}", returncode=2) from None
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(_database_words(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(outcome), ensure_ascii=False))
        else:
            for line in report.in_words(outcome):
                self.stdout.write(line)
        self._close(outcome, **options)

    def _run(self, now: datetime, **options: Any) -> Outcome:
        user = _user(options["by"])
        by = By(user=user, at=now, source=Source.IMPORT)
        order = Order(
            file=options["file"],
            mapping=options["mapping"],
            program=options["program"],
            as_of=options["as_of"],
        )
        prepared = prepare(order, user=user, today=now.date(), say=self._say)
        if not options["apply"]:
            return preview(prepared, by=by)
        batch = uuid.uuid4()
        with transaction.atomic():
            outcome = apply(prepared, by=by, say=self._say, batch=batch)
            if outcome.applied:
                keep_import(outcome, file=options["file"], mapping=options["mapping"], batch=batch, by=by)
        return outcome

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)

    def _close(self, outcome: Outcome, **options: Any) -> None:
        wanted, told = options["apply"], not options["json"]
        refused = len(outcome.plan.refused)
        if wanted and not outcome.applied:
            rows = "1 row is" if refused == 1 else f"{refused:,} rows are"
            raise CommandError(
                f"Nothing was written: {rows} refused. Correct the file, or decide in the mapping.",
                returncode=2,
            )
        if told and not wanted:
            self.stdout.write("Nothing was written. Add --apply to import.")
        if told and outcome.programs.fresh and not options["by"]:
            self.stdout.write(_NO_MANAGER)


def _day(text: str) -> date:
    try:
        day = read_day(text)
    except UnreadableDay as error:
        raise argparse.ArgumentTypeError(error.of_one_day) from None
    if day.precision is not Precision.DAY:
        raise argparse.ArgumentTypeError(f"“{text}” is no single day. Write one such as 2026-10-31.")
    return day.first


def _user(email: str) -> User | None:
    if not email:
        return None
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        raise CannotImport(f"Nobody signs in as {email}. Write the address of an account.")
    return user


def _database_words(error: Exception) -> str:
    if "locked" in str(error):
        return "Nothing was written: somebody else is writing, perhaps another import. Try again in a minute."
    return (
        f"The database cannot be used: {str(error).splitlines()[0]}. Run manage.py migrate, then try again."
    )
