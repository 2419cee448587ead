"""What of a pack one reader is shown: lines about pilots they may not see any longer are left out.

The numbers stay as they were frozen. Nobody is shown who the line was about, only how many are not shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilots.access.models import User
from pilots.models import Pilot
from portfolio.steering.out.limits import lines_about, pilots_in, without_pilots
from portfolio.steering.out.unnamed import said_left_out

# The parts a page lists line by line; of the others a reader is not told that something is missing.
LISTED = ("decisions", "stalled", "changes")


# What only the next pack reads.
UNSHOWN = "stalled_told"


@dataclass(frozen=True)
class Shown:
    """The content as somebody may read it, and how many lines are left out of it."""

    content: dict[str, Any]
    hidden: int

    @property
    def note(self) -> str:
        """Return “1 line is not shown to you.”, and of how many sentences; "" when all are."""
        lines = "1 line is" if self.hidden == 1 else f"{self.hidden:,} lines are"
        said = [f"{lines} not shown to you." if self.hidden else "", said_left_out(self.content)]
        return " ".join(filter(None, said))


def shown_to(reader: User | None, content: Mapping[str, Any]) -> Shown:
    """Return what a reader sees; None is whoever holds a link, who sees no confidential pilot. One query."""
    named = pilots_in(content)
    seen = Pilot.objects.filter(pk__in=named)
    seen = seen.filter(is_confidential=False) if reader is None else seen.visible_to(reader)
    gone = named - set(seen.order_by().values_list("pk", flat=True))
    [kept] = without_pilots([{part: content[part] for part in content if part != UNSHOWN}], gone)
    return Shown(kept, lines_about([content[part] for part in LISTED], gone))
