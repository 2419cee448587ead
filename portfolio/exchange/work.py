"""What a worker does with an import that wants something: look through it, write it, take it back.

Writing is one transaction with the row that says so, so a worker that is killed leaves all or nothing.
It is bound to the preview: inside that transaction the plan is made anew, and where its version is
another one nothing is written and the person looks again.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from pilots.access.models import Source
from pilots.actions.by import By, Forbidden, Refused
from pilots.rows import insert_new
from portfolio.exchange import importing, report
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.importing import Order, Outcome, Prepared
from portfolio.exchange.lease import NOTHING, release, say, take_import, try_again
from portfolio.exchange.models import Import, ImportedPilot, Step, Wanted
from portfolio.exchange.packed import pack_details
from portfolio.exchange.rights import require_import
from portfolio.exchange.runs import CHANGED, workbook_of
from portfolio.exchange.undo import undo_import

log = logging.getLogger(__name__)

TOO_LONG = "It took longer than a worker may be busy with one thing. {} Split the file."
BROKEN = "Something went wrong on our side, three times. {} An administrator finds the reason in the log."


class _Lost(Exception):
    """Somebody gave the import up, or has it in hand by now; what was done is taken back."""


class _Changed(Exception):
    """What is stored differs from what was previewed."""


def work_off(now: Callable[[], datetime], should_stop: Callable[[], bool] = lambda: False) -> int:
    """Do what imports want until none wants anything; return how many were in hand."""
    done = 0
    while not should_stop() and (row := take_import(now())) is not None:
        work_on(row, at=now())
        done += 1
    return done


def work_on(row: Import, *, at: datetime) -> None:
    """Do what one import wants, for whoever asked; the row is in our hand."""
    by = By(user=row.asked_by, at=at, source=Source.IMPORT)
    nothing = NOTHING[Wanted(row.wanted)]
    try:
        require_import(row.program, by.user)
        _WORK[Wanted(row.wanted)](row, by)
    except _Lost:
        log.warning("Import %s was given up, or taken by somebody else, while it was in hand.", row.pk)
    except (CannotImport, Refused, Forbidden) as refused:
        release(row, last_error=f"{nothing} {refused}")
    except SoftTimeLimitExceeded:
        try_again(row, at, error=TOO_LONG.format(nothing))
        raise
    except Exception:  # whatever it is, the import must not stay in our hand, and other imports go on
        log.exception("Import %s failed, attempt %s", row.pk, row.attempts)
        try_again(row, at, error=BROKEN.format(nothing))


def _prepare(row: Import, by: By) -> Prepared:
    order = Order(
        workbook=workbook_of(row),
        plain=row.mapping,
        into=row.program,
        as_of=row.as_of,
        answers=row.answers,
    )
    today = max(by.at.date(), row.as_of)  # in the program's zone it may be tomorrow; `begin` looked
    return importing.prepare(order, user=by.user, today=today, say=lambda words: say(row, words))


def _preview(row: Import, by: By) -> None:
    outcome = importing.preview(_prepare(row, by), by=by)
    _show(row, outcome)


def _show(row: Import, outcome: Outcome, *, last_error: str = "") -> None:
    shown = release(
        row,
        step=Step.PREVIEWED.value,
        data_version=version_of(outcome),
        last_error=last_error,
        **_told(outcome),
    )
    if not shown:
        raise _Lost


def version_of(outcome: Outcome) -> str:
    """Return the digest of the plan, and of the programs it opens."""
    opened = sorted(f"{program.prefix} {program.name}" for program in outcome.programs.fresh)
    return hashlib.sha256("\n".join([outcome.version, *opened]).encode()).hexdigest()


def _told(outcome: Outcome) -> dict[str, Any]:
    return {"summary": report.summary(outcome), "details": pack_details(report.details(outcome))}


def _apply(row: Import, by: By) -> None:
    prepared = _prepare(row, by)
    say(row, "Writing. Nobody sees any of it before all of it is there.")
    try:
        with transaction.atomic():
            outcome = importing.apply(prepared, by=by, say=lambda _: None, batch=row.batch)
            if not outcome.applied or version_of(outcome) != row.data_version:
                raise _Changed
            keep_written(row, outcome)
            if not release(row, last_error="", **written(outcome, by)):
                raise _Lost
    except _Changed:
        _show(row, importing.preview(prepared, by=by), last_error=CHANGED)


def keep_written(row: Import, outcome: Outcome) -> None:
    """Remember what was written of each pilot, so that it can be taken back."""
    insert_new(
        ImportedPilot,
        [
            ImportedPilot(
                of_import=row,
                pilot_id=item.pilot,
                line=item.line,
                is_new=item.is_new,
                written=item.fields,
                entry_before=item.entry_before,
            )
            for item in outcome.written
        ],
    )


def written(outcome: Outcome, by: By) -> dict[str, Any]:
    """Return the columns of an import that was written."""
    programs = sorted(program.pk for program in outcome.programs.fresh)
    return {
        "step": Step.APPLIED.value,
        "applied_at": by.at,
        "data_version": version_of(outcome),
        "made": {"programs": programs, "contacts": sorted(outcome.contacts)},
        **_told(outcome),
    }


def _undo(row: Import, by: By) -> None:
    say(row, "Undoing. Nobody sees any of it before all of it is done.")
    with transaction.atomic():
        undone = undo_import(row, by=by)
        if not release(
            row,
            step=Step.UNDONE.value,
            undone_at=by.at,
            undone_by=by.user,
            last_error="",
            summary={**row.summary, "undone": undone.as_json()},
        ):
            raise _Lost


_WORK: dict[Wanted, Callable[[Import, By], None]] = {
    Wanted.PREVIEW: _preview,
    Wanted.APPLY: _apply,
    Wanted.UNDO: _undo,
}
