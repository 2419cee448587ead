from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from pilots.access.models.user import User, check_zone


class Role(StrEnum):
    """What a member may do in a program; each includes the ones before it."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    MANAGER = "manager"

    @property
    def label(self) -> str:
        return self.value.capitalize()


ROLE_CHOICES = [(role.value, role.label) for role in Role]


class ProgramQuerySet(models.QuerySet["Program"]):
    def visible_to(self, user: User | None) -> "ProgramQuerySet":
        """Return the programs a person may know of; None is the system itself, which sees all.

        An accepted owner sees the program of their pilot through the pilot, not here.
        """
        if user is None:
            return self
        programs = self
        if not (user.is_executive or user.is_administrator):
            programs = programs.filter(memberships__user=user)
        if user.is_sample:
            programs = programs.filter(is_sample=True)
        if user.reach and user.reach.programs is not None:
            programs = programs.filter(pk__in=user.reach.programs)
        if user.reach and user.reach.pilots is not None:
            programs = programs.none()
        return programs

    def where(self, user: User, *roles: Role) -> "ProgramQuerySet":
        """Return the programs in which a person holds one of the roles."""
        return self.visible_to(user).filter(
            Q(memberships__user=user, memberships__role__in=[role.value for role in roles])
        )

    def run_by(self, user: User | None) -> "ProgramQuerySet":
        """Return the programs whose members a person names: managers theirs, administrators all."""
        if user is None or user.is_administrator:
            return self.visible_to(user)
        return self.where(user, Role.MANAGER)


class Program(models.Model):
    """A family of pilots with members of its own. Programs are flat; `Pilot.unit` is plain text."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    prefix = models.CharField(
        max_length=8,
        unique=True,
        help_text="Starts every pilot's key, such as CLM in CLM-12. It stays for good.",
        validators=[
            RegexValidator(r"^[A-Z][A-Z0-9]{1,7}$", "Write 2 to 8 capital letters or digits, a letter first.")
        ],
    )
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[check_zone])
    is_sample = models.BooleanField(
        default=False, help_text="Invented pilots to look round; leaves every total."
    )
    working_days = models.CharField(
        max_length=7,
        default="12345",
        db_default="12345",
        help_text="The days of the week on which people work, Monday being 1.",
        validators=[RegexValidator(r"^(?!.*(.).*\1)[1-7]+$", "Choose at least one day of the week.")],
    )
    last_number = models.PositiveIntegerField(default=0, editable=False)

    objects = ProgramQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def today(self, at: datetime) -> date:
        """Return the day it is in this program at a moment."""
        return at.astimezone(ZoneInfo(self.zone)).date()


class Membership(models.Model):
    """A person's role in a program."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=ROLE_CHOICES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "program"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role} of {self.program}"
