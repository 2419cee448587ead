"""One supervised process: started in a session of its own, started again after growing pauses."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from portfolio.environment import BASE_DIR

SETTLED_AFTER = 10.0  # seconds a process must live for its end to count as a new trouble
LONGEST_PAUSE = 8.0  # seconds between two starts
LARGEST_LOG = 5_000_000  # bytes


def leashed(*arguments: str) -> list[str]:
    """Return the command that runs Python under leash.py, so that it ends with this process."""
    leash = [sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")), str(os.getpid())]
    return [*leash, sys.executable, *arguments]


class Child:
    def __init__(self, name: str, log: Path, *arguments: str) -> None:
        self.name = name
        self.log = log
        self.command = leashed(*arguments)
        self.quick_ends = 0  # in a row
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._next_start = 0.0

    def start_when_due(self) -> None:
        if self._process is not None or time.monotonic() < self._next_start:
            return
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then
            # ends everyone in order; and what a dead child leaves behind can be found and ended.
            self._process = subprocess.Popen(
                self.command,
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started_at = time.monotonic()

    def reap(self) -> str:
        """Return how the process ended, in words, once after it did; otherwise nothing."""
        if self._process is None or self._process.poll() is None:
            return ""
        code = self._process.returncode
        self.kill()
        self._process = None
        is_quick = time.monotonic() - self._started_at < SETTLED_AFTER
        self.quick_ends = self.quick_ends + 1 if is_quick else 0
        self._next_start = time.monotonic() + min(LONGEST_PAUSE, 0.5 * 2**self.quick_ends)
        return f"killed by signal {-code}" if code < 0 else f"exit status {code}"

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def end(self) -> None:
        """Ask the process to finish what it does and end."""
        if self._process is not None and self.is_running():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and everything it started, whatever they are doing."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def rotate_log(self) -> None:
        """Keep one older log. Copied, because the process goes on writing to the open file."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
            os.truncate(self.log, 0)
