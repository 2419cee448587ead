from django.db import models
from django.db.models import Q

from pilots.access.models import Program, User
from pilots.custom import LONGEST_CHOICE, FieldKind

FIELD_KIND_CHOICES = [(kind.value, kind.label) for kind in FieldKind]


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    def visible_to(self, user: User | None) -> "CustomFieldQuerySet":
        """Return the fields of the programs a person may know of."""
        return self if user is None else self.filter(program__in=Program.objects.visible_to(user))

    def in_use(self) -> "CustomFieldQuerySet":
        return self.filter(is_active=True)

    def in_order(self) -> "CustomFieldQuerySet":
        return self.order_by("position", "pk")


class CustomField(models.Model):
    """A field that one program keeps of its pilots; the values stand in `Pilot.custom` under its code.

    A field that is not used any longer is retired: what stands in it stays.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="custom_fields")
    code = models.SlugField(max_length=60, editable=False, help_text="Made from the first label, for good.")
    label = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=FIELD_KIND_CHOICES, editable=False)
    choices = models.JSONField(
        default=list, help_text=f"What one of a list can be: words of at most {LONGEST_CHOICE} characters."
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="custom_field_code_once"),
            models.CheckConstraint(condition=~Q(label=""), name="custom_field_has_label"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in FieldKind]), name="custom_field_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def key(self) -> str:
        """What it is called where two people met at it."""
        return self.label

    @property
    def of_kind(self) -> FieldKind:
        return FieldKind(self.kind)
