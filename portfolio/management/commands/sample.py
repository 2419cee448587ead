import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from pilots.access.models import Source
from pilots.actions.by import By, Refused
from pilots.management.saying import DatabaseCommand
from portfolio.desk.sample import clear_sample, demo_logins, load_sample


class Command(DatabaseCommand):
    """Loads the sample portfolio, or clears it. Loading it twice, or clearing nothing, is refused."""

    help = "Load the sample portfolio with its demo log-ins, or clear both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", choices=["load", "clear"])
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, deed: str, **options: Any) -> None:
        by = By(user=None, at=timezone.now(), source=Source.COMMAND)
        try:
            answer, sentence = self._load(by) if deed == "load" else self._clear(by)
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        elif options["verbosity"] > 0:
            self.stdout.write(sentence)

    def _load(self, by: By) -> tuple[dict[str, Any], str]:
        program = load_sample(by=by)
        logins, count = demo_logins(), program.pilots.count()
        lines = [f"Loaded {count} sample pilots into {program}."]
        lines += [f"{login['what']}: {login['email']}, password {login['password']}" for login in logins]
        return {"program": program.slug, "pilots": count, "log_ins": logins}, "\n".join(lines)

    def _clear(self, by: By) -> tuple[dict[str, Any], str]:
        cleared = clear_sample(by=by)
        answer = {"pilots": cleared.pilots, "events": cleared.events, "log_ins": cleared.logins}
        return answer, f"Cleared {cleared.pilots} sample pilots and {cleared.logins} demo log-ins."
