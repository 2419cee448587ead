"""Starts one command so that it ends when the supervisor ends, however that ends.

Usage: leash.py SUPERVISOR_PID COMMAND [ARGUMENT …]

A supervisor killed with SIGKILL cannot stop its children any more, so each child hears of it
by itself: on Linux the kernel sends SIGTERM (and this process becomes the command), elsewhere
this process stays and watches.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOOK_EVERY = 0.5  # seconds


def ask_kernel() -> bool:
    """Ask for SIGTERM when the parent dies; the request outlives exec. False where nobody offers that."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) == 0)


def watch(supervisor: int, command: list[str]) -> int:
    child = subprocess.Popen(command)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    while (code := child.poll()) is None:
        if os.getppid() != supervisor:
            child.terminate()
            return child.wait()
        time.sleep(LOOK_EVERY)
    return code


def main(supervisor: int, command: list[str]) -> None:
    if not ask_kernel():
        sys.exit(watch(supervisor, command))
    if os.getppid() == supervisor:  # it may have died before the kernel was asked
        os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
