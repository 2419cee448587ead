"""`python -m portfolio.run`: what `make run` starts once everything is installed."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from django.core.exceptions import ImproperlyConfigured

from portfolio import environment
from portfolio.run import place
from portfolio.run.child import Child, leashed
from portfolio.run.supervisor import Supervisor


def children(logs: Path) -> list[Child]:
    gunicorn = ("-m", "gunicorn", "--config", "python:portfolio.gunicorn", "portfolio.wsgi")
    celery = ("-m", "celery", "--quiet", "--app", "portfolio.celery", "--skip-checks")
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")  # no other worker to talk to
    return [
        Child("web server", logs / "web.log", *gunicorn),
        # Rings from before this start are late by now: --purge drops them.
        Child("worker", logs / "worker.log", *celery, "worker", "--purge", *alone),
        Child("beat", logs / "beat.log", *celery, "beat", "--pidfile="),
    ]


def prepare() -> str:
    """Run `manage.py prepare`. Returns its words for the terminal; when it refuses, so does this process."""
    with subprocess.Popen(
        leashed("manage.py", "prepare"),
        cwd=environment.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:

        def stop(_number: int, _frame: FrameType | None) -> None:
            process.terminate()  # what it has not committed is as if it never was
            raise SystemExit(0)

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        words, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(2)
    return words.strip()


def open_standard_files() -> None:
    """Give stdin, stdout and stderr somewhere to go when whoever started us closed them."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m portfolio.run", description=__doc__)
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when the caller is gone")
    parent = os.getppid() if parser.parse_args().stop_with_parent else None
    open_standard_files()
    try:
        environment.read_file()
        host = environment.text("HOST", default="127.0.0.1")
        port = environment.number("PORT", default=8000, least=1, most=65535)
        address = environment.address("SITE_URL", default=f"http://127.0.0.1:{port}")
        folder = environment.folder("DATA_DIR", default=environment.BASE_DIR / "var")
        claim = place.claim_folder(folder)
        place.claim_port(host, port)
    except ImproperlyConfigured as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    os.environ.update(HOST=host, PORT=str(port), DATA_DIR=str(folder))
    with claim:
        lines = [f"\nHeadway is running: {address}", prepare(), f"Logs: {logs}. Ctrl-C stops everything."]
        probe = ("127.0.0.1" if host in {"0.0.0.0", "::"} else host, port)  # noqa: S104 -- compared, not opened
        welcome = "\n\n".join(line for line in lines if line)
        return Supervisor(children(logs), probe=probe, welcome=welcome, parent=parent).run()


if __name__ == "__main__":
    sys.exit(main())
