"""What happened beyond single pilots, in sentences: accounts, programs, contacts, rules, jobs, mail."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from pilots.access.models import Event
from pilots.calendar import Day
from pilots.playbook import PLAYBOOK


def _role(event: Event) -> str:
    return str((event.after or event.before).get("role", "")) or "member"


def _label(event: Event) -> str:
    return str(event.after.get("label") or event.subject)


def _asked(event: Event) -> str:
    """Return the name of a requirement, as far as the event has it."""
    named = event.after.get("title") or event.before.get("title")
    known = PLAYBOOK.get(event.subject)
    return str(named or (known.title if known else event.subject))


def _view(event: Event) -> str:
    """Return the name of a shared view; of one's own, events keep none."""
    return f"the view {event.subject}" if event.subject else "a view of their own"


def _rate(values: Mapping[str, Any]) -> str:
    return f"{values.get('rate', 'not known')}, since {values.get('since', 'a day nobody knows')}"


def _forecast(event: Event) -> str:
    said = event.after
    if not {"quarter", "low", "high"} <= said.keys():
        return f"a forecast of {event.subject}"
    return f"the forecast of {event.subject} for {said['quarter']}: {said['low']} to {said['high']} arrive"


def _meeting(event: Event) -> str:
    """Return “ for the meeting on Tue 24 Nov 2026”; “” where the event keeps no day."""
    day = _spelled((event.after or event.before).get("meeting_on"))
    return f" for the meeting on {day}" if day else ""


def _until(event: Event) -> str:
    day = _spelled(event.after.get("until"))
    return f", which ends on {day}" if day else ""


def _spelled(moment: object) -> str:
    """Return the day of a stored day or moment, in the reader's zone, as people read it; “” for neither."""
    try:
        read = datetime.fromisoformat(str(moment))
    except ValueError:
        return ""
    return str(Day((timezone.localtime(read) if timezone.is_aware(read) else read).date()))


def _sharing(event: Event) -> str:
    if event.after.get("on"):
        return "allowed links to steering packs"
    ended = event.after.get("ended", 0)
    links = "" if not ended else ", and ended the one there was" if ended == 1 else f", and ended {ended:,}"
    return f"forbade links to steering packs{links}"


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
    "token.revoked": ("close", lambda event: f"revoked a token: {event.subject}", False),
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
    "program.currency_set": (
        "edit",
        lambda event: f"set that the program adds up in {event.subject}",
        False,
    ),
    "rate.added": ("plus", lambda event: f"entered the rate of {event.subject}: {_rate(event.after)}", False),
    "rate.removed": (
        "close",
        lambda event: f"removed the rate of {event.subject}: {_rate(event.before)}",
        False,
    ),
    "program.removed": ("close", lambda event: f"removed the empty program {event.subject}", False),
    "rule.limits_set": ("edit", lambda event: f"set the limits of {event.subject}", True),
    "rule.backtest_asked": (
        "history",
        lambda event: f"tried limits of {event.subject} on the past",
        False,
    ),
    "benchmark.switched": (
        "edit",
        lambda event: (
            f"{'showed' if event.after.get('on') else 'left out'} the published figure {event.subject}"
        ),
        False,
    ),
    "forecast.kept": ("decide", lambda event: f"kept {_forecast(event)}", False),
    "pack.frozen": (
        "decide",
        lambda event: f"froze the steering pack {event.subject}{_meeting(event)}",
        False,
    ),
    "pack.removed": (
        "close",
        lambda event: f"removed the steering pack {event.subject}{_meeting(event)}",
        False,
    ),
    "pack.shared": (
        "plus",
        lambda event: f"made a link to the steering pack {event.subject}{_until(event)}",
        False,
    ),
    "pack.share_revoked": (
        "close",
        lambda event: f"ended a link to the steering pack {event.subject}",
        False,
    ),
    "sharing.switched": ("edit", _sharing, False),
    "field.defined": ("plus", lambda event: f"set up the custom field {_label(event)}", False),
    "field.edited": ("edit", lambda event: f"edited the custom field {_label(event)}", True),
    "playbook.requirement_added": ("plus", lambda event: f"asks for “{_asked(event)}” now", False),
    "playbook.requirement_edited": (
        "edit",
        lambda event: f"changed what is asked for: {_asked(event)}",
        True,
    ),
    "playbook.requirement_restored": (
        "history",
        lambda event: f"asks for {_asked(event)} as the playbook has it",
        False,
    ),
    "playbook.gate_set": ("decide", lambda event: f"changed how gate {event.subject} is passed", True),
    "template.added": ("plus", lambda event: f"kept the pilot template {event.subject}", False),
    "template.edited": ("edit", lambda event: f"edited the pilot template {event.subject}", True),
    "template.removed": ("close", lambda event: f"removed the pilot template {event.subject}", False),
    "view.saved": ("plus", lambda event: f"saved {_view(event)}", False),
    "view.edited": ("edit", lambda event: f"edited {_view(event)}", True),
    "view.removed": ("close", lambda event: f"removed {_view(event)}", False),
    "plan-template.set": ("edit", lambda event: f"shaped the plan template {_label(event)}", True),
    "plan-template.restored": (
        "history",
        lambda event: f"let the plan template {_label(event)} be as it comes",
        True,
    ),
    "calendar.working_days_set": ("edit", lambda event: "set on which days people work", True),
    "calendar.holiday_added": ("plus", lambda event: f"added the holiday {event.subject}", True),
    "calendar.holiday_removed": ("close", lambda event: f"removed the holiday {event.subject}", True),
    "calendar.freeze_added": ("hold", lambda event: f"froze the clocks: {event.subject}", True),
    "calendar.freeze_removed": ("resume", lambda event: f"took back a freeze: {event.subject}", True),
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
