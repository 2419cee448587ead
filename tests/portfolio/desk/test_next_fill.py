"""The next thing to fill: what refuses the next step first, the field on the spot, saved by its action."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import Kpi
from kpis.oneline import read_kpi
from pilots.access.permissions import OwnerRole
from pilots.actions.owner import Contact, NewOwnership, add_owner, decline_ownership
from pilots.actions.plan import NewPlan, make_plan
from pilots.lifecycle import Stage
from pilots.models import Owner, Ownership, Pilot
from tests.conftest import NOW
from tests.passing import waive_gates

PAGE, FILL = "/pilots/CLM-1/", "/pilots/CLM-1/fill/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


def _asked(client) -> tuple[str, str | None]:
    """Return the sentence, and the code of the field where it stands on the spot."""
    found = client.get(PAGE).context["next"]
    return (found.sentence, found.form["what"].value() if found.form else found.url) if found else ("", None)


def _filled(client, what, value, **more):
    sent = {"what": what, "value": value, "version": str(Pilot.objects.get().version)}
    return client.post(FILL, sent | more)


def test_an_idea_is_led_field_by_field_to_its_charter(client, manager, make_pilot):
    make_pilot(stage=Stage.IDEA)
    client.force_login(manager)

    assert _asked(client) == ("G0 Charter: no number is agreed that should move.", "metric-chosen")
    _filled(client, "metric-chosen", "Handling time ? → 9 min")
    assert _asked(client) == ("G0 Charter: nobody owns the number it should move.", "business-owner")
    _filled(client, "business-owner", "Grace <grace@example.com>")
    sentence, url = _asked(client)

    assert Kpi.objects.values_list("name", "baseline").get() == ("Handling time", None)
    assert Ownership.objects.values_list("owner__name", "role").get() == ("Grace", "business_owner")
    assert sentence == (
        "G0 Charter: nobody has written down who will use it, when, and what they decide with it."
    )
    assert url == "/pilots/CLM-1/readiness/evidence/new/?requirement=use-case"


def test_what_refuses_the_next_step_comes_before_what_would_only_help(client, manager, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION, owner=Contact(name="Ines"))
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time ? → 9 min")), by=by)
    client.force_login(manager)

    assert _asked(client) == ("G1 Business metric: the main KPI has no measured baseline.", "kpi-baseline")
    assert "Handling time today, min" in client.get(PAGE).content.decode()
    _filled(client, "kpi-baseline", "14.5")

    assert Kpi.objects.get().baseline == Decimal("14.5")
    assert _asked(client) == (
        "G1 Business metric: the business owner has not signed the main KPI as it is now.",
        "/pilots/CLM-1/kpis/handling-time/sign/",
    )


def test_signature_is_asked_of_whoever_may_sign(client, contributor, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION, owner=Contact(name="Ines"))
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    client.force_login(contributor)

    assert "signed" not in _asked(client)[0]


def test_run_owner_who_has_not_agreed_is_waited_for_by_name(client, manager, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION, owner=Contact(name="Ines"))
    waive_gates(pilot, "G0", "G1", "G2", "G3", "G4", "G5")
    client.force_login(manager)
    assert _asked(client)[1] == "run-owner"
    row = add_owner(
        NewOwnership(pilot=pilot, contact=Contact(name="Luka Petrović"), role=OwnerRole.RUN_OWNER), by=by
    )
    said = "Luka Petrović was named on Wed 18 Nov and has not agreed yet."

    move = client.get(f"{PAGE}move/?to=limited").content.decode()
    sent = {"to": "limited", "happened_on": "2026-11-18", "version": row.pilot.version}
    refused = client.post(f"{PAGE}move/", sent)

    assert _asked(client) == (f"G6 Run owner: {said}", "/pilots/CLM-1/people/")
    for html in (move, refused.content.decode(), client.get(f"{PAGE}readiness/").content.decode()):
        assert said in html
        assert "agreed to run it after" not in html
    Owner.objects.filter(pk=row.owner_id).update(user=manager)
    decline_ownership(row, by=by)
    assert _asked(client)[1] == "run-owner"


@pytest.mark.parametrize(
    ("what", "value", "sentence"),
    [
        pytest.param("kpi-baseline", "a lot", "“a lot” is not a number.", id="number"),
        pytest.param("kpi-baseline", "", "Write the number.", id="empty"),
        pytest.param("production-owner", "nobody yet", "Write a name or an address.", id="nobody"),
        pytest.param("risk", "vast", "Choose one of the list.", id="choice"),
        pytest.param("decide-by", "1 Oct 2026", "Thu 1 Oct 2026 is past.", id="past"),
        pytest.param("metric-chosen", "faster", "Headway cannot find a name and two numbers", id="line"),
    ],
)
def test_a_refusal_stands_beside_the_field_with_what_was_typed(
    client, manager, make_pilot, by, what, value, sentence
):
    pilot = make_pilot()
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time ? → 9 min")), by=by)
    client.force_login(manager)

    response = _filled(client, what, value)

    shown = " ".join(str(error) for errors in response.context["form"].errors.values() for error in errors)
    assert sentence in shown
    assert (Kpi.objects.get().baseline, Ownership.objects.count(), Pilot.objects.get().risk) == (None, 0, "")


def test_somebody_faster_is_told_and_what_was_typed_stays(client, manager, make_pilot):
    make_pilot()
    Pilot.objects.update(version=7)
    client.force_login(manager)

    response = _filled(client, "risk", "high", version="1")

    assert (response.status_code, Pilot.objects.get().risk) == (409, "")
    assert 'value="high" selected' in response.content.decode()


@pytest.mark.parametrize(
    ("what", "value"),
    [("production-owner", "Rui"), ("metric-chosen", "Cost 9 → 4 EUR"), ("kpi-baseline", "99")],
)
def test_of_two_forms_of_one_version_the_second_keeps_what_was_typed(
    client, manager, make_pilot, by, what, value
):
    pilot = make_pilot()
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time ? → 9 min")), by=by)
    version = str(Pilot.objects.get().version)
    Pilot.objects.update(version=int(version) + 1)
    client.force_login(manager)

    response = _filled(client, what, value, version=version)

    assert (response.status_code, Ownership.objects.count(), Kpi.objects.get().baseline) == (409, 0, None)
    assert f'value="{value}"' in response.content.decode()


def test_number_somebody_filled_in_meanwhile_stays(client, manager, make_pilot, by):
    define_kpi(NewKpi(pilot=make_pilot(), line=read_kpi("Handling time 14 → 9 min")), by=by)
    client.force_login(manager)

    response = _filled(client, "kpi-baseline", "99")

    assert response.context["form"].errors["value"] == ["Somebody filled it in meanwhile: 14 min."]
    assert Kpi.objects.get().baseline == 14


def test_what_day_15_settled_leads_to_the_form_that_asks_why(client, manager, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION)
    Pilot.objects.update(serving_pattern="batch")
    make_plan(NewPlan(pilot=pilot, start=date(2026, 10, 1)), by=by)
    client.force_login(manager)

    response = _filled(client, "serving-pattern", "real_time")

    [error] = response.context["form"].non_field_errors()
    assert "the serving pattern was settled by day 15. Say why the scope changes." in error
    assert '<a href="/pilots/CLM-1/edit/">Change it where the reason is asked for</a>' in error
    assert Pilot.objects.get().serving_pattern == "batch"


def test_viewers_are_asked_nothing_and_contributors_only_what_they_may(
    client, viewer, contributor, make_pilot
):
    make_pilot()
    client.force_login(viewer)
    of_viewer = _asked(client)
    client.force_login(contributor)

    assert of_viewer == ("", None)
    assert _asked(client) == ("No number is agreed that should move.", "metric-chosen")
    assert _filled(client, "production-owner", "Ines").status_code == 403
    assert Ownership.objects.count() == 0


@pytest.mark.parametrize(("stage", "queries"), [(Stage.PROVEN, 37), (Stage.TRANSITION, 46)])
def test_readiness_and_plan_cost_the_same_for_any_number_of_rows(
    client, manager, make_pilot, by, stage, queries, django_assert_num_queries
):
    pilot = make_pilot(stage=stage, owner=Contact(name="Ines"))
    client.force_login(manager)
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time ? → 9 min")), by=by)
    if stage is Stage.TRANSITION:
        make_plan(NewPlan(pilot=pilot, start=date(2026, 11, 2)), by=by)

    with django_assert_num_queries(queries):
        page = client.get(PAGE)
    for number in range(20):
        add_owner(
            NewOwnership(pilot=pilot, contact=Contact(name=f"B{number}"), role=OwnerRole.BUILDER), by=by
        )
    with django_assert_num_queries(queries):
        client.get(PAGE)

    assert (page.context["course"] is not None) is (stage is Stage.TRANSITION)
    assert page.context["headline"] == "Not ready: none of six gates are met"
    assert [mark.gate.value for mark in page.context["gates"]] == ["G1", "G2", "G3", "G4", "G5", "G6"]


def test_before_it_is_proven_its_gates_are_silent(client, manager, make_pilot):
    make_pilot()
    client.force_login(manager)

    assert client.get(PAGE).context["gates"] == []
