import pytest
import time_machine
from django.http import QueryDict

from pilots.models import Pilot
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.pace.reading import Reading
from tests.conftest import NOW


@pytest.fixture
def today():
    """Let it be the day on which the invented pilots live."""
    with time_machine.travel(NOW, tick=False):
        yield NOW.date()


@pytest.fixture
def reading(executive, rf):
    """Read the pace that an executive asks for by the parameters of an address."""

    def read(asked=""):
        request = rf.get(f"/?{asked}")
        request.user = executive
        filters = FunnelFilterSet(QueryDict(asked), Pilot.objects.visible_to(executive), request=request)
        assert filters.is_valid(), filters.errors
        return Reading(executive, filters)

    return read
