"""What happened to a pilot's KPIs, in sentences."""

from pilots.access.models import Event
from pilots.web.told import Verb, say


def _called(event: Event) -> str:
    return f"“{event.after.get('kpi') or event.before.get('kpi', '')}”"


def _removed(event: Event) -> str:
    heir = event.after.get("primary")
    after = f"; “{heir}” is the primary one now" if heir else ""
    return f"removed the KPI “{event.before.get('kpi', '')}”{after}"


def _made_primary(event: Event) -> str:
    before = event.before.get("primary")
    instead = f" in place of “{before}”" if before else ""
    return f"made {_called(event)} the primary KPI{instead}"


def _signed(event: Event) -> str:
    what = f"{_called(event)}, version {event.after.get('version', '')}"
    if not event.after.get("noted"):
        return f"signed {what}"
    day = say("signed_on", event.after.get("signed_on"))
    return f"noted that {event.after.get('signer', '')} signed {what}, on {day}"


DEFINITIONS: dict[str, Verb] = {
    "kpi.defined": Verb("reading", lambda event: f"agreed the KPI {event.after.get('kpi', '')}"),
    "kpi.edited": Verb("edit", lambda event: f"changed the KPI “{event.after.get('kpi', '')}”", shows=True),
    "kpi.removed": Verb("close", _removed),
    "kpi.signed": Verb("check", _signed),
    "kpi.retired": Verb("close", lambda event: f"retired the KPI {_called(event)}"),
    "kpi.restored": Verb("reading", lambda event: f"brought the KPI {_called(event)} back"),
    "kpi.made_primary": Verb("reading", _made_primary),
}
