"""Gives made-up pilots a life: words and moves, evidence, decisions, connections, rollout steps.

The rows are those that the actions would leave, many written by one statement; without their events, which
no rule reads of pilots that have no account among their people.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pilots.design import ConnectionKind, ConnectionState, RolloutKind, RolloutOutcome
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Connection, Decision, Evidence, LogEntry, LogKind, Pilot, RolloutStep
from pilots.models.log import Going
from pilots.playbook import PLAYBOOK, EvidenceKind
from pilots.rows import insert_rows, update_rows

Row = Mapping[str, Any]
TOLD = 0.6  # of the running pilots: a word was heard of them since they were logged
MOVED = 0.4  # of those: they also moved meanwhile
ASKED = 0.15
SHOWN = tuple(code for code, wanted in PLAYBOOK.items() if EvidenceKind.DOCUMENT in wanted.kinds)
PLANNED = MAIN_PATH[MAIN_PATH.index(Stage.TRANSITION) :]
USED = MAIN_PATH[MAIN_PATH.index(Stage.LIMITED) :]
# The steps of a rollout: kind, share of the work, how many days each takes.
STEPS = (
    (RolloutKind.SHADOW, 0, 14),
    (RolloutKind.CANARY, 5, 21),
    (RolloutKind.LIMITED, 25, 30),
    (RolloutKind.FULL, 100, 30),
)


def live_on(pilots: Sequence[Pilot], rng: random.Random, *, days: int, now: datetime) -> None:
    """Write what happened to pilots since they were logged, so many days before now."""
    running = [pilot for pilot in pilots if not pilot.is_ended]
    planned = [pilot for pilot in running if pilot.at_stage in PLANNED]
    used = [pilot for pilot in planned if pilot.at_stage in USED]
    today = now.date()
    _tell([pilot for pilot in running if rng.random() < TOLD], rng, days=days, now=now)
    insert_rows(Evidence, [row for pilot in planned for row in _evidence(pilot, rng, days, now)])
    insert_rows(Connection, [row for pilot in planned for row in _connections(pilot, rng, today)])
    insert_rows(RolloutStep, [row for pilot in used for row in _steps(pilot, rng, today)])
    asked = [pilot for pilot in running if rng.random() < ASKED]
    insert_rows(Decision, [_decision(pilot, rng, days, now) for pilot in asked])


def _tell(pilots: Sequence[Pilot], rng: random.Random, *, days: int, now: datetime) -> None:
    lines = []
    for pilot in pilots:
        heard = now - timedelta(days=rng.randrange(days))
        pilot.heard_at, pilot.silence_clock_on = heard, heard.date()
        if rng.random() < MOVED:
            pilot.moved_at, pilot.moved_clock_on = heard, heard.date()
        lines.append(_line(pilot, heard))
    insert_rows(LogEntry, lines)
    update_rows(Pilot, pilots, ["heard_at", "silence_clock_on", "moved_at", "moved_clock_on"])


def _line(pilot: Pilot, at: datetime) -> Row:
    return {
        "pilot_id": pilot.pk,
        "kind": LogKind.CHECK_IN.value,
        "going": Going.MOVING.value,
        "text": "",
        "written_at": at,
    }


def _evidence(pilot: Pilot, rng: random.Random, days: int, now: datetime) -> Iterator[Row]:
    for code in rng.sample(SHOWN, k=rng.randrange(2, 9)):
        at = now - timedelta(days=rng.randrange(days))
        yield {
            "pilot_id": pilot.pk,
            "requirement": code,
            "kind": EvidenceKind.DOCUMENT.value,
            "text": "It is on page two of the charter.",
            "dated": at.date(),
            "stage": pilot.stage,
            "brought_at": at,
        }


def _connections(pilot: Pilot, rng: random.Random, today: date) -> Iterator[Row]:
    for number in range(rng.randrange(4)):
        state = rng.choice(list(ConnectionState))
        is_tested = state is ConnectionState.TESTED
        yield {
            "pilot_id": pilot.pk,
            "kind": rng.choice(list(ConnectionKind)).value,
            "name": f"System {number + 1}",
            "owner": rng.choice(["", "Data office"]),
            "state": state.value,
            "is_live": rng.choice([None, True, False]),
            "tested_on": today - timedelta(days=rng.randrange(200)) if is_tested else None,
        }


def _steps(pilot: Pilot, rng: random.Random, today: date) -> Iterator[Row]:
    """Give the steps one after another; the last may still be open, or end without a word of how it went."""
    last = 3 if pilot.at_stage is Stage.LIMITED else 4
    starts = today - timedelta(days=rng.randrange(20, 160))
    for number, (kind, share, lasts) in enumerate(STEPS[: rng.randrange(2, last + 1)], start=1):
        ends = starts + timedelta(days=lasts - 1)
        is_decided = ends < today and rng.random() < 0.8
        yield {
            "pilot_id": pilot.pk,
            "number": number,
            "kind": kind.value,
            "audience": "The team in the North",
            "share_percent": share,
            "starts_on": starts,
            "ends_on": ends,
            "rollback_when": rng.choice(["", "Two wrong answers in a day"]),
            "result": "As it was in the pilot." if is_decided else "",
            "outcome": RolloutOutcome.PROCEED.value if is_decided else "",
            "decided_on": ends if is_decided else None,
        }
        starts = ends + timedelta(days=1)
        if not is_decided:
            return


def _decision(pilot: Pilot, rng: random.Random, days: int, now: datetime) -> Row:
    asked = now - timedelta(days=rng.randrange(days))
    decided = asked + timedelta(days=rng.randrange(40))
    is_decided = decided <= now and rng.random() < 0.6
    return {
        "program_id": pilot.program_id,
        "pilot_id": pilot.pk,
        "question": "Who pays for the second year?",
        "options": ["Claims", "Finance"],
        "asked_at": asked,
        "needed_by": rng.choice([None, asked.date() + timedelta(days=14)]),
        "decided_on": decided.date() if is_decided else None,
        "decided_at": decided if is_decided else None,
        "choice": "Claims" if is_decided else "",
    }
