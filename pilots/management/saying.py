"""How our commands answer: a person reads sentences, a tool reads JSON, bad input is one sentence."""

import json
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser


class SayingCommand(BaseCommand):
    """A command with `--json`, whose refusals leave exit status 2."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result for a tool to read")

    def answer(self, result: dict[str, Any], sentence: str, *, as_json: bool) -> None:
        self.stdout.write(json.dumps(result, default=str) if as_json else sentence)


def refuse(sentence: str) -> NoReturn:
    raise CommandError(sentence, returncode=2)
