"""When a published base rate may stand beside our own numbers, and when it must not (docs/flow-method.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pilots.calendar import months_before
from pilots.lifecycle import Stage
from pilots.models.cohort import Cohort
from portfolio.benchmarks.catalogue import PILOT_TO_PRODUCTION, Benchmark, Chart, drawable
from portfolio.dashboards.funnel import Funnel

MATURE = 8  # months: the published average from prototype to production
PATIENT = 18  # months: the long end of the published range, for regulated or complex pilots
FEWEST = 10
MOST_IMPORTED = Decimal("0.5")
LEFT_OUT = "An administrator has it left out on this site."


@dataclass(frozen=True)
class Overlay:
    """A base rate beside a funnel; with `absent`, the one sentence why it is not drawn."""

    benchmark: Benchmark
    absent: str = ""

    @property
    def is_drawn(self) -> bool:
        return not self.absent


def overlay(funnel: Funnel, cohort: Cohort, told: Iterable[Benchmark] = (PILOT_TO_PRODUCTION,)) -> Overlay:
    """Compare only what can be compared: pilots from their start, matured, enough, and not from registers.

    `told`: the figures this site shows. Only one of the funnel's own measure can stand on it.
    """
    if PILOT_TO_PRODUCTION not in drawable(Chart.FUNNEL, told):
        return Overlay(PILOT_TO_PRODUCTION, LEFT_OUT)
    return Overlay(PILOT_TO_PRODUCTION, _absent(funnel, cohort))


def _absent(funnel: Funnel, cohort: Cohort) -> str:
    if funnel.entry is not Stage.PILOTING:
        return f"It counts from the start of a pilot, and this cohort from {funnel.entry.label}."
    if not is_matured(cohort):
        return (
            f"It is an eventual share, and some of these pilots may have started less than {MATURE} months "
            f"ago. Choose pilots matured for {MATURE} months to see it in the chart."
        )
    if funnel.denominator < FEWEST:
        return f"A share of fewer than {FEWEST} pilots says too little to stand beside it."
    if Decimal(funnel.imported) > MOST_IMPORTED * funnel.denominator:
        return (
            f"{funnel.imported:,} of these {funnel.denominator:,} pilots were imported, and registers list "
            "those that survived."
        )
    return ""


def is_matured(cohort: Cohort) -> bool:
    """Return whether every pilot of the cohort entered at least `MATURE` months before the day looked at."""
    if cohort.matured_months is not None and cohort.matured_months >= MATURE:
        return True
    return cohort.cohort_to is not None and cohort.cohort_to <= months_before(cohort.day, MATURE)
