from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.oneline import KpiLine
from pilots.access.models import Source
from pilots.access.permissions import Deed
from pilots.actions.by import Refused
from pilots.actions.calendar import NewFreeze, add_freeze
from pilots.actions.pilot import Edit, edit_pilot, edit_pilots
from pilots.actions.plan import NewPlan, make_plan
from pilots.lifecycle import Stage
from pilots.models import Pilot, ScopeChange
from tests.conftest import NOW

DAY_15, DAY_16 = date(2026, 11, 4), date(2026, 11, 3)  # of a plan, on Wed 18 Nov 2026


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def planned(make_pilot, by):
    def make(start: date = DAY_16) -> Pilot:
        pilot = make_pilot(stage=Stage.TRANSITION)
        Pilot.objects.filter(pk=pilot.pk).update(serving_pattern="batch")
        make_plan(NewPlan(pilot=pilot, start=start), by=by)
        return Pilot.objects.select_related("program").get(pk=pilot.pk)

    return make


def _noted() -> list[tuple]:
    rows = ScopeChange.objects.order_by("pk")
    return [(row.what, row.day, row.before, row.after, row.reason) for row in rows]


@pytest.mark.parametrize(
    ("fields", "what", "before"),
    [
        ({"problem": "Fraud is found late."}, "the use case", None),
        ({"serving_pattern": "real_time"}, "the serving pattern", "batch"),
    ],
)
def test_what_day_15_settled_changes_only_with_a_reason(planned, by, fields, what, before):
    pilot = planned()
    [after] = fields.values()
    before = before or pilot.problem

    with pytest.raises(Refused) as refused:
        edit_pilot(Edit(pilot=pilot, fields=fields), by=by)
    assert [(reason.sentence, reason.field) for reason in refused.value.reasons] == [
        (
            f"It is day 16 of its plan, and {what} was settled by day 15. Say why the scope changes.",
            "scope_reason",
        )
    ]
    assert _noted() == []

    edit_pilot(Edit(pilot=pilot, fields=fields, scope_reason=" The board asked "), by=by)
    assert _noted() == [(what, 16, before, after, "The board asked")]


def test_until_day_15_and_for_what_was_not_settled_nobody_asks(planned, by):
    pilot = planned(DAY_15)
    edit_pilot(Edit(pilot=pilot, fields={"problem": "Fraud."}), by=by)
    make_plan(NewPlan(pilot=pilot, start=DAY_16, reason="Earlier"), by=by)
    Pilot.objects.filter(pk=pilot.pk).update(serving_pattern="")

    edit_pilot(Edit(pilot=pilot, fields={"serving_pattern": "batch", "vendor": "Acme"}), by=by)

    assert _noted() == []


def test_frozen_days_settle_nothing(planned, by):
    pilot = planned()
    add_freeze(
        NewFreeze(
            program=pilot.program, first_on=date(2026, 11, 9), last_on=date(2026, 11, 9), reason="Fair"
        ),
        by=by,
    )

    edit_pilot(Edit(pilot=pilot, fields={"problem": "Fraud."}), by=by)

    assert _noted() == []


def test_an_import_writes_it_down_without_a_reason(planned, by):
    edits = [Edit(pilot=planned(), fields={"problem": "Fraud."})]
    edit_pilots(edits, by=replace(by, source=Source.IMPORT), deed=Deed.IMPORT)

    assert [row[-1] for row in _noted()] == [""]


def test_a_kpi_is_settled_too_and_what_was_empty_in_it_is_not(planned, by):
    pilot = planned()
    kpi = define_kpi(
        NewKpi(
            pilot=pilot,
            line=KpiLine(name="Handling time", baseline=None, target=Decimal(9), unit="min", direction=None),
        ),
        by=by,
    )

    edit_kpis([KpiEdit(kpi=kpi, fields={"baseline": Decimal(14)})], by=by)
    assert _noted() == []
    with pytest.raises(Refused):
        edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal(10)})], by=by)

    edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal(10)}, scope_reason="The vendor said so")], by=by)

    assert _noted() == [("the KPI Handling time", 16, "target 9", "target 10", "The vendor said so")]


def test_form_asks_beside_its_field_and_keeps_what_was_typed(planned, client, manager):
    pilot = planned()
    client.force_login(manager)
    url = "/pilots/CLM-1/edit/"
    form = client.get(url).context["form"]
    sent = {name: value for name, value in form.initial.items() if value and not isinstance(value, bool)}
    sent |= {"problem": "Fraud is found late.", "version": str(pilot.version)}

    refused = client.post(url, sent)
    assert list(refused.context["form"].errors) == ["scope_reason"]
    assert "Fraud is found late." in refused.content.decode()

    assert client.post(url, sent | {"scope_reason": "The board asked"}).status_code == 302
    page = client.get("/pilots/CLM-1/plan/").content.decode()
    assert "The use case</bdi>, day 16 of plan 1" in page
    told = client.get("/pilots/CLM-1/history/").context["told"]
    assert "changed the use case on day 16" in [item.what for item in told]
