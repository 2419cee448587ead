"""What happened to a pilot's production record, in sentences."""

from collections.abc import Callable

from pilots.access.models import Event
from pilots.design import (
    Complexity,
    ConnectionKind,
    ConnectionState,
    ModelTier,
    Regime,
    RolloutKind,
    RolloutOutcome,
    ServingLocation,
    ServingPattern,
)

YES_NO = {"True": "yes", "False": "no"}
DESIGN_CHOICES: dict[str, dict[str, str]] = {
    "serving_pattern": {item.value: item.label for item in ServingPattern},
    "serving_location": {item.value: item.label for item in ServingLocation},
    "model_tier": {item.value: item.label for item in ModelTier},
    "regime": {item.value: item.label for item in Regime},
    "complexity": {item.value: item.label for item in Complexity},
    # No code of a connection is one of a rollout step, so that one list does for both.
    "kind": {item.value: item.label for item in (*ConnectionKind, *RolloutKind)},
    "state": {item.value: item.label for item in ConnectionState},
    "outcome": {item.value: item.label for item in RolloutOutcome},
    "is_live": YES_NO,
    "is_pinned": YES_NO,
}
# What forms call a field where its own name says something else.
DESIGN_LABELS: dict[str, str] = {
    "serving_pattern": "How it answers",
    "serving_location": "Where it runs",
    "model_tier": "What decides",
    "regime": "Personal data",
    "complexity": "How hard it is to bring into production",
    "human_oversight": "Who looks at which answers, and when",
    "stands_alone_because": "It stands alone because",
    "state": "How far it is",
    "approved_by": "Use approved by",
    "freshness_hours": "How old its data may be",
    "share_percent": "Share",
    "rollback_when": "Go back when",
    "training_data_through": "Learned from data up to",
}


def _value(event: Event, name: str) -> str:
    return str(event.after.get(name) or event.before.get(name) or "")


def _connection(event: Event) -> str:
    return f"the connection “{_value(event, 'name')}”"


def _step(event: Event) -> str:
    kind = DESIGN_CHOICES["kind"].get(_value(event, "kind"), "").lower()
    share = event.after.get("share_percent", event.before.get("share_percent"))
    size = f"{share} %" if share is not None else ""
    words = [f"rollout step {_value(event, 'number')}", *filter(None, (kind, size))]
    return ", ".join(words)


def _version(event: Event) -> str:
    return f"the model version “{_value(event, 'label')}”"


def _added_version(event: Event) -> str:
    is_live = bool(event.after.get("is_live"))
    return f"noted {_version(event)}{' as the live one' if is_live else ''}{_instead(event)}"


def _instead(event: Event) -> str:
    was = event.before.get("live")
    return f" in place of “{was}”" if was else ""


def _decided(event: Event) -> str:
    outcome = DESIGN_CHOICES["outcome"].get(_value(event, "outcome"), "")
    return f"decided {_step(event)}: {outcome.lower() or 'nothing known'}"


def _result(event: Event) -> str:
    return str(event.after.get("result", ""))


def _no_words(event: Event) -> str:
    return event.reason


# Icon, sentence, whether what changed is listed field by field, and the words somebody wrote.
PRODUCTION: dict[str, tuple[str, Callable[[Event], str], bool, Callable[[Event], str]]] = {
    "connection.added": ("plus", lambda event: f"listed {_connection(event)}", False, _no_words),
    "connection.edited": ("edit", lambda event: f"edited {_connection(event)}", True, _no_words),
    "connection.removed": ("close", lambda event: f"removed {_connection(event)}", False, _no_words),
    "rollout.added": ("plus", lambda event: f"planned {_step(event)}", False, _no_words),
    "rollout.edited": ("edit", lambda event: f"changed {_step(event)}", True, _no_words),
    "rollout.decided": ("decide", _decided, False, _result),
    "rollout.removed": ("close", lambda event: f"removed {_step(event)}", False, _no_words),
    "model.added": ("plus", _added_version, False, _no_words),
    "model.edited": ("edit", lambda event: f"edited {_version(event)}", True, _no_words),
    "model.live": (
        "move",
        lambda event: f"let {_version(event)} go live{_instead(event)}",
        False,
        _no_words,
    ),
    "model.removed": ("close", lambda event: f"removed {_version(event)}", False, _no_words),
}
