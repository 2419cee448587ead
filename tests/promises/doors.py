"""The ways by which people and systems move pilots, each with the same question and the same answer."""

import csv
import io
import json
from contextlib import redirect_stdout
from datetime import date

from django.core.management import CommandError, call_command
from django.test import Client

from pilots.access.models import Source
from pilots.actions.by import By, Refused, Stale
from pilots.actions.stage import Move, move_pilots
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.conftest import NOW


class Doors:
    """Asks to move a pilot through one of the doors; returns whether the move was made."""

    def __init__(self, manager, secret, folder) -> None:
        self._browser = Client()
        self._browser.force_login(manager)
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._by_command = By(user=manager, at=NOW, source=Source.COMMAND)
        self._email = manager.email
        self._folder = folder

    def web(self, pilot, to, reason, evidence):
        answer = self._browser.post(
            f"/pilots/{pilot.key}/move/",
            {
                "version": pilot.version,
                "to": to,
                "happened_on": "2026-11-18",
                "reason": reason,
                "evidence": evidence,
            },
        )
        assert answer.status_code in {200, 302, 409}, answer.status_code
        return answer.status_code == 302

    def api(self, pilot, to, reason, evidence):
        answer = self._browser.post(
            f"/api/v1/pilots/{pilot.key}/move/",
            json.dumps({"to": to, "reason": reason, "evidence": evidence}),
            content_type="application/json",
            headers=self._headers | {"If-Match": f'"v{pilot.version}"'},
        )
        assert answer.status_code in {200, 409, 412}, answer.content
        return answer.status_code == 200

    def set_form(self, pilot, to, reason, evidence):
        """The form for many, that commands, imports and bulk edits use: here with one pilot in it."""
        move = Move(
            pilot=pilot,
            to=Stage(to),
            happened=Day(date(2026, 11, 18)),
            reason=reason,
            evidence=evidence,
            version=pilot.version,
        )
        try:
            move_pilots([move], by=self._by_command)
        except (Refused, Stale):
            return False
        return True

    def told_by_a_register(self, pilot, to, number):
        """Import a register that says where the pilot stands. What it says is kept as said, not as moved."""
        path = self._folder / f"register {number}.csv"
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["Key", "Name", "Problem", "Stage"])
        rows.writerow([pilot.key, pilot.name, pilot.problem, to])
        path.write_text(text.getvalue())
        with redirect_stdout(io.StringIO()):
            try:
                call_command(
                    "import_pilots", str(path), "--program", "Claims AI", "--by", self._email, "--apply"
                )
            except CommandError:
                return False
        return True


def now_of(pilot):
    return Pilot.objects.select_related("program").get(pk=pilot.pk)
