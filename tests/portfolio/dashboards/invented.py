"""A portfolio with every oddity a history can have, the same for the same seed."""

import random
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from pilots.access.models import Source
from pilots.actions.by import By, Refused
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Correction, Move, Past, correct_transition, move_pilot, record_past
from pilots.calendar import Day, Precision
from pilots.lifecycle import ENDS, Stage
from pilots.models import Origin, Pilot, RiskTier, StageTransition

TODAY = date(2026, 11, 18)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def invent(program, *, seed: int, size: int = 60) -> list[Pilot]:
    """Log pilots with dated, rough and unknown history, ways back, corrections, holds and ends."""
    rng = random.Random(seed)
    news = [_new(program, number, rng) for number in range(size)]
    # Three loads on three days: what is not dated counts from the day it was said.
    for place, load in enumerate((news[::3], news[1::3], news[2::3])):
        log_pilots(load, by=_by(TODAY - timedelta(days=200 - 80 * place)))
    for pilot in Pilot.objects.filter(program=program).order_by("pk"):
        _live(pilot, rng)
    return list(Pilot.objects.filter(program=program).order_by("pk"))


def _by(day: date) -> By:
    return By(user=None, at=at(day), source=Source.COMMAND)


def _new(program, number: int, rng: random.Random) -> NewPilot:
    known_by = TODAY - timedelta(days=rng.randrange(200, 240))
    stages = sorted(rng.sample(list(Stage)[:7], rng.randrange(1, 5)), key=list(Stage).index)
    if rng.random() < 0.3:
        stages.append(rng.choice([Stage.STOPPED, Stage.RETIRED]))
    start = known_by - timedelta(days=rng.randrange(30, 900))
    past = []
    for stage in stages:
        start += timedelta(days=rng.randrange(0, 120))
        past.append(
            Past(stage=stage, happened=_rough(start, rng), latest_on=known_by, origin=Origin.IMPORTED)
        )
    return NewPilot(
        program=program,
        name=f"Pilot {number}",
        problem="It takes nine days to sort a claim.",
        vendor=rng.choice(["", "Acme", "Globex"]),
        unit=rng.choice(["", "North", "South"]),
        risk=rng.choice([None, *RiskTier]),
        is_confidential=rng.random() < 0.1,
        tags=tuple(rng.sample(["voice", "text"], rng.randrange(3))),
        past=tuple(past) if rng.random() < 0.7 else (),
        stage=Stage.PILOTING,
        since=_rough(known_by - timedelta(days=rng.randrange(300)), rng),
    )


def _rough(day: date, rng: random.Random) -> Day | None:
    kind = rng.choice(
        [None, Precision.DAY, Precision.DAY, Precision.MONTH, Precision.QUARTER, Precision.YEAR]
    )
    day = min(day, TODAY - timedelta(days=210))
    match kind:
        case None:
            return None
        case Precision.MONTH:
            return Day(day.replace(day=1), kind)
        case Precision.QUARTER:
            return Day(date(day.year, 3 * ((day.month - 1) // 3) + 1, 1), kind)
        case Precision.YEAR:
            return Day(date(day.year, 1, 1), kind)
    return Day(day, kind)


def _live(pilot: Pilot, rng: random.Random) -> None:
    day = TODAY - timedelta(days=rng.randrange(5, 30))
    if rng.random() < 0.2:
        row = rng.choice(list(StageTransition.objects.effective().filter(pilot=pilot)))
        happened = None if rng.random() < 0.4 else _rough(day - timedelta(days=rng.randrange(400)), rng)
        if happened or pilot.transitions.effective().count() > 1:
            with suppress(Refused):  # a date that would change the order of history
                correct_transition(
                    Correction(transition=row, happened=happened, reason="a typo"), by=_by(day)
                )
    pilot.refresh_from_db()
    if rng.random() < 0.2:
        earlier = Past(
            stage=rng.choice([Stage.IDEA, Stage.PILOTING, Stage.PROVEN]),
            happened=_rough(day - timedelta(days=rng.randrange(300, 700)), rng),
            latest_on=day,
            origin=Origin.IMPORTED,
        )
        record_past([(pilot, [earlier])], by=_by(day))
        pilot.refresh_from_db()
    if pilot.at_stage in ENDS:
        return
    if rng.random() < 0.4:
        hold_pilot(
            NewHold(
                pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=TODAY + timedelta(days=30)
            ),
            by=_by(day),
        )
        if rng.random() < 0.5:
            resume_pilot(Resume(pilot=pilot), by=_by(TODAY - timedelta(days=rng.randrange(4))))
    if rng.random() < 0.3:
        end = Stage.RETIRED if pilot.at_stage in {Stage.PRODUCTION, Stage.SUSTAINED} else Stage.STOPPED
        move_pilot(Move(pilot=pilot, to=end, reason="too few cases"), by=_by(TODAY - timedelta(days=2)))
    elif rng.random() < 0.3 and pilot.at_stage in {Stage.PROVEN, Stage.LIMITED}:
        pilot.refresh_from_db()
        if not pilot.is_on_hold:
            move_pilot(
                Move(pilot=pilot, to=Stage.PILOTING, reason="the data changed"),
                by=_by(TODAY - timedelta(days=1)),
            )
