"""What happened to a pilot, in plain sentences: one table of verbs, and words for any it does not know."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pilots.access.models import Event, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.pilot import EDITABLE
from pilots.calendar import Day, Precision
from pilots.lifecycle import Stage
from pilots.models import AnswerKind, HowBuilt, RiskTier
from pilots.models.log import Going
from pilots.web.told_apart import APART
from pilots.web.told_bulk import BULK
from pilots.web.told_endings import ENDINGS
from pilots.web.told_people import PEOPLE
from pilots.web.told_production import DESIGN_CHOICES, DESIGN_LABELS, PRODUCTION
from pilots.web.told_readiness import READINESS

SYSTEM = "Headway"
DOORS = {
    Source.WEB: "in the browser",
    Source.API: "through the API",
    Source.IMPORT: "by an import",
    Source.COMMAND: "from the command line",
    Source.JOB: "by a job",
    Source.REPLY: "by answering a mail",
}
CHOICES: dict[str, dict[str, str]] = {
    "stage": {stage.value: stage.label for stage in Stage},
    "how_built": {item.value: item.label for item in HowBuilt},
    "risk": {tier.value: tier.label for tier in RiskTier},
    "going": {going.value: going.label for going in Going},
    "answer": {kind.value: kind.label for kind in AnswerKind},
    "role": {role.value: role.label for role in OwnerRole},
    "is_confidential": {"True": "yes", "False": "no"},
    **DESIGN_CHOICES,
}


@dataclass(frozen=True)
class Difference:
    """One field before and after; empty where there was nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """An event in words: icon, who, what they did, what they said about it, and how it came in."""

    icon: str
    who: str
    what: str
    words: str
    at: datetime
    door: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Verb:
    """How to tell one kind of event. `shows` says whether what changed is listed field by field."""

    icon: str
    sentence: Callable[[Event], str]
    shows: bool = False
    words: Callable[[Event], str] = lambda event: event.reason


def say(field: str, value: Any) -> str:
    """Return a value of an event as a person would write it; nothing for nothing."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool) and field.startswith("custom/"):
        return "yes" if value else "no"
    known = CHOICES.get(field, {}).get(str(value))
    if known is not None:
        return known
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return _day(str(value))


def _day(text: str, precision: str = "day") -> str:
    """Return a stored day as people read it; any other text as it is."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return text
    try:
        return str(Day(date.fromisoformat(text), Precision(precision)))
    except ValueError:
        return text


def label(field: str) -> str:
    """Return the name of a field as forms show it."""
    words = {"is_confidential": "Confidential", "how_built": "How it is built", **DESIGN_LABELS}
    plain = field.removeprefix("custom/").replace("-", " ").replace("_", " ")
    return words.get(field) or plain.capitalize()


def _stage(event: Event, side: str) -> str:
    values = event.before if side == "before" else event.after
    return say("stage", values.get("stage")) or "an unknown stage"


def _dated(event: Event) -> str:
    """Return the day of a move as exactly as it is known."""
    return _day(str(event.after.get("happened_on", "")), str(event.after.get("precision") or "day"))


def _moved(event: Event) -> str:
    return f"moved it from {_stage(event, 'before')} to {_stage(event, 'after')}, dated {_dated(event)}"


def _since(event: Event) -> str:
    since = str(event.after.get("since", "not known"))
    return "a day nobody knows" if since == "not known" else since


def _checked_in(event: Event) -> str:
    going = say("going", event.after.get("going"))
    return f"checked in: {going.lower()}" if going else "checked in"


def _corrected(event: Event) -> str:
    to = say("stage", event.before.get("to"))
    then = say("", event.before.get("happened_on")) or "not known"
    return f"corrected the date of {to}, from {then} to {say('', event.after.get('happened_on'))}"


def _plan(event: Event) -> str:
    return f"plan {event.after.get('plan', '')}, day 1 on {say('', event.after.get('start'))}"


def _phase(event: Event) -> str:
    return f"phase {event.after.get('phase', '')}, {event.after.get('title', '')}"


def _milestone(event: Event) -> str:
    return f"milestone “{event.after.get('title') or event.before.get('title', '')}”"


def _due(event: Event) -> str:
    due = say("", event.after.get("due_on"))
    return f", due {due}" if due else ""


def _asked(event: Event) -> str:
    decider = event.after.get("decider") or "the managers"
    return f"asked {decider} to decide: “{event.after.get('question', '')}”"


def _answered(event: Event) -> str:
    kind, named = str(event.after.get("kind", "")), event.after.get("named")
    words = f"blocked by {named}" if kind == "blocked" and named else say("answer", kind).lower()
    if event.actor is None:
        return f"got an answer by mail from {event.subject or 'somebody'}: {words}. It waits for a manager"
    return f"answered by mail: {words}"


def _settled(event: Event) -> str:
    deed = "confirmed" if event.after.get("accepted") else "set aside"
    kind = say("answer", event.before.get("kind")).lower()
    return f"{deed} what {event.before.get('person', 'somebody')} answered by mail: {kind}"


def _flag(event: Event) -> str:
    """Return what was flagged: “Proven, and no users (R-01, high)”."""
    rule, severity = event.after.get("rule", ""), str(event.after.get("severity", ""))
    return f"{event.subject} ({', '.join(part for part in (rule, severity) if part)})"


def _assigned(event: Event) -> str:
    """Return who sees to a flag now: “asked Maren to see to a flag: Proven, no users (R-01, high)”."""
    to = event.after.get("assignee", "")
    if to:
        return f"asked {to} to see to a flag: {_flag(event)}"
    return f"took a flag from {event.before.get('assignee') or 'somebody'}: {_flag(event)}"


def _fact(event: Event) -> str:
    return str(event.after.get("fact", ""))


VERBS: dict[str, Verb] = {
    "pilot.created": Verb(
        "plus",
        lambda event: f"logged it as {_stage(event, 'after')}, since {_since(event)}",
    ),
    "pilot.imported": Verb("import", lambda event: f"imported it as {_stage(event, 'after')}"),
    "pilot.history_added": Verb(
        "import", lambda event: f"added history from a register; it is now {_stage(event, 'after')}"
    ),
    "pilot.history_taken_back": Verb(
        "history",
        lambda event: f"took an import’s history back; it is now {_stage(event, 'after')}",
    ),
    "pilot.edited": Verb("edit", lambda event: "edited it", shows=True),
    "pilot.moved": Verb("move", _moved),
    "pilot.move_refused": Verb(
        "move",
        lambda event: f"asked to move it to {_stage(event, 'after')}, which was refused for what it lacks",
    ),
    "pilot.stopped": Verb("decide", lambda event: f"stopped it, dated {_dated(event)}"),
    "pilot.held": Verb(
        "hold",
        lambda event: (
            f"put it on hold until a review on {say('', event.after.get('review_on'))}, "
            f"agreed by {event.after.get('agreed_by', 'somebody')}"
        ),
    ),
    "pilot.resumed": Verb("resume", lambda event: "resumed it"),
    "pilot.checked_in": Verb("comment", _checked_in, words=lambda event: str(event.after.get("text", ""))),
    "pilot.commented": Verb(
        "comment", lambda event: "left a comment", words=lambda event: str(event.after.get("text", ""))
    ),
    "plan.made": Verb("history", lambda event: f"made {_plan(event)}"),
    "plan.replaced": Verb(
        "history",
        lambda event: f"replaced plan {event.before.get('plan', '')} by {_plan(event)}",
        shows=True,
    ),
    "phase.started": Verb(
        "move",
        lambda event: f"began {_phase(event)}, dated {say('', event.after.get('started_on'))}",
    ),
    "scope.changed": Verb(
        "edit",
        lambda event: f"changed {event.after.get('what', 'the scope')} on day {event.after.get('day', '')}",
    ),
    "phase.closed": Verb(
        "check",
        lambda event: f"closed {_phase(event)}, dated {say('', event.after.get('finished_on'))}",
    ),
    "phase.reopened": Verb("history", lambda event: f"opened {_phase(event)} again"),
    "milestone.added": Verb("plus", lambda event: f"added the {_milestone(event)}{_due(event)}"),
    "milestone.edited": Verb("edit", lambda event: f"edited the {_milestone(event)}", shows=True),
    "milestone.done": Verb(
        "check",
        lambda event: f"closed the {_milestone(event)}, done {say('', event.after.get('done_on'))}",
    ),
    "milestone.reopened": Verb("history", lambda event: f"opened the {_milestone(event)} again"),
    "milestone.removed": Verb("close", lambda event: f"removed the {_milestone(event)}"),
    "transition.corrected": Verb("history", _corrected),
    "transition.voided": Verb(
        "history", lambda event: f"took back that it came to {say('stage', event.before.get('to'))}"
    ),
    "decision.asked": Verb("decide", _asked),
    "decision.decided": Verb(
        "decide",
        lambda event: f"decided “{event.before.get('question', '')}”: {event.after.get('choice', '')}",
    ),
    "answer.given": Verb("mail", _answered, words=lambda event: str(event.after.get("text", ""))),
    "answer.settled": Verb("mail", _settled, words=lambda event: str(event.before.get("text", ""))),
    "flag.opened": Verb("hourglass", lambda event: f"flagged it: {_flag(event)}", words=_fact),
    "flag.escalated": Verb("hourglass", lambda event: f"raised a flag: {_flag(event)}", words=_fact),
    "flag.closed": Verb("check", lambda event: f"cleared a flag: {_flag(event)}"),
    "flag.snoozed": Verb(
        "hourglass",
        lambda event: f"snoozed a flag until {say('', event.after.get('until'))}: {_flag(event)}",
    ),
    "flag.disputed": Verb(
        "comment",
        lambda event: (
            f"said until {say('', event.after.get('until'))} that it is not stalled: {_flag(event)}"
        ),
    ),
    "flag.assigned": Verb("person", _assigned),
    "flag.woken": Verb("resume", lambda event: f"let a flag count again: {_flag(event)}"),
    **{verb: Verb(*told) for verb, told in PRODUCTION.items()},
    **{verb: Verb(icon, sentence, words=words) for verb, (icon, sentence, words) in READINESS.items()},
    **{
        verb: Verb(icon, sentence, shows)
        for verb, (icon, sentence, shows) in {**APART, **BULK, **ENDINGS, **PEOPLE}.items()
    },
}


def tell(event: Event) -> Told:
    """Return an event in words. Costs no query when its actor was loaded with it."""
    verb = VERBS.get(event.verb) or Verb("history", _unknown, shows=True)
    return Told(
        icon=verb.icon,
        who=str(event.actor) if event.actor else SYSTEM,
        what=verb.sentence(event),
        words=verb.words(event),
        at=event.at,
        door=DOORS[Source(event.source)],
        differences=_differences(event) if verb.shows else (),
    )


def _unknown(event: Event) -> str:
    subject, _, deed = event.verb.rpartition(".")
    return f"noted “{' '.join(part for part in (subject, deed) if part).replace('_', ' ')}”"


def changes_of(event: Event) -> tuple[Difference, ...]:
    """Return what an event changed, field by field, whether or not its sentence says it already."""
    return _differences(event)


def _differences(event: Event) -> tuple[Difference, ...]:
    """Return what changed, in the order of the form; PostgreSQL keeps no order of its own in JSON."""
    places = {name: place for place, name in enumerate(EDITABLE)}
    before, after = flat(event.before), flat(event.after)
    fields = sorted({*before, *after}, key=lambda name: (places.get(name, len(places)), name))
    return tuple(
        Difference(label(field), say(field, before.get(field)), say(field, after.get(field)))
        for field in fields
        if before.get(field) != after.get(field)
    )


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom fields among the others, as `custom/<code>`."""
    custom = {f"custom/{code}": value for code, value in (values.get("custom") or {}).items()}
    return {name: value for name, value in values.items() if name != "custom"} | custom
