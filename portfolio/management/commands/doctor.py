import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portfolio.health.doctor import Verdict, examine


class Command(BaseCommand):
    help = (
        "Says what is set up here, what is missing and what to do; exits 2 when something needed is missing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result for a tool to read")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = examine(timezone.now())
        if options["json"]:
            told = [
                {"name": line.name, "verdict": line.verdict.value, "words": line.words, "todo": line.todo}
                for line in lines
            ]
            self.stdout.write(json.dumps({"lines": told}, ensure_ascii=False))
        else:
            width = max(len(line.name) for line in lines)
            for line in lines:
                self.stdout.write(f"{line.verdict.value:<7}  {line.name:<{width}}  {line.words}")
                if line.todo:
                    self.stdout.write(f"{'':<7}  {'':<{width}}  → {line.todo}")
        wanting = [line.name for line in lines if line.verdict is Verdict.MISSING]
        if wanting:
            raise CommandError(f"Missing: {', '.join(wanting)}.", returncode=2)
