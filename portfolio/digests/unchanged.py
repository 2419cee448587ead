"""How long nothing new is known of what is stuck: the mail tells it, and silence goes by it."""

from datetime import date

from pilots.models import Flag

FOUR_WEEKS = 28


def worst(flag: Flag) -> tuple[int, date, int]:
    """Order flags: most severe first, then longest."""
    return -flag.at_severity.rank, flag.counted_from, flag.pk


def unchanged_since(flag: Flag) -> date:
    """Return the day of the last new fact: a limit passed, a word said, a move made."""
    pilot = flag.pilot
    moments = [flag.opened_at, *(moment for moment in (pilot.heard_at, pilot.moved_at) if moment)]
    known = [flag.crossed_on, *(pilot.program.today(moment) for moment in moments)]
    return max([*known, pilot.quiet_until] if pilot.quiet_until else known)
