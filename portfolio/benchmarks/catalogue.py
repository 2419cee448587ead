"""Published figures people compare pilots with: what each counts, who stated it, what is wrong with it.

All come from articles that name no report, so they are landmarks, never targets (docs/flow-method.md). A
chart says which measure it shows, and only figures of that very measure can stand on it: a share of
companies is another `Measure` than a share of pilots, whatever the number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Measure(Enum):
    """What is counted, of what; two figures of different measures are never drawn together."""

    REACHES_PRODUCTION = ("share of proofs of concept that ever reach production", "share of pilots")
    ABANDONED = ("average share of proofs of concept given up before production", "mean of organisations")
    ABANDONED_FORECAST = (
        "share of projects given up after the proof of concept, forecast",
        "share of projects",
    )
    ABANDONS_MOST = ("companies that gave up most of their initiatives", "share of companies")
    NO_MEASURED_BENEFIT = ("pilots without a measured effect on profit and loss", "share of pilots, by P&L")
    VALUE_HELD = ("systems in production that hold their value longer than 12 months", "share of systems")
    OPERATES_THREE_YEARS = (
        "organisations that keep projects running 3 years or longer",
        "share of organisations",
    )
    MONTHS_TO_PRODUCTION = ("time from prototype to production", "months")
    SPENDING_DEFERRED = ("planned AI spending that may be put off by a year", "share of planned spending")

    @property
    def metric(self) -> str:
        return self.value[0]

    @property
    def unit(self) -> str:
        return self.value[1]

    @property
    def is_months(self) -> bool:
        return self is Measure.MONTHS_TO_PRODUCTION


class Chart(Enum):
    """A chart on which a figure can be drawn, and the one measure it shows."""

    FUNNEL = Measure.REACHES_PRODUCTION
    TIME_TO_PRODUCTION = Measure.MONTHS_TO_PRODUCTION


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One published figure, or a range up to `high`. Shares are 0 to 1.

    `year` None: none is given. `verified`: we have read the study itself. `at_first`: shown until an
    administrator switches it off; the others, until one switches them on, are not.
    """

    code: str
    name: str
    value: Decimal
    high: Decimal | None = None
    is_under: bool = False  # stated as less than the value
    measure: Measure
    population: str
    year: int | None = None
    stated_by: tuple[str, ...]
    caveat: str
    verified: bool = False
    at_first: bool = False

    @property
    def metric(self) -> str:
        return self.measure.metric

    @property
    def unit(self) -> str:
        return self.measure.unit

    @property
    def said(self) -> str:
        """“12 %”, “20 to 45 %”, “under 40 %” or “6 to 18 months”."""
        low, high = (_plain(self.measure, one) for one in (self.value, self.high or self.value))
        mark = "months" if self.measure.is_months else "%"
        number = low if low == high else f"{low} to {high}"
        return f"{'under ' if self.is_under else ''}{number}\N{NO-BREAK SPACE}{mark}"

    @property
    def credited(self) -> str:
        """Who is said to have found it."""
        return "; ".join(self.stated_by)


def _plain(measure: Measure, value: Decimal) -> str:
    number = value if measure.is_months else value * 100
    return f"{number.normalize():f}"


PILOT_TO_PRODUCTION = Benchmark(
    code="pilot-to-production",
    name="Pilots that reach production",
    value=Decimal("0.12"),
    measure=Measure.REACHES_PRODUCTION,
    population="companies, not described further",
    stated_by=("Gartner, McKinsey and MIT Sloan", "Capgemini", "nobody"),
    caveat=(
        "4 of 33 proofs of concept, 12 % and “88 % never get there” are this one figure. Who found it is "
        "disputed: one article names Gartner, McKinsey and MIT Sloan, another Capgemini, a third nobody. "
        "No report, year or sample is given, and production there seems to mean wide deployment. "
        "Read it as a landmark, not a target."
    ),
    at_first=True,
)
_ALL = (
    PILOT_TO_PRODUCTION,
    Benchmark(
        code="months-on-average",
        name="Months from prototype to production, on average",
        value=Decimal(8),
        measure=Measure.MONTHS_TO_PRODUCTION,
        population="prototypes that arrived, it seems",
        stated_by=("Gartner",),
        caveat=(
            "An average over those that arrived, it seems: whoever never did takes no part in it. "
            "It runs from a prototype, not from the start of a pilot."
        ),
        at_first=True,
    ),
    Benchmark(
        code="months-range",
        name="Months to production, by complexity",
        value=Decimal(6),
        high=Decimal(18),
        measure=Measure.MONTHS_TO_PRODUCTION,
        population="not described",
        stated_by=("nobody",),
        caveat="An answer in a list of questions; nobody is named, and what starts the clock is not said.",
        at_first=True,
    ),
    Benchmark(
        code="abandoned",
        name="Proofs of concept given up before production",
        value=Decimal("0.46"),
        measure=Measure.ABANDONED,
        population="organisations that were asked",
        year=2025,
        stated_by=("S&P Global",),
        caveat=(
            "A mean over organisations, not of all pilots together. That 46 % were given up does not mean "
            "that 54 % are in production: some are still open."
        ),
    ),
    Benchmark(
        code="abandoned-forecast",
        name="Generative AI projects given up after the proof of concept",
        value=Decimal("0.3"),
        measure=Measure.ABANDONED_FORECAST,
        population="generative AI projects",
        stated_by=("Gartner",),
        caveat="A forecast, not an observation, of generative AI alone; the article gives it no date.",
    ),
    Benchmark(
        code="companies-that-abandon",
        name="Companies that gave up most of their AI initiatives",
        value=Decimal("0.42"),
        measure=Measure.ABANDONS_MOST,
        population="companies that were asked",
        year=2025,
        stated_by=("S&P Global",),
        caveat="It counts companies. Yours is one, among them or not. It says nothing of a share of pilots.",
    ),
    Benchmark(
        code="no-measured-benefit",
        name="Pilots without measured benefit",
        value=Decimal("0.95"),
        measure=Measure.NO_MEASURED_BENEFIT,
        population="generative AI pilots in enterprises",
        year=2025,
        stated_by=("MIT",),
        caveat=(
            "It is about a measured effect on profit and loss. It is often retold as “95 % never reach "
            "production”, which it does not say: never set it beside conversion."
        ),
    ),
    Benchmark(
        code="value-held",
        name="Systems in production that hold value past 12 months",
        value=Decimal("0.4"),
        is_under=True,
        measure=Measure.VALUE_HELD,
        population="systems that reached production",
        stated_by=("nobody",),
        caveat="Stated as “under 40 %”, by nobody in particular. It is about value, not about still running.",
    ),
    Benchmark(
        code="operates-three-years",
        name="Organisations whose AI projects run 3 years or longer",
        value=Decimal("0.2"),
        high=Decimal("0.45"),
        measure=Measure.OPERATES_THREE_YEARS,
        population="organisations of low maturity (20 %) and of high maturity (45 %)",
        stated_by=("Gartner",),
        caveat="It counts organisations, and running rather than value, so it continues no other figure.",
    ),
    Benchmark(
        code="spending-deferred",
        name="Planned AI spending that may be put off to 2027",
        value=Decimal("0.25"),
        measure=Measure.SPENDING_DEFERRED,
        population="planned spending of enterprises",
        stated_by=("Forrester",),
        caveat="An estimate of what may happen to budgets; it says nothing of pilots.",
    ),
)
CATALOGUE = {benchmark.code: benchmark for benchmark in _ALL}

# Where what is published contradicts itself, and what Headway does about it.
CONTRADICTIONS = {
    "Who said 88 %?": (
        "Gartner, McKinsey and MIT Sloan, or Capgemini, or nobody: the articles disagree. It is kept as one "
        "figure that names them all."
    ),
    "What is 95 %?": (
        "Pilots without measured benefit in one article, pilots that never reach production in another. It "
        "is kept as measured benefit, and no chart of conversion takes it."
    ),
    "How long does it take?": (
        "90 days, 8 months, or 6 to 18. These are three clocks: the plan from proven to first users, the way "
        "from prototype to production on average, and the range of it."
    ),
    "How many fail?": (
        "80, 88 and 95 % stand beside 46 % given up and a forecast of 30 %. They come from different samples "
        "and count different things, so they are never added or subtracted."
    ),
    "How long does it last?": (
        "Under 40 % hold value for 12 months, yet 45 % keep running for 3 years. One is about value, the "
        "other about running, of organisations that are far along. They are not one curve."
    ),
}


def drawable(chart: Chart, benchmarks: Iterable[Benchmark]) -> list[Benchmark]:
    """Keep what may be drawn on a chart: figures of the very measure that it shows."""
    return [benchmark for benchmark in benchmarks if benchmark.measure is chart.value]
