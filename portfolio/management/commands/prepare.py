import sys
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from pilots.actions.integrity import rebuild_columns
from pilots.models import Pilot
from portfolio import environment
from portfolio.desk.sample import demo_logins
from portfolio.jobs import scan_everybody

NOBODY_YET = """\
Nobody can sign in yet. Make the first account:
  .venv/bin/python manage.py create_admin you@example.com"""


class Command(BaseCommand):
    """What comes before every start. Progress goes to stderr, what to tell the person to stdout."""

    help = "Bring the database up to date, load the sample portfolio on the first start, print the log-ins."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._migrate()
            self._load_sample_once()
            self.stdout.write("\n".join(self._log_ins()))
        except CommandError as refusal:
            sys.exit(str(refusal))
        except (DatabaseError, InterfaceError) as error:
            reason = str(error).strip().partition("\n")[0]
            sys.exit(f"The database could not be prepared: {reason}\nDATABASE_URL says where it is.")

    def _migrate(self) -> None:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stderr.write("Preparing the database …", str)
            call_command("migrate", verbosity=0, interactive=False)
        if Pilot.objects.filter(moved_clock_on__isnull=True).exists():
            self._look_anew()

    def _look_anew(self) -> None:
        """Derive what the last release did not, and let the rules see it.

        Asked of the rows, so that it is made up for when `migrate` was run by hand or a start was cut off.
        """
        for _difference in rebuild_columns(write=True):
            pass
        scan_everybody(at=timezone.now())

    def _load_sample_once(self) -> None:
        """Load the sample into a database nobody uses yet, unless SAMPLE says not to."""
        if environment.switch("SAMPLE", default=True) and not get_user_model().objects.exists():
            self.stderr.write("Loading the sample portfolio …", str)
            call_command("sample", "load", verbosity=0)

    def _log_ins(self) -> list[str]:
        if not get_user_model().objects.exists():
            return [NOBODY_YET]
        log_ins = demo_logins()
        if not log_ins:
            return []
        width = max(len(log_in["email"]) for log_in in log_ins)
        rows = [f"  {log_in['email']:<{width}}  {log_in['what']}" for log_in in log_ins]
        return [f"Sample log-ins, all with the password {log_ins[0]['password']}", *rows]
