"""Row 13: dashboards in a real browser, its processor slowed four times: a mid laptop.

Needs Playwright (requirements-dev.txt) and Chromium. The site is served by gunicorn as in production, on this
database. "Drawn" is when plotly.js has put the chart on the page; a page without a chart is drawn when it has
loaded. Sizes are of our own files compressed by gzip, which Brotli undercuts.
"""

import gzip
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from portfolio.bench.asking import asking, reader
from portfolio.bench.rows import Found, Ground, summed

ROOT = Path(__file__).resolve().parents[2]
SLOWED = 4
PAGES = {"Funnel": "/funnel/", "Pace": "/pace/"}
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
DRAWN = (
    "[...document.querySelectorAll('[data-chart], [data-figure]')]"
    ".every((chart) => chart.querySelector('svg.main-svg'))"
)
WAIT = 60_000  # ms


def measure(ground: Ground) -> Found:
    """Open each page in a window with nothing kept from before; `RuntimeError` without a browser."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- for development
    except ImportError:
        raise RuntimeError("Row 13 needs Playwright: install requirements-dev.txt.") from None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise RuntimeError("Row 13 needs Chromium on the PATH.")
    found, cookie = Found(), _signed_in(asking(reader()))
    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for round_number in range(1 + ground.rounds):
            for what, path in PAGES.items():
                paint, drawn = _open(browser, f"{address}{path}", {**cookie, "url": address})
                if round_number:
                    found.seconds.setdefault(f"{what}: first paint", []).append(paint)
                    found.seconds.setdefault(f"{what}: drawn", []).append(drawn)
        browser.close()
    found.cpu = {what: [0.0] * len(seconds) for what, seconds in found.seconds.items()}
    found.figures = {"own_css_and_js_kb": _own_size(), "slowed": SLOWED}
    found.ratio = max(
        float(summed(took)["median"]) for what, took in found.seconds.items() if "paint" in what
    )
    return found


def _signed_in(client: Client) -> dict[str, str]:
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}


@contextmanager
def _served() -> Iterator[str]:
    """Serve the site from this database on a free port until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "python:portfolio.gunicorn", "portfolio.wsgi"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1", "ALLOWED_HOSTS": "127.0.0.1"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, **quiet)  # type: ignore[call-overload]  # noqa: S603 -- our own site
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 -- our own address
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The site did not start within 20 seconds.")


def _open(browser: Any, address: str, cookie: dict[str, str]) -> tuple[float, float]:
    """Return the seconds to the first paint and until the chart is there, in a window of its own."""
    window = browser.new_context(viewport={"width": 1440, "height": 900})
    window.add_cookies([cookie])
    page = window.new_page()
    window.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto(address, wait_until="load")
    page.wait_for_function(DRAWN, timeout=WAIT)
    drawn = page.evaluate("performance.now()")
    paint = page.evaluate(FIRST_PAINT)
    window.close()
    if paint is None:
        raise RuntimeError(f"{address} painted nothing.")
    return paint / 1000, drawn / 1000


def _own_size() -> float:
    """Return all our style sheets and scripts together, compressed each for itself, in kB."""
    files = [*ROOT.glob("static/css/**/*.css"), *ROOT.glob("static/js/*.js")]
    return round(sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000, 1)
