"""The list of packs: what each was for and what it said, without reading all that it keeps."""

from dataclasses import dataclass
from datetime import date

from django.db.models.fields.json import KT

from pilots.access.models import User
from pilots.calendar import Day
from pilots.web.spoken import ahead, spoken
from portfolio.steering.models import Pack, PackQuerySet


@dataclass(frozen=True)
class PackLine:
    """One pack of the list."""

    pack: Pack
    meeting: str
    said: str
    filters: str
    is_ahead: bool


def packs_of(reader: User) -> PackQuerySet:
    """Return the packs somebody reads, those of the latest meeting first, without their content."""
    packs = Pack.objects.visible_to(reader).nearest_first().select_related("program", "frozen_by")
    found: PackQuerySet = packs.defer("content").annotate(
        state=KT("content__funnel__words__state"), nothing=KT("content__funnel__words__nothing")
    )
    return found


def line_of(pack: Pack, today: date) -> PackLine:
    """Return a pack of `packs_of` as a line."""
    is_ahead = pack.meeting_on >= today
    meeting = spoken(pack.meeting_on, today)
    return PackLine(
        pack=pack,
        meeting=f"{meeting}, {ahead(pack.meeting_on, today)}" if is_ahead else str(Day(pack.meeting_on)),
        said=getattr(pack, "state", "") or getattr(pack, "nothing", "") or "",
        filters=str(pack.program or "All programs"),
        is_ahead=is_ahead,
    )
