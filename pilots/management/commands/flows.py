from typing import Any

from django.core.management.base import BaseCommand

from pilots.lifecycle import diagram


class Command(BaseCommand):
    help = "Print the stage machine as a Mermaid diagram; docs/lifecycle.md holds the same."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(diagram())
