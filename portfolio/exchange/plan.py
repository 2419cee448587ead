"""What an import would do, computed before anything is written; the preview shows it, applying does it."""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portfolio.exchange.findings import CellWarning, Refusal
from portfolio.exchange.identity import How, KnownEntry
from portfolio.exchange.merging import Merged, PastRow, merge, values_of
from portfolio.exchange.questions import Question
from portfolio.exchange.settling import Settled
from portfolio.exchange.understood import NO_PROBLEM, Understood, UnderstoodRow, digest_of


@dataclass(frozen=True)
class Known:
    """A row that belongs to a pilot already here, and what it changes."""

    row: UnderstoodRow
    entry: KnownEntry
    how: How
    merged: Merged


@dataclass
class Plan:
    """Everything an import would write, and everything it has to say."""

    new: list[tuple[UnderstoodRow, str]] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    rows: int = 0
    left_out: int = 0
    questions: list[Question] = field(default_factory=list)
    missing: list[KnownEntry] = field(default_factory=list)

    def open(self, answers: AnyMapping[str, str] | None) -> list[Question]:
        """Return the questions nobody has answered; none where nobody is there to ask."""
        return [] if answers is None else [item for item in self.questions if not item.answer(answers)]

    @property
    def changed(self) -> list[Known]:
        return [item for item in self.known if item.merged.changes_something]

    @property
    def same(self) -> int:
        return len(self.known) - len(self.changed)


def needs_history(row: UnderstoodRow, entry: KnownEntry, as_of: date) -> bool:
    """Whether a matched row says anything the last import did not."""
    if not entry.is_visible:
        return False
    return (row.digest, as_of) != (entry.digest, entry.as_of) or values_of(row) != entry.values


def make_plan(
    understood: Understood,
    settled: Settled,
    histories: AnyMapping[int, Sequence[PastRow]],
    *,
    as_of: date,
    answers: AnyMapping[str, str] | None = None,
    missing: Sequence[KnownEntry] = (),
) -> Plan:
    """Put together what an import would do; `histories` maps a pilot's id to all rows of its past.

    `missing` are entries of an earlier edition that this file does not name.
    """
    plan = Plan(
        new=settled.new,
        warnings=[*understood.warnings, *settled.warnings],
        refused=[*understood.refused, *settled.refused],
        rows=understood.read,
        left_out=understood.left_out + settled.left_out,
        questions=list(settled.questions),
        missing=list(missing),
    )
    for row, entry, how in settled.known:
        merged = Merged()
        if not entry.is_visible:
            reason = "It is known here, but not yours to change, so it is left as it is."
            merged.warnings.append(CellWarning(row.line, "", row.name, reason))
        elif needs_history(row, entry, as_of):
            merged = merge(row, entry, histories[entry.pilot], as_of=as_of, answers=answers)
        plan.known.append(Known(row, entry, how, merged))
        plan.warnings += merged.warnings
        plan.questions += merged.questions
    _refuse_without_problem(plan)
    plan.warnings.sort(key=lambda warning: warning.row)
    plan.warnings += understood.elsewhere
    plan.refused.sort(key=lambda refusal: refusal.row)
    plan.questions.sort(key=lambda question: question.line)
    return plan


def _refuse_without_problem(plan: Plan) -> None:
    """Refuse new rows that state no problem; for a known pilot a blank cell takes nothing away."""
    plan.refused += [Refusal(row.line, NO_PROBLEM) for row, _ in plan.new if not row.problem]


def version_of(plan: Plan) -> str:
    """Return a digest of what a plan would write and of the pilots it rests on as they are now."""
    return digest_of(
        {
            "new": [
                [row.line, row.digest, reference, row.agency, row.texts(), [str(step) for step in row.steps]]
                for row, reference in plan.new
            ],
            "known": [
                [
                    item.row.line,
                    item.row.digest,
                    item.entry.key,
                    item.entry.version,
                    item.merged.fields,
                    [str(step) for step in item.merged.steps],
                ]
                for item in plan.known
            ],
            "warnings": [[warning.row, warning.column, warning.reason] for warning in plan.warnings],
            "refused": [[refusal.row, refusal.reason] for refusal in plan.refused],
            "questions": [question.key for question in plan.questions],
            "left_out": plan.left_out,
        }
    )


def remembered(item: Known, as_of: date) -> dict[str, Any] | None:
    """Return the new columns of a known row's entry, or None where it stays as it is."""
    if item.merged.values is None:
        return None
    reference = item.row.reference or item.entry.reference
    return {
        "reference": reference,
        "family": item.row.family,
        "digest": item.row.digest,
        "as_of": as_of,
        "values": item.merged.values,
    }
