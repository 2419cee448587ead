"""Workers killed while they write an import: all of it is there or nothing, and none stays “running”."""

import pytest

from tests.faults.place import LONG

pytestmark = [pytest.mark.faults, pytest.mark.processes]

KILLS, ROWS = (50, 400) if LONG else (8, 60)
DO = "from tests.faults import importing; "


def test_killed_workers_leave_all_or_nothing_and_no_import_stuck(make_place):
    place = make_place(1)

    told = place.ask(f"{DO}print(*importing.killed_while_writing({KILLS}, seed=7, rows={ROWS}))")

    killed, halves, stuck = map(int, told.split()[-3:])
    assert (killed, halves, stuck) == (KILLS, 0, 0)


def test_without_the_transaction_kills_leave_halves(make_place):
    """The control: the same harness tells."""
    place = make_place(1)

    loose = "deed=importing.without_transaction"
    told = place.ask(f"{DO}print(*importing.killed_while_writing(1, seed=None, rows={ROWS}, {loose}))")

    assert int(told.split()[-2]) == 1


def test_import_that_always_kills_its_worker_goes_back_to_the_person(make_place):
    place = make_place(1)

    told = place.ask(
        f"{DO}import os, signal\n"
        "from portfolio.exchange import work\n"
        "from portfolio.exchange.models import Import\n"
        "import_ = importing.previewed(1, 3)\n"
        "def die():\n"
        "    work.keep_written = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    importing.work()\n"
        "for _ in range(4):\n"
        "    os.waitpid(fork(die), 0)\n"
        "    importing.pass_leases()\n"
        "print(*Import.objects.values_list('step', 'wanted', 'last_error').get(), sep='|')\n"
    )

    step, wanted, error = told.split("|")
    assert (step, wanted) == ("previewed", "")
    assert error.startswith("The worker ended three times while it had this in hand. Nothing was written.")
