from typing import Any

from django.core.management.base import BaseCommand

from pilots.playbook import PLAYBOOK
from pilots.playbook.book import catalogue


class Command(BaseCommand):
    help = "Print what the playbook asks, gate by gate, as Markdown; docs/readiness.md holds the same."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(catalogue(PLAYBOOK), ending="")
