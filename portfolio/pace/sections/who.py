"""Says who is behind the curves and the forecast; each number leads to exactly those pilots."""

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models.cohort import Now
from portfolio.dashboards.address import Address
from portfolio.dashboards.words import Asks
from portfolio.pace.reading import Reading
from portfolio.pace.sections.section import Aside, AsideLine

SHORT = tuple(stage.value for stage in MAIN_PATH[: MAIN_PATH.index(Stage.PRODUCTION)])


def who_is_counted(reading: Reading, *, still_open: str = "") -> Aside:
    """Return how many pilots there are by how they ended; ask only where there is a `goal`.

    `still_open`: what is to be said of those still open.
    """
    address, entry = Address.of(reading.filters.form.cleaned_data), reading.cohort.entry.value
    funnel, lives = reading.funnel, reading.lives
    stopped = funnel.denominator - funnel.arrived - funnel.still_open
    undecided = (Now.OPEN.value, Now.ON_HOLD.value)
    rows: list[tuple[str, int, Asks, str]] = [
        ("Pilots counted", funnel.denominator, {}, ""),
        (
            "Reached production",
            funnel.arrived,
            {"reached": (Stage.PRODUCTION.value,)},
            _unknown(lives.unknown_arrived),
        ),
        (
            "Stopped before",
            stopped,
            {"furthest": SHORT, "now": (Now.ENDED.value,)},
            _unknown(lives.unknown - lives.unknown_arrived),
        ),
        ("Still open", funnel.still_open, {"furthest": SHORT, "now": undecided}, still_open),
    ]
    lines = [
        AsideLine(text, f"{count:,}", address.pilots(asks, entry=entry) if count else "", small)
        for text, count, asks, small in rows
    ]
    return Aside("Who is counted", lines)


def _unknown(count: int) -> str:
    return f"{count:,} on a day nobody knows" if count else ""
