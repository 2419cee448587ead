"""Who has an import in hand: take it, say how far it is, give it back. Rows decide, as with jobs.

One import at a time per program; a file that names its programs goes alone.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from portfolio.exchange.models import ATTEMPTS, Import, ImportQuerySet, Wanted

LEASE = timedelta(seconds=300)  # longer than any task may last: Celery ends one after 240 seconds
PAUSE = timedelta(seconds=20)  # before one that failed is tried again
LONGEST_PROGRESS = 200
_LOCK = 0x696D706F7274  # "import": the name of PostgreSQL's lock on taking

NOTHING = {
    Wanted.PREVIEW: "Nothing was written.",
    Wanted.APPLY: "Nothing was written.",
    Wanted.UNDO: "Nothing was undone.",
}
DIED = (
    "The worker ended three times while it had this in hand. {} Try again; if it stays, split the file, "
    "and ask an administrator to look into the worker’s log."
)


def take_import(at: datetime) -> Import | None:
    """Take the import that waits longest and may go on, or None. The attempt counts from here."""
    with transaction.atomic():
        _take_turns()
        busy = list(Import.objects.in_hand(at).values_list("program", flat=True))
        waiting = Import.objects.free(at)
        _give_back_dead(waiting)
        if busy:
            waiting = waiting.exclude(Q(program__isnull=True) | Q(program__in=[pk for pk in busy if pk]))
        row = None if None in busy else waiting.order_by("asked_at", "pk").first()
        if row is None:
            return None
        row.attempts += 1
        row.lease_until, row.lease_token = at + LEASE, uuid.uuid4()
        row.save(update_fields=["attempts", "lease_until", "lease_token"])
    return row


def _take_turns() -> None:
    """Let one worker at a time look for work; on SQLite every writing transaction is alone anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _give_back_dead(waiting: ImportQuerySet) -> None:
    """Give what ended its worker for the last time back to the person, with a sentence."""
    for row in waiting.filter(attempts__gte=ATTEMPTS).order_by("pk"):
        release(row, last_error=DIED.format(NOTHING[Wanted(row.wanted)]))


def ours(row: Import) -> ImportQuerySet:
    """Return the row as long as it is in our hand."""
    return Import.objects.exclude(wanted="").filter(pk=row.pk, lease_token=row.lease_token)


def say(row: Import, sentence: str) -> None:
    """Tell whoever waits how far it is."""
    ours(row).update(progress=sentence[:LONGEST_PROGRESS])


def release(row: Import, **values: Any) -> bool:
    """Give the row back, done; False where somebody else has it by now, or gave it up."""
    rest = {"wanted": "", "attempts": 0, "lease_until": None, "lease_token": None, "progress": ""}
    return ours(row).update(**rest | values) == 1


def try_again(row: Import, at: datetime, *, error: str) -> None:
    """Let what failed be tried again after a pause; after the last time give it back with the sentence."""
    if row.attempts >= ATTEMPTS:
        release(row, last_error=error)
    else:
        ours(row).update(lease_until=at + PAUSE, lease_token=None)
