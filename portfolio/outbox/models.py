"""The outbox: every mail that goes out is a row first, written with the change that asks for it."""

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pilots.access.models import User


class State(StrEnum):
    """How far a message came."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    HELD = "held"
    SKIPPED = "skipped"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    State.QUEUED: "Queued",
    State.SENDING: "Being sent",
    State.SENT: "Sent",
    State.DEAD: "Parked",
    State.HELD: "Held back",
    State.SKIPPED: "Not needed",
}
STATE_CHOICES = [(state.value, state.label) for state in State]


class MessageQuerySet(models.QuerySet["Message"]):
    def unsent(self) -> "MessageQuerySet":
        """Keep what will go out by itself."""
        return self.filter(state__in=[State.QUEUED.value, State.SENDING.value])

    def due(self, at: datetime) -> "MessageQuerySet":
        """Keep what can be taken now: queued and due, or left behind by a worker whose lease ran out."""
        queued = Q(state=State.QUEUED.value, next_try__lte=at)
        left = Q(state=State.SENDING.value, lease_until__lt=Now())
        return self.filter(queued | left)


class Message(models.Model):
    """One mail to one person. Its text is made when it is sent, so it shows what may be seen then.

    `key` makes queueing repeatable; `message_id` follows from it, so a repeat carries the same one, even
    by a copy that was restored and does not remember.
    `person` is empty for somebody without an account, and once their account was deleted with the
    sample; `ref` and `period` say what it is about, in the words of its kind. The lease is kept in the
    database's own time.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ref = models.TextField(blank=True)
    period = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=STATE_CHOICES, default=State.QUEUED.value)
    message_id = models.CharField(max_length=320, unique=True)
    queued_at = models.DateTimeField()
    next_try = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Raised when it is taken, not after.")
    faults = models.PositiveSmallIntegerField(
        default=0, help_text="How often it could not be written, or its worker ended in the middle."
    )
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    last_error = models.TextField(blank=True)
    skip_code = models.CharField(
        max_length=20, blank=True, default="", help_text="Why it was not needed, where its kind goes by it."
    )
    sent_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "next_try", "id"], name="message_due"),
            models.Index(fields=["state", "-id"], name="message_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="message_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=State.SENDING.value, lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state=State.SENDING.value) & Q(lease_token__isnull=True)),
                name="message_lease_while_sending",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Restore(models.Model):
    """That this copy was restored: what its people got between the backup and then, it does not know."""

    backup_of = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(backup_of__lte=models.F("noted_at")), name="restore_backup_comes_first"
            ),
        ]

    def __str__(self) -> str:
        return f"backup of {self.backup_of:%Y-%m-%d %H:%M}, noted {self.noted_at:%Y-%m-%d %H:%M}"


class Cursor(models.Model):
    """How far a reader of the events has come: after the row with these numbers.

    `is_elsewhere` while it reads rows that another PostgreSQL cluster numbered, before a restore.
    """

    name = models.CharField(max_length=40, unique=True)
    xact = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    is_elsewhere = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.name} after {self.xact}/{self.event_id}"
