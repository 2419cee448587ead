"""What the floors above bring to a pilot's page: tabs, and things to do. They register it here."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models.expressions import Combinable

from pilots.access.permissions import Deed


@dataclass(frozen=True)
class UpperTab:
    """A tab that an upper floor brings, and before which other it stands.

    `counted` counts rows by `OuterRef("pk")` of the pilot; all counts are read in one query.
    """

    label: str
    name: str
    before: str
    counted: Callable[[], Combinable] | None = None


UPPER_TABS: list[UpperTab] = []


@dataclass(frozen=True)
class UpperAction:
    """Something to do with a pilot that an upper floor brings, for those who may do the deed."""

    words: str
    name: str
    icon: str
    deed: Deed


UPPER_ACTIONS: list[UpperAction] = []
