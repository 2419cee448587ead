"""What happened to requirements, gates, evidence and waivers, in sentences."""

from collections.abc import Callable
from datetime import date

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.waiver import OTHER_SUBJECTS
from pilots.calendar import Day
from pilots.models import Pilot
from pilots.playbook import PLAYBOOK, EvidenceKind, Gate
from pilots.readiness import playbooks_of


def named(code: str, title: str = "") -> str:
    """Return how people call a requirement, a gate or what else is waived; its code where nobody knows.

    `title` is how its program calls it, or called it then.
    """
    if code in set(Gate):
        return f"{code} {Gate(code).label}"
    known = PLAYBOOK[code].title if code in PLAYBOOK else OTHER_SUBJECTS.get(code, code)
    return f"“{title or known}”"


def named_in(pilot: Pilot, code: str) -> str:
    """Return how the program of a pilot calls a requirement, a gate or what else is waived."""
    known = playbooks_of([pilot.program_id])[pilot.program_id].requirements.get(code)
    return named(code, known.title if known else "")


def _value(event: Event, name: str) -> str:
    return str(event.after.get(name) or event.before.get(name) or "")


def _named(event: Event, what: str) -> str:
    return named(_value(event, what), _value(event, "title"))


def _shown(event: Event) -> str:
    milestone = _value(event, "milestone")
    return f"the milestone “{milestone}”" if milestone else _named(event, "requirement")


def _kind(event: Event) -> str:
    kind = _value(event, "kind")
    return EvidenceKind(kind).label.lower() if kind in set(EvidenceKind) else "evidence"


def _until(event: Event) -> str:
    try:
        return str(Day(date.fromisoformat(_value(event, "until"))))
    except ValueError:
        return "a day nobody knows"


def _waits(event: Event) -> str:
    role = _value(event, "waits_for")
    return OwnerRole(role).label.lower() if role in set(OwnerRole) else "somebody"


def _brought(event: Event) -> str:
    said = [str(event.after.get(name)) for name in ("text", "link") if event.after.get(name)]
    return " ".join(said)


def _reason(event: Event) -> str:
    return event.reason


# What Headway sees by itself whenever something changes; the page of readiness shows it where it stands.
NOTICED = ("gate.met", "gate.reopened", "requirement.met", "requirement.reopened")

# Icon, sentence, and what was said about it.
READINESS: dict[str, tuple[str, Callable[[Event], str], Callable[[Event], str]]] = {
    "evidence.brought": (
        "check",
        lambda event: f"brought evidence for {_shown(event)}: {_kind(event)}",
        _brought,
    ),
    "evidence.withdrawn": (
        "close",
        lambda event: f"withdrew evidence for {_shown(event)}: {_kind(event)}",
        _reason,
    ),
    "waiver.granted": (
        "decide",
        lambda event: f"let it pass without {_named(event, 'subject')} until {_until(event)}",
        _reason,
    ),
    "waiver.revoked": (
        "close",
        lambda event: f"revoked the waiver of {_named(event, 'subject')}",
        _reason,
    ),
    "gate.approved": ("decide", lambda event: f"approved {named(_value(event, 'gate'))}", _reason),
    "gate.approval_revoked": (
        "close",
        lambda event: f"took back an approval of {named(_value(event, 'gate'))}",
        _reason,
    ),
    "gate.met": ("check", lambda event: f"saw that {named(_value(event, 'gate'))} is met", _reason),
    "gate.reopened": (
        "history",
        lambda event: f"saw that {named(_value(event, 'gate'))} is open again",
        _reason,
    ),
    "requirement.met": (
        "check",
        lambda event: f"saw that {_named(event, 'requirement')} is there",
        _reason,
    ),
    "requirement.reopened": (
        "history",
        lambda event: f"saw that {_named(event, 'requirement')} is open again",
        _reason,
    ),
    "requirement.waits": (
        "hourglass",
        lambda event: f"noted that {_named(event, 'requirement')} waits for {_waits(event)}",
        _reason,
    ),
    "requirement.waits_no_longer": (
        "resume",
        lambda event: f"noted that {_named(event, 'requirement')} waits no longer for {_waits(event)}",
        _reason,
    ),
}
