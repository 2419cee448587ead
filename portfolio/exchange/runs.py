"""Imports as rows, as people ask for them: begin, choose, answer, ask the worker, give up.

Each of these asks the permission anew and writes its event. What a worker does with the row is `work`'s.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from pilots.access.models import Event, Program, User
from pilots.actions.bell import ring_soon
from pilots.actions.by import By, Refused
from pilots.actions.change import refuse_unstorable
from pilots.actions.event import event
from pilots.calendar import Day
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.mapping_reader import BadMapping, from_plain
from portfolio.exchange.models import Import, SavedMapping, Step, Wanted
from portfolio.exchange.packed import unpack_details
from portfolio.exchange.reading import read_workbook
from portfolio.exchange.recognising import first_mapping, header_mark
from portfolio.exchange.rights import require_import
from portfolio.exchange.told_to import details_for, hidden_from, names_pilots, summary_for
from portfolio.exchange.workbook import Workbook, pack, unpack

LONGEST_NAME = 200
MOST_IN_MAPPING = 500_000  # characters of JSON
MOST_IN_ANSWERS = 4_000_000
CHANGED = "Something changed here since the preview: look again."
OPEN = {Step.CHOOSING, Step.PREVIEWED}


@dataclass(frozen=True, kw_only=True)
class NewImport:
    """A file somebody brought, at `path`; `program` is None where the file names programs itself."""

    program: Program | None
    file_name: str
    path: Path
    as_of: date


def begin(new: NewImport, by: By) -> Import:
    """Read the file and keep what it says, with the way it was read last time or a first guess.

    Raises `Forbidden`, and `Refused` for a file that cannot be read.
    """
    require_import(new.program, by.user)
    _check_day(new.as_of, new.program, by=by)
    name = clean_name(new.file_name)
    workbook = _read(new.path, name)
    with transaction.atomic():
        begun = Import.objects.create(
            program=new.program,
            made_by=by.user,
            made_at=by.at,
            file_name=name,
            digest=workbook.digest,
            packed=pack(workbook),
            as_of=new.as_of,
            mapping=first_mapping(workbook, new.program, name),
        )
        _record(begun, "import.begun", by=by, after={"as_of": new.as_of.isoformat()})
    return begun


def amend(import_: Import, *, program: Program | None, as_of: date, by: By) -> Import:
    """Let the same file go into another program, or speak of another day; how it is read stays."""
    require_import(program, by.user)
    _check_day(as_of, program, by=by)
    with _open(import_, by=by) as row:
        row.program, row.as_of = program, as_of
        _look_again(row)
    return row


def _check_day(as_of: date, program: Program | None, *, by: By) -> None:
    today = by.today(program) if program else by.at.date()
    if as_of > today:
        sentence = f"The file cannot speak of {Day(as_of)}: that day has not come yet."
        raise Refused.because(sentence, field="as_of", code="future")


def clean_name(name: str) -> str:
    """Return a file's name without its folders and without what no header may hold; its end stays."""
    last = name.replace("\\", "/").rpartition("/")[2]
    line = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    if len(line) > LONGEST_NAME:
        dot, end = line.rpartition(".")[1:]
        tail = f"{dot}{end}" if len(end) <= 8 else ""
        line = f"{line[: LONGEST_NAME - len(tail) - 1]}…{tail}"
    return line or "file"


def _read(path: Path, name: str) -> Workbook:
    try:
        return read_workbook(path, name=name)
    except CannotImport as error:
        raise Refused.because(str(error), field="file", code="unreadable") from error


def choose(import_: Import, plain: Mapping[str, Any], *, by: By, remember: bool = False) -> Import:
    """Keep how the file is to be read; what was previewed before is not true any longer.

    `plain` has the shape of a mapping file. `remember` keeps it for the next file with this header, and so
    refuses one that cannot be used.
    """
    if len(_storable(plain, "mapping")) > MOST_IN_MAPPING:
        sentence = "The mapping is larger than a mapping can be."
        raise Refused.because(sentence, field="mapping", code="too-large")
    if remember:
        check_mapping(plain)
    with _open(import_, by=by) as row:
        row.mapping = dict(plain)
        _look_again(row)
        if remember:
            _remember(row, by=by)
    return row


def answer(import_: Import, answers: Mapping[str, str], *, by: By) -> Import:
    """Add answers to those given before; an empty one takes the earlier one back."""
    with _open(import_, by=by) as row:
        kept = {**row.answers, **answers}
        row.answers = {key: given for key, given in kept.items() if given}
        if len(_storable(row.answers, "answers")) > MOST_IN_ANSWERS:
            raise Refused.because("These are more answers than a file has rows.", code="too-large")
        _look_again(row)
    return row


def ask(import_: Import, wanted: Wanted, *, by: By, data_version: str = "") -> Import:
    """Let a worker do the next thing. To write, `data_version` names the preview the person saw.

    Raises `Refused`, with the code `changed` when another preview was made since.
    """
    with _locked(import_, by=by) as row:
        if row.wanted == wanted.value and wanted is not Wanted.APPLY:
            return row  # asked for already
        _require_rest(row)
        if wanted is Wanted.PREVIEW:
            _require_step(row, *OPEN)
            check_mapping(row.mapping)
            _require_table(row)
        elif wanted is Wanted.APPLY:
            _check_preview(row, data_version)
        else:
            _require_step(row, Step.APPLIED)
        row.wanted = wanted.value
        row.asked_by, row.asked_at = by.user, by.at
        row.attempts, row.lease_until, row.lease_token = 0, None, None
        row.progress = row.last_error = ""
        row.save()
        ring_soon()
    return row


def drop(import_: Import, *, by: By) -> Import:
    """Give an import up that was not written; its rows are forgotten at once."""
    with _open(import_, by=by) as row:
        row.step = Step.DROPPED.value
        row.packed = row.details = None
        row.answers = {}
        _record(row, "import.dropped", by=by)
    return row


def workbook_of(import_: Import) -> Workbook:
    """Return what was read from the file; raise `Refused` where it is forgotten already."""
    if import_.packed is None:
        raise _forgotten()
    return unpack(bytes(import_.packed))


def _require_table(row: Import) -> None:
    if Import.objects.filter(pk=row.pk, packed__isnull=True).exists():
        raise _forgotten()


def _forgotten() -> Refused:
    return Refused.because(
        "What this file said is not kept any longer. Bring the file again.", code="forgotten"
    )


def details_of(import_: Import, reader: User | None) -> list[dict[str, Any]]:
    """Return what there is to say about rows and cells, but of no pilot that is hidden from the reader."""
    details = unpack_details(import_.details)
    if reader is None or not names_pilots(details):
        return details
    return details_for(details, hidden_from(reader))


def summary_of(import_: Import, reader: User | None) -> dict[str, Any]:
    """Return the counts of an import as this reader may be told them; a query where it was undone."""
    return (
        summary_for(import_.summary, hidden_from(reader))
        if import_.summary.get("undone")
        else import_.summary
    )


# --- What they share ---------------------------------------------------------------


def _storable(value: Mapping[str, Any], name: str) -> str:
    """Return a value as JSON; refuse what no database keeps."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        raise Refused.because("This cannot be kept as JSON.", field=name, code="invalid") from None
    refuse_unstorable({name: text.replace("\\u0000", "\0")})
    return text


@contextmanager
def _locked(import_: Import, *, by: By) -> Iterator[Import]:
    """Hold the row as it is now, and ask the permission."""
    with transaction.atomic():
        row = Import.objects.without_table().select_for_update(of=("self",)).get(pk=import_.pk)
        require_import(row.program, by.user)
        yield row


@contextmanager
def _open(import_: Import, *, by: By) -> Iterator[Import]:
    """Hold a row that is not written yet; a preview that is under way is called off. Saves it at the end."""
    with _locked(import_, by=by) as row:
        _require_step(row, *OPEN)
        if row.wanted != Wanted.PREVIEW.value:
            _require_rest(row)
        yield row
        row.wanted, row.attempts, row.lease_until, row.lease_token = "", 0, None, None
        row.progress = row.last_error = ""
        row.save()


def _require_rest(row: Import) -> None:
    if row.wanted:
        doing = {
            Wanted.PREVIEW: "It is being looked through",
            Wanted.APPLY: "It is being written",
            Wanted.UNDO: "It is being undone",
        }[Wanted(row.wanted)]
        raise Refused.because(f"{doing} just now. Wait for the end.", code="busy")


def _require_step(row: Import, *steps: Step) -> None:
    if row.at_step not in steps:
        raise Refused.because(f"This import is {_STANDS[row.at_step]}.", code="step")


_STANDS = {
    Step.CHOOSING: "not previewed yet: look at what it would do first",
    Step.PREVIEWED: "not written yet",
    Step.APPLIED: "written already",
    Step.UNDONE: "undone already",
    Step.DROPPED: "given up. Bring the file again",
}


def _look_again(row: Import) -> None:
    row.step, row.data_version = Step.CHOOSING.value, ""


def check_mapping(plain: Mapping[str, Any]) -> None:
    """Raise `Refused` for what no file can be read by, before anything of it is kept."""
    try:
        from_plain("of this file", plain)
    except BadMapping as error:
        raise Refused.because(str(error), field="mapping", code="mapping") from error


def _check_preview(row: Import, data_version: str) -> None:
    _require_step(row, Step.PREVIEWED)
    if not data_version or data_version != row.data_version:
        raise Refused.because(CHANGED, field="data_version", code="changed")
    refused, unanswered = row.summary.get("refused", 0), row.summary.get("open_questions", 0)
    if refused:
        rows = "1 row is" if refused == 1 else f"{refused:,} rows are"
        raise Refused.because(
            f"{rows} refused, so nothing can be written. Correct the file, or choose otherwise.",
            code="refused-rows",
        )
    if unanswered:
        questions = "1 question is" if unanswered == 1 else f"{unanswered:,} questions are"
        raise Refused.because(f"{questions} open. Answer first.", code="open-questions")


def _remember(row: Import, *, by: By) -> None:
    """Keep the mapping for the next file with this header, in place of the one kept before."""
    header = header_mark(workbook_of(row), row.mapping)
    saved, is_new = SavedMapping.objects.update_or_create(
        program=row.program,
        header=header,
        defaults={
            "title": str(row.mapping["title"])[:200],
            "mapping": row.mapping,
            "saved_by": by.user,
            "saved_at": by.at,
        },
    )
    _record(row, "mapping.saved", by=by, subject=saved.title, after={"is_new": is_new})


def _record(
    row: Import, verb: str, *, by: By, subject: str = "", after: Mapping[str, Any] | None = None
) -> None:
    about = subject or row.file_name
    told = event(verb, by=by, program=row.program, subject=about, after=after, batch=row.batch)
    Event.objects.bulk_create([told])
