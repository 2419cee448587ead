"""What somebody reads who waits for an import, and what is forgotten of imports after a while."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from pilots.access.models import Event, Source
from pilots.actions.by import By
from pilots.actions.event import event
from pilots.models import Heartbeat
from portfolio.exchange.models import Import, Step, Wanted

HEARTBEAT = "ring"  # of whoever does what is due; `portfolio.jobs` names it
PATIENCE = timedelta(minutes=2)
KEPT = timedelta(days=14)
UNFINISHED_KEPT = timedelta(days=30)

_BEGINS = {
    Wanted.PREVIEW: "Looking through the file.",
    Wanted.APPLY: "Writing.",
    Wanted.UNDO: "Undoing.",
}


def waiting(import_: Import, at: datetime) -> str:
    """Return what somebody who waits reads; "" when the import wants nothing."""
    if not import_.wanted:
        return ""
    if import_.lease_token is not None and import_.lease_until is not None and import_.lease_until > at:
        return import_.progress or _BEGINS[Wanted(import_.wanted)]
    others = Import.objects.in_hand(at)
    if others.filter(program=import_.program).exists():
        return "Waiting for another import into the same program to end."
    if others.exists():
        return "Waiting for another import to end."
    beat = Heartbeat.objects.filter(job=HEARTBEAT).first()
    if beat is None or beat.is_late(at, PATIENCE):
        return (
            "Waiting for the worker, and none is running. It begins by itself once one is; an administrator "
            "sees why under Settings, Jobs. You may close this page."
        )
    return "Waiting for the worker."


def prune_imports(at: datetime) -> None:
    """Forget the rows of files: of settled imports after 14 days, of those nobody finished after 30."""
    settled = Q(applied_at__lt=at - KEPT) | Q(step=Step.DROPPED.value)
    Import.objects.filter(settled, wanted="", packed__isnull=False).update(packed=None)
    _drop_unfinished(at)


def _drop_unfinished(at: datetime) -> None:
    by = By(user=None, at=at, source=Source.JOB)
    old = Q(made_at__lt=at - UNFINISHED_KEPT)
    idle = Q(asked_at__isnull=True) | Q(asked_at__lt=at - UNFINISHED_KEPT)
    open_steps = [Step.CHOOSING.value, Step.PREVIEWED.value]
    with transaction.atomic():
        unfinished = Import.objects.filter(old, idle, wanted="", step__in=open_steps)
        rows = unfinished.light().select_related("program").select_for_update(of=("self",)).order_by("pk")
        events = [
            event("import.dropped", by=by, program=row.program, subject=row.file_name, batch=row.batch)
            for row in rows
        ]
        unfinished.update(step=Step.DROPPED.value, packed=None, details=None, answers={})
        Event.objects.bulk_create(events)
