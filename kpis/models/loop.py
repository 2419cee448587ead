from django.db import models
from django.db.models import F, Q

from pilots.access.models import User
from pilots.models import Pilot


class FeedbackLoopQuerySet(models.QuerySet["FeedbackLoop"]):
    def visible_to(self, user: User | None) -> "FeedbackLoopQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))


class FeedbackLoop(models.Model):
    """How a pilot learns what came true of its answers, and when it is trained anew (S0-14 to S0-17)."""

    pilot = models.OneToOneField(Pilot, on_delete=models.CASCADE, related_name="feedback_loop")
    truth_source = models.CharField(max_length=200, blank=True, help_text="Where outcomes are known.")
    linkage_key = models.CharField(
        max_length=200, blank=True, help_text="By what an outcome finds its answer."
    )
    answered = models.PositiveBigIntegerField(null=True, blank=True, help_text="Answers in the period.")
    labelled = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="How many of them have a known outcome."
    )
    counted_on = models.DateField(null=True, blank=True)
    retrain_every_days = models.PositiveSmallIntegerField(null=True, blank=True)
    retrained_on = models.DateField(null=True, blank=True)
    retrain_when = models.CharField(max_length=300, blank=True, help_text="What sets it off earlier.")

    objects = FeedbackLoopQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(labelled__isnull=True, answered__isnull=True, counted_on__isnull=True)
                | Q(
                    labelled__isnull=False,
                    answered__isnull=False,
                    labelled__lte=F("answered"),
                    answered__gte=1,
                    counted_on__isnull=False,
                ),
                name="loop_counted_whole",
            ),
            models.CheckConstraint(
                condition=Q(retrain_every_days__isnull=True) | Q(retrain_every_days__gte=1),
                name="loop_cadence_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"feedback loop of {self.pilot_id}"
