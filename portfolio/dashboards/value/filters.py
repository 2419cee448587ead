"""Whose value is added up, as the page, its export and its API read it from the same address."""

from functools import cached_property
from typing import Any

from pilots.models import PilotQuerySet
from pilots.models.cohort import Selection
from pilots.web.filter_fields import CodeFilter
from pilots.web.pilot_filters import PilotFilterSet
from portfolio.dashboards.filters import DESCRIBED
from portfolio.dashboards.value.groups import GROUP_WORDS

GROUP = "group"
PARAMETERS = (*DESCRIBED, GROUP)


class ValueFilterSet(PilotFilterSet):
    """The filters of the list that describe a pilot, and which group of them is listed."""

    replays = False
    group = CodeFilter(
        label="Listed",
        choices=[(group.value, words) for group, words in GROUP_WORDS.items()],
        method="listed_only",
    )

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        filters: dict[str, Any] = super().get_filters()
        return {name: filters[name] for name in PARAMETERS}

    def listed_only(self, pilots: Any, name: str, value: str) -> Any:
        """Leave the pilots as they are: the sums are of all, and the group is asked of each line."""
        return pilots

    def selection(self) -> Selection | None:
        return None

    @cached_property
    def pilots(self) -> PilotQuerySet:
        """What counts of the pilots the person may see. The form must be valid."""
        found: PilotQuerySet = self.qs
        return self.countable(found)
