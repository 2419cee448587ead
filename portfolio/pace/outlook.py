"""How many of the open pilots arrive in the next quarter, for whatever filters are on."""

from dataclasses import dataclass

from portfolio.dashboards.address import Address
from portfolio.flow.lives import End
from portfolio.pace.quarters import Quarter
from portfolio.pace.reading import Reading
from portfolio.pace.say import Said, say
from portfolio.pace.scopes import SITE, days_to, of_program, seed_of, too_little

UNSEEDED = frozenset({"as_of", "known_at", "entry"})  # a day looked at again gives what it gave then


@dataclass(frozen=True)
class Outlook:
    """The forecast of the quarter after the day looked at. Either `interval` or `refused` is there.

    `lives` is how many pilots it rests on, `arrived` how many of them arrived, `open` how many can still.
    `undated` are open or ended pilots with a day that is not known; they are in no part of it. Of `lost` ones
    nobody has spoken since a register named them: they tell how long the way is, and are not waited for.
    """

    quarter: Quarter
    lives: int
    arrived: int
    open: int
    undated: int
    seed: int
    interval: Said | None = None
    refused: str = ""
    lost: int = 0


def outlook(reading: Reading) -> Outlook:
    quarter = Quarter.of(reading.day).next
    seed = seed_of(scope_of(reading), quarter)
    if reading.goal is None:
        refused = "These pilots are counted from production on, so none of them can still come into it."
        return Outlook(quarter, 0, 0, 0, 0, seed, refused=refused)
    lives = reading.lives
    ages = lives.open_ages
    arrived = lives.ended(End.ARRIVED)
    undated = lives.unknown + reading.funnel.undated
    lost = sum(lives.lost.values())
    refused = too_little(lives.total, arrived, len(ages), lost)
    said = None
    if not refused:
        first, last = days_to(reading.day, quarter)
        said = say(lives.counts, ages, first, last, seed=seed)
    return Outlook(quarter, lives.total, arrived, len(ages), undated, seed, said, refused, lost)


def scope_of(reading: Reading) -> str:
    """Return the filters that are on, as text: what the seed is made of.

    Where all the pilots are of one program, it is asked for by name or not: one forecast, drawn once.
    """
    asked = Address.of(reading.filters.form.cleaned_data).asked
    named = [f"{name}={text}" for name, text in sorted(asked.items()) if name not in UNSEEDED]
    return "&".join(named) or _whole(reading)


def _whole(reading: Reading) -> str:
    slugs = list(reading.inside.order_by().values_list("program__slug", flat=True).distinct()[:2])
    return of_program(slugs[0]) if len(slugs) == 1 else SITE
