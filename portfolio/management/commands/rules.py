from typing import Any

from django.core.management.base import BaseCommand

from pilots.rules import RULES
from pilots.rules.book import cadences, catalogue
from portfolio.homes import answering, homes, table


class Command(BaseCommand):
    help = "Print every rule, and where each row of the requirements lives, as docs/rules.md holds them."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = homes()
        parts = [cadences(), catalogue(RULES), table(found), answering(found)]
        self.stdout.write("\n".join(parts), ending="")
