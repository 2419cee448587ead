from enum import StrEnum

from django.db import models
from django.db.models import Q

from pilots.access.models import User
from pilots.models.flag import Flag
from pilots.models.pilot import Pilot


class AnswerKind(StrEnum):
    """The four large buttons of the page a digest links to."""

    MOVING = "moving"
    BLOCKED = "blocked"
    STOP = "stop"
    NOT_MINE = "not_mine"

    @property
    def label(self) -> str:
        return {
            "moving": "Moving",
            "blocked": "Blocked",
            "stop": "Propose to stop",
            "not_mine": "Not mine",
        }[self.value]


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: User | None) -> "AnswerQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))

    def unconfirmed(self) -> "AnswerQuerySet":
        return self.filter(settled_at__isnull=True)


class Answer(models.Model):
    """What somebody answered from their digest. Without a session it is a request: a manager settles it."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="answers")
    flag = models.ForeignKey(Flag, null=True, on_delete=models.SET_NULL, related_name="answers")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.label) for kind in AnswerKind])
    text = models.TextField(max_length=4000, blank=True)
    named = models.CharField(
        max_length=200, blank=True, help_text="Who blocks or can help, or whose it is instead."
    )
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", help_text="Whom the link was mailed to."
    )
    was_signed_in = models.BooleanField()
    given_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    is_accepted = models.BooleanField(null=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in AnswerKind]), name="answer_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, is_accepted__isnull=True)
                | Q(settled_at__isnull=False, is_accepted__isnull=False),
                name="answer_settled_whole",
            ),
            # One link gives one open request at a time: a mail scanner that posts cannot pile them up.
            models.UniqueConstraint(
                fields=["pilot", "person"], condition=Q(settled_at__isnull=True), name="answer_one_open"
            ),
        ]
        indexes = [models.Index(fields=["pilot", "-given_at"], name="answer_of_pilot")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.pilot_id}"
