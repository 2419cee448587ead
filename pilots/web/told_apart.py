"""What happened beyond single pilots, in sentences: accounts, programs, contacts, rules, jobs, mail."""

from collections.abc import Callable

from pilots.access.models import Event


def _role(event: Event) -> str:
    return str((event.after or event.before).get("role", "")) or "member"


def _label(event: Event) -> str:
    return str(event.after.get("label") or event.subject)


def _all_released(event: Event) -> str:
    mails = event.after.get("messages", 0)
    return "let the 1 mail that was held go out" if mails == 1 else f"let all {mails:,} held mails go out"


# Icon, sentence, and whether what changed is listed field by field.
APART: dict[str, tuple[str, Callable[[Event], str], bool]] = {
    "user.created": ("person", lambda event: f"opened an account for {event.subject}", False),
    "user.deactivated": ("close", lambda event: f"closed the account of {event.subject}", False),
    "user.reactivated": ("person", lambda event: f"opened the account of {event.subject} again", False),
    "password-link.created": (
        "person",
        lambda event: f"made a link that sets the password of {event.subject}",
        False,
    ),
    "token.created": ("person", lambda event: f"made a token: {event.subject}", False),
    "program.created": ("edit", lambda event: f"created the program {event.subject}", False),
    "program.edited": ("edit", lambda event: f"edited the program {event.subject}", True),
    "member.added": ("person", lambda event: f"added {event.subject} as {_role(event)}", False),
    "member.changed": ("person", lambda event: f"made {event.subject} {_role(event)}", False),
    "member.removed": (
        "close",
        lambda event: f"removed {event.subject}, who was {_role(event)}",
        False,
    ),
    "owner.created": ("person", lambda event: f"added {event.subject} to the contacts", False),
    "owner.edited": ("edit", lambda event: f"edited the contact {event.subject}", True),
    "register.imported": ("import", lambda event: f"imported a register: {event.subject}", False),
    "import.begun": ("import", lambda event: f"brought a file: {event.subject}", False),
    "import.dropped": ("close", lambda event: f"gave up the import of {event.subject}", False),
    "import.undone": ("history", lambda event: f"undid the import of {event.subject}", False),
    "list.exported": ("import", lambda event: f"exported the list {event.subject}", False),
    "mapping.saved": ("edit", lambda event: f"kept how files are read: {event.subject}", False),
    "program.removed": ("close", lambda event: f"removed the empty program {event.subject}", False),
    "rule.limits_set": ("edit", lambda event: f"set the limits of {event.subject}", True),
    "field.defined": ("plus", lambda event: f"set up the custom field {_label(event)}", False),
    "field.edited": ("edit", lambda event: f"edited the custom field {_label(event)}", True),
    "digest.set": ("mail", lambda event: f"changed when the digest of {event.subject} comes", True),
    "digest.stopped": ("mail", lambda event: f"stopped the digest of {event.subject}", False),
    "job.retried": ("history", lambda event: f"let {event.subject} run again", False),
    "message.retried": ("mail", lambda event: f"queued a parked mail again: {event.subject}", False),
    "message.released": ("mail", lambda event: f"let a held mail go out: {event.subject}", False),
    "message.given_up": ("close", lambda event: f"gave up a mail: {event.subject}", False),
    "message.all_released": ("mail", _all_released, False),
    "mail.read": ("mail", lambda event: f"read a mail with a way in: {event.subject}", False),
    "sample.loaded": ("import", lambda event: "loaded the sample portfolio", False),
    "sample.cleared": ("close", lambda event: "cleared the sample portfolio", False),
}
