"""Writes into a pilot's log. A check-in means somebody was heard from; a comment does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from pilots.access.models import Movement
from pilots.access.permissions import Deed
from pilots.actions.by import By, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.models import LogEntry, LogKind, Pilot
from pilots.models.log import Going


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """A check-in says how it is going, in words or by one of `Going`; a comment only has words."""

    pilot: Pilot
    kind: LogKind
    text: str = ""
    going: Going | None = None
    version: int | None = None


def check_in(line: NewLine, *, by: By) -> LogEntry:
    return write_log([line], by=by)[0]


def write_log(lines: Sequence[NewLine], *, by: By) -> list[LogEntry]:
    """Write each line into its pilot's log, or none of them."""
    versions = {line.pilot.pk: line.version for line in lines if line.version is not None}
    with changing([line.pilot for line in lines], deed=Deed.CHECK_IN, by=by, versions=versions) as change:
        rows = []
        for line in lines:
            pilot = change.pilots[line.pilot.pk]
            refuse_unstorable({"text": line.text})
            if not line.text.strip() and line.going is None:
                raise Refused.because(
                    "Say in a sentence how it goes, or choose one of the answers.", field="text"
                )
            if line.kind is LogKind.CHECK_IN and pilot.is_ended:
                raise Refused.because(
                    f"It is {pilot.at_stage.label.lower()}: leave a comment instead.", code="ended"
                )
            rows.append(
                LogEntry(
                    pilot=pilot,
                    kind=line.kind.value,
                    going=line.going.value if line.going else "",
                    text=line.text.strip(),
                    written_at=by.at,
                    author=by.user,
                )
            )
        LogEntry.objects.bulk_create(rows)
        for row in rows:
            heard = row.kind == LogKind.CHECK_IN.value
            pilot = change.pilots[row.pilot_id]
            change.record(
                pilot,
                "pilot.checked_in" if heard else "pilot.commented",
                after={"going": row.going, "text": row.text},
                movement=Movement.HEARD if heard else Movement.NONE,
            )
            if heard:
                change.set(pilot, silence_clock_on=by.today(pilot.program))
    return rows
