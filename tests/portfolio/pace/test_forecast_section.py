"""The forecast as Pace shows it and the API tells it: the same numbers, refusals and empty states."""

from collections import Counter
from datetime import UTC, datetime

import pytest
import time_machine

from pilots.access.models import User
from pilots.models import Pilot
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.flow.lives import FEWEST, End
from portfolio.pace.actions import keep_forecasts
from portfolio.pace.models import Forecast
from portfolio.pace.reading import Reading
from portfolio.pace.say import say
from portfolio.pace.scored import Record, Scored
from portfolio.pace.sections.forecast import SECTION, _kept, _too_old, next_quarter, shape, shown
from tests.conftest import NOW, TODAY
from tests.portfolio.pace.lived import TEN, YOUNG, live


@pytest.fixture
def read(rf):
    """Return what a person asked of Pace."""

    def ask(user: User, **asked) -> Reading:
        request = rf.get("/pace/", asked)
        request.user = user
        filters = FunnelFilterSet(request.GET, Pilot.objects.visible_to(user), request=request)
        assert filters.is_valid(), filters.errors
        return Reading(user, filters)

    return ask


def charts(reading):
    return shown(reading).charts


@time_machine.travel(NOW, tick=False)
def test_page_and_api_say_the_same_and_the_same_again(program, by_system, viewer, read):
    live(program, TODAY, (*TEN, *YOUNG), by=by_system)

    ahead, past = charts(read(viewer))
    told = shape(read(viewer))

    assert SECTION.code == "forecast"
    assert (told["quarter"], told["from"], told["to"]) == ("Q1 2027", "2027-01-01", "2027-03-31")
    assert (told["lives"], told["arrived"], told["open"], told["untold"]) == (12, 4, 7, 5)
    span = f"{told['low']} to {told['high']}"
    assert ahead.finding == (
        f"{span} of 7 open pilots are expected to enter production from January to March 2027"
    )
    assert [cell.text for cell in ahead.table.rows[0]] == [
        "Q1 2027",
        *(str(told[name]) for name in ("low", "middle", "high", "open")),
    ]
    assert ahead.note.startswith(
        "Five open pilots are at an age after which nobody has arrived yet (the last did on day 130): one "
        "rate for all so old stands for them. Pilots on hold"
    )
    assert ahead.figure["data"][0]["base"] == [told["low"]]
    assert next_quarter(read(viewer)).closing.startswith(f"{span} of 7 open pilots are expected")
    assert shape(read(viewer)) == told
    # All its pilots are of one program, so asking for that program asks for the same.
    assert shape(read(viewer, program="claims")) == told
    assert shape(read(viewer, vendor="Acme"))["seed"] != told["seed"]
    # Nothing is kept before the last month of the quarter.
    assert (past.figure, past.refused) == (
        None,
        "No forecast is kept yet. Headway keeps its first on 1 Dec, for January to March 2027.",
    )


def test_page_says_what_is_kept_and_the_kept_one_is_what_it_showed(program, by_system, viewer, read):
    at = datetime(2026, 12, 1, 6, tzinfo=UTC)
    live(program, at.date(), (*TEN, *YOUNG), by=by_system)
    with time_machine.travel(at, tick=False):
        assert charts(read(viewer))[1].refused.endswith("for January to March 2027 with its next daily run.")
        keep_forecasts(at)
        told = shape(read(viewer))
        past = charts(read(viewer, vendor="Acme", program="claims"))[1]
    row = Forecast.objects.get()

    assert (told["low"], told["high"], told["seed"]) == (row.low, row.high, row.seed)
    assert [(one["program"], one["came"], one["held"]) for one in told["kept"]] == [("claims", None, None)]
    assert past.finding == "One forecast is kept; what came of Q1 2027 is known after its last day"
    assert past.note.startswith("Forecasts are kept for whole programs")
    with time_machine.travel(datetime(2027, 4, 1, 6, tzinfo=UTC), tick=False):
        over = charts(read(viewer, program="claims"))[1]
        asides = shown(read(viewer, program="claims")).asides
        later = shape(read(viewer, program="claims"))
    is_held = row.low == 0
    held = "held" if is_held else "did not hold"
    assert over.finding.startswith(f"The one past forecast {held} what came; 80 % is promised")
    assert [cell.text for cell in over.table.rows[0]] == [
        *("Q1 2027", "Claims AI", "1 Dec 2026", f"{row.low} to {row.high}", "7", "0"),
        "yes" if is_held else "no",
    ]
    assert later["coverage"] == {"held": int(is_held), "of": 1, "share": None, "low": None, "high": None}
    assert later["chances"] is None  # seven are too few
    assert [aside.title for aside in asides] == ["Who is counted", "How it is made"]


@time_machine.travel(NOW, tick=False)
def test_counts_beside_it_lead_to_their_pilots(client, program, by_system, viewer, read):
    live(program, TODAY, (*TEN, *YOUNG), by=by_system)
    client.force_login(viewer)

    counted = shown(read(viewer)).asides[0]

    assert [(line.text, line.number) for line in counted.lines] == [
        ("Pilots counted", "12"),
        ("Reached production", "4"),
        ("Stopped before", "1"),
        ("Still open", "7"),
    ]
    for line in counted.lines:
        assert client.get(line.url).context["page"].paginator.count == int(line.number), line.text


def test_it_says_of_each_group_why_it_is_too_old():
    """Two hundred lives: the last arrival on day 300, few watched beyond day 250, nobody beyond day 400."""
    lives = Counter({(100, End.ARRIVED): 20, (250, End.OPEN): 100, (300, End.ARRIVED): 1, (400, End.OPEN): 8})

    said = say(lives, [50, 200, 260, 270, 300, 350], 1, 90, seed=1)
    longer = say(lives, [200], 1, 250, seed=1)

    assert (said.untold, said.past, said.thin, said.last_arrival) == (4, 2, 2, 300)
    assert _too_old(said) == (
        "Two open pilots are at an age after which nobody has arrived yet (the last did on day 300), two are "
        "at an age beyond which fewer than ten were watched: one rate for all so old stands for them."
    )
    assert _too_old(longer) == (
        "One open pilot is at an age from which nobody was watched long enough to tell: one rate for all so "
        "old stands for it."
    )


def test_it_says_what_was_computed_afterwards():
    kept, after = (Scored(Forecast(is_replayed=is_replayed)) for is_replayed in (False, True))

    assert _kept(Record([kept, kept], None)) == "Kept in the month before each quarter and never changed."
    assert _kept(Record([after, after], None)) == (
        "All were computed afterwards, from what had been recorded by the month before each quarter."
    )
    assert _kept(Record([kept, after, kept], None)) == (
        "Kept in the month before each quarter and never changed; one of three was computed afterwards, from "
        "what had been recorded by the month before it."
    )


@time_machine.travel(NOW, tick=False)
def test_it_refuses_in_words(program, by_system, viewer, read):
    live(program, TODAY, TEN[: FEWEST - 1], by=by_system)

    ahead, past = charts(read(viewer))
    assert (ahead.figure, ahead.table, ahead.finding) == (
        None,
        None,
        "No forecast for January to March 2027",
    )
    assert ahead.refused.startswith("Nine pilots are too few for a forecast.")
    assert past.refused.endswith("for January to March 2027, if there are ten pilots by then.")
    told = shape(read(viewer))
    assert (told["low"], told["refused"], told["kept"]) == (None, ahead.refused, [])
    beyond = charts(read(viewer, entry="production"))[0]
    assert beyond.refused.startswith("These pilots are counted from production on")
    then = charts(read(viewer, as_of="2026-05-03"))[1]
    assert then.refused == "No forecast had been kept by Sun 3 May 2026."
