"""What must hold before this copy can serve people: asked by /readyz and by `manage.py readiness`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from pilots.access.guards import missing_guards
from pilots.models import Heartbeat

LATE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Finding:
    """One check's answer. Its words are fixed texts: strangers read them."""

    name: str
    ok: bool
    words: str
    is_needed: bool = True  # without it nobody can be served; otherwise the site serves and says so


def look(now: datetime) -> list[Finding]:
    """Run every check, the later ones only while the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database = Finding("database", ok=True, words="reachable")
        return [database, _migrations(), _guards(), _jobs(now)]
    except (DatabaseError, InterfaceError):
        return [
            Finding("database", ok=False, words="not reachable, or not set up"),
            Finding("migrations", ok=False, words="not known"),
            Finding("guards", ok=False, words="not known"),
            Finding("jobs", ok=False, words="not known", is_needed=False),
        ]


def is_ready(findings: list[Finding]) -> bool:
    return all(finding.ok for finding in findings if finding.is_needed)


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Finding("migrations", ok=not waiting, words="waiting to be applied" if waiting else "applied")


def _guards() -> Finding:
    missing = missing_guards()
    return Finding("guards", ok=not missing, words="history is not protected" if missing else "in place")


def _jobs(now: datetime) -> Finding:
    beat_at = Heartbeat.objects.filter(job="ring").values_list("beat_at", flat=True).first()
    if beat_at is None:
        return Finding("jobs", ok=False, words="none has run yet", is_needed=False)
    is_late = now - beat_at > LATE_AFTER
    return Finding("jobs", ok=not is_late, words="late" if is_late else "on time", is_needed=False)
