"""Who can clear a flag: the people its rule names, else the managers of the pilot's program.

Pages, API and digest all say it from here. A fixed number of queries for any number of flags.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pilots.access.models import Membership, Role, User
from pilots.access.permissions import OwnerRole
from pilots.models import Flag, Ownership, Pilot
from pilots.rules.time import LEADERS
from pilots.web.spoken import any_of


@dataclass(frozen=True)
class Unblocker:
    """Somebody who can clear a flag. `is_reader`: it is the person who reads this."""

    name: str
    is_reader: bool = False

    @property
    def said(self) -> str:
        """Return what stands in a sentence to the reader: “you”, or the name."""
        return "you" if self.is_reader else self.name


def who_can(flags: Iterable[Flag], reader: User | None) -> dict[int, list[Unblocker]]:
    """Return by flag id who can clear it, in the order of its rule; empty where nobody can.

    An owner counts from the day they are named; whether they have accepted decides what they may do, not
    whom to ask. Names stand on pilots: pass only flags whose pilots the reader can see.
    """
    asked = list(flags)
    owners = _owners({flag.pilot_id for flag in asked}, reader)
    found = {flag.pk: _named(flag, owners.get(flag.pilot_id, {})) for flag in asked}
    alone = {flag.pilot_id for flag in asked if not found[flag.pk]}
    managers = _managers(alone, reader)
    return {flag.pk: found[flag.pk] or managers.get(flag.pilot_id, []) for flag in asked}


def who_answers(pilots: Iterable[int], reader: User | None) -> dict[int, list[Unblocker]]:
    """Return by pilot id who answers for it, as `who_can` names people where no rule says who."""
    asked = set(pilots)
    owners = _owners(asked, reader)
    found = {pilot: _in_order(LEADERS, owners.get(pilot, {})) for pilot in asked}
    managers = _managers({pilot for pilot, people in found.items() if not people}, reader)
    return {pilot: people or managers.get(pilot, []) for pilot, people in found.items()}


def said(people: Sequence[Unblocker]) -> str:
    """Return “S. Keller, A. Byrne or you”: any of them will do. "" for nobody."""
    return any_of([person.said for person in people])


def _named(flag: Flag, owners: Mapping[str, Sequence[Unblocker]]) -> list[Unblocker]:
    rule = flag.known_rule
    return _in_order(rule.unblockers if rule else (), owners)


def _in_order(roles: Iterable[OwnerRole], owners: Mapping[str, Sequence[Unblocker]]) -> list[Unblocker]:
    return list(dict.fromkeys(person for role in roles for person in owners.get(role.value, ())))


def _owners(pilots: set[int], reader: User | None) -> dict[int, dict[str, list[Unblocker]]]:
    """Return the present owners of each pilot by role, who was named first standing first."""
    if not pilots:
        return {}
    rows = Ownership.objects.active().there().filter(pilot__in=pilots)
    found: dict[int, dict[str, list[Unblocker]]] = {}
    for pilot_id, role, name, user_id in rows.order_by("since", "pk").values_list(
        "pilot_id", "role", "owner__name", "owner__user_id"
    ):
        person = Unblocker(name, is_reader=reader is not None and user_id == reader.pk)
        found.setdefault(pilot_id, {}).setdefault(role, []).append(person)
    return found


def _managers(pilots: set[int], reader: User | None) -> dict[int, list[Unblocker]]:
    """Return the managers of each pilot's program; a closed account can do nothing."""
    if not pilots:
        return {}
    programs = dict(Pilot.objects.filter(pk__in=pilots).values_list("pk", "program_id"))
    rows = Membership.objects.filter(
        program__in=set(programs.values()), role=Role.MANAGER.value, user__is_active=True
    )
    found: dict[int, list[Unblocker]] = {}
    for program_id, user_id, name in rows.order_by("pk").values_list("program_id", "user_id", "user__name"):
        person = Unblocker(name, is_reader=reader is not None and user_id == reader.pk)
        found.setdefault(program_id, []).append(person)
    return {pilot_id: found.get(program_id, []) for pilot_id, program_id in programs.items()}
