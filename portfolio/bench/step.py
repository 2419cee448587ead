"""One step of the benchmark, in a process of its own.

`python -m portfolio.bench.step fill|first-pages|ROW …`
"""

import json
import logging
import os
import sys
from dataclasses import asdict

import django
from django.db import connection


def take(step: str, given: str) -> str:
    """Fill the database, or measure one row; return the result as JSON. `given` is a `Ground` as JSON."""
    from portfolio.bench.portfolio import fill  # noqa: PLC0415 -- models, once Django is set up
    from portfolio.bench.rows import ROWS, Ground, summed  # noqa: PLC0415

    ground = Ground(**json.loads(given))
    if step == "fill":
        fill(ground.pilots, seed=ground.seed)
        return json.dumps(asdict(ground))
    if step == "first-pages":
        from portfolio.bench.growth import first_pages  # noqa: PLC0415 -- the same

        seconds = first_pages(ground).seconds
        return json.dumps({what: summed(took)["median"] for what, took in seconds.items()})
    measured = ROWS[int(step)].measure(ground)
    return json.dumps({"engine": connection.vendor, "load_average": os.getloadavg()[0], **measured})


if __name__ == "__main__":
    django.setup()
    logging.disable(logging.INFO)  # a line for each request would hide the report
    sys.stdout.write(take(sys.argv[1], sys.argv[2]))
