from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import connections, models
from django.db.models.sql.compiler import SQLCompiler

from pilots.access.guards import append_only
from pilots.access.models.program import Program, Role
from pilots.access.models.user import User

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Source(StrEnum):
    """The door a change came through."""

    WEB = "web"
    API = "api"
    IMPORT = "import"
    COMMAND = "command"
    JOB = "job"
    REPLY = "reply"


class Movement(StrEnum):
    """Which of a pilot's two clocks a change resets; imports, edits and the system's writes reset none."""

    NONE = ""
    HEARD = "heard"
    MOVED = "moved"


class WritingTransaction(models.Func):
    """The number of the transaction that writes the row, on PostgreSQL; 0 on SQLite, where writers queue.

    Ids are handed out before a transaction commits, so on PostgreSQL a reader can see event 8 and
    only later event 7. Ordered by (this number, id) and read up to the oldest transaction still
    running, the feed misses nothing.
    """

    output_field = models.BigIntegerField()
    arity = 0

    def as_sqlite(
        self, compiler: SQLCompiler, connection: "BaseDatabaseWrapper", **_: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        return "0", ()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: "BaseDatabaseWrapper", **_: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        return "(pg_current_xact_id()::text::bigint)", ()


class SnapshotEdge(models.Func):
    """One edge of the reading transaction's snapshot on PostgreSQL, as a number like `Event.xact`.

    Below `pg_snapshot_xmin` every transaction has ended; from `pg_snapshot_xmax` on none had begun.
    """

    output_field = models.BigIntegerField()
    arity = 0
    template = "(%(function)s(pg_current_snapshot())::text::bigint)"


class EventQuerySet(models.QuerySet["Event"]):
    def settled(self) -> "EventQuerySet":
        """Leave out what a feed cannot show yet: a transaction that began earlier may still add to it.

        Rows that another cluster numbered, before a restore, are beyond this one's snapshot and stay.
        """
        if connections[self.db].vendor != "postgresql":
            return self
        oldest = SnapshotEdge(function="pg_snapshot_xmin")
        newest = SnapshotEdge(function="pg_snapshot_xmax")
        return self.filter(models.Q(xact__lt=oldest) | models.Q(xact__gte=newest))

    def in_feed_order(self) -> "EventQuerySet":
        return self.order_by("xact", "id")

    def of_programs_managed_by(self, user: User) -> "EventQuerySet":
        """Return what happened to programs, people and tokens, for those who answer for them."""
        events = self.filter(pilot_id__isnull=True)
        if user.is_administrator and user.reach is None:
            return events
        return events.filter(program__in=Program.objects.where(user, Role.MANAGER))


@append_only
class Event(models.Model):
    """One change, as it happened. The outbox fans out from these rows, the audit reads them.

    `pilot_id` is no foreign key: an event outlives its pilot, and this floor does not know pilots.
    """

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=[(source.value, source.value) for source in Source])
    verb = models.CharField(max_length=40)
    program = models.ForeignKey(Program, null=True, on_delete=models.PROTECT, related_name="+")
    pilot_id = models.BigIntegerField(null=True)
    pilot_key = models.CharField(max_length=20, blank=True)
    version = models.PositiveIntegerField(null=True, help_text="The pilot's version after this change.")
    subject = models.CharField(max_length=400, blank=True, help_text="What else it was about, in words.")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    movement = models.CharField(
        max_length=5, blank=True, choices=[(item.value, item.value) for item in Movement]
    )
    batch = models.UUIDField(null=True, help_text="The same for all that one import or one sent form wrote.")
    xact = models.BigIntegerField(db_default=WritingTransaction(), editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["pilot_id", "-id"], name="event_of_pilot"),  # a pilot's history page
            models.Index(fields=["xact", "id"], name="event_feed"),  # the API's feed
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(source__in=[source.value for source in Source]), name="event_source_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.pilot_key or self.subject}"
