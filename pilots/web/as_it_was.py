"""What a decision keeps of its pilot, in words: the facts people had when they decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from pilots.access.models import Program
from pilots.health import Health
from pilots.lifecycle import Stage
from pilots.models import Decision
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.web.plan import days_told
from pilots.web.spoken import spoken

ROLES = dict(OWNER_ROLE_CHOICES)
STAGES = {stage.value: stage.label for stage in Stage}
HEALTHS = {health.value: health.label for health in Health}


@dataclass(frozen=True)
class AsItWas:
    """Facts as label and lines; `url` opens the whole page of the pilot as of that day."""

    day: str
    facts: list[tuple[str, list[str]]]
    url: str


def as_it_was(decision: Decision, today: date) -> AsItWas | None:
    """Return what was frozen with a decision; None where nothing was, as before this was kept."""
    kept, pilot = decision.frozen, decision.pilot
    if not kept or pilot is None:
        return None
    day = _day(kept, decision.program)
    facts = [
        ("Stage", [_stage(kept)]),
        ("Health", [HEALTHS.get(str(kept.get("health")), "not known")]),
        (
            "Plan",
            [days_told(*kept["plan"])[:1].upper() + days_told(*kept["plan"])[1:]] if kept.get("plan") else [],
        ),
        ("Readiness", [kept["readiness"]] if kept.get("readiness") else []),
        ("Flags", [flag["title"] for flag in kept.get("flags", [])]),
        ("Numbers", [_kpi(kpi) for kpi in kept.get("kpis", [])]),
        (
            "People",
            [
                f"{owner['name']}, {ROLES.get(owner['role'], owner['role']).lower()}"
                for owner in kept.get("owners", [])
            ],
        ),
    ]
    return AsItWas(
        day=spoken(day, today),
        facts=[
            (label, lines or ["none"])
            for label, lines in facts
            if lines or label in {"Flags", "People", "Numbers"}
        ],
        url=reverse("pilots:pilot_detail", args=[pilot.key], query={"as_of": day.isoformat()}),
    )


def _day(kept: Mapping[str, Any], program: Program) -> date:
    return program.today(datetime.fromisoformat(kept["at"]))


def _stage(kept: Mapping[str, Any]) -> str:
    since = f" since {kept['since']}" if kept.get("since") else ", since when was not known"
    hold = ", on hold" if kept.get("on_hold") else ""
    return f"{STAGES.get(str(kept.get('stage')), 'not known')}{since}{hold}"


def _kpi(kpi: Mapping[str, Any]) -> str:
    unit = f" {kpi['unit']}" if kpi.get("unit") else ""
    baseline = f"{kpi['baseline']}{unit}" if kpi.get("baseline") is not None else "unknown"
    end = f"target {kpi['target']}" if kpi.get("target") is not None else f"threshold {kpi.get('threshold')}"
    return f"{kpi['name']}: baseline {baseline}, {end}{unit}"
