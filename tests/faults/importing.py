"""What the fault tests of imports do in processes of their own: bring files, write them, be killed meanwhile.

What a kill left is counted: pilots, register entries, what the import remembers of them, and its step.
"""

import os
import random
import signal
import sys
from datetime import timedelta

from tests.faults import worker
from tests.faults.worker import MONDAY, fork, one_moment

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


def killed_while_writing(kills: int, seed: int | None, rows: int, deed=work) -> tuple[int, int, int]:
    """Kill a worker in each of so many imports; then let another one finish it.

    Each is killed while or after it says a random one of its statements to the database; without a seed
    where it stands still. Return how many were killed, how many left a half behind, how many never ended.
    """
    dice, killed, halves, stuck = random.Random(seed), 0, 0, 0
    most = _statements(rows, deed) if seed is not None else 0
    for number in range(1, kills + 1):
        import_ = previewed(number, rows)
        ended, _ = _kill_after(dice.randint(1, most) if most else sys.maxsize, deed)
        killed += os.WIFSIGNALED(ended)
        halves += _is_half(import_, rows)
        pass_leases()
        work()
        stuck += not _is_whole(import_, rows)
    return killed, halves, stuck


def _statements(rows: int, deed) -> int:
    """Return how many statements the deed takes."""
    previewed(0, rows)
    _, said = _kill_after(sys.maxsize, deed)
    return said


def _kill_after(statements: int, deed) -> tuple[int, int]:
    """Kill a worker after so many statements, or where it stands; return how it ended, and the statements."""
    ours, theirs = os.pipe()
    child = fork(_tell, deed, theirs)
    os.close(theirs)
    said = 0
    while said < statements and os.read(ours, 1):
        said += 1
    os.kill(child, signal.SIGKILL)
    _, ended = os.waitpid(child, 0)
    os.close(ours)
    return ended, said


def _tell(deed, to: int) -> None:
    """Do the deed, write a byte before each statement, and stand still at the end.

    Whoever stands closes the pipe first, so that nobody waits for more.
    """
    from django.db import connection

    stop = worker.stand_still

    def tell(execute, *given):
        os.write(to, b".")
        return execute(*given)

    def close_and_stop():
        os.close(to)
        stop()

    worker.stand_still = close_and_stop
    with connection.execute_wrapper(tell):
        deed()
    worker.stand_still()


def _counted(import_) -> tuple[int, int, int, str]:
    from pilots.models import Pilot, RegisterEntry
    from portfolio.exchange.models import Import, ImportedPilot

    number = import_.file_name.removeprefix("list ").removesuffix(".csv")
    with one_moment():
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
    """The control: write the same without the transaction that holds the actions together.

    It stands still when the pilots are written, and before the import remembers them.
    """
    from contextlib import nullcontext

    from django.db import models

    from portfolio.exchange import importing
    from portfolio.exchange import work as working

    class Loose:
        atomic = staticmethod(nullcontext)

    working.transaction = Loose
    working.keep_written = lambda *_: worker.stand_still()
    importing.one_import_at_a_time = nullcontext
    models.QuerySet.select_for_update = lambda self, **_: self
    work()
