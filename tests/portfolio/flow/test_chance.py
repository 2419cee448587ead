import pytest

from portfolio.flow.chance import chance, chances, untold, window
from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import End
from tests.portfolio.flow.test_incidence import WORKED

A, S, O = End.ARRIVED, End.STOPPED, End.OPEN  # noqa: E741 -- short on purpose, in tables of lives

FOUND = cumulative_incidence(WORKED)


def test_chance_is_what_is_yet_to_arrive_of_those_still_open():
    assert chance(FOUND, 20, 30) == pytest.approx((101 / 210 - 1 / 10) / (8 / 10))  # 10 of 21
    assert chance(FOUND, 10, 20) == pytest.approx((23 / 70 - 1 / 10) / (8 / 10))
    # Of 20 on their first day: what the curve says of everybody.
    assert chance(FOUND, 0, 50) == pytest.approx(FOUND.arrived[-1])


def test_window_parts_a_chance():
    assert window(FOUND, 10, 1, 40) == chance(FOUND, 10, 40)
    assert window(FOUND, 10, 1, 19) + window(FOUND, 10, 20, 40) == pytest.approx(chance(FOUND, 10, 40))
    assert window(FOUND, 10, 20, 20) == chance(FOUND, 10, 20)  # all on that very day, day 30 of a life
    assert (window(FOUND, 10, 1, 19), window(FOUND, 10, 21, 39)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("lives", "age", "within", "reason"),
    [
        pytest.param(WORKED, 60, 30, "Nobody was watched for longer than 60 days.", id="older-than-any"),
        pytest.param({}, 0, 30, "Nobody was watched for longer than 0 days.", id="no-lives"),
        pytest.param({(0, A): 40}, 0, 9, "Nobody was watched for longer than 0 days.", id="all-at-once"),
        pytest.param(
            WORKED,
            40,
            20,
            "Only 6 were watched for longer than 40 days; a chance is told from 10 on.",
            id="few-older",
        ),
        pytest.param(WORKED, 20, 41, "Nobody was watched for 61 days.", id="not-watched-so-long"),
        pytest.param({(9, S): 5, (90, O): 30}, 9, 30, "Nobody has arrived yet.", id="no-arrival"),
        pytest.param(
            {(9, A): 5, (90, O): 30}, 9, 30, "Nobody has arrived after day 9 yet.", id="after-the-last"
        ),
    ],
)
def test_what_history_cannot_tell_is_no_chance_of_nothing(lives, age, within, reason):
    found = cumulative_incidence(lives)

    assert untold(found, age, within) == reason
    assert chance(found, age, within) is None
    assert chances(lives, [age], within, seed=1) == {age: None}


def test_interval_stands_around_each_chance():
    told = chances(WORKED, [20, 10, 20, 60], 30, seed=1)

    assert list(told) == [10, 20, 60]
    assert told[60] is None
    assert told[20].chance == chance(FOUND, 20, 30)
    assert (told[20].low, told[20].high) == pytest.approx((0.27, 0.70), abs=0.02)
    wider = chances(WORKED, [20], 30, seed=1, level=0.95)[20]
    assert wider.low < told[20].low < told[20].high < wider.high


def test_interval_of_none_or_all_is_not_nothing():
    """Every drawn history agrees where none, or all, arrived; that is not to be sure."""
    none = chances({(30, A): 10, (90, O): 30}, [5], 20, seed=1)[5]
    assert (none.chance, none.low, none.high) == (0.0, 0.0, pytest.approx(0.0876, abs=1e-4))  # of 40

    every = chances({(30, A): 10}, [5], 25, seed=1)[5]
    assert (every.chance, every.low, every.high) == (1.0, pytest.approx(0.7225, abs=1e-4), 1.0)  # of 10


@pytest.mark.parametrize("odd", [{"level": 0}, {"level": 1}, {"runs": 99}])
def test_interval_wants_a_level_and_runs(odd):
    with pytest.raises(ValueError, match="No interval"):
        chances(WORKED, [10], 30, seed=1, **odd)
