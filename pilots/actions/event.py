"""Builds the row that says what happened; whoever writes a change inserts it in the same transaction."""

import uuid
from collections.abc import Mapping
from typing import Any

from pilots.access.models import Event, Movement, Program
from pilots.actions.by import By
from pilots.models import Pilot


def event(
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
) -> Event:
    """Return an unsaved event."""
    return Event(
        at=by.at,
        actor=by.user,
        source=by.source.value,
        verb=verb,
        program=program,
        pilot_id=pilot.pk if pilot else None,
        pilot_key=pilot.key if pilot else "",
        version=pilot.version if pilot else None,
        subject=subject,
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
        movement=movement.value,
        batch=batch,
    )
