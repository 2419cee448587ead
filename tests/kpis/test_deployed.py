"""Who is only deployed: the condition on rows against the plain rule, and the list that asks for it."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.deployed import is_deployed
from kpis.loop import missing_loop_parts
from kpis.models import FeedbackLoop, Kpi, Measurement
from kpis.oneline import read_kpi
from pilots.lifecycle import RUNNING, Stage
from pilots.models import Pilot
from tests.conftest import NOW

# Parts of a loop as they are written down; None is no row at all.
LOOPS = (
    None,
    {},
    {"truth_source": "Complaints"},
    {"truth_source": "Complaints", "linkage_key": "claim"},
    {"truth_source": "Complaints", "retrain_every_days": 90},
    {"linkage_key": "claim", "retrain_every_days": 90},
    {"truth_source": "Complaints", "linkage_key": "claim", "retrain_every_days": 90},
)
# What is measured: nothing, a KPI in use, one that is not used any longer, one that a tool evaluates.
MEASURED = ("", "used", "retired", "evaluated")
ADDRESS = "/pilots/"


@pytest.fixture
def invented(make_pilot, by):
    """Return a pilot in production for each loop and way of being measured, with what it was made of."""

    def invent(loop, measured, stage=Stage.PRODUCTION):
        pilot = make_pilot(f"{stage} {loop} {measured}", stage=stage, since=date(2026, 5, 1))
        if loop is not None:
            FeedbackLoop.objects.create(pilot=pilot, **loop)
        if measured:
            kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Right queue 71 → 88 %")), by=by)
            Kpi.objects.filter(pk=kpi.pk).update(kind="model_quality", is_primary=False)
            if measured == "retired":
                Kpi.objects.filter(pk=kpi.pk).update(retired_on=date(2026, 10, 1))
            if measured == "evaluated":
                Measurement.objects.create(
                    kpi=kpi,
                    measured_at=datetime(2026, 11, 1, tzinfo=UTC),
                    value=80,
                    provenance="curated",
                    entry="api",
                    recorded_at=NOW,
                    sample_size=400,
                )
        return pilot

    made = [(invent(loop, measured), loop, measured) for loop, measured in product(LOOPS, MEASURED)]
    others = [stage for stage in Stage if stage is not Stage.PRODUCTION]
    made += [(invent({}, "used", stage), {}, "used") for stage in others]
    return made


def is_called_so(pilot, loop, measured):
    """Say it of one pilot by the plain rule."""
    written = loop or {}
    missing = missing_loop_parts(
        truth_source=written.get("truth_source", ""),
        linkage_key=written.get("linkage_key", ""),
        evaluates_itself=measured == "evaluated",
        retrain_every_days=written.get("retrain_every_days"),
    )
    is_known = loop is not None or measured in {"used", "evaluated"}
    return pilot.at_stage in RUNNING and is_known and bool(missing)


def test_rows_and_the_plain_rule_agree_and_the_list_asks_for_them(
    invented, manager, client, django_assert_num_queries
):
    expected = {pilot.key for pilot, loop, measured in invented if is_called_so(pilot, loop, measured)}

    with django_assert_num_queries(1):
        found = {pilot.key for pilot in Pilot.objects.filter(is_deployed()).only("key")}
    assert found == expected
    assert 10 < len(expected) < len(LOOPS) * len(MEASURED)
    assert expected & {pilot.key for pilot in Pilot.objects.filter(stage="sustained")}

    client.force_login(manager)
    everyone = {pilot.key for pilot, _, _ in invented}
    for asked, keys in (("true", expected), ("false", everyone - expected)):
        answer = client.get(f"/api/v1/pilots/?deployed={asked}&limit=100").json()
        assert {row["key"] for row in answer["results"]} == keys
        listing = client.get(f"{ADDRESS}?deployed={asked}").context_data["listing"]
        assert (listing.problems, listing.page.paginator.count) == ([], len(keys))
    [chip] = client.get(f"{ADDRESS}?deployed=true").context_data["listing"].chips
    assert (chip.says, chip.value, chip.url) == ("Is", "only deployed", ADDRESS)

    past = client.get("/api/v1/pilots/?deployed=true&as_of=2026-10-01")
    assert past.status_code == 400
    assert "known for today only" in past.text
