"""What new pilots of a kind begin with: starting values for the form, as data. A plain module.

A manager keeps templates of a program beside these (`models.PilotTemplate`); both are read the same way.
Nothing here is ever logged unseen: the form shows each value, and the person who logs changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEYS = ("hint", "number", "how_built", "tags", "custom")


@dataclass(frozen=True, kw_only=True)
class Start:
    """A start for the form.

    `hint` shows how the problem can be said, `number` is a line for the number that should move; for
    those that come with Headway it is an example (`is_example`), since nobody here has measured it.
    """

    code: str
    name: str
    hint: str = ""
    number: str = ""
    how_built: str = ""
    tags: tuple[str, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)
    is_example: bool = False


STARTS: dict[str, Start] = {
    start.code: start
    for start in (
        Start(
            code="document-extraction",
            name="Document extraction",
            hint="Say who types what from which papers, and how long one takes: “Four people copy 12 figures "
            "from each delivery note, six minutes a note, and one in thirty is wrong.”",
            number="Minutes per document 6 → 2 min",
            tags=("documents",),
            is_example=True,
        ),
        Start(
            code="staff-assistant",
            name="Assistant for staff",
            hint="Say which question is asked how often, and where the answer stands today: “Branch staff "
            "ring the help desk 90 times a day about terms that stand in 400 pages.”",
            number="Calls to the help desk 90 → 40 a day",
            how_built="configured",
            tags=("assistant",),
            is_example=True,
        ),
        Start(  # S2-23
            code="sensor-anomalies",
            name="Sensor anomalies",
            hint="Say what breaks, how early somebody notices and what that costs: “A pump fails twice a "
            "month; it is seen an hour later, and the line stands for half a day.”",
            number="Hours of warning before a failure 0 → 24 h",
            how_built="own",
            tags=("sensors",),
            is_example=True,
        ),
    )
}


def start_of(code: str, name: str, values: Mapping[str, Any]) -> Start:
    """Return a start from stored values; what is not there is empty."""
    return Start(
        code=code,
        name=name,
        hint=str(values.get("hint") or ""),
        number=str(values.get("number") or ""),
        how_built=str(values.get("how_built") or ""),
        tags=tuple(values.get("tags") or ()),
        custom=dict(values.get("custom") or {}),
    )
