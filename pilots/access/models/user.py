from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


@dataclass(frozen=True)
class Reach:
    """What a token's holder limited it to; None means no limit."""

    programs: frozenset[int] | None = None
    pilots: frozenset[int] | None = None


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


# Reading the list walks a folder; an import that opens 40 programs asks 40 times.
zone_names = cache(available_timezones)


def check_zone(name: str) -> None:
    if name not in zone_names():
        raise ValidationError(f"“{name}” is not a time zone. Write one such as Europe/Berlin.")


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # knox tokens are untyped
    """A person, or another tool, that signs in by e-mail address."""

    email = models.EmailField("e-mail", max_length=254)
    name = models.CharField(max_length=200)
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[check_zone])
    is_active = models.BooleanField(default=True)
    is_executive = models.BooleanField(default=False, help_text="Sees every ordinary pilot, changes nothing.")
    is_administrator = models.BooleanField(default=False, help_text="Runs the site: users, programs, jobs.")
    is_sample = models.BooleanField(
        default=False, help_text="A demo log-in; signs in on a loopback address only."
    )
    joined_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    # Set on the instance when somebody comes with a limited token; read by every `visible_to`.
    reach: Reach | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message="This address has an account already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]
