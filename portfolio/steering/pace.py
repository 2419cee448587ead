"""What a pack keeps of Pace: age, time to production and the forecast, each as its section words it."""

from typing import Any

from portfolio.pace.reading import Reading
from portfolio.pace.sections.all import SECTIONS

KEPT = ("age", "time", "forecast")


def read_pace(reading: Reading) -> dict[str, Any]:
    """Return by code what a section found: its numbers, and the sentences over its charts."""
    return {section.code: _kept(section, reading) for section in SECTIONS if section.code in KEPT}


def _kept(section: Any, reading: Reading) -> dict[str, Any]:
    shown = section.shown(reading)
    return {
        "label": section.label,
        "findings": [
            {"finding": chart.finding, "sub": chart.sub, "note": chart.note, "refused": chart.refused}
            for chart in shown.charts
        ],
        "numbers": section.shape(reading),
    }
