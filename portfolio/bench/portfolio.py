"""Fills a database with a made-up portfolio, the same for the same seed and number.

Built by the actions that an import uses, which write many rows by one statement each. Stages are spread as
in a register that has been kept for two years; every pilot has six transitions, some of them unknown days.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kpis.actions.kpi import NewKpi, define_kpis
from kpis.oneline import KpiLine
from pilots.access.models import Program, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.account import create_programs
from pilots.actions.by import By
from pilots.actions.check import checking_later
from pilots.actions.hold import NewHold, hold_pilots
from pilots.actions.owner import Contact
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.plan import NewPlan, make_plans
from pilots.actions.stage import Past
from pilots.calendar import Day
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Origin, Pilot, RiskTier
from portfolio.bench.lives import live_on

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TODAY = date(2026, 11, 18)
BATCH = 2000
PROGRAMS = ("Claims", "Finance", "Service", "Logistics", "People")
LOGGED = (400, 150, 60, 20)  # days before today, by share of the register
# Shares of a register in each stage, in the order of the way to lasting value, the stopped last. One program
# has brought most of its pilots through: only there so many moved on that a slow one stands out.
STUCK = (8, 7, 30, 17, 8, 4, 4, 2, 20)
BRISK = (8, 7, 4, 4, 5, 10, 30, 27, 5)
BRISK_PROGRAM = "people"
WAYS: tuple[tuple[Stage, ...], ...] = (
    *(MAIN_PATH[: place + 1] for place in range(len(MAIN_PATH))),
    (*MAIN_PATH[: MAIN_PATH.index(Stage.PILOTING) + 1], Stage.STOPPED),
)
TRANSITIONS = 6


def fill(number: int, *, seed: int) -> None:
    """Log so many pilots with owners, plans, holds, KPIs and what they lived. Nothing is judged meanwhile."""
    rng = random.Random(seed)  # noqa: S311 -- made-up data, the same each time
    crowd = _Crowd(rng, max(300, number // 20))
    with checking_later():
        programs = create_programs(
            [Program(name=f"{name} AI", slug=name.lower(), prefix=name[:3].upper()) for name in PROGRAMS],
            by=_by(LOGGED[0] + 1),
        )
        for first in range(0, number, BATCH):
            size, days = min(BATCH, number - first), LOGGED[first // BATCH % len(LOGGED)]
            news = [
                _new(programs[(first + one) % len(programs)], first + one, days, crowd) for one in range(size)
            ]
            with transaction.atomic():
                _live(log_pilots(news, by=_by(days)), rng, days)


def _by(days: int) -> By:
    return By(user=None, at=NOW - timedelta(days=days), source=Source.COMMAND)


def _new(program: Program, number: int, days: int, crowd: "_Crowd") -> NewPilot:
    rng = crowd.rng
    (way,) = rng.choices(WAYS, weights=BRISK if program.slug == BRISK_PROGRAM else STUCK)
    return NewPilot(
        program=program,
        name=f"Pilot {number}",
        problem="It takes nine days to sort a claim.",
        unit=rng.choice(["", "North", "South", "Centre"]),
        vendor=rng.choice(["", "", "Acme", "Globex"]),
        risk=rng.choice([None, *RiskTier]),
        is_confidential=rng.random() < 0.03,
        owner=crowd.person() if rng.random() < 0.4 else None,
        owners=((OwnerRole.BUSINESS_OWNER, crowd.person()),) if rng.random() < 0.7 else (),
        past=tuple(_past(way, TODAY - timedelta(days=days), rng)),
    )


@dataclass(frozen=True)
class _Crowd:
    """The people who can be named: a large register has more of them."""

    rng: random.Random
    size: int

    def person(self) -> Contact:
        number = self.rng.randrange(self.size)
        return Contact(name=f"Person {number}", email=f"person{number}@example.com")


def _past(way: Sequence[Stage], by: date, rng: random.Random) -> Iterator[Past]:
    """Give the days of the last six transitions of a way; a shorter one begins again and again."""
    steps = list(way[-TRANSITIONS:])
    while len(steps) < TRANSITIONS:
        steps = [steps[0], *steps]
    happened = by - timedelta(days=rng.randrange(200, 700))
    for stage in steps:
        happened = min(by, happened + timedelta(days=rng.randrange(5, 90)))
        known = None if rng.random() < 0.03 else Day(happened)
        yield Past(stage=stage, happened=known, latest_on=by, origin=Origin.IMPORTED)


def _live(pilots: Sequence[Pilot], rng: random.Random, days: int) -> None:
    """Plan, hold and measure some of the pilots that were just logged."""
    planned = [pilot for pilot in pilots if pilot.at_stage is Stage.TRANSITION]
    make_plans([NewPlan(pilot=pilot, start=TODAY - timedelta(days=days)) for pilot in planned], by=_by(days))
    measured = [pilot for pilot in pilots if rng.random() < 0.2]
    line = KpiLine("Handling time", Decimal(14), Decimal(9), "min", None)
    define_kpis([NewKpi(pilot=pilot, line=line) for pilot in measured if not pilot.is_ended], by=_by(days))
    held = [pilot for pilot in pilots if not pilot.is_ended and rng.random() < 0.05]
    review = TODAY + timedelta(days=30)
    hold_pilots(
        [NewHold(pilot=pilot, reason="Budget.", agreed_by="S. Keller", review_on=review) for pilot in held],
        by=_by(days),
    )
    live_on(pilots, rng, days=days, now=NOW)
