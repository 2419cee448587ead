"""Who may freeze, read, share and remove steering packs, and which programs one covers.

A pack is read by those who see every program it covers (`Pack.objects.visible_to`). It is frozen by whoever
runs its program; a pack of all programs by whoever runs one of those it covers. Shared by link, and removed
by others than its maker, it is by whoever runs all of them: a link publishes what is in each.
"""

from collections.abc import Collection

from pilots.access.models import Program, User
from pilots.actions.by import Forbidden
from pilots.models import Pilot
from portfolio.steering.models import Pack

WHO_CAN = "a manager of one of its programs or an administrator can"
WHO_CAN_ALL = "a manager of every program it covers or an administrator can"


def covered_by(reader: User, program: Program | None) -> list[Program]:
    """Return the programs a pack of this reader covers: the one asked for, or all that they see.

    The sample is beside real pilots in no total, so it is covered only where nothing else counts.
    """
    if program is not None:
        return [program]
    visible = Program.objects.visible_to(reader).distinct().order_by("name", "pk")
    seen = Pilot.objects.visible_to(reader)
    counts_sample = seen.countable(reader).filter(program__is_sample=True).exists()
    return list(visible if counts_sample else visible.filter(is_sample=False))


def may_freeze(user: User, programs: Collection[Program]) -> bool:
    """Return whether somebody may freeze what these programs are; costs one query."""
    wanted = [program.pk for program in programs]
    return Program.objects.run_by(user).filter(pk__in=wanted).exists()


def may_freeze_any(user: User) -> bool:
    return Program.objects.run_by(user).exists()


def require_to_freeze(user: User, programs: Collection[Program]) -> None:
    """Raise `Forbidden` with a sentence that says who could."""
    if not may_freeze(user, programs):
        raise Forbidden(f"You may not freeze a steering pack of this: {WHO_CAN}.")


def runs_all(user: User, pack: Pack) -> bool:
    """Return whether somebody runs every program that a pack covers; costs one query."""
    run = Program.objects.run_by(user).order_by().values("pk")
    return not pack.programs.exclude(pk__in=run).exists()


def require_to_share(user: User | None, pack: Pack) -> None:
    """Raise `Forbidden` with a sentence that says who could."""
    if user is None or not runs_all(user, pack):
        raise Forbidden(f"You may not share this pack: {WHO_CAN_ALL}.")


def may_remove(user: User, pack: Pack) -> bool:
    """Return whether somebody who reads a pack may remove it; costs one query at most."""
    if pack.frozen_by_id == user.pk and user.reach is None:
        return True
    return runs_all(user, pack)


def require_to_remove(user: User, pack: Pack) -> None:
    """Raise `Forbidden` with a sentence that says who could."""
    if not may_remove(user, pack):
        raise Forbidden(f"You may not remove this pack: its maker, or {WHO_CAN_ALL}.")
