"""What a row changes about a pilot that is known already: plain rules, no database.

Three sides are compared: what the register said last time, what it says now, and what stands in
Headway. Only what the register itself changed is carried over, and never over the hand of a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pilots.calendar import Day
from pilots.lifecycle import MAIN_PATH, Entry, Stage, effective, stand
from pilots.models import Origin
from portfolio.exchange.findings import CellWarning
from portfolio.exchange.history import Step
from portfolio.exchange.identity import KnownEntry
from portfolio.exchange.questions import FROM_FILE, STAYS, Choice, Kind, Question
from portfolio.exchange.understood import CONFIDENTIAL, UnderstoodRow, digest_of

# What a register that never spoke of something is taken to have said.
UNSAID = {CONFIDENTIAL: "no"}


@dataclass(frozen=True)
class PastRow:
    """A stored row of a pilot's history and where it comes from."""

    entry: Entry
    origin: Origin


@dataclass
class Merged:
    """What one row changes: keys with their new texts, steps to add, and what to remember of it."""

    fields: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)
    values: dict[str, Any] | None = None
    questions: list[Question] = field(default_factory=list)

    @property
    def changes_something(self) -> bool:
        return bool(self.fields or self.steps)


def values_of(row: UnderstoodRow) -> dict[str, Any]:
    """Return what is remembered of a row: field to text, and its past as [stage, day, precision]."""
    past = [
        [
            step.stage.value,
            step.happened.first.isoformat() if step.happened else "",
            step.happened.precision.value if step.happened else "",
        ]
        for step in row.steps
    ]
    values: dict[str, Any] = {"agency": row.agency, **row.texts(), "stage": row.stage.value, "past": past}
    if row.full:
        values["full"] = dict(row.full)
    return values


def merge(
    row: UnderstoodRow,
    known: KnownEntry,
    past: Sequence[PastRow],
    *,
    as_of: date,
    answers: Mapping[str, str] | None = None,
) -> Merged:
    """Compare a row with the entry and the pilot it was matched to; `past` is the pilot's whole history.

    Where both sides changed, `answers` decides; with None what stands here is kept, and it is said.
    """
    if as_of < known.as_of:
        return _merge_older(row, known, past, as_of)
    said_before = {key: text for key, text in known.values.items() if key != "full"}
    merged = Merged(values=said_before | values_of(row))
    _merge_fields(row, known, merged, answers)
    _merge_past(row, known, past, merged, as_of, answers)
    if row.stage_is_assumed and merged.values is not None:
        merged.values["stage"] = known.values.get("stage", row.stage.value)
    if merged.values == known.values and (row.digest, as_of) == (known.digest, known.as_of):
        merged.values = None
    return merged


def _merge_fields(
    row: UnderstoodRow, known: KnownEntry, merged: Merged, answers: Mapping[str, str] | None
) -> None:
    texts = row.texts()
    if row.problem_is_assumed:
        texts["problem"] = ""  # it is blank; what stands in its place is for new pilots
    for name, now in texts.items():
        before, present = str(known.values.get(name, UNSAID.get(name, ""))), known.present.get(name, "")
        if not now and merged.values is not None:
            merged.values[name] = before  # a blank cell says nothing, so it takes nothing away
        elif now not in {before, present}:
            if present == before:
                merged.fields[name] = now
            elif answers is None:
                merged.warnings.append(_kept(row, name, now))
            elif _decided(row, known, name, present, now, merged, answers) == FROM_FILE:
                merged.fields[name] = now


def _kept(row: UnderstoodRow, name: str, text: str) -> CellWarning:
    reason = f"The {words_of(name)} was edited here since the last import and is kept."
    return CellWarning(row.line, "", text, reason)


def words_of(key: str) -> str:
    """Return what a key is called in a sentence: `owner.sponsor` is a sponsor, `how_built` how built."""
    kind, _, name = key.partition(".")
    words = {"kpi": f"KPI {name}", "milestone": f"milestone {name}", "custom": f"field {name}"}
    return words.get(kind, name or kind).replace("_", " ")


def _decided(
    row: UnderstoodRow,
    known: KnownEntry,
    name: str,
    here: str,
    there: str,
    merged: Merged,
    answers: Mapping[str, str],
) -> str:
    """Ask which of two texts is to stand, and return the answer, or "" while there is none."""
    since = "was edited here since the last import" if known.values else "says something else here"
    question = Question(
        # Of both texts too: an answer is about these, and does not outlive a newer edit.
        key=f"{Kind.CONFLICT.value}:{known.key}:{name}:{digest_of([here, there])[:8]}",
        kind=Kind.CONFLICT,
        line=row.line,
        name=row.name,
        says=f"{known.key}: the {words_of(name)} {since}.",
        choices=(Choice(STAYS, "Keep what is here"), Choice(FROM_FILE, "Take it from the file")),
        here=here,
        there=there,
    )
    merged.questions.append(question)
    return question.answer(answers)


def _merge_past(
    row: UnderstoodRow,
    known: KnownEntry,
    past: Sequence[PastRow],
    merged: Merged,
    as_of: date,
    answers: Mapping[str, str] | None,
) -> None:
    said_stage, present = str(known.values.get("stage", "")), Stage(known.present_stage)
    stage = present if row.stage_is_assumed else row.stage
    was_moved_here = present.value != said_stage
    if was_moved_here and not row.stage_is_assumed and row.stage.value != said_stage:
        stage = _stage_kept(row, known, present, merged, answers)
    elif was_moved_here:
        stage = present
    found = _new_dates(row, known, past, merged, as_of)
    if _stage_after(past, found) is not stage and stage is row.stage:
        found.append(Step(stage, None, as_of, _corrected(known, past, as_of, found)))
    if _stage_after(past, found) is not stage:
        if found:
            reason = f"Its dates do not fit what is recorded here ({stage.label}), so they are left out."
            merged.warnings.append(CellWarning(row.line, "", row.stage.label, reason))
        found = []
    merged.steps = found


def _stage_kept(
    row: UnderstoodRow,
    known: KnownEntry,
    present: Stage,
    merged: Merged,
    answers: Mapping[str, str] | None,
) -> Stage:
    """Return the stage that holds where register and people both moved a pilot."""
    if row.stage is present:
        return present
    if answers is None:
        reason = f"It was moved to {present.label} here since the last import, and stays there."
        merged.warnings.append(CellWarning(row.line, "", row.stage.label, reason))
        return present
    decided = _decided(row, known, "stage", present.label, row.stage.label, merged, answers)
    return row.stage if decided == FROM_FILE else present


def _new_dates(
    row: UnderstoodRow, known: KnownEntry, past: Sequence[PastRow], merged: Merged, as_of: date
) -> list[Step]:
    """Return the dated steps the register did not give last time, each in place of the one it corrects."""
    said = {tuple(item) for item in known.values.get("past", [])}
    found: list[Step] = []
    counting = {entry.id for entry in effective(item.entry for item in past)}
    for step in row.steps:
        if step.happened is None or _mark(step.stage, step.happened) in said:
            continue
        here = [item for item in past if item.entry.id in counting and item.entry.to_stage is step.stage]
        if any(item.entry.happened == step.happened for item in here):
            continue
        if any(item.origin is not Origin.IMPORTED for item in here):
            reason = f"{step.stage.label} was dated here, and that date is kept."
            merged.warnings.append(CellWarning(row.line, "", str(step.happened), reason))
            continue
        better = _worse_date([item.entry for item in here], known)
        if better is None and step.stage is row.stage and row.stage.value != known.values.get("stage"):
            better = _corrected(known, past, as_of, found)
        found.append(replace(step, supersedes=better))
    return found


def _mark(stage: Stage, day: Day | None) -> tuple[str, str, str]:
    return (stage.value, day.first.isoformat() if day else "", day.precision.value if day else "")


def _worse_date(entries: Sequence[Entry], known: KnownEntry) -> int | None:
    """Return the imported row a better date stands for: a dated one, or the last edition's without a date.

    That an older edition saw the pilot there by its own day stays true.
    """
    dated = [entry.id for entry in entries if entry.happened is not None]
    undated = [entry.id for entry in entries if entry.happened is None and entry.latest_on == known.as_of]
    return next(iter([*dated, *undated]), None)


def _corrected(known: KnownEntry, past: Sequence[PastRow], as_of: date, found: list[Step]) -> int | None:
    """Return the row to replace when the same edition now names another stage: the old one was a mistake."""
    if as_of != known.as_of:
        return None
    taken = {step.supersedes for step in found}
    said = str(known.values.get("stage", ""))
    counting = {entry.id for entry in effective(item.entry for item in past)}
    for item in past:
        entry = item.entry
        is_ours = item.origin is Origin.IMPORTED and entry.id in counting and entry.id not in taken
        if is_ours and entry.to_stage == said and (entry.happened is not None or entry.latest_on == as_of):
            return entry.id
    return None


def _stage_after(past: Sequence[PastRow], steps: Sequence[Step]) -> Stage:
    """Return where a history leaves the pilot once these steps are stored behind it."""
    entries = [item.entry for item in past]
    number = max((entry.id or 0 for entry in entries), default=0)
    for place, step in enumerate(steps, 1):
        entries.append(
            Entry(
                id=number + place,
                to_stage=step.stage,
                happened=step.happened,
                latest_on=step.latest_on,
                supersedes=step.supersedes,
            )
        )
    return stand(entries).stage


# --- An older register ------------------------------------------------------------


def _merge_older(row: UnderstoodRow, known: KnownEntry, past: Sequence[PastRow], as_of: date) -> Merged:
    """An older register adds what it saw to the history, where that contradicts nothing; and no more."""
    merged = Merged()
    if not row.stage_is_assumed:
        seen = Step(row.stage, None, as_of)
        dated = [step for step in row.steps if step.happened is not None and step.stage is not row.stage]
        own = [step for step in row.steps if step.happened is not None and step.stage is row.stage]
        for step in [*dated, *(own or [seen])]:
            _add_older(row, step, past, merged)
    present = Stage(known.present_stage)
    if merged.steps and _stage_after(past, merged.steps) is not present:
        reason = (
            f"What is known here says {present.label}, "
            f"so this is left out: {row.stage.label} by {Day(as_of)}."
        )
        merged.warnings.append(CellWarning(row.line, "", row.stage.label, reason))
        merged.steps = []
    return merged


def _add_older(row: UnderstoodRow, step: Step, past: Sequence[PastRow], merged: Merged) -> None:
    history = effective(item.entry for item in past)
    before = [entry for entry in history if entry.latest_on <= step.latest_on]
    if step.happened is None and before and before[-1].to_stage is step.stage:
        return
    if step.happened and any(entry.to_stage is step.stage and entry.happened for entry in history):
        return
    later = next((entry for entry in before if _rank(entry.to_stage) > _rank(step.stage)), None)
    imported = {item.entry.id for item in past if item.origin is Origin.IMPORTED}
    not_yet = next((entry for entry in history if entry.id in imported and _came_after(entry, step)), None)
    wrong = later or not_yet
    if wrong is None:
        merged.steps.append(step)
        return
    stage, day = wrong.to_stage, wrong.happened
    when = f"on {day}" if day else f"by {Day(wrong.latest_on)}"
    reason = (
        f"A newer register says it came to {stage.label if stage else ''} {when}, so this is left out: "
        f"{step.stage.label} by {Day(step.latest_on)}."
    )
    merged.warnings.append(CellWarning(row.line, "", step.stage.label, reason))


def _came_after(entry: Entry, step: Step) -> bool:
    """Whether a stored date says the pilot came to this stage, or an earlier one, only after the step."""
    if entry.happened is None or entry.to_stage is None:
        return False
    return entry.happened.first > step.latest_on and _rank(entry.to_stage) <= _rank(step.stage)


def _rank(stage: Stage | None) -> int:
    """Return a stage's place on the way; the ends lie behind all others."""
    return MAIN_PATH.index(stage) if stage in MAIN_PATH and stage is not None else len(MAIN_PATH)
