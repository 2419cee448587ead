"""Row 4: how first pages grow with the portfolio, and what a page far behind costs beside the first.

A second database with a tenth of the pilots is made for the comparison. An exponent of 1 means ten times as
many pilots take ten times as long, 0 that they take no longer.
"""

import json
import math
from dataclasses import asdict, replace

from django.test import Client
from django.utils.http import urlencode

from portfolio.bench.asking import ask, asking, reader
from portfolio.bench.rows import Found, Ground, ratio, summed
from portfolio.bench.scratch import run, scratch

TIMES = 8
TENTH = 10
FIRST = {"list of pilots": "/pilots/", "list of the API": "/api/v1/pilots/?limit=50"}
BEHIND = 0.9  # of the way through the list


def measure(ground: Ground) -> Found:
    """Measure this portfolio, then one of a tenth in a database of its own."""
    found = first_pages(ground)
    small = replace(ground, pilots=max(1, ground.pilots // TENTH))
    given = json.dumps(asdict(small))
    with scratch() as environment:
        run(environment, "manage.py", "migrate", "-v0", "--skip-checks")
        run(environment, "-m", "portfolio.bench.step", "fill", given)
        before = json.loads(run(environment, "-m", "portfolio.bench.step", "first-pages", given))
    exponents = {
        what: round(math.log(summed(found.seconds[what])["median"] / before[what], TENTH), 3)
        for what in FIRST
    }
    found.figures = {
        "median_of_a_tenth": before,
        "exponent": exponents,
        "far_behind": ratio(found.seconds, "a page far behind", "list of the API"),
    }
    found.ratio = max(exponents.values())
    return found


def first_pages(ground: Ground) -> Found:
    """Ask for the first page of each list, and for one of the API's that lies far behind."""
    found, client = Found(), asking(reader())
    behind = _far_behind(client, ground.pilots)
    for round_number in range(1 + ground.rounds * TIMES):
        noted = found if round_number else Found()
        for what, address in FIRST.items():
            ask(noted, client, what, address)
        ask(noted, client, "a page far behind", behind)
    return found


def _far_behind(client: Client, pilots: int) -> str:
    """Walk through the list by its own cursors; return the address of a page near its end."""
    address = f"/api/v1/pilots/?{urlencode({'limit': 100})}"
    for _ in range(int(pilots * BEHIND) // 100):
        following = client.get(address).json()["next"]
        if following is None:
            break
        address = following
    return address.replace("limit=100", "limit=50")
