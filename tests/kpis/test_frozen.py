"""A decision keeps the pilot as it was when it was made, whatever becomes of it."""

from decimal import Decimal

import pytest
import time_machine

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.actions.retire import retire_kpi
from kpis.models import Kpi
from kpis.oneline import read_kpi
from pilots.access.permissions import OwnerRole
from pilots.actions.decision import NewDecision, Settlement, ask_decision, decide
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot import Edit, edit_pilot
from pilots.models import Decision
from pilots.web.as_it_was import as_it_was
from tests.conftest import NOW, TODAY


@pytest.fixture
def decided(make_pilot, make_flag, by):
    pilot = make_pilot()
    add_owner(NewOwnership(pilot=pilot, contact=Contact(name="Ines"), role=OwnerRole.SPONSOR), by=by)
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    make_flag(pilot, health="stalled")
    pilot.refresh_from_db()
    asked = ask_decision(NewDecision(pilot=pilot, question="Extend?"), by=by)
    return decide(Settlement(decision=asked, choice="Extend"), by=by)


def test_threshold_stands_in_for_a_target_and_retired_numbers_are_left_out(make_pilot, by):
    pilot = make_pilot()
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    edit_kpis([KpiEdit(kpi=kpi, fields={"target": None, "threshold": Decimal(11)})], by=by)
    old = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)
    retire_kpi(old, by=by)
    asked = ask_decision(NewDecision(pilot=pilot, question="Extend?"), by=by)

    decision = decide(Settlement(decision=asked, choice="Extend"), by=by)

    assert decision.frozen["kpis"] == [
        {"name": "Handling time", "baseline": "14", "target": None, "threshold": "11", "unit": "min"}
    ]
    assert "Handling time: baseline 14 min, threshold 11 min" in str(as_it_was(decision, TODAY))


def test_what_was_known_is_kept(decided):
    kept = Decision.objects.get().frozen

    assert {name: kept[name] for name in ("at", "stage", "since", "on_hold", "plan")} == {
        "at": "2026-11-18T09:00:00+00:00",
        "stage": "piloting",
        "since": "Tue 1 Sep 2026",
        "on_hold": False,
        "plan": None,
    }
    assert kept["owners"] == [{"role": "sponsor", "name": "Ines"}]
    assert [flag["rule"] for flag in kept["flags"]] == ["R-01"]
    assert kept["kpis"] == [{"name": "Handling time", "baseline": "14", "target": "9", "unit": "min"}]
    assert kept["readiness"].endswith(".")


def test_later_changes_leave_it_alone_and_the_page_shows_it(client, manager, decided, by):
    Kpi.objects.update(target=7)
    edit_pilot(Edit(pilot=decided.pilot, fields={"name": "Another name"}), by=by)
    client.force_login(manager)

    with time_machine.travel(NOW, tick=False):
        response = client.get(f"/decisions/{decided.pk}/")

    then = response.context["then"]
    assert (then.day, then.url) == ("Wed 18 Nov", "/pilots/CLM-1/?as_of=2026-11-18")
    assert ("Numbers", ["Handling time: baseline 14 min, target 9 min"]) in then.facts
    assert ("People", ["Ines, sponsor"]) in then.facts
    assert "As it was then" in response.content.decode()


def test_a_decision_from_before_this_was_kept_says_nothing(client, manager, decided):
    Decision.objects.update(frozen={})
    client.force_login(manager)

    assert client.get(f"/decisions/{decided.pk}/").context["then"] is None
