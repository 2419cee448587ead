"""What happened to a pilot's readings, in sentences."""

from collections.abc import Mapping
from typing import Any

from kpis.terms import Provenance
from pilots.access.models import Event
from pilots.web.told import Verb

MOST_NAMED = 3  # KPIs named in one sentence
_PROVENANCES = {item.value: item.label.lower() for item in Provenance}


def _number(values: Mapping[str, Any]) -> str:
    return " ".join(str(part) for part in (values.get("value", ""), values.get("unit", "")) if part != "")


def _of_one(told: Mapping[str, Any]) -> str:
    """Return “Handling time 9.4 min (shadow)” or “412 readings of Handling time, newest 9.4 min (shadow)”."""
    number = _number(told)
    source = _PROVENANCES.get(str(told.get("provenance", "")))
    newest = f"{number} ({source})" if source else number
    if told.get("readings", 1) == 1:
        return f"{told.get('kpi', 'a KPI')} {newest}"
    return f"{told['readings']:,} readings of {told.get('kpi', 'a KPI')}, newest {newest}"


def _recorded(event: Event) -> str:
    kpis = event.after.get("kpis") or []
    named = "; ".join(_of_one(told) for told in kpis[:MOST_NAMED])
    more = f"; and readings of {len(kpis) - MOST_NAMED} more" if len(kpis) > MOST_NAMED else ""
    return f"logged {named}{more}" if kpis else "logged readings"


def _corrected(event: Event) -> str:
    return f"corrected a reading of {event.after.get('kpi', 'a KPI')}"


def _withdrawn(event: Event) -> str:
    return f"withdrew a reading of {event.before.get('kpi', 'a KPI')}: {_number(event.before)}"


READINGS: dict[str, Verb] = {
    "measurement.recorded": Verb("reading", _recorded),
    "measurement.corrected": Verb("edit", _corrected, shows=True),
    "measurement.withdrawn": Verb("close", _withdrawn),
}
