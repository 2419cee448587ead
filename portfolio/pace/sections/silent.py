"""Says of how many open pilots nobody has spoken since a register named them, wherever days are counted."""

from pilots.calendar import Day
from portfolio.pace.reading import Reading


def silent_points(reading: Reading) -> list[str]:
    """Return the sentence, or nothing where somebody has spoken of all."""
    silence = reading.silence
    if not silence.count or silence.until is None:
        return []
    if silence.count == 1:
        named, followed = "it", "it is followed to that day"
    else:
        named, followed = "them, last", "each is followed to the day of its register"
    pilots = "one open pilot" if silence.count == 1 else f"{silence.count:,} open pilots"
    said = f"Of {pilots} nobody has spoken here since a register named {named} on {Day(silence.until)}"
    return [f"{said}; {followed} and no further."]
