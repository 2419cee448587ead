from typing import Any

from django.core.management.base import BaseCommand

from pilots.rules import RULES
from pilots.rules.book import cadences, catalogue


class Command(BaseCommand):
    help = "Print every rule with its proposed limits as Markdown; docs/rules.md holds the same."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{cadences()}\n{catalogue(RULES)}", ending="")
