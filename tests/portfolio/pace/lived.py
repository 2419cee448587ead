"""Pilots with lives of exact days, for what is forecast of them."""

from datetime import date, timedelta

from pilots.actions.by import By
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Past
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Origin, Pilot

# Of these ten, four arrived and one stopped; nobody of the other five was watched for less than 200 days.
TEN = (
    *((days, Stage.PRODUCTION) for days in (100, 110, 120, 130)),
    (90, Stage.STOPPED),
    *((days, None) for days in (200, 210, 220, 230, 240)),
)
YOUNG = ((10, None), (20, None))  # two that are told a chance of four in ten


def live(program, day: date, lives, *, by: By, name="Pilot", **fields) -> list[Pilot]:
    """Log a pilot for each life: it lasted so many days up to `day` where it is open, from 300 days before
    where it ended."""
    return log_pilots(
        [_life(program, f"{name} {place}", day, *life, **fields) for place, life in enumerate(lives)],
        by=by,
    )


def _life(program, name: str, day: date, days: int, end: Stage | None, **fields) -> NewPilot:
    begun = day - timedelta(days=300 if end else days)
    rows = [(Stage.PILOTING, begun), *([(end, begun + timedelta(days=days))] if end else [])]
    past = [Past(stage=stage, happened=Day(on), latest_on=on, origin=Origin.STATED) for stage, on in rows]
    return NewPilot(
        program=program,
        name=name,
        problem="It takes nine days to sort a claim.",
        past=tuple(past),
        **fields,
    )
