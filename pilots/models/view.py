import uuid

from django.db import models
from django.db.models import Q

from pilots.access.models import Program, User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> "SavedViewQuerySet":
        """Return a person's own views, and those shared with a program they see.

        A token with limits finds no view of its person beyond what is shared where it reaches.
        """
        shared = Q(is_shared=True, program__in=Program.objects.visible_to(user))
        return self.filter(Q(owner=user) | shared if user.reach is None else shared)

    def in_order(self) -> "SavedViewQuerySet":
        return self.order_by("position", "name", "pk")


class SavedView(models.Model):
    """Filters, columns and order of the list under a name; it holds a question, never an answer."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views")
    program = models.ForeignKey(
        Program,
        null=True,
        on_delete=models.CASCADE,
        related_name="views",
        help_text="With whom it is shared.",
    )
    name = models.CharField(max_length=60)
    query = models.CharField(
        max_length=2000, blank=True, help_text="The address's query, as the list writes it."
    )
    is_shared = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="view_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="view_has_name"),
            models.CheckConstraint(
                condition=Q(is_shared=False) | Q(program__isnull=False), name="view_shared_with_program"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BulkEdit(models.Model):
    """One change of many pilots at once, and what it would take to undo it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    what = models.CharField(max_length=300, help_text="What was done, in words.")
    steps = models.JSONField(default=list, help_text="For each pilot: what was there, and what is since.")
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.what


class PilotTemplate(models.Model):
    """What new pilots of a kind begin with: a start for the form, nothing more."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="pilot_templates")
    name = models.CharField(max_length=100)
    values = models.JSONField(default=dict, help_text="Fields of the form and what they begin with.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="pilot_template_once"),
            models.CheckConstraint(condition=~Q(name=""), name="pilot_template_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
