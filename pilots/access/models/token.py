from django.db import models
from knox.models import AbstractAuthToken

from pilots.access.models.user import Reach


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox is untyped
    """A tool's key to the API: its user's rights, within scopes and a reach. Kept as a hash only.

    The limits are lists of ids rather than relations: when what they name is gone, they still limit.
    """

    name = models.CharField(max_length=80)
    may_write = models.BooleanField(default=False)
    may_measure = models.BooleanField(
        default=False, db_default=False, help_text="May send readings of KPIs, and change nothing else."
    )
    program_ids = models.JSONField(
        default=list, blank=True, help_text="Empty means every program of the user."
    )
    pilot_ids = models.JSONField(default=list, blank=True, help_text="Empty means every pilot of the user.")

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    @property
    def scopes(self) -> list[str]:
        """Return what it may do: “write” includes the others, “measure” stands alone."""
        if self.may_write:
            return ["read", "write"]
        return ["measure"] if self.may_measure else ["read"]

    @property
    def reach(self) -> Reach | None:
        """What the token limits its user to, or None."""
        programs = frozenset(self.program_ids) if self.program_ids else None
        pilots = frozenset(self.pilot_ids) if self.pilot_ids else None
        return Reach(programs, pilots) if programs or pilots else None
