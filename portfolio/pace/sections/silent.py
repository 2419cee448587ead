"""Says of how many open pilots nobody has spoken since a register named them, wherever days are counted."""

from datetime import date

from portfolio.dashboards.silence import Silence
from portfolio.dashboards.unspoken import unspoken
from portfolio.flow.months import Flow
from portfolio.pace.reading import Reading


def silent_points(reading: Reading) -> list[str]:
    """Return the sentence, or nothing where somebody has spoken of all."""
    said = unspoken(reading.silence)
    if not said:
        return []
    it = reading.silence.count == 1
    followed = "it is followed to that day" if it else "each is followed to the day of its register"
    return [f"{said}; {followed} and no further."]


def told_until(silence: Silence, flow: Flow, months: int) -> date | None:
    """Return the last day anybody told of the work in progress; None where one was told of since.

    Also None where somebody came or left in the last `months`, or that day is among them: a month without
    news is a fact where people tell, and nobody's knowledge where nobody does.
    """
    turns = flow.turns[-months:]
    if silence.until is None or not flow.last.in_progress or silence.count < flow.last.in_progress:
        return None
    if silence.until >= turns[0].month.first or any(turn.came or turn.left for turn in turns):
        return None
    return silence.until
