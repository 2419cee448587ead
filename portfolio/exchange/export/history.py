"""The history of one pilot as a file: every event its page shows, in the same words."""

from django.utils import timezone

from pilots.access.models import Event
from pilots.models import StageTransition
from pilots.web.history import KINDS, HistoryPage, gone_words, kind_of
from pilots.web.told import Difference, changes_of, tell
from portfolio.exchange.export.table import Column, Table, local, table_of

BATCH = 1000


def history_table(page: HistoryPage, transitions: list[StageTransition]) -> Table:
    """Return who did what, when and from where, newest first; before and after stand side by side."""
    zone = timezone.get_current_timezone()
    columns: list[Column[Event]] = [
        Column("When", lambda event: local(event.at, zone)),
        Column("Who", lambda event: tell(event).who),
        Column("What", lambda event: tell(event).what),
        Column("Kind", lambda event: _kind(event.verb)),
        Column("Words", lambda event: tell(event).words),
        Column("From where", lambda event: tell(event).door),
        Column("Before", lambda event: _side(changes_of(event), "before")),
        Column("After", lambda event: _side(changes_of(event), "after")),
        Column("Since then", lambda event: gone_words(event, transitions)),
        Column("Version", lambda event: event.version),
    ]
    return table_of("History", columns, page.events.iterator(chunk_size=BATCH))


def _kind(verb: str) -> str:
    kind = kind_of(verb)
    return KINDS[kind][0] if kind else ""


def _side(changes: tuple[Difference, ...], side: str) -> str:
    said = [(change.label, change.before if side == "before" else change.after) for change in changes]
    return "; ".join(f"{label}: {value}" for label, value in said if value)
