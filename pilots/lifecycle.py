"""Which stage may follow which, and what a pilot's history says: plain rules, no database, no clock.

A pilot's stage is never set; it follows from its effective history, the transitions that no later
row supersedes or voids. Sources: docs/glossary.md, requirement rows S0-1, S1-4, S3-12, C-14.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from pilots.calendar import Day


class Stage(StrEnum):
    """Where a pilot is in its life. The order of the first eight is the way to lasting value."""

    IDEA = "idea"
    CHARTERED = "chartered"
    PILOTING = "piloting"
    PROVEN = "proven"
    TRANSITION = "transition"
    LIMITED = "limited"
    PRODUCTION = "production"
    SUSTAINED = "sustained"
    STOPPED = "stopped"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        return LABELS[self][0]

    @property
    def short_label(self) -> str:
        """The label for tables and chart axes."""
        return LABELS[self][1]

    @property
    def bit(self) -> int:
        """This stage's place in `Pilot.reached_mask`; never renumber."""
        return _BITS[self]


LABELS: dict[Stage, tuple[str, str]] = {
    Stage.IDEA: ("Idea", "Idea"),
    Stage.CHARTERED: ("Approved", "Approved"),
    Stage.PILOTING: ("Piloting", "Piloting"),
    Stage.PROVEN: ("Proven", "Proven"),
    Stage.TRANSITION: ("90-day plan", "90-day plan"),
    Stage.LIMITED: ("Limited go-live", "Limited"),
    Stage.PRODUCTION: ("In production", "Production"),
    Stage.SUSTAINED: ("Value held", "Held"),
    Stage.STOPPED: ("Stopped", "Stopped"),
    Stage.RETIRED: ("Retired", "Retired"),
}
_BITS = {stage: 1 << place for place, stage in enumerate(Stage)}
STAGE_CHOICES = [(stage.value, stage.label) for stage in Stage]

MAIN_PATH = tuple(Stage)[:8]
ENDS = frozenset({Stage.STOPPED, Stage.RETIRED})
RUNNING = frozenset({Stage.PRODUCTION, Stage.SUSTAINED})

# Forward one step at a time; back to any earlier stage; "stopped" before production, "retired" after.
NEXT: dict[Stage, frozenset[Stage]] = {
    stage: frozenset(MAIN_PATH[:place])
    | frozenset(MAIN_PATH[place + 1 : place + 2])
    | {Stage.RETIRED if stage in RUNNING else Stage.STOPPED}
    for place, stage in enumerate(MAIN_PATH)
} | {Stage.STOPPED: frozenset(), Stage.RETIRED: frozenset()}


def implied_by(stage: Stage) -> tuple[Stage, ...]:
    """Return the stages a pilot has reached once it has reached `stage`, itself included."""
    if stage is Stage.STOPPED:
        return (Stage.STOPPED,)
    if stage is Stage.RETIRED:
        return (*MAIN_PATH[: MAIN_PATH.index(Stage.PRODUCTION) + 1], Stage.RETIRED)
    return MAIN_PATH[: MAIN_PATH.index(stage) + 1]


# --- Entering a stage -----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is known about a pilot at the moment somebody asks to move it."""

    stage: Stage
    on_hold: bool
    has_production_owner: bool
    has_run_owner: bool
    entered: Day | None = None
    in_production_since: Day | None = None
    # What the gates before the stage asked for lack, and what somebody let it pass without.
    lacks: tuple["Missing", ...] = ()
    waived: frozenset[str] = frozenset()
    paused: int = 0  # days on hold or frozen since it entered its stage


@dataclass(frozen=True, kw_only=True)
class Request:
    """The move that is asked for."""

    to: Stage
    happened: Day
    today: date
    reason: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Missing:
    """One thing that stands between a pilot and the stage asked for, said to the person who asked."""

    code: str
    sentence: str
    field: str = ""


YEAR = timedelta(days=365)
MEASURED = timedelta(days=30)  # with the first users, before it is production (S1-16, C-6)
THIRTY_DAYS = "thirty-days"  # what a waiver of that is called
RUN_OWNER = "run-owner"  # the playbook asks for one too, in G6

NEEDS_EVIDENCE: dict[Stage, str] = {
    Stage.PROVEN: "Say how it was measured: a link or a sentence with the figure.",
    Stage.LIMITED: "Say who the first real users are and how many.",
    Stage.PRODUCTION: "Say what the 30-day measurement showed against the baseline.",
    Stage.SUSTAINED: "Say what the 12-month review found.",
}


def is_back(frm: Stage, to: Stage) -> bool:
    return frm in MAIN_PATH and to in MAIN_PATH and MAIN_PATH.index(to) < MAIN_PATH.index(frm)


def missing_for_move(candidate: Candidate, request: Request) -> list[Missing]:
    """Return what keeps the move from being made; an empty list means it may be made."""
    if candidate.stage in ENDS:
        return [
            Missing(
                "ended",
                f"This pilot is {candidate.stage.label.lower()}, so it cannot move. "
                "If that was a mistake, correct its history instead.",
                "to",
            )
        ]
    if request.to is candidate.stage:
        return [Missing("same-stage", f"It is in {request.to.label} already. Choose another stage.", "to")]
    if request.to not in NEXT[candidate.stage]:
        return [Missing("not-next", _not_next(candidate.stage, request.to), "to")]
    missing = _dates(candidate, request)
    if candidate.on_hold and request.to not in ENDS:
        missing.append(Missing("on-hold", "It is on hold. Resume it first, or stop it.", "to"))
    if (request.to in ENDS or is_back(candidate.stage, request.to)) and not request.reason.strip():
        missing.append(Missing("reason", reason_wanted(request.to), "reason"))
    if not is_back(candidate.stage, request.to):
        missing += _entry(candidate, request)
    return missing


def _not_next(stage: Stage, to: Stage) -> str:
    if to in ENDS:
        other = Stage.RETIRED if to is Stage.STOPPED else Stage.STOPPED
        return (
            f"A pilot in {stage.label} cannot become {to.label.lower()}: before production it is stopped, "
            f"afterwards retired. Choose {other.label}."
        )
    following = MAIN_PATH[MAIN_PATH.index(stage) + 1]
    return f"After {stage.label} comes {following.label}, so it cannot go to {to.label} in one step."


def reason_wanted(to: Stage) -> str:
    """Return what is said to somebody who ends a pilot or takes it back without saying why."""
    if to in ENDS:
        return f"Say why it is {to.label.lower()}: the next team learns from it."
    return f"Say why it goes back to {to.label}."


def _dates(candidate: Candidate, request: Request) -> list[Missing]:
    if request.happened.first > request.today:
        sentence = f"{request.happened} has not come yet. Write a day up to today."
        return [Missing("future", sentence, "happened_on")]
    if candidate.entered and request.happened.latest < candidate.entered.first:
        return [
            Missing(
                "before-last",
                f"It entered {candidate.stage.label} on {candidate.entered}; "
                "a move cannot be dated before that. Choose a later day, or correct the earlier date first.",
                "happened_on",
            )
        ]
    return []


def _entry(candidate: Candidate, request: Request) -> list[Missing]:
    missing = []
    if request.to in NEEDS_EVIDENCE and not request.evidence.strip():
        missing.append(Missing("evidence", NEEDS_EVIDENCE[request.to], "evidence"))
    if request.to in {Stage.TRANSITION, Stage.LIMITED} and not candidate.has_production_owner:
        missing.append(
            Missing(
                "production-owner",
                "Nobody is accountable for bringing it into production. Name a production owner first.",
            )
        )
    if request.to in {Stage.LIMITED, Stage.PRODUCTION} and not _is_run(candidate):
        missing.append(Missing(RUN_OWNER, "Nobody will run it after go-live. Name a run owner first."))
    if request.to is Stage.PRODUCTION:
        missing += _measured(candidate, request)
    if request.to is Stage.SUSTAINED:
        since = candidate.in_production_since
        if since is None or request.happened.first - since.latest < YEAR:
            known = f"since {since}" if since else "since an unknown day"
            missing.append(
                Missing(
                    "twelve-months",
                    f"It has been in production {known}. Value counts as held after 12 months there.",
                    "happened_on",
                )
            )
    return [*missing, *candidate.lacks]


def _is_run(candidate: Candidate) -> bool:
    """Whether somebody runs it, somebody let it pass without, or the gates say so already."""
    said = any(missing.code == RUN_OWNER for missing in candidate.lacks)
    return candidate.has_run_owner or said or bool(candidate.waived & {RUN_OWNER, "G6"})


def _measured(candidate: Candidate, request: Request) -> list[Missing]:
    """Return what keeps it in limited go-live: an imprecise day counts as the earliest it can be.

    A back-dated day counts as it is dated; the history keeps when it was written down.
    """
    if candidate.entered is None or THIRTY_DAYS in candidate.waived:
        return []
    first = candidate.entered.first + MEASURED + timedelta(days=candidate.paused)
    if request.happened.latest >= first:
        return []
    sentence = (
        f"It has been with its first users since {candidate.entered}. "
        f"Thirty days are measured before production: from {Day(first)} on, or with a waiver."
    )
    return [Missing(THIRTY_DAYS, sentence, "happened_on")]


# --- What a history says ----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of a pilot's history. `happened` is None when nobody knows the day.

    `latest_on` is the last day on which it can have happened: the end of an imprecise period,
    or the day on which somebody said or saw that it had. History is ordered by it. Rows that are
    not stored yet have no id and keep the order they come in.
    """

    id: int | None
    to_stage: Stage | None
    happened: Day | None
    latest_on: date
    supersedes: int | None = None
    voids: int | None = None


@dataclass(frozen=True)
class Span:
    """A stay in one stage; None where a day is not known. `left_on` is also None while it lasts."""

    stage: Stage
    entered: Day | None
    left: Day | None
    is_last: bool


@dataclass(frozen=True)
class Standing:
    """Everything that follows from a pilot's effective history."""

    stage: Stage
    since: Day | None
    since_by: date | None = None  # the last day on which it can have entered its stage
    proven_by: date | None = None  # the last day on which it can first have been shown to work
    reached: dict[Stage, Day | None] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()

    @property
    def mask(self) -> int:
        return sum(stage.bit for stage in self.reached)


def effective(entries: Iterable[Entry]) -> list[Entry]:
    """Return the rows that count, oldest first: neither superseded nor voided, and naming a stage."""
    rows = list(entries)
    gone = ({row.supersedes for row in rows} | {row.voids for row in rows}) - {None}
    kept = [row for row in rows if row.to_stage is not None and row.id not in gone]
    return sorted(kept, key=lambda row: (row.latest_on, row.id or 0))


def keeps_order(entries: Sequence[Entry], correction: Entry) -> bool:
    """Return whether a correction leaves its row where it stood among the others."""
    order = [row.id for row in effective(entries)]
    stored = replace(correction, id=1 + max(row.id or 0 for row in entries))  # as it will be, once written
    corrected = effective([*entries, stored])
    return order == [stored.supersedes if row is stored else row.id for row in corrected]


def stand(entries: Iterable[Entry]) -> Standing:
    """Return where a history leaves its pilot.

    Raises `ValueError` for a history without one effective row: every pilot has at least one.
    """
    history = effective(entries)
    if not history:
        raise ValueError("A pilot's history cannot be empty.")
    runs = _runs(history)
    days = [_first_known(run) for run in runs]
    stages = [_stage(run[0]) for run in runs]
    spans = tuple(
        Span(stage, days[place], days[place + 1] if place + 1 < len(runs) else None, place + 1 == len(runs))
        for place, stage in enumerate(stages)
    )
    shown = [row for row in history if Stage.PROVEN in implied_by(_stage(row))]
    return Standing(stages[-1], days[-1], _since_by(runs[-1]), _since_by(shown), _reached(history), spans)


def _stage(entry: Entry) -> Stage:
    if entry.to_stage is None:
        raise ValueError(f"Row {entry.id} voids another and names no stage.")
    return entry.to_stage


def _runs(history: Sequence[Entry]) -> list[list[Entry]]:
    """Group neighbouring rows of the same stage: saying it twice is not moving twice."""
    runs: list[list[Entry]] = []
    for row in history:
        if runs and runs[-1][0].to_stage is row.to_stage:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _first_known(rows: Sequence[Entry]) -> Day | None:
    """Return the day of the first dated row; `rows` stand in the order of history."""
    return next((row.happened for row in rows if row.happened), None)


def _since_by(rows: Sequence[Entry]) -> date | None:
    dated = next((row for row in rows if row.happened), None)
    return min(dated.happened.latest, dated.latest_on) if dated and dated.happened else None


def _reached(history: Sequence[Entry]) -> dict[Stage, Day | None]:
    reached: dict[Stage, Day | None] = {}
    for row in history:
        for stage in implied_by(_stage(row)):
            reached.setdefault(stage, None)
    for stage in reached:
        reached[stage] = _first_known([row for row in history if row.to_stage is stage])
    return reached


def diagram() -> str:
    """Return the stage machine as a Mermaid diagram; back moves are one note, not 28 arrows."""
    lines = ["stateDiagram-v2", f"    [*] --> {MAIN_PATH[0]}"]
    lines += [f"    {stage}: {stage.label}" for stage in Stage]
    for stage in MAIN_PATH:
        lines += [f"    {stage} --> {to}" for to in Stage if to in NEXT[stage] and not is_back(stage, to)]
    lines += [f"    {end} --> [*]" for end in Stage if end in ENDS]
    lines += [
        f"    note right of {MAIN_PATH[-1]}",
        "        Back to any earlier stage, with a reason.",
        "    end note",
    ]
    return "\n".join(lines)
