from datetime import UTC, timedelta
from enum import StrEnum

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from pilots.access.models import Program, Role, User
from pilots.access.permissions import OwnerRole

OWNER_ROLE_CHOICES = [(role.value, role.label) for role in OwnerRole]


class OwnerKind(StrEnum):
    PERSON = "person"
    TEAM = "team"


class OwnerQuerySet(models.QuerySet["Owner"]):
    def visible_to(self, user: User | None) -> "OwnerQuerySet":
        """Return the contacts a person may know of: a name can tell that there is a confidential pilot.

        Managers see all contacts of their programs. Other people who see the program see those named,
        now or before, on a pilot they can see. Everybody sees their own entries; those outside a
        token's reach are not there.
        """
        if user is None:
            return self
        named = Exists(Ownership.objects.visible_to(user).filter(owner=OuterRef("pk")))
        known = Q(named, program__in=Program.objects.visible_to(user))
        return self.filter(_managed_or_own(user) | known)

    def addressed_to(self, user: User) -> "OwnerQuerySet":
        """Keep those whose e-mail a person may know: the contacts of programs they manage, and their own."""
        return self.filter(_managed_or_own(user))

    def with_address_for(self, user: User) -> "OwnerQuerySet":
        """Give each contact an `address`: its e-mail, or "" where this person may not know it."""
        address = Case(When(_managed_or_own(user), then=F("email")), default=Value(""))
        return self.annotate(address=address)


def _managed_or_own(user: User) -> Q:
    own = Q(user=user)
    if user.reach is not None:
        own &= Q(program__in=Program.objects.visible_to(user))
    return own | Q(program__in=Program.objects.where(user, Role.MANAGER))


class Owner(models.Model):
    """A person or team in a program's list of contacts. A typed or imported address never receives mail.

    `user` is set by an invitation or an administrator, never because two addresses are alike.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="owners")
    kind = models.CharField(
        max_length=6, default=OwnerKind.PERSON.value, choices=[(kind.value, kind.value) for kind in OwnerKind]
    )
    name = models.CharField(max_length=200)
    email = models.EmailField("e-mail", max_length=254, blank=True)
    job_title = models.CharField(max_length=200, blank=True)
    function = models.CharField(max_length=100, blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="owners")
    is_active = models.BooleanField(default=True)

    objects = OwnerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "email"],
                condition=~Q(email=""),
                name="owner_email_once_per_program",
                violation_error_message="This program has a contact with that address already.",
            ),
            models.UniqueConstraint(
                fields=["program", "user"],
                condition=Q(user__isnull=False),
                name="owner_user_once_per_program",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="owner_has_name"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in OwnerKind]), name="owner_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OwnershipQuerySet(models.QuerySet["Ownership"]):
    def active(self) -> "OwnershipQuerySet":
        """Keep those that have not ended, deputies among them."""
        return self.filter(until__isnull=True)

    def principals(self) -> "OwnershipQuerySet":
        """Leave out deputies: they act for somebody, and answer for nothing themselves."""
        return self.filter(deputises__isnull=True)

    def there(self) -> "OwnershipQuerySet":
        """Keep those whose contact is in use and whose account, where they have one, is open.

        Everything that asks whether a role is filled asks this. A role of somebody who is not there
        stays until a manager hands it over.
        """
        has_way_in = Q(owner__user__isnull=True) | Q(owner__user__is_active=True)
        return self.filter(has_way_in, owner__is_active=True)

    def accepted_by(self, user: User) -> "OwnershipQuerySet":
        """Return what a signed-in person has agreed to answer for, for a time as a deputy or for good."""
        return self.accepted().filter(owner__user=user)

    def accepted(self) -> "OwnershipQuerySet":
        """Keep what somebody has agreed to answer for, for a time as a deputy or for good.

        A deputy's rights end with the last day wherever on earth that is, not with the job that notes it.
        """
        earliest = timezone.now().astimezone(UTC).date() - timedelta(days=1)  # the day far in the west
        lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=earliest)
        return self.active().filter(lasting, owner__is_active=True, accepted_on__isnull=False)

    def visible_to(self, user: User | None) -> "OwnershipQuerySet":
        if user is None:
            return self
        from pilots.models.pilot import Pilot  # noqa: PLC0415 -- Pilot reads ownerships to know who sees it

        return self.filter(pilot__in=Pilot.objects.visible_to(user))


class Ownership(models.Model):
    """Who answers for what on a pilot, from when to when. Ended rows stay: they are the history."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="ownerships")
    owner = models.ForeignKey(Owner, on_delete=models.PROTECT, related_name="ownerships")
    role = models.CharField(max_length=20, choices=OWNER_ROLE_CHOICES)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    reason = models.CharField(
        max_length=500, blank=True, help_text="Why a builder may own production, where one does."
    )
    authority = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="What they may decide, in words."
    )
    budget_authority = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="The money they can release."
    )
    deliverable = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="What is expected of this seat."
    )
    due_on = models.DateField(null=True, blank=True, help_text="When the deliverable is due.")
    delivered_on = models.DateField(null=True, blank=True)
    deputises = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="deputies"
    )
    ends_on = models.DateField(null=True, blank=True, help_text="The last day of a deputy.")

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pilot"],
                condition=Q(
                    role=OwnerRole.PRODUCTION_OWNER.value, until__isnull=True, deputises__isnull=True
                ),
                name="one_production_owner",
                violation_error_message="This pilot has a production owner already. Hand over instead.",
            ),
            models.UniqueConstraint(
                fields=["pilot", "owner", "role"], condition=Q(until__isnull=True), name="ownership_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="ownership_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in OwnerRole]), name="ownership_role_known"
            ),
            models.CheckConstraint(
                condition=Q(deputises__isnull=True, ends_on__isnull=True)
                | Q(deputises__isnull=False, ends_on__isnull=False, ends_on__gte=F("since")),
                name="ownership_deputy_has_last_day",
            ),
            models.CheckConstraint(
                condition=Q(delivered_on__isnull=True) | ~Q(deliverable=""),
                name="ownership_delivers_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner}, {OwnerRole(self.role).label.lower()} of {self.pilot}"

    @property
    def role_in_words(self) -> str:
        """“Production owner”, or “Deputy production owner” of whoever stands in for a while."""
        label = OwnerRole(self.role).label
        return label if self.deputises_id is None else f"Deputy {label.lower()}"
