"""The pilot an address names, as far as the reader may see it."""

from django.shortcuts import get_object_or_404

from pilots.access.permissions import Relation
from pilots.models import Pilot
from pilots.models.pilot import relations
from pilots.web.http import UserRequest


def find_pilot(request: UserRequest, key: str) -> tuple[Pilot, Relation]:
    """Return a pilot and how the reader stands to it; answer 404 for one they may not see."""
    pilots = Pilot.objects.visible_to(request.user).select_related("program")
    pilot = get_object_or_404(pilots, key=key)
    return pilot, relations(request.user, [pilot])[pilot.pk]
