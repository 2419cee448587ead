"""What a backtest found so far as plain values, and back: it may take several turns of a worker."""

from collections import Counter
from datetime import date
from typing import Any

from pilots.rules.backtest import Backtest, Became, Fate, Side
from pilots.rules.registry import Severity


def pack(found: Backtest) -> dict[str, Any]:
    """Return it as JSON can hold it."""
    return {
        "looked_at": found.looked_at,
        "in_force": _pack_side(found.in_force),
        "proposed": _pack_side(found.proposed),
    }


def unpack(kept: dict[str, Any], *, first: date, last: date) -> Backtest:
    """Return what `pack` was given; `KeyError` or `ValueError` for anything else."""
    return Backtest(
        first,
        last,
        looked_at=kept["looked_at"],
        in_force=_unpack_side(kept["in_force"]),
        proposed=_unpack_side(kept["proposed"]),
    )


def _pack_side(side: Side) -> dict[str, Any]:
    return {
        "flagged": [[pk, fate.became.value, _text(fate.on)] for pk, fate in side.flagged.items()],
        "first_days": [[pk, day.isoformat()] for pk, day in side.first_days.items()],
        "worst": {severity.value: count for severity, count in side.worst.items()},
        "days": {severity.value: count for severity, count in side.days.items()},
        "episodes": side.episodes,
        "from_before": side.from_before,
        "escalations": side.escalations,
        "opened": dict(side.opened),
        "leads": side.leads,
    }


def _unpack_side(kept: dict[str, Any]) -> Side:
    return Side(
        flagged={pk: Fate(Became(became), _day(on)) for pk, became, on in kept["flagged"]},
        first_days={pk: date.fromisoformat(day) for pk, day in kept["first_days"]},
        worst=_severities(kept["worst"]),
        days=_severities(kept["days"]),
        episodes=kept["episodes"],
        from_before=kept["from_before"],
        escalations=kept["escalations"],
        opened=Counter(kept["opened"]),
        leads=list(kept["leads"]),
    )


def _severities(kept: dict[str, int]) -> Counter[Severity]:
    return Counter({Severity(value): count for value, count in kept.items()})


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
