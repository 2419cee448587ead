from decimal import Decimal

import pytest
from django.test import Client

from pilots.access.models import Event
from pilots.actions.account import create_token
from pilots.actions.by import Forbidden
from portfolio.benchmarks.actions import shown, switch_benchmark
from portfolio.benchmarks.catalogue import CATALOGUE, Chart, Measure, drawable

AT_FIRST = ["pilot-to-production", "months-on-average", "months-range"]


def test_every_figure_says_unit_source_and_what_is_wrong_with_it():
    for benchmark in CATALOGUE.values():
        assert benchmark.caveat.endswith(".")
        assert (bool(benchmark.unit), bool(benchmark.stated_by), bool(benchmark.population)) == (True,) * 3
        assert benchmark.verified is False
        if not benchmark.measure.is_months:
            assert 0 < benchmark.value <= (benchmark.high or benchmark.value) < 1
    assert [one.code for one in CATALOGUE.values() if one.at_first] == AT_FIRST


def test_figures_are_said_as_they_were_stated():
    said = {code: one.said.replace("\N{NO-BREAK SPACE}", " ") for code, one in CATALOGUE.items()}

    assert said["pilot-to-production"] == "12 %"
    assert said["months-range"] == "6 to 18 months"
    assert said["value-held"] == "under 40 %"
    assert said["operates-three-years"] == "20 to 45 %"
    assert said["spending-deferred"] == "25 %"


def test_no_chart_takes_a_figure_of_another_measure():
    every = CATALOGUE.values()

    assert [one.code for one in drawable(Chart.FUNNEL, every)] == ["pilot-to-production"]
    assert [one.code for one in drawable(Chart.TIME_TO_PRODUCTION, every)] == AT_FIRST[1:]
    for chart in Chart:
        drawn = drawable(chart, every)
        assert {one.unit for one in drawn} == {chart.value.unit}
        assert not {Measure.NO_MEASURED_BENEFIT, Measure.ABANDONS_MOST} & {one.measure for one in drawn}


def test_33_to_4_12_percent_and_88_percent_are_one_figure():
    near = (Decimal("0.12"), Decimal("0.88"))

    assert [one.code for one in CATALOGUE.values() if one.value in near] == ["pilot-to-production"]
    assert len({one.measure for one in CATALOGUE.values()}) == len(Measure)


def test_administrator_switches_a_figure_and_it_is_told(administrator, by):
    benchmark = CATALOGUE["abandoned"]
    assert [one.code for one in shown()] == AT_FIRST

    with pytest.raises(Forbidden):
        switch_benchmark(benchmark, is_on=True, by=by)
    assert [one.code for one in shown()] == AT_FIRST
    by_administrator = type(by)(user=administrator, at=by.at, source=by.source)

    assert switch_benchmark(benchmark, is_on=True, by=by_administrator) is True
    assert switch_benchmark(benchmark, is_on=True, by=by_administrator) is False
    assert [one.code for one in shown()] == [*AT_FIRST, "abandoned"]
    (told,) = Event.objects.filter(verb="benchmark.switched")
    assert (told.actor, told.subject, told.before, told.after) == (
        administrator,
        benchmark.name,
        {"on": False},
        {"on": True},
    )


def test_page_shows_every_figure_and_switches_one(client, administrator, make_pilot):
    client.force_login(administrator)
    make_pilot()

    page = client.get("/settings/benchmarks/").content.decode()
    for benchmark in CATALOGUE.values():
        assert benchmark.name in page
    assert "What is 95 %?" in page
    sent = client.post("/settings/benchmarks/", {"code": "nobody", "on": "true"}, follow=True)
    assert "There is no such figure. Choose one of those listed." in sent.content.decode()
    assert "generative AI pilots" not in client.get("/funnel/").content.decode()

    sent = client.post("/settings/benchmarks/", {"code": "no-measured-benefit", "on": "true"}, follow=True)

    assert "“Pilots without measured benefit” is shown from now on." in sent.content.decode()
    funnel = client.get("/funnel/").content.decode()
    assert CATALOGUE["no-measured-benefit"].caveat in funnel
    assert "share of pilots, by P&amp;L" in funnel


def test_api_reads_them_for_everybody_and_switches_for_administrators(administrator, manager, by_system):
    def ask(user, method, path="", **given):
        _, secret = create_token(user=user, name="test", scopes={"read", "write"}, by=by_system)
        headers = {"Authorization": f"Bearer {secret}"}
        send = getattr(Client(), method)
        return send(f"/api/v1/benchmarks/{path}", headers=headers, content_type="application/json", **given)

    listed = ask(manager, "get").json()
    assert [row["code"] for row in listed if row["on"]] == AT_FIRST
    assert listed[0]["unit"] == "share of pilots"
    assert ask(manager, "patch", "abandoned/", data={"on": True}).status_code == 403

    assert ask(administrator, "patch", "abandoned/", data={"on": True}).json()["on"] is True
    assert ask(administrator, "patch", "nobody/", data={"on": True}).status_code == 404
    assert ask(administrator, "patch", "abandoned/", data={"on": "perhaps"}).status_code == 400
    assert [row["code"] for row in ask(manager, "get").json() if row["on"]] == [*AT_FIRST, "abandoned"]
