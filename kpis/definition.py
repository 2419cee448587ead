"""What a KPI's definition is: the parts a signature covers, and the seven that make it whole. Plain rules."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from kpis.terms import Direction

# What somebody agrees to by signing: a change of any makes the signature stale and breaks the line drawn.
SIGNED = (
    "name",
    "kind",
    "definition",
    "unit",
    "direction",
    "baseline",
    "baseline_on",
    "baseline_provenance",
    "target",
    "target_low",
    "threshold",
    "window_days",
    "method",
)
PARTS = 7  # requirements 3.4


class Defined(Protocol):
    """What completeness reads of a KPI."""

    definition: str
    unit: str
    direction: str
    baseline: Decimal | None
    target: Decimal | None
    threshold: Decimal | None
    window_days: int | None
    method: str
    owner_id: int | None


def parts_of(kpi: Any) -> dict[str, Any]:
    """Return the signed parts of a KPI ready for JSON, what is empty left out; numbers as text."""
    values = {name: _plain(getattr(kpi, name)) for name in SIGNED}
    return {name: value for name, value in values.items() if value not in (None, "")}


def digest_of(parts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a definition, the same for the same parts in any order."""
    text = json.dumps(dict(sorted(parts.items())), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def missing_parts(kpi: Defined) -> list[str]:
    """Return which of the seven parts a KPI lacks, in the words of a sentence, in their order.

    Definition and unit are one part; it is called by what of it lacks.
    """
    lacks_what = [words for words in ("definition", "unit") if not getattr(kpi, words)]
    has_end = kpi.target is not None or kpi.threshold is not None
    parts = (
        (listed(lacks_what), not lacks_what),
        ("direction", kpi.direction in set(Direction)),
        ("baseline", kpi.baseline is not None),
        ("target", has_end),
        ("window", kpi.window_days is not None),
        ("method", bool(kpi.method)),
        ("owner", kpi.owner_id is not None),
    )
    return [words for words, is_there in parts if not is_there]


def listed(words: Iterable[str]) -> str:
    """Return “window, method and owner”."""
    known = list(words)
    return " and ".join(filter(None, [", ".join(known[:-1]), known[-1]])) if known else ""


def completeness(name: str, missing: Iterable[str]) -> str:
    """Return “Handling time lacks window and method.”, "" where it lacks nothing."""
    lacking = listed(missing)
    return f"{name} lacks {lacking}." if lacking else ""


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value.isoformat() if hasattr(value, "isoformat") else value
