"""Who said that what they were named for is not theirs: managers read it, and name somebody else."""

from collections.abc import Collection
from datetime import datetime

from pilots.access.models import Event
from pilots.actions.owner import DECLINED
from pilots.models import Ownership


def declined(rows: Collection[Ownership]) -> dict[int, datetime]:
    """Return by ownership id when its holder said so; one query, none for no rows."""
    if not rows:
        return {}
    pilots, wanted = {row.pilot_id for row in rows}, {row.pk for row in rows}
    events = Event.objects.filter(verb=DECLINED, pilot_id__in=pilots).order_by("at", "pk")
    return {event.after["ownership"]: event.at for event in events if event.after.get("ownership") in wanted}
