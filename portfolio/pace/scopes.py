"""Reads what a forecast rests on: the lives of a program or the site, and which pilots can still arrive."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from django.db.models import F

from pilots.lifecycle import Stage
from pilots.models import PilotQuerySet
from pilots.models.cohort import Cohort
from portfolio.dashboards.lives import inside, life_of
from portfolio.dashboards.silence import silent_days
from portfolio.flow.lives import FEWEST, End
from portfolio.pace.quarters import Quarter

SITE = "site"


@dataclass
class Scope:
    """The pilots of one program, or of the site.

    `ages`: days since the entry of each pilot that is known to be open, by id.
    """

    lives: Counter[tuple[int, End]] = field(default_factory=Counter)
    ages: dict[int, int] = field(default_factory=dict)
    programs: set[int] = field(default_factory=set)

    @property
    def total(self) -> int:
        return sum(self.lives.values())

    @property
    def arrived(self) -> int:
        return sum(count for (_, how), count in self.lives.items() if how is End.ARRIVED)

    def add(self, pilot_id: int, program_id: int, life: tuple[int, End], *, is_lost: bool) -> None:
        self.lives[life] += 1
        self.programs.add(program_id)
        if life[1] is End.OPEN and not is_lost:
            self.ages[pilot_id] = life[0]


def read_scopes(pilots: PilotQuerySet, cohort: Cohort) -> dict[int, Scope]:
    """Return the scope of each program by its id; two queries. Start from what counts."""
    scopes: dict[int, Scope] = {}
    for pilot_id, program_id, life, is_lost in _lives(pilots, cohort):
        scopes.setdefault(program_id, Scope()).add(pilot_id, program_id, life, is_lost=is_lost)
    return scopes


def together(scopes: dict[int, Scope]) -> Scope:
    """Return several programs as one scope."""
    whole = Scope()
    for program_id, scope in scopes.items():
        whole.lives.update(scope.lives)
        whole.ages.update(scope.ages)
        whole.programs.add(program_id)
    return whole


def _lives(pilots: PilotQuerySet, cohort: Cohort) -> Iterator[tuple[int, int, tuple[int, End], bool]]:
    rows = (
        inside(pilots, cohort)
        .order_by("pk")
        .values_list(
            "pk",
            "program_id",
            F("entered_first"),
            F("path_mask"),
            F("stage_then"),
            cohort.reached_on(Stage.PRODUCTION),
            cohort.reached_on(Stage.STOPPED),
        )
    )
    silent = silent_days(pilots, cohort)
    for pk, program_id, entered, mask, stage, arrived, stopped in rows.iterator():
        day = silent.get(pk, cohort.day)
        life = life_of(entered, arrived, stopped, stage, mask, Stage.PRODUCTION, day)
        if life is not None:
            yield pk, program_id, life, day < cohort.day


def seed_of(scope: str, quarter: Quarter) -> int:
    """Return the seed of a forecast: the same for the same scope and quarter, on every machine."""
    return int.from_bytes(sha256(f"{scope} {quarter}".encode()).digest()[:6])


def of_program(slug: str) -> str:
    """Return what the seed of a program's forecast is made of, kept or shown."""
    return f"program={slug}"


def too_little(lives: int, arrived: int, open_pilots: int, lost: int = 0) -> str:
    """Return in words why there is no forecast, "" where there is one. `lost`: see `LivesRead`."""
    if not lives:
        return "No pilot here has a known first day. Headway forecasts from ten on."
    if lives < FEWEST:
        return (
            f"{_counted(lives)} too few for a forecast. Headway forecasts from ten on, "
            "counting those that arrived, stopped or are still open."
        )
    if not arrived:
        return "None of these pilots ever came into production, so nothing tells how long the way is."
    if not open_pilots and lost:
        return "Nobody has said here of any of these pilots that it is still on its way into production."
    if not open_pilots:
        return "No pilot is on its way into production, so none can arrive."
    return ""


def _counted(lives: int) -> str:
    words = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    return f"{words[lives - 1]} pilot{'s are' if lives > 1 else ' is'}"


def days_to(day: date, quarter: Quarter) -> tuple[int, int]:
    """Return how many days away the first and the last day of a quarter are."""
    return (quarter.first - day).days, (quarter.last - day).days
