from datetime import date
from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from pilots.access.models import Program, User
from pilots.models.ownership import Owner

DAYS_OPEN = 14


class Lapse(StrEnum):
    """Why an invitation opens nothing any more."""

    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OTHER_ADDRESS = "other_address"
    LINKED = "linked"
    INACTIVE = "inactive"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Keep those neither accepted nor withdrawn; some of them may have expired."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)


class Invitation(models.Model):
    """A manager's one letter to a contact, asking them to link an account. The link in it lives 14 days.

    `sent_to` is the contact's address as it was: once that is edited, the letter leads nowhere.
    """

    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="invitations")
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    sent_to = models.EmailField(max_length=254)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_on = models.DateField(help_text="The last day on which it can be accepted.")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at__isnull=True),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(accepted_at__gte=F("invited_at")),
                name="invitation_accepted_after_sending",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.owner}"

    def lapse(self, today: date) -> Lapse | None:
        """Return why it opens nothing on this day of its program, or None while it does."""
        owner = self.owner
        reasons = (
            (self.accepted_at is not None, Lapse.ACCEPTED),
            (self.withdrawn_at is not None, Lapse.WITHDRAWN),
            (today > self.expires_on, Lapse.EXPIRED),
            (owner.email != self.sent_to, Lapse.OTHER_ADDRESS),
            (owner.user_id is not None, Lapse.LINKED),
            (not owner.is_active, Lapse.INACTIVE),
        )
        return next((lapse for is_so, lapse in reasons if is_so), None)
