"""What undoing a change of several pilots says of each, in sentences."""

from collections.abc import Callable

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole

_ROLES = {role.value: role.label.lower() for role in OwnerRole}


def _seat(event: Event) -> str:
    role = _ROLES.get(str(event.before.get("role")), "owner")
    return f"{event.before.get('owner') or 'somebody'} as {role}"


# Icon, sentence, and whether what changed is listed field by field.
BULK: dict[str, tuple[str, Callable[[Event], str], bool]] = {
    "owner.unnamed": ("person", lambda event: f"took back naming {_seat(event)}", False),
    "owner.as_before": ("person", lambda event: f"put {_seat(event)} back in place, as before", False),
    "hold.taken_back": ("resume", lambda event: "took back that it was put on hold", False),
}
