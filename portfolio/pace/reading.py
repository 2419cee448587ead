"""What one person asked of the pace of their pilots: which pilots, as of when; each part is read once."""

from functools import cached_property

from pilots.access.models import User
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import PilotQuerySet
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.dashboards.funnel import Funnel, count_funnel
from portfolio.dashboards.lives import LivesRead, inside, read_lives
from portfolio.dashboards.silence import Silence, count_silence
from portfolio.flow.months import Flow
from portfolio.pace.passages import read_flow
from portfolio.pace.stays import Stay, read_stays
from portfolio.pace.waits import Waits, read_waits


class Reading:
    """The pilots that the funnel counts for the same filters and time. `filters` must be valid."""

    def __init__(self, user: User, filters: FunnelFilterSet) -> None:
        self.user = user
        self.filters = filters
        self.cohort = filters.cohort
        self.day = self.cohort.day

    @cached_property
    def inside(self) -> PilotQuerySet:
        """The pilots of the cohort, placed."""
        return inside(self.filters.pilots, self.cohort)

    @cached_property
    def funnel(self) -> Funnel:
        return count_funnel(self.filters.pilots, self.cohort)

    @cached_property
    def goal(self) -> Stage | None:
        """The stage waited for; None where the cohort begins with production or after it."""
        is_before = MAIN_PATH.index(self.cohort.entry) < MAIN_PATH.index(Stage.PRODUCTION)
        return Stage.PRODUCTION if is_before else None

    @cached_property
    def lives(self) -> LivesRead:
        """How long they took to production; ask only where there is a `goal`."""
        return read_lives(self.filters.pilots, self.cohort)

    @cached_property
    def flow(self) -> Flow:
        """Who came and went by month; ask only where there is a `goal`."""
        return read_flow(self.filters.pilots, self.cohort)

    @cached_property
    def silence(self) -> Silence:
        """The open pilots that nobody has spoken of here since a register named them."""
        return count_silence(self.inside, self.cohort)

    @cached_property
    def stays(self) -> list[Stay]:
        return read_stays(self.filters.pilots, self.cohort)

    @cached_property
    def waits(self) -> Waits:
        """What waited for whom on the day."""
        return read_waits(self.filters.pilots, self.cohort)
