"""Says back how Headway reads a number in one line."""

from typing import Any

from kpis.definition import completeness, missing_parts
from kpis.models import Kpi
from kpis.oneline import EXAMPLE, KpiLine, UnreadableKpi, read_kpi

LONGEST_LINE = 500


def echo(text: object, *, example: str = EXAMPLE) -> dict[str, Any]:
    """Return what `desk/partials/kpi_echo.html` shows for a line, finished or half typed.

    `example` ends the sentence about a line that cannot be read.
    """
    typed = str(text or "").strip()[:LONGEST_LINE]
    try:
        line, wrong = read_kpi(typed, example=example), ""
    except UnreadableKpi as error:
        line, wrong = None, str(error)
    return {"line": line, "lacks": _lacks(line), "wrong": wrong, "is_empty": not typed, "example": ""}


def _lacks(line: KpiLine | None) -> str:
    """Return “Handling time lacks window and method.”: what the line says nothing of."""
    if line is None:
        return ""
    parts = Kpi(name=line.name, unit=line.unit, baseline=line.baseline, target=line.target)
    parts.direction = line.direction.value if line.direction else ""
    return completeness(line.name, missing_parts(parts))
