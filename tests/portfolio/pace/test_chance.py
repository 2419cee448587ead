"""The chance of one pilot: exact steps from hand-made lives, refusals, the page and the API."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.hold import NewHold, hold_pilot
from pilots.lifecycle import Stage
from pilots.models import Pilot, RiskTier
from portfolio.flow.chance import Estimate
from portfolio.pace.chance import PilotChance, Step, chance_of, has_none
from portfolio.pace.chance_words import tell_chance
from tests.conftest import TODAY
from tests.portfolio.pace.lived import TEN, live

FIVE_MORE = [(days, None) for days in (250, 260, 270, 280, 290)]


@pytest.fixture
def fifteen(program, by_system):
    return live(program, TODAY, (*TEN, *FIVE_MORE), by=by_system)


@pytest.fixture
def young(program, fifteen, by_system):
    """One that entered Piloting 95 days ago."""
    return live(program, TODAY, [(95, None)], by=by_system, name="Young", risk=RiskTier.LIMITED)[0]


def test_each_fact_narrows_whom_it_is_compared_with(young, viewer):
    found = chance_of(young, viewer, TODAY)

    # Of sixteen one stopped on day 90 and the young one was watched for 95 days: 14/15 of what was left.
    left = 15 / 16
    arrived = left * 4 / 14
    assert found.basis == "Claims AI"
    assert [(step.code, step.words, step.of) for step in found.steps] == [
        ("all", "All pilots of Claims AI from Piloting on", 16),
        ("age", "95 days since Piloting", 14),
        ("risk", "Limited risk", 1),
    ]
    assert found.steps[0].told == (pytest.approx(0), pytest.approx(arrived))
    # Of the fourteen that were there for longer, four arrived.
    assert found.steps[1].told == (pytest.approx(4 / 14), pytest.approx(4 / 14))
    assert found.steps[2].refused == "Only one pilot came so far in its tier; a chance is told from ten on."
    assert [round(one.chance, 6) for one in found.told] == [round(4 / 14, 6)] * 2
    assert all(one.low < one.chance < one.high for one in found.told)
    assert found.told == chance_of(young, viewer, TODAY).told  # the same at every look


def test_facts_are_told_as_points_that_add_up(young, viewer):
    told = tell_chance(chance_of(young, viewer, TODAY))

    assert [(line.words, list(line.numbers)) for line in told.lines] == [
        # None of sixteen: Wilson's interval of 0 of 16 ends at 19.4 %. From there no points are counted.
        ("All pilots of Claims AI from Piloting on", ["under 19 %", "27 %"]),
        ("95 days since Piloting", ["29 %", "+2"]),
        ("Limited risk", []),
    ]
    assert told.together == ["29 %", "29 %"]
    assert told.range.startswith("80 % interval: ")
    falling = PilotChance("", [Step("all", "", 20, (0.4, None)), Step("age", "", 20, (0.3, 0.5))])
    assert [list(line.numbers) for line in tell_chance(falling).lines] == [
        ["40 %", "not known"],
        ["−10", "50 %"],
    ]
    known = replace(falling, told=(Estimate(0.3, 0.1, 0.5), None))
    assert (tell_chance(known).together, tell_chance(known).range) == (
        ["30 %", "not known"],
        "80 % interval: 10 to 50 % within 90 days.",
    )
    none = PilotChance(
        "",
        [Step("all", "", 20, (0.4, 0.4)), Step("age", "", 20, (0.0, 0.001))],
        (Estimate(0.0, 0.0, 0.161), Estimate(0.3, 0.1, 0.5)),
    )
    assert [list(line.numbers) for line in tell_chance(none).lines][1] == ["under 16 %", "under 1 %"]
    assert tell_chance(none).together == ["under 16 %", "30 %"]
    assert tell_chance(none).range == (
        "80 % interval: 10 to 50 % within 180 days. None of those it rests on arrived within 90 days; "
        "“under” is the high end of a 95 % interval."
    )


def test_its_stage_is_asked_once_ten_came_so_far(program, by_system, viewer, make_pilot):
    # Proven since these days; all entered it 50 days before production or now.
    pilot = make_pilot("Proven", stage=Stage.PROVEN, since=TODAY - timedelta(days=20))
    live(program, TODAY, (*TEN, *FIVE_MORE), by=by_system)

    found = chance_of(pilot, viewer, TODAY)

    stage = next(step for step in found.steps if step.code == "stage")
    # Those in production reached Proven on a day nobody knows, so the landmark has one pilot with a day.
    assert (stage.of, stage.refused) == (
        1,
        "Only one pilot came as far as Proven; a chance is told from ten on.",
    )
    assert found.refused == "Nobody knows since when it is in Piloting."


def test_below_ten_it_refuses_in_words(program, by_system, viewer, make_pilot):
    pilot = make_pilot("Alone")

    found = chance_of(pilot, viewer, TODAY)

    assert (found.steps, found.told) == ((), (None, None))
    assert found.refused == (
        "Only one pilot came into Piloting on a known day; a chance is told from ten on."
    )


def test_few_in_the_program_ask_all_that_the_reader_sees(
    fifteen, other_program, by_system, executive, administrator
):
    (alone,) = live(other_program, TODAY, [(50, None)], by=by_system)

    found = chance_of(alone, executive, TODAY)

    assert (found.basis, found.steps[0].of) == ("all programs you see", 16)


def test_confidential_pilots_are_in_no_history(program, fifteen, young, by_system, manager):
    before = chance_of(young, manager, TODAY)
    live(program, TODAY, TEN, by=by_system, name="Secret", is_confidential=True)

    assert chance_of(young, manager, TODAY) == before
    secret = Pilot.objects.get(name="Secret 5")
    assert chance_of(secret, manager, TODAY).steps[0].of == 16


def test_no_chance_is_told_where_there_is_no_question(young, fifteen, make_pilot, by, viewer):
    assert has_none(young) == ""
    assert has_none(fifteen[0]) == "It has been in production already."
    assert has_none(fifteen[4]) == "It has ended, so it will not come into production."
    assert has_none(make_pilot("Idea", stage=Stage.IDEA)).startswith("It is not piloted yet")
    review = TODAY + timedelta(days=30)
    hold_pilot(NewHold(pilot=young, reason="no budget", agreed_by="S. Keller", review_on=review), by=by)
    young.refresh_from_db()
    assert chance_of(young, viewer, TODAY) == PilotChance(
        "", (), refused="It is on hold, so its clock stands still. Its chance is told once it goes on."
    )


def test_page_and_api_tell_the_same(client, young, viewer, stranger, fifteen):
    client.force_login(viewer)
    page = client.get(f"/pilots/{young.key}/")
    part = client.get(f"/pilots/{young.key}/chance/", headers={"HX-Request": "true"})
    whole = client.get(f"/pilots/{young.key}/chance/")
    read = client.get(f"/api/v1/pilots/{young.key}/chance/")

    assert f'hx-get="/pilots/{young.key}/chance/"' in page.content.decode()
    assert "<html" not in part.content.decode()
    assert "<html" in whole.content.decode()
    for answer in (part, whole):
        assert answer.context["chance"].together == ["29 %", "29 %"]
        assert "HX-Request" in answer["Vary"]
    body = read.json()
    assert (body["pilot"], body["basis"], body["refused"]) == (young.key, "Claims AI", None)
    assert body["within_90_days"]["chance"] == pytest.approx(4 / 14)
    assert [step["code"] for step in body["steps"]] == ["all", "age", "risk"]
    assert body["steps"][2]["within_90_days"] is None
    assert "hx-get" not in client.get(f"/pilots/{fifteen[0].key}/").content.decode().split("Facts")[1]
    client.force_login(stranger)
    assert client.get(f"/pilots/{young.key}/chance/").status_code == 404
    assert client.get(f"/api/v1/pilots/{young.key}/chance/").status_code == 404


def test_it_costs_the_same_for_any_number_of_pilots(
    young, program, by_system, viewer, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as asked:
        chance_of(young, viewer, TODAY)
    live(program, TODAY, TEN * 3, by=by_system, name="More", risk=RiskTier.LIMITED)

    with django_assert_num_queries(len(asked)):
        chance_of(young, viewer, TODAY)
    assert len(asked) <= 4
