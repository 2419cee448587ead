"""How a pilot learns, in the words of its page."""

from datetime import date

import pytest

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.loop import LoopEdit, edit_loop
from kpis.oneline import read_kpi
from kpis.web.loop import loop_of
from pilots.lifecycle import Stage
from tests.conftest import TODAY

LACKING = (
    "It lacks outcomes linked to answers, an evaluation that runs by itself and a rhythm for training anew."
)


@pytest.fixture
def running(make_pilot):
    return make_pilot(stage=Stage.PRODUCTION, since=date(2026, 5, 1))


def test_measured_pilot_in_production_without_the_loop_is_only_deployed(running, by):
    define_kpi(NewKpi(pilot=running, line=read_kpi("Handling time 14 → 9 min")), by=by)

    rows = loop_of(running, TODAY)

    assert (rows.label, rows.sentence) == ("Deployed pilot", LACKING)


def test_pilot_of_which_nothing_is_known_is_not_called_so(running):
    rows = loop_of(running, TODAY)

    assert (rows.label, rows.sentence) == (
        "",
        "Nobody has written down how it learns what came true of its answers.",
    )


def test_facts_say_what_is_known_and_what_is_not(running, by):
    fields = {
        "truth_source": "Complaints",
        "answered": 1000,
        "labelled": 300,
        "counted_on": date(2026, 11, 17),
        "retrain_every_days": 90,
        "retrain_when": "drift above 0.2",
    }
    edit_loop(LoopEdit(pilot=running, fields=fields), by=by)

    assert loop_of(running, TODAY).facts == [
        ("Outcomes are known in", "Complaints"),
        ("An outcome finds its answer by", "not known"),
        ("Answers with a known outcome", "30 %: 300 of 1,000 answers, counted Tue 17 Nov"),
        ("Evaluations", "none came from a tool"),
        ("Trained anew", "every 90 days; earlier when drift above 0.2"),
        ("Trained last", "not known"),
    ]


@pytest.mark.parametrize("stage", [Stage.PILOTING, Stage.STOPPED])
def test_before_the_plan_and_after_the_end_it_is_not_shown(make_pilot, stage):
    assert not loop_of(make_pilot(stage=stage), TODAY).is_shown
