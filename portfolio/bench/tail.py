"""Row 10: how far slow requests lie from the middle one, on every page that people open daily."""

from portfolio.bench.asking import ask, asking, reader, told_pilot
from portfolio.bench.rows import Found, Ground, summed

TIMES = 8


def measure(ground: Ground) -> Found:
    """Ask for the pages one after another, over and over; the ratio is that of the worst of them."""
    found, client = Found(), asking(reader())
    pages = {
        "Today": "/",
        "Pilots": "/pilots/",
        "a pilot": f"/pilots/{told_pilot().key}/",
        "Stalled": "/stalled/",
        "Funnel": "/funnel/",
        "Pace": "/pace/",
        "Value": "/value/",
    }
    for round_number in range(1 + ground.rounds * TIMES):
        for what, address in pages.items():
            ask(found if round_number else Found(), client, what, address)
    tails = {what: _tail(seconds) for what, seconds in found.seconds.items()}
    found.figures = {"p95_to_p50": tails}
    found.ratio = max(tails.values())
    return found


def _tail(seconds: list[float]) -> float:
    took = summed(seconds)
    return round(float(took["p95"]) / float(took["median"]), 2)
