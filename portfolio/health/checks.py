"""What must hold before this copy can serve people: asked by /readyz and by `manage.py readiness`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from pilots.access.guards import missing_guards
from pilots.models import Heartbeat
from portfolio.jobs import RULES
from portfolio.outbox.gauge import LATE_AFTER as MAIL_LATE_AFTER
from portfolio.outbox.gauge import counts, oldest_unsent
from portfolio.outbox.models import State

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
        return [database, _migrations(), _guards(), _jobs(now), _rules(now), _mail(now)]
    except (DatabaseError, InterfaceError):
        return [
            Finding("database", ok=False, words="not reachable, or not set up"),
            Finding("migrations", ok=False, words="not known"),
            Finding("guards", ok=False, words="not known"),
            Finding("jobs", ok=False, words="not known", is_needed=False),
            Finding("rules", ok=False, words="not known", is_needed=False),
            Finding("mail", ok=False, words="not known", is_needed=False),
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
    return _beat(now, "jobs", job="ring", late_after=LATE_AFTER, well="on time", never="none has run yet")


def _rules(now: datetime) -> Finding:
    """Say whether flags and health are as of now; by late rules a pilot may look well that is not."""
    return _beat(
        now,
        "rules",
        job=RULES.code,
        late_after=RULES.late_after,
        well="up to date",
        never="not asked yet",
    )


def _mail(now: datetime) -> Finding:
    """Say whether mail goes out: the oldest that waits, and what a restore held back."""
    try:
        waited, is_some_held = oldest_unsent(now), counts()[State.HELD] > 0
    except DatabaseError:  # its table comes with a migration that still waits
        return Finding("mail", ok=False, words="not known", is_needed=False)
    if waited is not None and waited > MAIL_LATE_AFTER:
        return Finding("mail", ok=False, words="late", is_needed=False)
    if is_some_held:
        return Finding("mail", ok=False, words="some is held back", is_needed=False)
    return Finding("mail", ok=True, words="on time", is_needed=False)


def _beat(now: datetime, name: str, *, job: str, late_after: timedelta, well: str, never: str) -> Finding:
    beat_at = Heartbeat.objects.filter(job=job).values_list("beat_at", flat=True).first()
    if beat_at is None:
        return Finding(name, ok=False, words=never, is_needed=False)
    is_late = now - beat_at > late_after
    return Finding(name, ok=not is_late, words="late" if is_late else well, is_needed=False)
