from django.db import models
from django.db.models import F, Q

from pilots.access.models import Program


class Holiday(models.Model):
    """A day on which nobody in a program works."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "day"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"


class Freeze(models.Model):
    """A stretch in which a program changes nothing, such as the close of the year: its clocks stand still."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="freezes")
    first_on = models.DateField()
    last_on = models.DateField()
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="freeze_ends_after_start"),
            models.CheckConstraint(condition=~Q(reason=""), name="freeze_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}, {self.first_on} to {self.last_on}"
