from django.db import models
from django.db.models import F, Q, Value

from pilots.access.models import Program, Role, User
from pilots.models.pilot import Pilot


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: User | None) -> "DecisionQuerySet":
        """Return the decisions about pilots a person sees, and about programs they see."""
        if user is None:
            return self
        of_pilots = Q(pilot__in=Pilot.objects.visible_to(user))
        of_programs = Q(pilot__isnull=True, program__in=Program.objects.visible_to(user))
        return self.filter(of_pilots | of_programs)

    def waiting(self) -> "DecisionQuerySet":
        return self.filter(decided_on__isnull=True)

    def for_decider(self, user: User) -> "DecisionQuerySet":
        """Keep those this person can settle: asked of them, or of any manager of a program they manage.

        Start from `visible_to`.
        """
        managed = Program.objects.where(user, Role.MANAGER)
        return self.filter(Q(decider=user) | Q(decider__isnull=True, program__in=managed))


class Decision(models.Model):
    """A question somebody has to settle: asked first, then decided, by whom and on what authority."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="decisions")
    pilot = models.ForeignKey(Pilot, null=True, on_delete=models.CASCADE, related_name="decisions")
    question = models.CharField(max_length=300)
    options = models.JSONField(default=list, help_text="The answers to choose from, as words.")
    decider = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: any manager."
    )
    needed_by = models.DateField(null=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    origin = models.CharField(
        max_length=60, blank=True, help_text="What asked it, where no person did: a flag or an answer."
    )
    decided_on = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=200, blank=True)
    reason = models.TextField(max_length=4000, blank=True)
    authority = models.CharField(max_length=200, blank=True)
    frozen = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        help_text="The pilot as it was when this was decided.",
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(question=""), name="decision_asks_something"),
            models.CheckConstraint(
                condition=Q(decided_on__isnull=True, choice="", decided_at__isnull=True)
                | Q(decided_on__isnull=False, decided_at__isnull=False) & ~Q(choice=""),
                name="decision_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(decided_at__gte=F("asked_at")),
                name="decision_decided_after_asked",
            ),
            # A question that a flag or an answer asks is asked once while it waits.
            models.UniqueConstraint(
                fields=["pilot", "origin"],
                condition=Q(decided_on__isnull=True) & ~Q(origin=""),
                name="decision_asked_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["program", "needed_by"],
                condition=Q(decided_on__isnull=True),
                name="decision_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def is_decided(self) -> bool:
        return self.decided_on is not None
