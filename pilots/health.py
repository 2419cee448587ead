"""What can be said of a pilot now: one plain rule over its open flags, first answer that applies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pilots.rules.registry import SERIOUS, Kind, Pattern, Severity


class Health(StrEnum):
    """How a pilot is, worst first among the living; a claim needs evidence, unknown is never well."""

    STALLED = "stalled"
    BLOCKED = "blocked"
    AT_RISK = "at_risk"
    NOT_KNOWN = "not_known"
    ON_TRACK = "on_track"
    ON_HOLD = "on_hold"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Finding:
    """An open flag as health sees it. `counts` is false while it is snoozed, disputed or widespread.

    `leaves_doubt`: it gives the pilot no colour for now, being told once for its program or laid to rest,
    but says what a healthy pilot cannot have, so no green either. `since`: the day it was first serious,
    or passed its first limit. `blocks`: what it found is in the way of somebody who wants to go on.
    """

    kind: Kind
    severity: Severity
    pattern: Pattern
    opened_at: datetime
    counts: bool = True
    leaves_doubt: bool = False
    since: date | None = None
    blocks: bool = False


def health(
    *,
    is_ended: bool,
    is_held: bool,
    is_blocked: bool,
    is_quiet: bool,
    is_known: bool,
    findings: Sequence[Finding],
) -> Health:
    """Return a pilot's health.

    `is_blocked`: somebody said so; a finding that blocks says it too, except in quiet days. `is_quiet`: its
    first days here, in which nothing is judged; if there would be something to judge, nobody claims that it
    is well either. `is_known`: somebody knows a day or has said a word.
    """
    if is_ended:
        return Health.ENDED
    if is_held:
        return Health.ON_HOLD
    counting = [finding for finding in findings if finding.counts]
    if is_quiet and counting:
        return Health.BLOCKED if is_blocked else Health.NOT_KNOWN
    if any(_stalls(finding) for finding in counting):
        return Health.STALLED
    if is_blocked or any(finding.blocks for finding in counting):
        return Health.BLOCKED
    if any(_is_risk(finding) for finding in counting):
        return Health.AT_RISK
    if any(finding.leaves_doubt for finding in findings):
        return Health.NOT_KNOWN
    return Health.ON_TRACK if is_known else Health.NOT_KNOWN


def since(state: Health, *, blocked_on: date | None, findings: Sequence[Finding]) -> date | None:
    """Return since when a pilot is stalled, blocked or at risk; None for what no flag or word dates.

    The first of what makes it so counts: a second flag, or getting worse still, starts nothing anew.
    """
    makes_it_so = {Health.STALLED: _stalls, Health.BLOCKED: _blocks, Health.AT_RISK: _is_risk}.get(state)
    if makes_it_so is None:
        return None
    found = [finding.since for finding in findings if finding.counts and makes_it_so(finding)]
    said = [blocked_on] if state is Health.BLOCKED else []
    return min((day for day in [*said, *found] if day), default=None)


def _blocks(finding: Finding) -> bool:
    return finding.blocks


def _stalls(finding: Finding) -> bool:
    return finding.kind is Kind.STALL and finding.severity in SERIOUS


def _is_risk(finding: Finding) -> bool:
    if finding.severity in SERIOUS:
        return True
    return finding.severity is Severity.WARNING and finding.kind in {Kind.STALL, Kind.RISK}


def dominant(findings: Sequence[Finding]) -> Pattern | None:
    """Return the pattern that stands for a pilot: most severe, then most flags, then oldest."""
    counting = [finding for finding in findings if finding.counts]
    if not counting:
        return None
    groups: dict[Pattern, list[Finding]] = {}
    for finding in counting:
        groups.setdefault(finding.pattern, []).append(finding)
    return min(
        groups,
        key=lambda pattern: (
            -max(finding.severity.rank for finding in groups[pattern]),
            -len(groups[pattern]),
            min(finding.opened_at for finding in groups[pattern]),
        ),
    )
