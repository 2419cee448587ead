"""The curves of time to production as points to draw, for whoever draws them elsewhere than on the page."""

from collections.abc import Sequence
from typing import Any

from portfolio.pace.sections.time_count import TimeCounted

MOST = 400  # points; more of them no chart tells apart
Step = dict[str, Any]


def steps_of(counted: TimeCounted) -> list[Step]:
    """Return the curves from the entry to their end: each share holds from its day until the next.

    Shares (0 to 1) to four places, with their 95 % intervals; at most about `MOST` points. Of more steps the
    last within each short span stands, so none is told before its day.
    """
    found = counted.incidence
    bands = zip(found.arrived_band, found.stopped_band, strict=True)
    told = zip(found.days, found.arrived, found.stopped, bands, strict=True)
    rows = [
        _step(day, (arrived, *arrived_band), (stopped, *stopped_band))
        for day, arrived, stopped, (arrived_band, stopped_band) in told
        if day <= counted.until
    ]
    # Before the first step nobody is certain either: the page draws the same high end.
    high = counted.at(0).alone.high
    first = _step(0, (0.0, 0.0, high), (0.0, 0.0, high))
    drawn = _spread([first, *rows], counted.until)
    return [*drawn, {**drawn[-1], "day": counted.until}]


def _step(day: int, arrived: Sequence[float], stopped: Sequence[float]) -> Step:
    values = {
        f"{name}{end}": round(value, 4)
        for name, shares in (("arrived", arrived), ("stopped", stopped))
        for end, value in zip(("", "_low", "_high"), shares, strict=True)
    }
    return {"day": day, **values}


def _spread(rows: list[Step], until: int) -> list[Step]:
    if len(rows) <= MOST:
        return rows
    last_of = {row["day"] * MOST // max(until, 1): row for row in rows[1:]}
    return [rows[0], *last_of.values()]
