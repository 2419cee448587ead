"""The web as a team runs it, killed while people write, and what they were told meanwhile (promise D11)."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from io import BytesIO
from pathlib import Path

from tests.portfolio.conftest import PATIENCE, ROOT, free_port, wait_for

WEB = ["-m", "gunicorn", "-c", "python:portfolio.gunicorn"]
WORKERS, WRITERS = 2, 4
# The control: says yes before anything is written, and writes when the next one asks.
HASTY = "tests.faults.serving:hasty()"


def hasty():
    """Return a web that says yes to a write when it carries out the one before, as a guard-less queue would.

    Whichever of its processes has answered a write owes one until it ends: no kill comes too late.
    """
    from portfolio.wsgi import application

    owed, lock = deque(), threading.Lock()

    def answer(environ, start_response):
        if environ["REQUEST_METHOD"] != "POST":
            return application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with lock:
            owed.append(environ | {"wsgi.input": BytesIO(body)})
            due = owed.popleft() if len(owed) > 1 else None
        if due:
            application(due, lambda *_, **__: None).close()
        start_response("201 Created", [("Content-Type", "application/json")])
        return [b"{}"]

    return answer


class Web:
    """Gunicorn on a port of its own, with several workers, that can be killed and started again."""

    def __init__(self, place, application="portfolio.wsgi") -> None:
        self._environment = place.environment | {
            "PORT": str(free_port()),
            "WEB_CONCURRENCY": str(WORKERS),
        }
        self._log = place.folder / "web.log"
        self._application = application
        self.port = int(self._environment["PORT"])
        self._killed: set[str] = set()
        self.start()

    def start(self) -> None:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, *WEB, self._application],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._is_up, "the web to answer")

    def kill(self) -> None:
        """Kill everything of it at once, as a machine that loses its power would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_a_worker(self, dice: random.Random) -> None:
        """Kill one worker, when all are there; gunicorn starts another."""
        wait_for(lambda: len(self._workers()) == WORKERS, "all workers to be there")
        victim = dice.choice(self._workers())
        self._killed.add(victim)
        os.kill(int(victim), signal.SIGKILL)

    def _workers(self) -> list[str]:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [child for child in children if child not in self._killed]

    def _is_up(self) -> bool:
        try:
            return ask(self.port, "GET", "/healthz") == 200
        except OSError:
            return False


def ask(port, method, path, body=None, headers=None):
    """Return the status of one answer; raise OSError when none came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body and json.dumps(body), headers or {})
        answer = connection.getresponse()
        answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError from error
    else:
        return answer.status
    finally:
        connection.close()


class Writers:
    """People who check in one after the other, each line numbered; `told` holds what was answered 2xx."""

    def __init__(self, port: int, secret: str, keys: list[str]) -> None:
        self.told: list[str] = []
        self.refused: list[int] = []
        self._port = port
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self._keys = keys
        self._stop = threading.Event()
        self._answered = threading.Condition()
        self._threads = [threading.Thread(target=self._write, args=(name,)) for name in range(WRITERS)]

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int) -> None:
        """Wait until so many more writes were answered 2xx."""
        enough = len(self.told) + count
        with self._answered:
            came = self._answered.wait_for(lambda: len(self.told) >= enough, timeout=PATIENCE)
        assert came, f"{len(self.told)} of {enough} writes were told; refused: {self.refused}"

    def _write(self, name: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            text = f"line {number} of writer {name}"
            path = f"/api/v1/pilots/{self._keys[number % len(self._keys)]}/check-in/"
            try:
                status = ask(self._port, "POST", path, {"text": text}, self._headers)
            except OSError:
                time.sleep(0.05)  # it is being killed, or started; what became of this line nobody was told
                continue
            with self._answered:
                (self.told if status < 300 else self.refused).append(text if status < 300 else status)
                self._answered.notify_all()
