"""What happened to those who answer for pilots, in sentences: named, agreed, handed over, stood in, ended."""

from collections.abc import Callable
from datetime import date
from typing import Any

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.calendar import Day


def _role(values: dict[str, Any]) -> str:
    code = str(values.get("role", ""))
    role = OwnerRole(code).label.lower() if code in list(OwnerRole) else "owner"
    return f"deputy {role}" if values.get("deputy") else role


def _owner(values: dict[str, Any]) -> str:
    return str(values.get("owner") or "somebody")


def _named(values: dict[str, Any]) -> str:
    return f"{_owner(values)} as {_role(values)}"


def _deputised(event: Event) -> str:
    role = _role(event.after | {"deputy": False})
    until = str(event.after.get("until", ""))
    day = f" until {Day(date.fromisoformat(until))}" if until else ""
    return f"named {_owner(event.after)} to stand in for {event.after.get('for', 'somebody')} as {role}{day}"


def _handed_over(event: Event) -> str:
    return f"handed {_role(event.before)} over from {_owner(event.before)} to {_owner(event.after)}"


def _passed_on(event: Event) -> str:
    now, was = event.after.get("decider") or "the managers", event.before.get("decider") or "somebody"
    return f"asked {now} instead of {was}: “{event.after.get('question', '')}”"


# Icon, sentence, and whether what changed is listed field by field.
PEOPLE: dict[str, tuple[str, Callable[[Event], str], bool]] = {
    "owner.added": ("person", lambda event: f"named {_named(event.after)}", False),
    "owner.accepted": ("person", lambda event: f"agreed to be {_role(event.after)}", False),
    "owner.declined": ("person", lambda event: f"said not to be {_role(event.after)}", False),
    "owner.ended": ("person", lambda event: f"ended {_named(event.before)}", False),
    "owner.handed_over": ("person", _handed_over, False),
    "owner.deputised": ("person", _deputised, False),
    "ownership.edited": ("edit", lambda event: f"wrote down more about {_named(event.after)}", True),
    "owner.taken_back": (
        "person",
        lambda event: f"took back that an import named {_named(event.before)}",
        False,
    ),
    "owner.again": (
        "person",
        lambda event: f"let {_owner(event.before)} be {_role(event.before)} again, as before an import",
        False,
    ),
    "owner.invited": (
        "mail",
        lambda event: f"invited {_owner(event.after)} to link an account",
        False,
    ),
    "owner.linked": (
        "person",
        lambda event: f"linked {_owner(event.after)} to the account {event.after.get('account', '')}",
        False,
    ),
    "owner.unlinked": (
        "person",
        lambda event: f"took the account {event.before.get('account', '')} from {_owner(event.before)}",
        False,
    ),
    "owner.deactivated": (
        "person",
        lambda event: f"took the contact {event.subject} out of use and moved what they held",
        False,
    ),
    "invitation.withdrawn": (
        "close",
        lambda event: f"withdrew the invitation of {_owner(event.before)}",
        False,
    ),
    "decision.passed_on": ("decide", _passed_on, False),
}
