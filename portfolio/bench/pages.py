"""Row 3: the list of pilots and the page of a pilot, in turns with a plain Django page of the same rows."""

from django.test import override_settings

from portfolio.bench.asking import ask, asking, reader, told_pilot
from portfolio.bench.plain import MIDDLEWARE
from portfolio.bench.rows import Found, Ground, ratio

TIMES = 8  # requests of each kind in a round


def measure(ground: Ground) -> Found:
    """Ask for each page in turn; the first request of each warms what is read and is not counted."""
    found, user, pilot = Found(), reader(), told_pilot()
    ours, plain = asking(user), asking(user)
    addresses = {"list of pilots": "/pilots/", "page of a pilot": f"/pilots/{pilot.key}/"}
    plains = {"plain list": "/plain/", "plain page": f"/plain/{pilot.pk}/"}
    for round_number in range(1 + ground.rounds * TIMES):
        noted = found if round_number else Found()
        for what, address in addresses.items():
            ask(noted, ours, what, address)
        with override_settings(ROOT_URLCONF="portfolio.bench.plain", MIDDLEWARE=MIDDLEWARE):
            for what, address in plains.items():
                ask(noted, plain, what, address)
    found.figures = {"ratio_of_page": ratio(found.seconds, "page of a pilot", "plain page")}
    return found
