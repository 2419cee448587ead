"""Everything the funnel page shows, ready for the template: words, numbers and the addresses behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from pilots.access.models import User
from pilots.lifecycle import Stage
from pilots.models import Decision
from pilots.models.cohort import Now
from pilots.web.decision_words import DecisionLine, line, waiting_for
from pilots.web.spoken import spoken
from portfolio.benchmarks.actions import shown
from portfolio.benchmarks.catalogue import Benchmark
from portfolio.dashboards import words
from portfolio.dashboards.address import Address
from portfolio.dashboards.benchmarks import FEWEST, Overlay, overlay
from portfolio.dashboards.beside import left_out, told_as_of
from portfolio.dashboards.changed import ChangeLine, change_lines
from portfolio.dashboards.charts import Figure, Mark, funnel_figure, segments
from portfolio.dashboards.compare import CompareBy
from portfolio.dashboards.comparison import PARAMETER, Comparison
from portfolio.dashboards.controls import Controls
from portfolio.dashboards.estimate import estimate
from portfolio.dashboards.filters import DESCRIBED, FunnelFilterSet
from portfolio.dashboards.funnel import Bar, Funnel, count_apart, share
from portfolio.dashboards.lives import inside
from portfolio.dashboards.silence import count_silence
from portfolio.dashboards.stuck import Stuck, stuck_by_pattern
from portfolio.dashboards.stuck_lines import StuckLine, StuckOf, stuck_lines, stuck_of
from portfolio.dashboards.unspoken import silent_counts
from portfolio.dashboards.words import Asks, Piece, percent

RECENT = timedelta(days=30)
DECISIONS = 5


@dataclass(frozen=True)
class Said:
    """A number with the words after it, and the address of its pilots; url "" for words alone."""

    number: str
    words: str
    url: str = ""


@dataclass(frozen=True)
class Cell:
    """One number; 0 is written faintly and leads nowhere."""

    count: int
    url: str

    @property
    def said(self) -> str:
        return f"{self.count:,}"


@dataclass(frozen=True)
class Row:
    """One bar, and the same numbers as a row of the table. `rest_at` is where its rest begins, 0 to 1."""

    bar: Bar
    name: str
    ever: Cell
    cells: list[Cell]
    of_previous: str
    of_entry: str
    is_goal: bool
    rest: list[Said]
    rest_at: float


@dataclass(frozen=True)
class Rate:
    name: str
    value: str
    of: str
    caveat: str
    url: str = ""


class FunnelPage:
    """The funnel of one person's pilots. `filters` must be valid.

    `seen_on`: the day of the reader's visit before today's; None on a first one. `by`: what cohorts are
    compared by, if they are.
    """

    def __init__(
        self,
        user: User,
        filters: FunnelFilterSet,
        *,
        seen_on: date | None = None,
        by: CompareBy | None = None,
    ) -> None:
        self.user = user
        self._seen_on = seen_on
        self.filters = filters
        self.cohort = filters.cohort
        self._by = by
        self.address = Address.of(filters.form.cleaned_data, besides={PARAMETER: by.value} if by else {})
        self.controls = Controls(filters, self.address)

    # --- The numbers ------------------------------------------------------------------

    @cached_property
    def funnel(self) -> Funnel:
        return count_apart(self.filters.pilots, self.cohort)

    @cached_property
    def overlay(self) -> Overlay:
        return overlay(self.funnel, self.cohort, self._told)

    @cached_property
    def rows(self) -> list[Row]:
        return [self._row(bar) for bar in self.funnel.bars]

    def _row(self, bar: Bar) -> Row:
        furthest = {"furthest": tuple(stage.value for stage in bar.stages)}

        def cell(count: int, asks: Asks) -> Cell:
            return Cell(count, self._list(asks) if count else "")

        moved_on = {"reached": (bar.following.value,)} if bar.following else {}
        return Row(
            bar=bar,
            name=words.NAMES[bar.stage],
            ever=cell(bar.reached, {"reached": (bar.stage.value,)}),
            cells=[
                cell(bar.there_now, {"there_now": (bar.stage.value,)}),
                cell(bar.moved_on, moved_on),
                *(cell(bar.resting(now), {**furthest, "now": (now.value,)}) for now in Now),
            ],
            of_previous=percent(bar.from_previous) if bar.before is not None else "",
            of_entry=percent(bar.from_entry),
            is_goal=bar.stage is self.funnel.goal,
            rest=self._said(words.rest_line(bar)),
            rest_at=bar.moved_on / bar.entered if bar.entered else 0,
        )

    @property
    def sums(self) -> list[Cell]:
        """The table's last row: everybody is open, on hold or ended somewhere."""
        found = []
        for now in Now:
            count = sum(bar.resting(now) for bar in self.funnel.bars)
            found.append(Cell(count, self._list({"now": (now.value,)}) if count else ""))
        return found

    @property
    def everyone(self) -> Cell:
        return Cell(self.funnel.denominator, self._list({}))

    def _list(self, asks: Asks) -> str:
        return self.address.pilots(asks, entry=self.cohort.entry.value)

    def _said(self, pieces: Sequence[Piece]) -> list[Said]:
        return [
            Said(piece.number, piece.words, self._list(piece.asks) if piece.asks is not None else "")
            for piece in pieces
        ]

    # --- The words over and under the chart ------------------------------------------------

    @property
    def state(self) -> list[Said]:
        return self._said(words.state(self.funnel))

    @property
    def finding(self) -> str:
        return words.finding(self.funnel)

    @property
    def rate(self) -> str:
        return words.rate(self.funnel)

    @property
    def method(self) -> str:
        return words.method(self.funnel, self.cohort)

    @property
    def left_out(self) -> list[Said]:
        """Who is not in the chart, and why."""
        return self._said(left_out(self.funnel, self.cohort))

    @property
    def silent(self) -> str:
        """Of how many nobody has spoken since a register named them; “” where that cannot be, unasked."""
        if not self.funnel.imported:
            return ""
        return silent_counts(count_silence(inside(self.filters.pilots, self.cohort), self.cohort))

    @property
    def is_small(self) -> bool:
        return self.funnel.denominator < FEWEST

    @property
    def as_of(self) -> str:
        return told_as_of(self.cohort)

    @property
    def draws(self) -> bool:
        """Whether the page holds a picture, and so needs what draws it."""
        return self.funnel.denominator > 0

    @property
    def figure(self) -> Figure:
        drawn = [segments(row.bar, self._behind) for row in self.rows]
        return funnel_figure(drawn, [row.name for row in self.rows], self._mark())

    def _behind(self, bar: Bar, part: str) -> str:
        if part == "moved_on":
            return self._list({"reached": (bar.following.value,)}) if bar.following else ""
        return self._list({"furthest": tuple(stage.value for stage in bar.stages), "now": (part,)})

    def _mark(self) -> Mark | None:
        if not self.overlay.is_drawn:
            return None
        place = next(place for place, row in enumerate(self.rows) if row.is_goal)
        rate = self.overlay.benchmark.value
        return Mark(place, rate, f"published, disputed: {percent(rate)}")

    @property
    def nothing(self) -> str:
        return words.nothing(self.funnel, is_filtered=bool(self.address.asked))

    @property
    def is_large(self) -> bool:
        """Whether the counts beside the bars need more room."""
        return self.funnel.denominator >= 100

    # --- Details ------------------------------------------------------------------------------

    @cached_property
    def rates(self) -> list[Rate]:
        """Two naive rates, each with what is wrong with it, and one that learns from the undecided."""
        funnel, waiting = self.funnel, self.funnel.still_open
        if funnel.goal is None:
            return []
        none_open = "None is undecided, so both say the same."
        return [
            Rate(
                "Counting everyone",
                percent(share(funnel.arrived, funnel.denominator), 1),
                f"{funnel.arrived:,} of {funnel.denominator:,}",
                f"Treats the {waiting:,} undecided as failures." if waiting else none_open,
            ),
            Rate(
                "Counting only the decided",
                percent(share(funnel.arrived, funnel.decided), 1),
                f"{funnel.arrived:,} of {funnel.decided:,}",
                f"Forgets the {waiting:,} undecided." if waiting else none_open,
            ),
            self._estimated,
        ]

    @property
    def _estimated(self) -> Rate:
        """The share within 18 months that also learns from those still open (docs/flow-method.md)."""
        told = estimate(self.filters.pilots, self.cohort, self.funnel.goal)
        is_there = self.funnel.goal is Stage.PRODUCTION  # Pace waits for production alone
        pace = Address(self.address.asked, "pace:pace", {"view": "time"}).here if is_there else ""
        return Rate(told.name, told.value, told.of, told.caveat, pace)

    # --- Where pilots are stuck ---------------------------------------------------------------

    @cached_property
    def stuck(self) -> Stuck | None:
        """The patterns behind stuck pilots; None on a past day, whose flags nobody kept."""
        return None if self._is_past else stuck_by_pattern(self.filters.pilots)

    @property
    def stuck_lines(self) -> list[StuckLine]:
        if self.stuck is None:
            return []
        return stuck_lines(self.stuck, self.filters, self._described)

    @property
    def stuck_of(self) -> StuckOf | None:
        return stuck_of(self.stuck, self.filters, self._described) if self.stuck else None

    @property
    def _described(self) -> dict[str, str]:
        return {name: text for name, text in self.address.asked.items() if name in DESCRIBED}

    @cached_property
    def _told(self) -> list[Benchmark]:
        return shown()

    @property
    def published(self) -> list[Benchmark]:
        """The other published figures this site shows, with what is wrong with each; in words only."""
        return [one for one in self._told if one is not self.overlay.benchmark]

    @property
    def tells_base_rate(self) -> bool:
        return self.overlay.benchmark in self._told

    @property
    def base_rate(self) -> str:
        """“Published base rate: 12 %, as 4.3 of 36” when it is comparable."""
        if not self.tells_base_rate:
            return "Published figures"
        said = f"Published base rate: {percent(self.overlay.benchmark.value)}"
        if not self.overlay.is_drawn:
            return said
        expected = self.overlay.benchmark.value * self.funnel.denominator
        return f"{said}, as {expected:.1f} of {self.funnel.denominator:,}"

    @property
    def still_open(self) -> str:
        return words.still_open(self.funnel)

    @property
    def deployed(self) -> list[Said]:
        """How many of those in production are only deployed; on a past day, that nobody can say."""
        return self._said(words.deployed(self.funnel))

    @cached_property
    def comparison(self) -> Comparison:
        return Comparison(self.user, self.filters, self.funnel, self.address, self._by)

    @property
    def plain_query(self) -> str:
        """What is asked without the comparison: of the numbers above it, and of a steering pack."""
        return Address(self.address.asked).query

    # --- What is to be decided ------------------------------------------------------------------

    @cached_property
    def _waiting(self) -> QuerySet[Decision]:
        waiting = waiting_for(self.user)
        program = self.filters.form.cleaned_data.get("program")
        return waiting.filter(program=program) if program else waiting

    @cached_property
    def decisions(self) -> list[DecisionLine]:
        """The decisions the reader can settle, nearest first; they are of today, whatever day is shown."""
        now = timezone.now()
        return [line(row, at=now, reader=self.user, manages=True) for row in self._waiting[:DECISIONS]]

    @property
    def more_decisions(self) -> int:
        """How many there are beyond those shown."""
        shown = len(self.decisions)
        return self._waiting.count() - shown if shown == DECISIONS else 0

    # --- What changed ---------------------------------------------------------------------------

    @property
    def _is_past(self) -> bool:
        return self.cohort.reads_history

    @property
    def _changes_since(self) -> date:
        """The last visit is about what is new today; a past day tells what led up to it."""
        since = None if self._is_past else self._seen_on
        return since or self.cohort.day - RECENT

    @property
    def changes_since(self) -> str:
        return spoken(self._changes_since, self.cohort.today)

    @property
    def changes_title(self) -> str:
        if self._is_past:
            return "The 30 days before"
        return "What changed since your last visit" if self._seen_on else "What changed in 30 days"

    @property
    def changes_note(self) -> str:
        """Why these are the days, where it is not the last visit; “” otherwise."""
        if self._is_past or self._seen_on:
            return ""
        return "This is your first visit; from the next one on, this tells what changed since."

    @property
    def changes(self) -> list[ChangeLine]:
        return change_lines(self.filters.pilots, self._changes_since, self.cohort.day, self.address)
