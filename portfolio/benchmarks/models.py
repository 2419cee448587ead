from django.db import models

from pilots.access.models import User


class Switch(models.Model):
    """Whether this site shows a published figure; without a row it is as the catalogue has it."""

    code = models.SlugField(unique=True)
    is_on = models.BooleanField()
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.code} {'on' if self.is_on else 'off'}"
