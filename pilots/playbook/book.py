"""Says what the playbook asks, as tables: the page docs/readiness.md holds the same. A plain module."""

from collections.abc import Iterable, Mapping

from pilots.playbook.shapes import EvidenceKind, Gate, PhaseCode, Requirement


def catalogue(requirements: Mapping[str, Requirement]) -> str:
    """Return the part of docs/readiness.md that follows from the playbook."""
    parts = [_table(f"### {gate.value} {gate.label}", gate.note, _of(requirements, gate)) for gate in Gate]
    return "\n".join([*parts, _table("### In phases of the plan only", "", _of(requirements, None))])


def _of(requirements: Mapping[str, Requirement], gate: Gate | None) -> list[Requirement]:
    return [known for known in requirements.values() if known.gate is gate]


def _table(heading: str, note: str, rows: Iterable[Requirement]) -> str:
    said = [f"{note[:1].upper()}{note[1:]}.", ""] if note else []
    return "\n".join(
        [
            heading,
            "",
            *said,
            "| code | what has to be there | phase | what shows it | counts for | who can help | source |",
            "|---|---|---|---|---|---|---|",
            *(_row(known) for known in rows),
            "",
        ]
    )


def _row(known: Requirement) -> str:
    cells = (
        f"`{known.code}`",
        known.title,
        _phase(known.phase),
        _shown_by(known),
        _lasts(known),
        ", ".join(role.label.lower() for role in known.unblockers),
        known.source,
    )
    return f"| {' | '.join(cells)} |"


def _phase(phase: PhaseCode | None) -> str:
    return phase.value if phase else ""


def _shown_by(known: Requirement) -> str:
    if known.is_computed:
        return "the record"
    kinds = ", ".join(kind.label.lower() for kind in EvidenceKind if kind in known.kinds)
    return f"the record, or {kinds}" if known.or_record else kinds


def _lasts(known: Requirement) -> str:
    """Return how long evidence counts: for good, so many days, or until another version is live."""
    if known.is_computed:
        return "while it is so"
    parts = [f"{known.good_for} days"] if known.good_for else []
    parts += ["until another version is live"] if known.reopens_on_change else []
    return ", ".join(parts) or "for good"
