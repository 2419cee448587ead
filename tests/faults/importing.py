"""What the fault tests of imports do in processes of their own: bring files, write them, be killed meanwhile.

What a kill left is counted: pilots, register entries, what the import remembers of them, and its step.
"""

import os
import random
import signal
import time
from datetime import timedelta

from tests.faults.worker import MONDAY, _has_ended, fork

HEADER = ("ID", "Name", "Problem", "Stage")
MAPPING = {
    "title": "Our list",
    "register": "our list",
    "recognised_by": ["ID", "Name"],
    "file": {"header": 1},
    "pilot": {"name": "Name", "problem": "Problem", "reference": "ID"},
    "stage": {"column": "Stage", "values": {"Trial": "piloting"}},
}


def importer():
    from pilots.access.models import Membership, Role, Source, User
    from pilots.actions.by import By

    Membership.objects.filter(user__email="person0@example.com").update(role=Role.MANAGER.value)
    return By(user=User.objects.get(email="person0@example.com"), at=MONDAY, source=Source.WEB)


def previewed(number: int, rows: int):
    """Keep a list of a number, have it looked through and ask for it to be written."""
    from pilots.access.models import Program
    from portfolio.exchange import runs
    from portfolio.exchange.models import Import, Wanted
    from portfolio.exchange.work import work_off
    from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook, pack

    by = importer()
    told = [(f"{number}-{row}", f"List {number} row {row}", "Slow.", "Trial") for row in range(rows)]
    lines = tuple(Row(line, cells) for line, cells in enumerate([HEADER, *told], 1))
    import_ = Import.objects.create(
        program=Program.objects.get(prefix="CLM"),
        made_by=by.user,
        made_at=by.at,
        file_name=f"list {number}.csv",
        packed=pack(Workbook(Kind.CSV, (Sheet("", lines),), digest="")),
        as_of=by.at.date(),
        mapping=MAPPING,
    )
    runs.ask(import_, Wanted.PREVIEW, by=by)
    work_off(lambda: MONDAY)
    import_ = Import.objects.get(pk=import_.pk)
    return runs.ask(import_, Wanted.APPLY, by=by, data_version=import_.data_version)


def work() -> None:
    from portfolio.exchange.work import work_off

    work_off(lambda: MONDAY)


def pass_leases() -> None:
    """Let the five minutes of a dead worker's lease pass at once."""
    from portfolio.exchange.models import Import

    Import.objects.exclude(wanted="").update(lease_until=MONDAY - timedelta(seconds=1))


def killed_while_writing(
    kills: int, seed: int, rows: int, deed=work, most_halves: int | None = None
) -> tuple[int, int, int]:
    """Kill a worker in each of so many imports at a random moment; then let another one finish it.

    Return how many were killed, how many left a half behind, and how many never ended. With `most_halves`
    it ends when so many halves were seen.
    """
    dice, killed, halves, stuck, number = random.Random(seed), 0, 0, 0, 0
    lasts = _duration(rows, deed)
    while killed < kills and number < 3 * kills and halves != most_halves:
        number += 1
        import_ = previewed(number, rows)
        child = fork(deed)
        time.sleep(dice.uniform(0.1, 1.0) * lasts)
        if not _has_ended(child):
            os.kill(child, signal.SIGKILL)
        _, ended = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(ended)
        halves += _is_half(import_, rows)
        pass_leases()
        work()
        stuck += not _is_whole(import_, rows)
    return killed, halves, stuck


def _duration(rows: int, deed) -> float:
    previewed(0, rows)
    started = time.monotonic()
    os.waitpid(fork(deed), 0)
    pass_leases()
    work()
    return time.monotonic() - started


def _counted(import_) -> tuple[int, int, int, str]:
    from pilots.models import Pilot, RegisterEntry
    from portfolio.exchange.models import Import, ImportedPilot

    number = import_.file_name.removeprefix("list ").removesuffix(".csv")
    return (
        Pilot.objects.filter(name__startswith=f"List {number} row ").count(),
        RegisterEntry.objects.filter(reference__startswith=f"{number}-").count(),
        ImportedPilot.objects.filter(of_import=import_).count(),
        Import.objects.get(pk=import_.pk).step,
    )


def _is_half(import_, rows: int) -> bool:
    return _counted(import_) not in {(0, 0, 0, "previewed"), (rows, rows, rows, "applied")}


def _is_whole(import_, rows: int) -> bool:
    from portfolio.exchange.models import Import

    waits = Import.objects.get(pk=import_.pk).wanted
    return not waits and _counted(import_) == (rows, rows, rows, "applied")


def without_transaction() -> None:
    """The control: write the same without the transaction that holds the actions together."""
    from contextlib import nullcontext

    from django.db import models

    from portfolio.exchange import importing
    from portfolio.exchange import work as working

    class Loose:
        atomic = staticmethod(nullcontext)

    keep = working.keep_written

    def slowly(*given):
        time.sleep(1)
        keep(*given)

    working.transaction = Loose
    working.keep_written = slowly
    importing.one_import_at_a_time = nullcontext
    models.QuerySet.select_for_update = lambda self, **_: self
    work()
