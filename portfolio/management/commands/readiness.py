import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portfolio.health import checks


class Command(BaseCommand):
    help = "Says whether database, migrations, guards and jobs are in order; exits 2 when one is not."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print what /readyz answers")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = checks.look(timezone.now())
        if options["json"]:
            told = {finding.name: {"ok": finding.ok, "words": finding.words} for finding in findings}
            self.stdout.write(json.dumps({"ready": checks.is_ready(findings), "checks": told}))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.name}: {finding.words}")
        wrong = [finding.name for finding in findings if not finding.ok]
        if wrong:
            raise CommandError(f"Not in order: {', '.join(wrong)}.", returncode=2)
