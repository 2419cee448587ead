"""Has a file read by a child process, and ends the child when it takes too long or says too much."""

import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

from portfolio.exchange.reading import child, limits
from portfolio.exchange.reading.unreadable import BROKEN, Unreadable
from portfolio.exchange.workbook import Workbook, unpack

logger = logging.getLogger(__name__)

CHUNK = 1024 * 1024
# Each child may use much memory, so few of them run for one process of ours; others wait.
AT_ONCE = threading.BoundedSemaphore(limits.MOST_AT_ONCE)
BUSY = "Too many files are being read just now. Try again in a minute."
_OTHERWISE = "Split it, or save the sheet as CSV and import that."
TOO_MUCH = f"Reading the file takes more memory than it may. {_OTHERWISE}"
TOO_LONG = f"Reading the file takes longer than it may. {_OTHERWISE}"


def read_workbook(path: Path, *, encoding: str = "", name: str = "") -> Workbook:
    """Read a file that somebody gave; `name` is what people call it, `encoding` the one a mapping names.

    Raises `Unreadable`.
    """
    return unpack(read_packed(path, encoding=encoding, name=name))


def read_packed(path: Path, *, encoding: str = "", name: str = "") -> bytes:
    """Read a file as `read_workbook` does, and return it packed, as it can be stored."""
    called = name or str(path)
    if not path.exists():
        raise Unreadable(f"There is no file {called}.")
    if not path.is_file():
        raise Unreadable(f"{called} is no file.")
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("The file is empty.")
    if size > limits.MOST_BYTES:
        has, may = (f"{count / 1024 / 1024:,.0f}" for count in (size, limits.MOST_BYTES))
        raise Unreadable(f"The file has {has} MB; a register may have {may}. Split it, or leave out columns.")
    with path.open("rb") as stream:
        answer = ask([sys.executable, "-I", child.__file__, encoding], stream)
    if answer.startswith(child.SENTENCE):
        raise Unreadable(answer[1:].decode())
    if answer == child.MEMORY:
        raise Unreadable(TOO_MUCH)
    return answer[1:]


def ask(command: Sequence[str], stream: BinaryIO, *, seconds: float = limits.MOST_SECONDS) -> bytes:
    """Run a child with the file as its standard input and return all it says. Raises `Unreadable`.

    The child gets neither our environment nor our open files: what it reads may be made to break it.
    """
    if not AT_ONCE.acquire(timeout=seconds):
        raise Unreadable(BUSY)
    try:
        return _ask(command, stream, seconds)
    finally:
        AT_ONCE.release()


def _ask(command: Sequence[str], stream: BinaryIO, seconds: float) -> bytes:
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(  # noqa: S603 -- our own interpreter; the file is its input, not its command
            command, stdin=stream, stdout=subprocess.PIPE, stderr=log, env=environment, cwd="/"
        ) as process,
    ):
        try:
            deadline = time.monotonic() + seconds
            answer = _listen(process, deadline)
            process.wait(timeout=max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Unreadable(TOO_LONG) from None
        finally:
            process.kill()
        if process.returncode == 0 and answer:
            return answer
        raise Unreadable(_why(process.returncode, log))


def _listen(process: "subprocess.Popen[bytes]", deadline: float) -> bytes:
    """Return what the child writes until it ends."""
    pipe = cast("IO[bytes]", process.stdout)
    answer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(pipe.fileno(), CHUNK)
            answer += chunk
            if len(answer) > limits.MOST_IN_ANSWER:
                raise Unreadable(TOO_MUCH)
            if not chunk:
                return bytes(answer)
    raise Unreadable(TOO_LONG)


def _why(code: int, log: IO[bytes]) -> str:
    """Return a sentence on a child that ended without an answer."""
    if code == -signal.SIGXCPU:
        return TOO_LONG
    log.seek(0)
    words = log.read(limits.MOST_IN_LOG).decode(errors="replace")
    logger.error("The child that reads files ended with %s: %s", code, words)
    # A library without memory says so and aborts; a host without memory kills.
    return TOO_MUCH if "memory allocation" in words or code == -signal.SIGKILL else BROKEN
