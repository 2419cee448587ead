"""How long pilots stay in each stage, in words, beside the fixed limits of the rules."""

from collections.abc import Iterable
from datetime import date

from pilots.access.models import Program, User
from pilots.known.pace import curves_of
from pilots.models import Pilot
from pilots.rules.pace_facts import PACED, Pace, curve, told_pace
from pilots.web.rulebook import Entry

NO_STAYS = curve({})


def paces(
    reader: User, entries: Iterable[Entry], day: date, *, program: Program | None
) -> list[tuple[str, str]]:
    """Return each stage and by which day the shares were over that “longer here than most” goes by."""
    percents = [sorted(entry.limits.values()) for entry in entries if entry.rule.floor is Pace]
    if not percents:
        return []
    found = curves_of(Pilot.objects.visible_to(reader).countable(reader, of=program), day)
    return [(stage.label, told_pace(found.get(stage, NO_STAYS), tuple(percents[0]))) for stage in PACED]
