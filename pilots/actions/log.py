"""Writes into a pilot's log. A check-in means somebody was heard from; a comment does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from pilots.access.models import Movement
from pilots.access.permissions import Deed
from pilots.actions.by import By, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.models import LogEntry, LogKind, Pilot
from pilots.models.log import Going

LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """A check-in says how it is going, in words or by one of `Going`; a comment only has words.

    `blocked_by` names who or what a blocked pilot waits for.
    """

    pilot: Pilot
    kind: LogKind
    text: str = ""
    going: Going | None = None
    blocked_by: str = ""
    version: int | None = None


def check_in(line: NewLine, *, by: By) -> LogEntry:
    return write_log([line], by=by)[0]


def write_log(lines: Sequence[NewLine], *, by: By) -> list[LogEntry]:
    """Write each line into its pilot's log, or none of them."""
    versions = {line.pilot.pk: line.version for line in lines if line.version is not None}
    with changing([line.pilot for line in lines], deed=Deed.CHECK_IN, by=by, versions=versions) as change:
        return add_lines(change, lines)


def add_lines(change: Change, lines: Sequence[NewLine]) -> list[LogEntry]:
    """Write lines as part of a change of their pilots; the caller has asked the permission."""
    rows = [_row(line, change.pilots[line.pilot.pk], by=change.by) for line in lines]
    LogEntry.objects.bulk_create(rows)
    for row, line in zip(rows, lines, strict=True):
        heard = row.kind == LogKind.CHECK_IN.value
        pilot, blocker = change.pilots[row.pilot_id], line.blocked_by.strip()
        change.record(
            pilot,
            "pilot.checked_in" if heard else "pilot.commented",
            after={"going": row.going, "text": row.text} | ({"blocked_by": blocker} if blocker else {}),
            movement=Movement.HEARD if heard else Movement.NONE,
        )
        if heard and row.going:
            _note_blocked(change, pilot, is_blocked=row.going == Going.BLOCKED.value, blocker=blocker)
    return rows


def _row(line: NewLine, pilot: Pilot, *, by: By) -> LogEntry:
    refuse_unstorable({"text": line.text, "blocked_by": line.blocked_by})
    if not line.text.strip() and line.going is None:
        raise Refused.because("Say in a sentence how it goes, or choose one of the answers.", field="text")
    if len(line.blocked_by.strip()) > LONGEST_NAME:
        sentence = f"A name has at most {LONGEST_NAME} characters."
        raise Refused.because(sentence, field="blocked_by", code="length")
    if line.kind is LogKind.CHECK_IN and pilot.is_ended:
        raise Refused.because(f"It is {pilot.at_stage.label.lower()}: leave a comment instead.", code="ended")
    return LogEntry(
        pilot=pilot,
        kind=line.kind.value,
        going=line.going.value if line.going else "",
        text=line.text.strip(),
        written_at=by.at,
        author=by.user,
    )


def _note_blocked(change: Change, pilot: Pilot, *, is_blocked: bool, blocker: str = "") -> None:
    """Note that somebody said a pilot is blocked, or that it is no longer."""
    today = change.by.today(pilot.program)
    change.set(
        pilot,
        blocked_on=(pilot.blocked_on or today) if is_blocked else None,
        blocked_by=blocker if is_blocked else "",
    )
