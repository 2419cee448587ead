"""Which pilots the funnel counts, as its page and its API read it from the same address."""

from functools import cached_property
from typing import Any

from pilots.models import PilotQuerySet
from pilots.models.cohort import Selection
from pilots.web.cohort_filters import COHORT
from pilots.web.pilot_filters import PilotFilterSet

DESCRIBED = ("program", "unit", "vendor", "risk", "tag")
PARAMETERS = (*DESCRIBED, *COHORT)


class FunnelFilterSet(PilotFilterSet):
    """The filters of the list that make sense for a funnel; its cohort is counted and not listed."""

    replays = False

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        filters: dict[str, Any] = super().get_filters()
        return {name: filters[name] for name in PARAMETERS}

    def selection(self) -> Selection | None:
        return None

    @cached_property
    def pilots(self) -> PilotQuerySet:
        """What counts of the pilots the person may see. The form must be valid."""
        found: PilotQuerySet = self.qs
        return self.countable(found)
