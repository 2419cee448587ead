"""What of a pack one reader is shown: lines about pilots they may not see any longer are left out.

The numbers stay as they were frozen. Nobody is shown who the line was about, only how many are not shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilots.access.models import User
from pilots.models import Pilot
from portfolio.steering.lines import pilots_named


@dataclass(frozen=True)
class Shown:
    """The content as somebody may read it, and how many lines and names are left out of it."""

    content: dict[str, Any]
    hidden: int

    @property
    def note(self) -> str:
        """Return “1 line is not shown to you.”; "" when all are."""
        if not self.hidden:
            return ""
        return (
            "1 line is not shown to you."
            if self.hidden == 1
            else f"{self.hidden:,} lines are not shown to you."
        )


def shown_to(reader: User | None, content: Mapping[str, Any]) -> Shown:
    """Return what a reader sees; None is whoever holds a link, who sees no confidential pilot. One query."""
    named = pilots_named(content)
    seen = Pilot.objects.filter(pk__in=named)
    seen = seen.filter(is_confidential=False) if reader is None else seen.visible_to(reader)
    gone = named - set(seen.order_by().values_list("pk", flat=True))
    kept = dict(content)
    hidden = 0
    for part in ("decisions", "stalled"):
        kept[part] = [line for line in content[part] if line["pilot"] not in gone]
        hidden += len(content[part]) - len(kept[part])
    kept["changes"] = []
    for change in content["changes"]:
        pilots = [pilot for pilot in change["pilots"] if pilot["pilot"] not in gone]
        hidden += len(change["pilots"]) - len(pilots)
        kept["changes"].append({**change, "pilots": pilots})
    return Shown(kept, hidden)
