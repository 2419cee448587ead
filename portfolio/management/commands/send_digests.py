from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from pilots.management.saying import SayingCommand, refuse
from portfolio.digests.due import Queued, enqueue_due
from portfolio.outbox.deliver import deliver
from portfolio.outbox.route_words import warn_of_links

BUDGET = timedelta(minutes=10)


class Command(SayingCommand):
    """Queues the digests that are due at a moment, and sends what waits. Running it again repeats nothing."""

    help = "Queue and send the weekly digests that are due; --dry-run only counts them."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--now", help="the moment to look at, such as 2026-11-16T08:00:00Z; default: now")
        parser.add_argument("--dry-run", action="store_true", help="say what is due; queue and send nothing")

    def handle(self, *, now: str | None, dry_run: bool, **options: Any) -> None:
        at = _moment(now) if now else timezone.now()
        began = timezone.now()
        queued = enqueue_due(at, dry_run=dry_run)
        if not dry_run:
            warn_of_links(self.stderr)
            # The moment that is looked at goes on as the clock does.
            deliver(now=lambda: at + (timezone.now() - began), budget=BUDGET)
        result = {"now": at.isoformat(), "queued": queued.queued, "skipped": queued.skipped}
        self.answer(result, _sentence(queued, dry_run=dry_run), as_json=options["json"])


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        refuse(f"“{text[:40]}” is no moment. Write one such as 2026-11-16T08:00:00Z.")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _sentence(queued: Queued, *, dry_run: bool) -> str:
    verb = "would be queued" if dry_run else "queued"
    digests = "1 digest" if queued.queued == 1 else f"{queued.queued:,} digests"
    reasons = "; ".join(f"{count:,} {reason}" for reason, count in queued.skipped.items())
    return f"{digests} {verb}. Nobody else: {reasons}." if reasons else f"{digests} {verb}."
