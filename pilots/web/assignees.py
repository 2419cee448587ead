"""Whom one may ask to see to some flags; the page offers, and the API takes, nobody else."""

from collections.abc import Sequence

from pilots.access.models import Membership, Role, User
from pilots.models import Flag, Ownership, Pilot

WORKING = (Role.MANAGER.value, Role.CONTRIBUTOR.value)


def may_see_to(flags: Sequence[Flag]) -> list[User]:
    """Return whom one may name for all of these flags, by name; three queries. Load `pilot` with each.

    Who works on all of the pilots, as members and owners, and whoever is named for one of the flags already:
    to say who sees to it takes it from nobody unasked. The action still refuses whoever does not see a pilot.
    """
    pilots = list({flag.pilot_id: flag.pilot for flag in flags}.values())
    named = {flag.assignee_id for flag in flags if flag.assignee_id is not None}
    return list(User.objects.filter(pk__in=_at_work(pilots) | named).order_by("name", "pk"))


def _at_work(pilots: Sequence[Pilot]) -> set[int]:
    members = Membership.objects.filter(
        program__in={pilot.program_id for pilot in pilots}, role__in=WORKING, user__is_active=True
    )
    in_program: dict[int, dict[int, str]] = {}
    for program_id, user_id, role in members.values_list("program", "user", "role"):
        in_program.setdefault(program_id, {})[user_id] = role
    owners = Ownership.objects.accepted().filter(pilot__in=[pilot.pk for pilot in pilots])
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
    return found or set()
