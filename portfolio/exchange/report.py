"""Puts what an import would do, or did, into rows and sentences for pages, API and the report to download."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pilots.actions.owner import Contact
from pilots.calendar import Day
from pilots.lifecycle import Stage
from portfolio.exchange.command_report import counted, short, stages
from portfolio.exchange.findings import CellWarning
from portfolio.exchange.importing import Outcome
from portfolio.exchange.merging import words_of
from portfolio.exchange.more_cells import MilestoneCells, person_text
from portfolio.exchange.plan import Known
from portfolio.exchange.questions import Question


class Finding(StrEnum):
    """What a row of the report is about."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"
    NOT_UNDERSTOOD = "not_understood"
    NOTED = "noted"
    MISSING = "missing"
    QUESTION = "question"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


def summary(outcome: Outcome) -> dict[str, Any]:
    """Return the counts of an import, and one sentence of what it does."""
    plan, answers = outcome.plan, outcome.prepared.answers
    return {
        "rows": plan.rows,
        "new": len(plan.new),
        "changed": len(plan.changed),
        "same": plan.same,
        "left_out": plan.left_out,
        "refused": len(plan.refused),
        "not_understood": sum(not warning.is_noted for warning in plan.warnings),
        "noted": sum(warning.is_noted for warning in plan.warnings),
        "missing": len(plan.missing),
        "questions": len(plan.questions),
        "open_questions": len(plan.open(answers)),
        "stages": stages(outcome),
        "new_programs": [item.name for item in outcome.programs.fresh],
        "owners": len(_people(outcome)),
        "notes": list(outcome.prepared.workbook.notes),
        "not_imported": list(outcome.prepared.not_imported),
        "sentence": sentence(outcome),
    }


def sentence(outcome: Outcome) -> str:
    """Say in one sentence what an import will do, or did; what happens to nobody is not said."""
    plan, will = outcome.plan, not outcome.applied
    new, changed, same, left_out = len(plan.new), len(plan.changed), plan.same, plan.left_out
    parts = [
        f"{counted(new, 'pilot')} {'will be' if will else _were(new)} logged{_where(outcome)}" if new else "",
        f"{changed:,} {'will be' if will else _were(changed)} changed" if changed else "",
        f"{same:,} {'stays as it is' if same == 1 else 'stay as they are'}" if same else "",
        f"{counted(left_out, 'row')} {_are(left_out) if will else _were(left_out)} left out"
        if left_out
        else "",
    ]
    said = [part for part in parts if part] or ["nothing will change" if will else "nothing changed"]
    told = " and ".join(filter(None, [", ".join(said[:-1]), said[-1]]))
    told = f"{told[0].upper()}{told[1:]}."
    hindered = _hindered(outcome) if will else []
    return f"{told} But {' and '.join(hindered)}, so nothing can be written yet." if hindered else told


def _hindered(outcome: Outcome) -> list[str]:
    refused, waiting = len(outcome.plan.refused), len(outcome.plan.open(outcome.prepared.answers))
    return [
        *([f"{counted(refused, 'row')} {_are(refused)} refused"] if refused else []),
        *([f"{counted(waiting, 'question')} {_are(waiting)} open"] if waiting else []),
    ]


def _where(outcome: Outcome) -> str:
    names = sorted({program.name for program in outcome.programs.of_agency.values()})
    if not names:
        return ""
    return f" in {names[0]}" if len(names) == 1 else f" in {len(names)} programs"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _people(outcome: Outcome) -> set[str]:
    """Return everybody the file names as an owner."""
    found: set[str] = set()
    for row in outcome.prepared.understood.rows:
        for told in row.more.values():
            value = told.value
            if isinstance(value, MilestoneCells):
                value = (value.owner,) if value.owner else ()
            if isinstance(value, tuple):
                found |= {person_text(item.name, item.email) for item in value if isinstance(item, Contact)}
    return found


# --- Rows of the report ------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    kind: Finding
    line: int
    column: str = ""
    text: str = ""
    reason: str = ""
    pilot: str = ""
    name: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "line": self.line,
            "column": self.column,
            "text": self.text,
            "reason": self.reason,
            "pilot": self.pilot,
            "name": self.name,
        }


def details(outcome: Outcome) -> list[dict[str, Any]]:
    """Return every row of the report, by kind and line; questions also carry their choices and answer."""
    answers = outcome.prepared.answers or {}
    rows = [row.as_dict() for row in _rows(outcome)]
    return rows + [_question(item, item.answer(answers)) for item in outcome.plan.questions]


def _rows(outcome: Outcome) -> Iterator[_Row]:
    plan, names = outcome.plan, outcome.prepared.understood.names
    for row, _ in plan.new:
        yield _Row(Finding.NEW, row.line, text=row.stage.label, reason=_dated(row.steps), name=row.name)
    for item in plan.known:
        kind = Finding.CHANGED if item.merged.changes_something else Finding.SAME
        # A pilot that is hidden from this person is not named to them.
        key = item.entry.key if item.entry.is_visible else ""
        reason = _change(item) if kind is Finding.CHANGED else f"Known by its {item.how.value}."
        yield _Row(kind, item.row.line, reason=reason, pilot=key, name=item.row.name)
    for refusal in plan.refused:
        yield _Row(Finding.REFUSED, refusal.row, reason=refusal.reason, name=names.get(refusal.row, ""))
    for warning in plan.warnings:
        yield _warning(warning)
    for entry in plan.missing:
        reason = "The last edition named it, this file does not. It stays as it is."
        yield _Row(Finding.MISSING, 0, reason=reason, pilot=entry.key, name=entry.present["name"])


def _warning(warning: CellWarning) -> _Row:
    kind = Finding.NOTED if warning.is_noted else Finding.NOT_UNDERSTOOD
    return _Row(kind, warning.row, warning.column, warning.text, warning.reason)


def _dated(steps: Any) -> str:
    days = [f"{step.stage.label} {step.happened}" for step in steps if step.happened]
    return ", ".join(days) or "no day known"


def _change(item: Known) -> str:
    parts = []
    for key, now in item.merged.fields.items():
        before = item.entry.present.get(key, "")
        parts.append(f"{words_of(key)}: {short(before) or 'blank'} → {short(now)}")
    parts += [
        f"{Stage(step.stage).label} {step.happened or f'by {Day(step.latest_on)}'}"
        for step in item.merged.steps
    ]
    return "; ".join(parts)


def _question(item: Question, answer: str) -> dict[str, Any]:
    row = _Row(Finding.QUESTION, item.line, reason=item.says, name=item.name).as_dict()
    return row | {
        "key": item.key,
        "question_kind": item.kind.value,
        "choices": [[choice.answer, choice.words] for choice in item.choices],
        "here": item.here,
        "there": item.there,
        "answer": answer,
    }
