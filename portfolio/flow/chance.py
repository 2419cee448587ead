"""The chance of one open life to arrive within so many days, given how old it is. Plain functions."""

from portfolio.flow.incidence import Incidence
from portfolio.flow.lives import FEWEST


def chance(incidence: Incidence, age: int, within: int) -> float | None:
    """Return the share of lives still open at this age that arrive within so many days more, 0 to 1.

    (F(age + within) − F(age)) / (1 − F(age) − S(age)), F and S the shares arrived and stopped. None where
    history cannot tell, which is not 0: `untold` says why.
    """
    return window(incidence, age, 1, within)


def window(incidence: Incidence, age: int, first: int, last: int) -> float | None:
    """Return the chance to arrive from the `first` to the `last` day from now, both included; as `chance`."""
    if untold(incidence, age, last):
        return None
    now = incidence.at(age)
    still = 1 - now.arrived - now.stopped
    grown = incidence.at(age + last).arrived - incidence.at(age + first - 1).arrived
    return min(max(grown / still, 0.0), 1.0)


def untold(incidence: Incidence, age: int, within: int) -> str:
    """Return in a sentence why history tells no chance of this life; "" where it does."""
    older = incidence.at_risk_on(age + 1)
    if not older:
        return f"Nobody was watched for longer than {age:,} days."
    if older < FEWEST:
        return f"Only {older} were watched for longer than {age:,} days; a chance is told from {FEWEST} on."
    if incidence.longest < age + within:
        return f"Nobody was watched for {age + within:,} days."
    last = incidence.last_arrival
    if last is None:
        return "Nobody has arrived yet."
    if last <= age:
        return f"Nobody has arrived after day {last:,} yet."
    return ""
