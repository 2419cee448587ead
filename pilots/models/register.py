from django.db import models

from pilots.models.pilot import Pilot


class RegisterEntry(models.Model):
    """What a register last said about a pilot, so that the next import knows it again.

    A register is a list somebody else keeps: a spreadsheet, an inventory, another tool. `reference`
    is its identifier for the row, or, where it has none, the one `portfolio.exchange` derives.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="register_entries")
    register = models.CharField(max_length=80)
    reference = models.CharField(max_length=300)
    family = models.CharField(max_length=64, db_index=True, help_text="Digest of agency and name.")
    digest = models.CharField(max_length=64, help_text="Digest of the row's content.")
    as_of = models.DateField(help_text="The day the register speaks of.")
    values = models.JSONField(help_text="The row as it was understood: field to text.")

    class Meta:
        verbose_name_plural = "register entries"
        constraints = [
            models.UniqueConstraint(fields=["register", "reference"], name="register_reference_once"),
            models.CheckConstraint(condition=~models.Q(reference=""), name="register_reference_given"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.reference}"
