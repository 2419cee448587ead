"""Says what an import would do or did: as the JSON of docs/mapping-file.md, and in words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pilots.lifecycle import Stage
from portfolio.exchange.folding import one_line
from portfolio.exchange.identity import How
from portfolio.exchange.importing import Outcome
from portfolio.exchange.plan import Known, Plan
from portfolio.exchange.workbook import Kind

LONGEST = 80
MOST_NAMED = 10  # columns a line of the report names


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the report as other tools read it; `row` is the line of the file on which a row begins."""
    plan, prepared = outcome.plan, outcome.prepared
    return {
        "rows": plan.rows,
        "new": len(plan.new),
        "changed": len(plan.changed),
        "same": plan.same,
        "left_out": plan.left_out,
        "refused": [asdict(refusal) for refusal in plan.refused],
        "warnings": [warning.as_dict() for warning in plan.warnings],
        "applied": outcome.applied,
        "mapping": prepared.mapping.name,
        "register": prepared.register,
        "as_of": prepared.as_of.isoformat(),
        "encoding": prepared.workbook.encoding,
        "delimiter": prepared.workbook.delimiter,
        "notes": list(prepared.workbook.notes),
        "not_imported": list(prepared.not_imported),
        "new_programs": [{"name": item.name, "prefix": item.prefix} for item in outcome.programs.fresh],
        "stages": stages(outcome),
        "known_again_by": dict(Counter(item.how.value for item in plan.known)),
        "matches": [
            {"row": item.row.line, "pilot": item.entry.key, "known_by": item.how.value}
            for item in _by_name(plan)
        ],
        "missing": [entry.key for entry in plan.missing],
        "changes": [_change(item) for item in plan.changed],
    }


def _by_name(plan: Plan) -> list[Known]:
    """Return the rows that were matched by less than their identifier or content: a person may check them."""
    close = {How.NAME, How.NAME_AND_UNIT}
    return [item for item in plan.known if item.how in close and item.entry.is_visible]


def stages(outcome: Outcome) -> dict[str, int]:
    """Return how many rows say which stage, in the order of stages."""
    counted = Counter(row.stage for row in outcome.prepared.understood.rows)
    return {stage.value: counted[stage] for stage in Stage if counted[stage]}


def _change(item: Known) -> dict[str, Any]:
    return {
        "row": item.row.line,
        "pilot": item.entry.key,
        "known_by": item.how.value,
        "fields": {name: [item.entry.present[name], text] for name, text in item.merged.fields.items()},
        "history": [
            {"stage": step.stage.value, "on": str(step.happened or ""), "by": step.latest_on.isoformat()}
            for step in item.merged.steps
        ],
    }


def in_words(outcome: Outcome) -> Iterator[str]:
    """Yield the lines of the report for a person."""
    plan, prepared = outcome.plan, outcome.prepared
    yield f"{prepared.mapping.title}, as of {prepared.as_of:%d %b %Y}"
    yield _read_as(outcome)
    yield from prepared.workbook.notes
    if prepared.not_imported:
        yield f"Not imported: {_named(prepared.not_imported)}."
    yield ""
    for program in outcome.programs.fresh:
        yield f"New program: {program.name} ({program.prefix})"
    for item in _by_name(plan):
        yield f"Row {item.row.line} is {item.entry.key} by its {item.how.value}: “{short(item.row.name)}”"
    for item in plan.changed:
        yield f"Row {item.row.line} changes {item.entry.key}: {_words(item)}"
    for warning in plan.warnings:
        where = f"row {warning.row}" + (f", “{short(warning.column)}”" if warning.column else "")
        text = f" “{short(warning.text)}”:" if warning.text else ""
        yield f"Warning, {where}:{text} {warning.reason}"
    for entry in plan.missing:
        yield f"Not in this file: {entry.key} “{short(entry.present['name'])}”. It stays as it is."
    for refusal in plan.refused:
        yield f"Refused, row {refusal.row}: {refusal.reason}"
    yield ""
    for stage, count in stages(outcome).items():
        yield f"{count:>7,} {Stage(stage).label}"
    yield ""
    yield f"{_counted(plan.rows, 'row')} read"
    yield f"{len(plan.new):>7,} new"
    yield f"{len(plan.changed):>7,} changed"
    yield f"{plan.same:>7,} same"
    if plan.left_out:
        yield f"{plan.left_out:>7,} left out, as the mapping says"
    yield f"{len(plan.refused):>7,} refused"
    yield _counted(len(plan.warnings), "warning")


def _read_as(outcome: Outcome) -> str:
    workbook, sheet = outcome.prepared.workbook, outcome.prepared.sheet
    if workbook.kind is Kind.CSV:
        return f"Read as {workbook.encoding}, separated by {workbook.delimiter}."
    return f"Read the sheet “{sheet.name}”."


def _named(columns: Sequence[str]) -> str:
    more = len(columns) - MOST_NAMED
    named = ", ".join(f"“{short(name)}”" for name in columns[:MOST_NAMED])
    return named if more <= 0 else f"{named} and {more:,} more"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _counted(count: int, noun: str) -> str:
    return f"{count:>7,} {noun}" + ("" if count == 1 else "s")


def _words(item: Known) -> str:
    fields = [name.replace("_", " ") for name in item.merged.fields]
    steps = [
        f"{step.stage.label} {f'on {step.happened}' if step.happened else f'by {step.latest_on:%d %b %Y}'}"
        for step in item.merged.steps
    ]
    return ", ".join([*fields, *steps])


def short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
