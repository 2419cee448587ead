"""What the page behind an answer link says: its buttons, and who can unblock, confirm or be meant."""

from pilots.access.models import Role, User
from pilots.models import AnswerKind, Flag, Ownership, Pilot
from pilots.web import unblock
from pilots.web.spoken import any_of

WAYS = {
    AnswerKind.MOVING: ("Moving", "Say in a line what moved, if you like", "move", "Send: it is moving"),
    AnswerKind.BLOCKED: (
        "Blocked by …",
        "Name who can help, or what is missing",
        "lock",
        "Send: it is blocked",
    ),
    AnswerKind.STOP: (
        "Propose to stop",
        "A manager decides; nothing stops yet",
        "decide",
        "Send the proposal",
    ),
    AnswerKind.NOT_MINE: ("Not mine", "Name the right person, if you know", "person", "Send: it is not mine"),
}


def unblockers(flag: Flag, reader: User) -> str:
    """Return who can unblock it as the subject of a sentence: “S. Keller” or “You”."""
    words = unblock.said(unblock.who_can([flag], reader).get(flag.pk, []))
    return f"{words[:1].upper()}{words[1:]}" if words.startswith("you") else words


def confirmers(pilot: Pilot) -> str:
    """Return who confirms answers, by name while they are few."""
    managers = User.objects.filter(
        memberships__program=pilot.program_id, memberships__role=Role.MANAGER.value, is_active=True
    )
    names = list(managers.order_by("name", "pk").values_list("name", flat=True)[:4])
    return any_of(names) if 0 < len(names) < 4 else f"a manager of {pilot.program}"


def named_on(pilot: Pilot) -> list[str]:
    """Return who could be meant by “blocked by” and “not mine”: everybody named on the pilot."""
    named = Ownership.objects.active().there().filter(pilot=pilot)
    return sorted(set(named.values_list("owner__name", flat=True)))
