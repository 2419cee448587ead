"""What somebody is asked to answer for: roles and pilots, as far as they may know of them yet."""

from dataclasses import dataclass

from pilots.calendar import Day
from pilots.models import Owner, Ownership, Pilot
from pilots.models.ownership import OwnershipQuerySet
from pilots.web.declined import declined


@dataclass(frozen=True)
class Asked:
    """One role on one pilot. A confidential pilot keeps its name until its owner has agreed."""

    ownership: Ownership
    role: str
    pilot: str

    @property
    def words(self) -> str:
        return f"{self.role}: {self.pilot}"


def waiting(rows: OwnershipQuerySet) -> list[Asked]:
    """Return what waits for agreement and was not said to be somebody else's; two queries at most."""
    running = rows.active().exclude(pilot__in=Pilot.objects.ended().values("pk"))
    open_rows = running.filter(accepted_on__isnull=True, owner__is_active=True)
    found = list(open_rows.select_related("pilot", "owner__program").order_by("pilot__key", "role", "pk"))
    refused = declined(found)
    return [Asked(row, _role(row), _name(row.pilot)) for row in found if row.pk not in refused]


def asked_of(owner: Owner) -> list[Asked]:
    return waiting(Ownership.objects.filter(owner=owner))


def _role(row: Ownership) -> str:
    role = row.role_in_words
    return role if row.ends_on is None else f"{role} until {Day(row.ends_on)}"


def _name(pilot: Pilot) -> str:
    return "a confidential pilot" if pilot.is_confidential else pilot.name
