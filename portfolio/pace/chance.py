"""The chance of one open pilot to be in production in 90 and 180 days, and the facts that move it.

Each step counts fewer pilots, more like this one: all of them; those that came as far; those that were there
as long; those of its risk tier. It says which facts go with a higher chance, never that one causes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db.models import Q

from pilots.access.models import User
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Pilot, PilotQuerySet, RiskTier
from pilots.models.cohort import Cohort
from portfolio.dashboards.lives import read_lives
from portfolio.flow.chance import Estimate, chance, chances, untold
from portfolio.flow.incidence import Incidence, cumulative_incidence
from portfolio.flow.lives import FEWEST, End, Lives

SPANS = (90, 180)  # days
FROM_TEN = "a chance is told from ten on."
ASKED = MAIN_PATH[MAIN_PATH.index(Stage.PILOTING) : MAIN_PATH.index(Stage.PRODUCTION)]


@dataclass(frozen=True)
class Step:
    """One fact taken in. `told` are the chances by `SPANS`, None where `refused` says why there are none.

    `of` is how many pilots it rests on.
    """

    code: str
    words: str
    of: int
    told: Sequence[float | None] = (None, None)
    refused: str = ""


@dataclass(frozen=True)
class PilotChance:
    """The chances of one pilot. `basis` says whose history it is; `told` is what all facts together give.

    `told` are estimates by `SPANS`; each is None where history does not reach so far, both where `refused`
    says why.
    """

    basis: str
    steps: Sequence[Step]
    told: Sequence[Estimate | None] = (None, None)
    refused: str = ""


def is_asked(pilot: Pilot) -> bool:
    """Whether its chance is a question: on its way from Piloting on, never in production, not on hold."""
    return not has_none(pilot)


def has_none(pilot: Pilot) -> str:
    """Return in a sentence why no chance is told of a pilot, whatever history says; "" where one may be."""
    if pilot.is_ended:
        return "It has ended, so it will not come into production."
    if pilot.has_reached(Stage.PRODUCTION):
        return "It has been in production already."
    if pilot.at_stage not in ASKED:
        return "It is not piloted yet; chances are told from Piloting on."
    if pilot.is_on_hold:
        return "It is on hold, so its clock stands still. Its chance is told once it goes on."
    return ""


def chance_of(pilot: Pilot, user: User | None, today: date) -> PilotChance:
    """Return the chance of a pilot from what a reader may see; at most eight queries."""
    none = has_none(pilot)
    if none:
        return PilotChance("", (), refused=none)
    pilots, basis, every = _basis(pilot, user, today)
    if sum(every.values()) < FEWEST:
        return PilotChance(
            basis, (), refused=f"{_few(sum(every.values()))} into Piloting on a known day; {FROM_TEN}"
        )
    stage, lives = pilot.at_stage, every
    found = cumulative_incidence(every)
    steps = [_step("all", f"All pilots of {basis} from Piloting on", found, 0)]
    entered = stage
    if stage is not Stage.PILOTING:
        there = read_lives(pilots, Cohort(today=today, entry=stage)).counts
        came = f"Came as far as {_named(stage)}"
        if sum(there.values()) < FEWEST:
            few = f"{_few(sum(there.values()))} as far as {_named(stage)}; {FROM_TEN}"
            steps.append(Step("stage", came, sum(there.values()), refused=few))
            entered = Stage.PILOTING
        else:
            lives, found = there, cumulative_incidence(there)
            steps.append(_step("stage", came, found, 0))
    since: date | None = getattr(pilot, f"reached_{entered.value}_on")
    if since is None:
        return PilotChance(basis, steps, refused=f"Nobody knows since when it is in {_named(entered)}.")
    age = max((today - since).days, 0)
    long = f"{age:,} days since {'it came there' if entered is stage and len(steps) > 1 else 'Piloting'}"
    steps.append(_step("age", long, found, age))
    if steps[-1].refused:
        return PilotChance(basis, steps, refused=steps[-1].refused)
    risk = _of_risk(pilot, pilots, entered, age, today)
    if risk:
        step, like_it = risk
        steps.append(step)
        lives = lives if step.refused else like_it
    return PilotChance(basis, steps, _estimates(pilot, lives, age))


def _basis(pilot: Pilot, user: User | None, today: date) -> tuple[PilotQuerySet, str, Lives]:
    """Return the pilots to count, whose they are, and their lives; its program's own where these tell."""
    cohort, visible = Cohort(today=today), Pilot.objects.visible_to(user)
    own = visible.countable(user, of=pilot.program)
    lives = read_lives(own, cohort).counts
    if _tells(lives):
        return own, pilot.program.name, lives
    every = visible.countable(user)
    wider = read_lives(every, cohort).counts
    if sum(wider.values()) > sum(lives.values()):
        return every, "all programs you see", wider
    return own, pilot.program.name, lives


def _tells(lives: Lives) -> bool:
    return sum(lives.values()) >= FEWEST and any(end is End.ARRIVED for _, end in lives)


def _of_risk(
    pilot: Pilot, pilots: PilotQuerySet, entered: Stage, age: int, today: date
) -> tuple[Step, Lives] | None:
    """Return the step of its risk tier; None where it has none. Too few of the tier change nothing."""
    if not pilot.risk:
        return None
    alike = pilots.filter(Q(risk=pilot.risk))
    lives = read_lives(alike, Cohort(today=today, entry=entered)).counts
    words, of = RiskTier(pilot.risk).label, sum(lives.values())
    if of < FEWEST:
        return Step("risk", words, of, refused=f"{_few(of)} so far in its tier; {FROM_TEN}"), lives
    step = _step("risk", words, cumulative_incidence(lives), age)
    return step, lives


def _step(code: str, words: str, found: Incidence, age: int) -> Step:
    """A step tells something where it tells the first span; older lives than the longest are refused."""
    refused = untold(found, age, SPANS[0])
    of = found.at_risk_on(age + 1) if age else found.total
    told = tuple(None if refused else chance(found, age, span) for span in SPANS)
    return Step(code, words, of, told, refused)


def _estimates(pilot: Pilot, lives: Lives, age: int) -> tuple[Estimate | None, ...]:
    seed = int.from_bytes(sha256(pilot.key.encode()).digest()[:6])
    return tuple(chances(lives, [age], span, seed=seed)[age] for span in SPANS)


def _few(count: int) -> str:
    if count == 0:
        return "No pilot came"
    return "Only one pilot came" if count == 1 else f"Only {count} pilots came"


def _named(stage: Stage) -> str:
    return "the 90-day plan" if stage is Stage.TRANSITION else stage.label
