"""The one foreground process of `make run`: starts web, worker and beat, and answers for them.

A child that ends is started again; one that keeps ending stops everything, because a site whose
jobs are dead would show old figures as if they were new.
"""

import contextlib
import http.client
import os
import signal
import sys
import time
from types import FrameType

from portfolio.run.child import Child

TICK = 0.2  # seconds
GIVE_UP_AFTER = 4  # quick ends in a row
PATIENCE = 25.0  # seconds for children to finish what they do
LOOK_AT_LOGS_EVERY = 60.0  # seconds


def say(sentence: str) -> None:
    """Write to the terminal, which may be closed by now."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()


class Supervisor:
    def __init__(
        self, children: list[Child], *, probe: tuple[str, int], welcome: str, parent: int | None
    ) -> None:
        """Take `probe`, where the site answers, and `parent`, the process to stop with, if any."""
        self.children = children
        self.probe = probe
        self.welcome = welcome
        self.parent = parent
        self.signals = 0
        self._is_welcomed = False
        self._logs_due = 0.0

    def run(self) -> int:
        """Supervise until told to stop. Returns the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup, to outlive its terminal
            signal.signal(number, self._note)
        try:
            while not self._is_told_to_stop():
                for child in self.children:
                    if self._tend(child) == "lost":
                        return 1
                self._look_after_logs()
                self._welcome_once()
                time.sleep(TICK)
            say("\nStopping …")
            return 0
        finally:
            self._end_all()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.signals += 1

    def _is_told_to_stop(self) -> bool:
        return self.signals > 0 or (self.parent is not None and os.getppid() != self.parent)

    def _tend(self, child: Child) -> str:
        child.start_when_due()
        ending = child.reap()
        if ending and child.quick_ends >= GIVE_UP_AFTER:
            say(f"The {child.name} ended {child.quick_ends} times right after its start, so Headway stops.")
            say(f"Its log says why: {child.log}")
            return "lost"
        if ending:
            say(f"The {child.name} ended ({ending}) and is started again. Its log: {child.log}")
        return ""

    def _welcome_once(self) -> None:
        if not self._is_welcomed and self._web_answers():
            self._is_welcomed = True
            say(self.welcome)

    def _web_answers(self) -> bool:
        connection = http.client.HTTPConnection(*self.probe, timeout=1)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _look_after_logs(self) -> None:
        if time.monotonic() >= self._logs_due:
            self._logs_due = time.monotonic() + LOOK_AT_LOGS_EVERY
            for child in self.children:
                child.rotate_log()

    def _end_all(self) -> None:
        for child in self.children:
            child.end()
        deadline = time.monotonic() + PATIENCE
        while any(child.is_running() for child in self.children):
            if time.monotonic() > deadline or self.signals > 1:  # a second Ctrl-C means now
                break
            time.sleep(TICK / 4)
        for child in self.children:
            child.kill()
        say("Headway has stopped.")
