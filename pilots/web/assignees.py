"""Whom one may ask to see to the flags of some pilots."""

from collections.abc import Sequence

from pilots.access.models import Membership, Role, User
from pilots.models import Ownership, Pilot

WORKING = (Role.MANAGER.value, Role.CONTRIBUTOR.value)


def may_see_to(pilots: Sequence[Pilot]) -> list[User]:
    """Return who sees all of these pilots and works on them, by name: members and owners; three queries."""
    members = Membership.objects.filter(
        program__in={pilot.program_id for pilot in pilots}, role__in=WORKING, user__is_active=True
    )
    in_program: dict[int, dict[int, str]] = {}
    for program_id, user_id, role in members.values_list("program", "user", "role"):
        in_program.setdefault(program_id, {})[user_id] = role
    owners = Ownership.objects.active().filter(
        pilot__in=[pilot.pk for pilot in pilots], accepted_on__isnull=False, owner__is_active=True
    )
    of_pilot: dict[int, set[int]] = {}
    for pilot_id, user_id in owners.filter(owner__user__is_active=True).values_list("pilot", "owner__user"):
        of_pilot.setdefault(pilot_id, set()).add(user_id)
    found: set[int] | None = None
    for pilot in pilots:
        theirs = of_pilot.get(pilot.pk, set()) | {
            user_id
            for user_id, role in in_program.get(pilot.program_id, {}).items()
            if role == Role.MANAGER.value or not pilot.is_confidential
        }
        found = theirs if found is None else found & theirs
    return list(User.objects.filter(pk__in=found or ()).order_by("name", "pk"))
