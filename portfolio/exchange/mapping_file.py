"""Writes a mapping's plain form as the TOML file a person can read, keep and give to the command line."""

from collections.abc import Mapping as AnyMapping
from datetime import date
from typing import Any

import tomli_w

# The order in which docs/mapping-file.md tells them; what is not listed follows.
ORDER = (
    *(
        "title",
        "register",
        "as_of",
        "recognised_by",
        "encoding",
        "empty",
        "yes",
        "no",
        "ambiguous",
        "too_long",
    ),
    *("leave_out", "file", "program", "pilot", "stage", "risk", "how_built", "dates", "numbers"),
    *("owner", "kpi", "milestone", "custom", "sheet"),
)


def as_toml(plain: AnyMapping[str, Any]) -> str:
    """Return the file's text. A day is written as TOML writes days, whether it came as one or as ISO text."""
    ordered = {key: plain[key] for key in (*ORDER, *plain) if key in plain}
    if isinstance(ordered.get("as_of"), str):
        ordered["as_of"] = date.fromisoformat(ordered["as_of"])
    return tomli_w.dumps(ordered)
