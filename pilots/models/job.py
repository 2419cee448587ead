from django.db import models


class Heartbeat(models.Model):
    """When a job last ran to its end; a late one means its figures are old, never that all is well."""

    job = models.CharField(max_length=60, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.job} at {self.beat_at}"
