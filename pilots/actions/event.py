"""Builds the row that says what happened; whoever writes a change inserts it in the same transaction."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

from pilots.access.models import Event, Movement, Program
from pilots.actions.by import By
from pilots.models import Pilot

P = ParamSpec("P")


def event_row(
    verb: str,
    *,
    by: By,
    program: Program | None = None,
    pilot: Pilot | None = None,
    subject: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    movement: Movement = Movement.NONE,
    batch: uuid.UUID | None = None,
) -> dict[str, Any]:
    """Return the columns of an event, for `insert_rows`."""
    return {
        "at": by.at,
        "actor_id": by.user.pk if by.user else None,
        "source": by.source.value,
        "verb": verb,
        "program_id": program.pk if program else None,
        "pilot_id": pilot.pk if pilot else None,
        "pilot_key": pilot.key if pilot else "",
        "version": pilot.version if pilot else None,
        "subject": subject,
        "before": dict(before or {}),
        "after": dict(after or {}),
        "reason": reason,
        "movement": movement.value,
        "batch": batch,
    }


def _unsaved(row: Callable[P, dict[str, Any]]) -> Callable[P, Event]:
    def build(*args: P.args, **kwargs: P.kwargs) -> Event:
        return Event(**row(*args, **kwargs))

    return build


event = _unsaved(event_row)
