"""Says back how Headway reads a number in one line."""

from typing import Any

from kpis.oneline import UnreadableKpi, read_kpi

LONGEST_LINE = 500


def echo(text: object) -> dict[str, Any]:
    """Return what `desk/partials/kpi_echo.html` shows for a line, finished or half typed."""
    typed = str(text or "").strip()[:LONGEST_LINE]
    try:
        line, wrong = read_kpi(typed), ""
    except UnreadableKpi as error:
        line, wrong = None, str(error)
    return {"line": line, "wrong": wrong, "is_empty": not typed}
