"""What an import would do, computed before anything is written; the preview shows it, applying does it."""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portfolio.exchange.findings import CellWarning, Refusal
from portfolio.exchange.identity import How, KnownEntry, Matching
from portfolio.exchange.mapping import Ambiguous, Mapping
from portfolio.exchange.merging import Merged, PastRow, merge, values_of
from portfolio.exchange.understanding import Understood, UnderstoodRow


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
    matching: Matching,
    histories: AnyMapping[int, Sequence[PastRow]],
    mapping: Mapping,
    *,
    as_of: date,
) -> Plan:
    """Put together what an import would do; `histories` maps a pilot's id to all rows of its past."""
    plan = Plan(
        new=matching.new,
        warnings=list(understood.warnings),
        refused=list(understood.refused),
        rows=understood.read,
        left_out=understood.left_out,
    )
    for row, entry, how in matching.known:
        merged = Merged()
        if not entry.is_visible:
            reason = "It is known here, but not yours to change, so it is left as it is."
            merged.warnings.append(CellWarning(row.line, "", row.name, reason))
        elif needs_history(row, entry, as_of):
            merged = merge(row, entry, histories[entry.pilot], as_of=as_of)
        plan.known.append(Known(row, entry, how, merged))
        plan.warnings += merged.warnings
    for row, reason in matching.ambiguous:
        if mapping.ambiguous is Ambiguous.REFUSE:
            plan.refused.append(Refusal(row.line, reason))
        else:
            plan.left_out += 1
            plan.warnings.append(CellWarning(row.line, "", row.name, f"{reason} The mapping leaves it out."))
    plan.warnings.sort(key=lambda warning: warning.row)
    plan.refused.sort(key=lambda refusal: refusal.row)
    return plan


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
