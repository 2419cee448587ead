from django.db import models
from knox.models import AbstractAuthToken

from pilots.access.models.program import Program


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox is untyped
    """A tool's key to the API: its user's rights, within scopes and a reach. Kept as a hash only."""

    name = models.CharField(max_length=80)
    may_write = models.BooleanField(default=False)
    programs = models.ManyToManyField(Program, blank=True, help_text="Empty means every program of the user.")
    pilot_ids = models.JSONField(default=list, blank=True, help_text="Empty means every pilot of the user.")

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    @property
    def scopes(self) -> list[str]:
        return ["read", "write"] if self.may_write else ["read"]
