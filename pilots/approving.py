"""Under which roles a gate may be approved as it stands; the page and the action ask the same."""

from pilots.access.models import Role
from pilots.access.permissions import SEATS, OwnerRole, Relation
from pilots.gates import GateStanding


def asked_roles(item: GateStanding) -> tuple[OwnerRole | None, ...]:
    """Return the roles whose approval a gate lacks; None is a manager's, as good where any of them may."""
    if not item.lacking:
        return ()
    return (*item.lacking, None) if item.any_of else item.lacking


def approving_roles(item: GateStanding, relation: Relation) -> list[OwnerRole | None]:
    """Return the roles a gate lacks under which a person could approve it."""
    held = relation.owner_roles & (SEATS | {OwnerRole.SPONSOR})
    is_manager = relation.is_system or relation.program_role is Role.MANAGER
    return [role for role in asked_roles(item) if (is_manager if role is None else role in held)]
