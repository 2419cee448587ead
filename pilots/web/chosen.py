"""The pilots ticked on the list, as a form sends them: their keys, and the versions its page was made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from pilots.actions.bulk import MOST
from pilots.models import Pilot
from pilots.web.http import UserRequest
from pilots.web.listing import Listing

_PICK = re.compile(r"(?P<key>[A-Z][A-Z0-9]{1,7}-[1-9][0-9]{0,9})(?::(?P<version>[1-9][0-9]{0,8}))?")


@dataclass(frozen=True)
class Chosen:
    """`pilots` as far as the reader sees them; `unknown` counts the keys behind which there is none.

    `versions` maps ids to what the person was shown. `total` is how many were meant.
    """

    pilots: list[Pilot]
    versions: dict[int, int]
    unknown: int
    total: int

    @property
    def is_too_many(self) -> bool:
        return self.total > MOST


def read_chosen(request: UserRequest) -> Chosen:
    """Read `pilot` (a key, or key and version), or with `all` every pilot that `query` finds."""
    if request.POST.get("all"):
        return _all_of(request)
    read = [_PICK.fullmatch(text.upper()) for text in request.POST.getlist("pilot")]
    picks = {match["key"]: match["version"] for match in read if match}
    if len(picks) > MOST:
        return Chosen([], {}, 0, len(picks))
    found = in_order(request, list(picks))
    versions = {pilot.pk: int(text) for pilot in found if (text := picks[pilot.key])}
    unknown = len(read) - len(found)
    return Chosen(found, versions, unknown, len(found))


def in_order(request: UserRequest, keys: Sequence[str]) -> list[Pilot]:
    """Return the pilots of these keys that the reader sees, by key."""
    pilots = Pilot.objects.visible_to(request.user).filter(key__in=keys).select_related("program")
    return list(pilots.order_by("program__prefix", "number"))


def _all_of(request: UserRequest) -> Chosen:
    listing = Listing(request, asked=QueryDict(request.POST.get("query", "")), besides=("page",))
    if listing.problems or listing.as_of:  # of a past day nothing can be changed
        return Chosen([], {}, 0, 0)
    if listing.total > MOST:
        return Chosen([], {}, 0, listing.total)
    found = list(listing.pilots)
    return Chosen(found, {}, 0, len(found))
