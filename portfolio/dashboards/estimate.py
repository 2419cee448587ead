"""The share that arrives within 18 months, told so that those still open count for what is known of them."""

from dataclasses import dataclass

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import PilotQuerySet
from pilots.models.cohort import Cohort
from pilots.web.spoken import months, number_word
from portfolio.dashboards.lives import read_lives
from portfolio.dashboards.words import percent
from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import FEWEST

HORIZON = 18  # months: the long end of the published range
DAYS = 548  # in 18 months


@dataclass(frozen=True)
class Told:
    """`share` of `n` pilots arrived within `days`; `low` and `high` end its 95 % interval. All 0 to 1."""

    share: float
    low: float
    high: float
    days: int
    n: int


@dataclass(frozen=True)
class Estimate:
    """`value` is “–” where there are too few; the caveat then says so, and `told` is None."""

    name: str
    value: str
    of: str
    caveat: str
    told: Told | None = None


def estimate(pilots: PilotQuerySet, cohort: Cohort, goal: Stage | None) -> Estimate:
    """Estimate it by Aalen–Johansen, or up to the last day with ten at risk; one query today.

    `pilots` start from `visible_to(user).countable(user)`.
    """
    within = f"Estimated within {months(HORIZON)}"
    if goal is None or MAIN_PATH.index(goal) <= MAIN_PATH.index(cohort.entry):
        return Estimate(within, percent(None), "", "These have arrived already.")
    lives = read_lives(pilots, cohort, goal)
    if lives.total < FEWEST:
        few = number_word(lives.total) if lives.total else "none"
        return Estimate(
            within,
            percent(None),
            f"n {lives.total}",
            f"{few[0].upper()}{few[1:]} with both days known: too few for an estimate. "
            f"Headway gives one from {number_word(FEWEST)} on.",
        )
    incidence = cumulative_incidence(lives.counts)
    day = min(DAYS, incidence.last_day)
    if day == 0:
        return Estimate(
            within,
            percent(None),
            f"n {lives.total:,}",
            f"Fewer than {number_word(FEWEST)} have been watched for a day: too few for an estimate.",
        )
    point = incidence.at(day)
    name = within if day == DAYS else f"Estimated within {day:,} days"
    low, high = round(point.arrived_low * 100), round(point.arrived_high * 100)
    caveat = f"Uses how long each of {lives.total:,} has been open; with its 95\N{NO-BREAK SPACE}% interval."
    if day < DAYS:
        caveat += f" Later, fewer than {number_word(FEWEST)} were still watched."
    told = Told(point.arrived, point.arrived_low, point.arrived_high, day, lives.total)
    return Estimate(name, f"{point.arrived * 100:.0f}\N{NO-BREAK SPACE}%", f"{low} to {high}", caveat, told)
