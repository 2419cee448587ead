"""What `make run` needs of the machine: a free port and a data folder of its own."""

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from portfolio import environment


def claim_port(host: str, port: int) -> None:
    """Refuse a port that someone else listens on, or that this user may not open."""
    try:
        (family, kind, _, _, place), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError:
        environment.refuse(f"HOST is {host!r}, which is no address here. Leave it out for 127.0.0.1.")
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except PermissionError:
            environment.refuse(
                f"Port {port} may not be opened by this user. Choose one above 1023: make run PORT=8001"
            )
        except OSError as error:
            is_taken = error.errno == errno.EADDRINUSE
            what = "is already in use" if is_taken else f"cannot be opened on {host}: {error.strerror}"
            another = port + 1 if port < 65535 else 8000
            environment.refuse(f"Port {port} {what}. Choose another: make run PORT={another}")


def claim_folder(folder: Path) -> IO[str]:
    """Keep every other `make run` off a data folder until the returned file is closed."""
    try:
        claim = (folder / "run.lock").open("a+", encoding="utf-8")
    except OSError as error:
        environment.refuse(f"DATA_DIR is {folder}, where Headway may not write: {error.strerror}.")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        claim.seek(0)
        owner = claim.read().strip() or "another process"
        claim.close()
        environment.refuse(
            f"Headway already runs on {folder} ({owner}). "
            "Stop it, or give this one a folder and a port of its own: make run DATA_DIR=var2 PORT=8001"
        )
    claim.truncate(0)
    claim.write(f"process {os.getpid()}")
    claim.flush()
    return claim
