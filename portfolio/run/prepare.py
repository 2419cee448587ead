"""Brings the database up to date and loads the sample portfolio once, before the product starts.

Its own process, so that the supervisor stays small. Progress goes to stderr; stdout carries what
the terminal shows when the site is up.
"""

import os
import sys

import django
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.db.migrations.executor import MigrationExecutor

from portfolio import environment

NOBODY_YET = """\
Nobody can sign in yet. Make the first account:
  .venv/bin/python manage.py create_admin you@example.com
"""


def migrate() -> None:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        sys.stderr.write("Preparing the database …\n")
        sys.stderr.flush()
        call_command("migrate", verbosity=0, interactive=False)


def load_sample_once() -> None:
    """Load the sample into a database nobody uses yet, unless SAMPLE says not to."""
    if not environment.switch("SAMPLE", default=True) or get_user_model().objects.exists():
        return
    sys.stderr.write("Loading the sample portfolio …\n")
    sys.stderr.flush()
    call_command("sample", "load", verbosity=0)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")
    try:
        django.setup()
        migrate()
        load_sample_once()
        if not get_user_model().objects.exists():
            sys.stdout.write(NOBODY_YET)
    except (ImproperlyConfigured, CommandError) as refusal:
        sys.exit(str(refusal))
    except (DatabaseError, InterfaceError) as error:
        reason = str(error).strip().partition("\n")[0]
        sys.exit(f"The database could not be prepared: {reason}\nDATABASE_URL says where it is.")


if __name__ == "__main__":
    main()
