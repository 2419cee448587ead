"""The estimate beside the counted rate: it refuses where Pace does."""

import pytest

from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.models.cohort import Cohort
from portfolio.dashboards.estimate import estimate
from tests.conftest import TODAY
from tests.portfolio.pace.lived import TEN, live


@pytest.mark.parametrize(
    ("lives", "said"),
    [
        pytest.param([(0, None)] * 12, "Fewer than ten have been watched for a day", id="began-today"),
        pytest.param(TEN[:9], "Nine with both days known: too few", id="nine"),
    ],
)
def test_it_is_refused_where_nobody_was_watched_for_long_enough(program, by_system, lives, said):
    live(program, TODAY, lives, by=by_system)

    told = estimate(Pilot.objects.all(), Cohort(today=TODAY), Stage.PRODUCTION)

    assert (told.name, told.value) == ("Estimated within 18 months", "–")
    assert told.caveat.startswith(said)


def test_of_ten_it_is_told(program, by_system):
    live(program, TODAY, TEN, by=by_system)

    assert "%" in estimate(Pilot.objects.all(), Cohort(today=TODAY), Stage.PRODUCTION).value
