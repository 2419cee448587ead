from datetime import date

from django.db import models

from pilots.access.models import User


class Visit(models.Model):
    """On which day a person last opened a page, and on which day before that."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=20)
    last_on = models.DateField()
    previous_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="visit_of_page_once")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.page}"

    def before(self, today: date) -> date | None:
        """Return the day of the visit before today's."""
        return self.last_on if self.last_on < today else self.previous_on
