"""The numbers that should move, as a decision keeps them."""

from decimal import Decimal
from typing import Any

from kpis.models import Kpi
from pilots.frozen import PARTS
from pilots.models import Pilot


def register() -> None:
    PARTS["kpis"] = _kpis


def _kpis(pilot: Pilot) -> list[dict[str, Any]]:
    """Return each number in use with its baseline and target as text, so that no decimal is lost.

    Where a threshold stands in place of a target, that is kept.
    """
    return [
        {
            "name": kpi.name,
            "baseline": _text(kpi.baseline),
            "target": _text(kpi.target),
            **({"threshold": _text(kpi.threshold)} if kpi.target is None else {}),
            "unit": kpi.unit,
        }
        for kpi in Kpi.objects.in_use().filter(pilot=pilot).order_by("-is_primary", "name", "pk")
    ]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"
