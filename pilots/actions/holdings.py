"""What somebody holds: the roles, open milestones and open questions that need a new place when they go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from pilots.access.models import Program, Role, User
from pilots.models import Decision, Milestone, Owner, Ownership, Pilot


@dataclass(frozen=True)
class Held:
    """All that the reader manages of it, and how many things lie beyond.

    `roles` are those on running pilots; `deputy` are those held for somebody else for a while, `ended`
    those on pilots that need nobody any longer. These two only end.
    """

    roles: list[Ownership] = field(default_factory=list)
    deputy: list[Ownership] = field(default_factory=list)
    ended: list[Ownership] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    programs: frozenset[int] = frozenset()
    beyond: int = 0

    @property
    def every_row(self) -> list[Ownership]:
        return [*self.roles, *self.deputy, *self.ended]

    @property
    def by_role(self) -> dict[str, list[Ownership]]:
        found: dict[str, list[Ownership]] = {}
        for row in self.roles:
            found.setdefault(row.role, []).append(row)
        return found

    @property
    def pilots(self) -> list[Pilot]:
        rows: Iterable[Pilot | None] = (
            *(row.pilot for row in self.every_row),
            *(milestone.pilot for milestone in self.milestones),
            *(decision.pilot for decision in self.decisions),
        )
        return list({pilot.pk: pilot for pilot in rows if pilot is not None}.values())

    @property
    def is_nothing(self) -> bool:
        return not (self.roles or self.deputy or self.milestones or self.decisions or self.beyond)


def holdings(owners: Sequence[Owner], *, reader: User | None, user: User | None = None) -> Held:
    """Return what these contacts hold; the same queries for any number of things.

    `user` is the account that is closed, where one is: then everything else asked of it counts as beyond.
    """
    managed = Program.objects.all() if reader is None else Program.objects.where(reader, Role.MANAGER)
    if user is None:
        managed = managed.filter(pk__in={owner.program_id for owner in owners})
    programs = frozenset(managed.values_list("pk", flat=True))
    seen = Pilot.objects.visible_to(reader).filter(program__in=programs).values("pk")
    active = Ownership.objects.active().filter(owner__in=owners)
    waiting = Milestone.objects.waiting().filter(owner__in=owners).exclude(pilot__in=Pilot.objects.ended())
    asked = Decision.objects.waiting().filter(_asked(owners, user))
    rows = list(
        active.filter(pilot__in=seen).select_related("owner__program", "pilot").order_by("pilot__key", "pk")
    )
    milestones = list(
        waiting.filter(pilot__in=seen).select_related("pilot").order_by("pilot__key", "position", "pk")
    )
    mine = Q(pilot__in=seen) | Q(pilot__isnull=True, program__in=programs)
    decisions = list(asked.filter(mine).select_related("pilot", "program", "decider").order_by("pk"))
    total = active.count() + waiting.count() + asked.count()
    return Held(
        roles=[row for row in rows if row.deputises_id is None and not row.pilot.is_ended],
        deputy=[row for row in rows if row.deputises_id is not None and not row.pilot.is_ended],
        ended=[row for row in rows if row.pilot.is_ended],
        milestones=milestones,
        decisions=decisions,
        programs=programs,
        beyond=total - len(rows) - len(milestones) - len(decisions),
    )


def _asked(owners: Sequence[Owner], user: User | None) -> Q:
    """Name the questions asked of an account: all of them, or those of the programs of these contacts."""
    if user is not None:
        return Q(decider=user)
    asked = Q(pk__in=[])
    for owner in owners:
        if owner.user_id is not None:
            asked |= Q(decider=owner.user_id, program=owner.program_id)
    return asked
