"""Says of how many open pilots nobody has spoken since a register named them."""

from pilots.calendar import Day
from portfolio.dashboards.silence import Silence


def silent_counts(silence: Silence) -> str:
    """Return the same where pilots are counted and not followed; “” where somebody has spoken of all."""
    said = unspoken(silence)
    came = "it came" if silence.count == 1 else "they came"
    return f"{said}; how far {came} since, nobody knows." if said else ""


def unspoken(silence: Silence) -> str:
    """Return “Of two open pilots nobody has spoken here since a register named them, last on …”."""
    if not silence.count or silence.until is None:
        return ""
    named = "it" if silence.count == 1 else "them, last"
    pilots = "one open pilot" if silence.count == 1 else f"{silence.count:,} open pilots"
    return f"Of {pilots} nobody has spoken here since a register named {named} on {Day(silence.until)}"
