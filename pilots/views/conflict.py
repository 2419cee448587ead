"""What to show when somebody else changed the pilot while a form was open."""

from dataclasses import dataclass
from typing import Any

from pilots.access.models import Event
from pilots.actions.by import Stale
from pilots.actions.change import as_json
from pilots.forms.edit import DescribingForm, described
from pilots.models import Pilot
from pilots.web.told import Told, flat, label, say, tell

LOOKED_BACK, SHOWN = 50, 6


@dataclass(frozen=True)
class Doubled:
    """One field that somebody else changed; `yours` is empty where the form had left it alone."""

    label: str
    now: str
    yours: str
    is_yours_kept: bool


@dataclass(frozen=True)
class Conflict:
    """What happened meanwhile, newest first, and the fields in which both versions are shown."""

    sentence: str
    events: list[Told]
    earlier: int
    doubled: list[Doubled]


def meanwhile(pilot: Pilot, stale: Stale) -> list[Event]:
    """Return the events since the version that was read, newest first."""
    events = Event.objects.filter(pilot_id=pilot.pk, version__gt=stale.read).select_related("actor")
    return list(events.order_by("-id")[:LOOKED_BACK])


def conflict(pilot: Pilot, stale: Stale) -> Conflict:
    return _conflict(stale, meanwhile(pilot, stale), [])


def merge(form: DescribingForm, pilot: Pilot, stale: Stale) -> Conflict:
    """Put what others changed into the fields the person left alone; show both where both changed one."""
    events = meanwhile(pilot, stale)
    before: dict[str, Any] = {}
    for event in events:
        before |= {name: value for name, value in flat(event.before).items() if name in form.fields}
    sent = {name: as_json(value) for name, value in flat(form.values).items()}
    now = dict.fromkeys(form.custom_names) | {
        name: as_json(value) for name, value in flat(described(pilot)).items()
    }
    theirs = [name for name in before if now[name] != sent[name]]
    left_alone = [name for name in theirs if sent[name] == before[name]]
    form.take_over(left_alone, pilot)
    doubled = [
        Doubled(
            str(form.fields[name].label or label(name)) if name in form.custom_names else label(name),
            say(name, now[name]),
            "" if name in left_alone else say(name, sent[name]),
            name not in left_alone,
        )
        for name in theirs
    ]
    return _conflict(stale, events, doubled)


def _conflict(stale: Stale, events: list[Event], doubled: list[Doubled]) -> Conflict:
    shown = [tell(event) for event in events[:SHOWN]]
    return Conflict(str(stale), shown, len(events) - len(shown), doubled)
