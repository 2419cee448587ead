"""Definitions in the browser: editing, signing, retiring, removing, and what a KPI's page says of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.models import Kpi, KpiVersion, Measurement, SignOff
from kpis.oneline import read_kpi
from pilots.access.models import Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.actions.plan import NewPlan, make_plan
from pilots.lifecycle import Stage
from pilots.models import Owner, Pilot, ScopeChange
from tests.conftest import NOW
from tests.pilots.test_scope_actions import DAY_16

PAGE = "/pilots/CLM-1/kpis/"
KPI = f"{PAGE}handling-time/"
PAPER = "https://example.com/charter"
SHOWN = {
    "name": "Handling time",
    "kind": "business",
    "unit": "min",
    "direction": "lower",
    "baseline": "14",
    "target": "9",
}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def kpi(pilot, by) -> Kpi:
    return define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def send(url, **fields):
        fields.setdefault("version", Pilot.objects.get(key="CLM-1").version)
        return client.post(url, fields, follow=True)

    return send


@pytest.fixture
def business_owner(pilot, by, make_user):
    user = make_user("sina@example.com")
    contact = Contact(name="Sina", email="sina@example.com")
    row = add_owner(NewOwnership(pilot=pilot, contact=contact, role=OwnerRole.BUSINESS_OWNER), by=by)
    Owner.objects.filter(pk=row.owner_id).update(user=user)
    accept_ownership(row, by=By(user=user, at=NOW, source=Source.WEB))
    return user


def errors(answer):
    return {name: list(found) for name, found in answer.context["form"].errors.items()}


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def test_line_leads_to_the_kpi_which_says_what_it_lacks(client, manager, pilot):
    client.force_login(manager)

    answer = client.post(f"{PAGE}new/", {"kpi": "Handling time 14 → 9 min"}, follow=True)

    assert answer.redirect_chain == [(KPI, 302)]
    [sentence] = said(answer)
    assert sentence == (
        "Handling time is agreed for Claims triage. Handling time lacks definition, window, method and owner."
    )
    assert "Nobody has signed it." in answer.text


def test_echo_says_what_the_line_leaves_open(client, manager, program):
    client.force_login(manager)

    shown = client.get("/pilots/new/echo/", {"kpi": "Handling time ? → 9 min"}).text

    assert "lacks definition, direction, baseline, window, method and owner." in shown


def test_only_the_log_form_offers_not_agreed_yet(client, manager, make_pilot):
    make_pilot()
    client.force_login(manager)

    refused = client.post("/pilots/CLM-1/kpis/new/", {"kpi": "faster"}).text
    shown = client.get("/pilots/new/echo/", {"kpi": "faster", "needed": "yes"}).text

    assert "not agreed yet" not in refused + shown
    assert "Agree on a KPI of Claims triage" in refused
    assert "not agreed yet" in client.get("/pilots/new/echo/", {"kpi": "faster"}).text


def test_target_with_a_way_is_kept_without_a_baseline(client, manager, make_pilot):
    make_pilot()
    client.force_login(manager)

    client.post("/pilots/CLM-1/kpis/new/", {"kpi": "Uptime at least 99.5 %"})

    kpi = Kpi.objects.get()
    assert (kpi.name, kpi.baseline, str(kpi.target.normalize()), kpi.direction) == (
        "Uptime",
        None,
        "99.5",
        "higher",
    )


def test_form_shows_all_parts_in_four_groups(client, manager, kpi):
    client.force_login(manager)

    form = client.get(f"{KPI}edit/").context["form"]

    assert [(title, [field.name for field in fields]) for title, fields in form.parts] == [
        ("What it is", ["name", "kind", "definition", "unit", "owner"]),
        (
            "Where it stands and should come to",
            [
                "direction",
                "baseline",
                "baseline_on",
                "baseline_provenance",
                "target_low",
                "target",
                "threshold",
            ],
        ),
        ("How it is measured", ["window_days", "method", "cadence_days"]),
        ("What it is worth", ["value_per_unit", "value_currency"]),
    ]
    assert (form["baseline"].value(), form["target"].value(), form.why) == ("14", "9", None)


def test_all_parts_are_saved(send, kpi):
    answer = send(
        f"{KPI}edit/",
        **SHOWN,
        definition="From notice to decision",
        owner="Grace",
        baseline_on="30 Sep 2026",
        baseline_provenance="live",
        threshold="11,5",
        window_days="30",
        method="Median",
        cadence_days="7",
        value_per_unit="12.5",
        value_currency="eur",
    )

    stored = Kpi.objects.select_related("owner").get()
    assert answer.redirect_chain == [(KPI, 302)]
    assert said(answer) == ["Handling time is saved."]
    assert (stored.threshold, stored.window_days, stored.owner.name, stored.value_currency) == (
        Decimal("11.5"),
        30,
        "Grace",
        "EUR",
    )
    assert KpiVersion.objects.count() == 2


def test_what_is_still_missing_is_said_after_saving(send, kpi):
    answer = send(f"{KPI}edit/", **SHOWN, definition="From notice to decision", owner="Grace")

    assert said(answer) == ["Handling time is saved. Handling time lacks window and method."]
    assert "Handling time lacks window and method." in answer.text


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"name": ""}, "name", "A KPI needs a name."),
        ({"target": "20"}, "target", "20 does not lie below 14"),
        ({"target": "many"}, "target", "number"),
        ({"target": ""}, "target", "needs a target"),
        ({"direction": "range"}, "target_low", "A range has two ends."),
        ({"baseline": "1e400"}, "baseline", "number"),
        ({"baseline": "NaN"}, "baseline", "number"),
        ({"baseline_on": "19 Nov 2026"}, "baseline_on", "has not come yet"),
        ({"window_days": "0"}, "window_days", "Write days from 1 to 3,660"),
        ({"window_days": "a month"}, "window_days", "Write a whole number."),
        ({"value_per_unit": "5", "value_currency": "EURO"}, "value_currency", "three capital letters"),
        ({"kind": "latency"}, "kind", "that one is a business KPI"),
    ],
)
def test_form_says_beside_the_field_what_is_wrong(send, kpi, fields, field, sentence):
    answer = send(f"{KPI}edit/", **(SHOWN | fields))

    found = errors(answer)
    assert list(found) == [field]
    assert sentence in found[field][0]
    assert KpiVersion.objects.count() == 1


def test_after_day_15_the_form_asks_why(send, client, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION)
    make_plan(NewPlan(pilot=pilot, start=DAY_16), by=by)
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)

    assert "Why the scope changes" in client.get(f"{KPI}edit/").text
    refused = send(f"{KPI}edit/", **(SHOWN | {"target": "8"}))
    assert list(errors(refused)) == ["scope_reason"]
    send(f"{KPI}edit/", **(SHOWN | {"target": "8"}), scope_reason="The board asked")

    note = ScopeChange.objects.get()
    assert (note.before, note.after, note.reason) == ("target 9", "target 8", "The board asked")
    assert KpiVersion.objects.get(number=2).reason == "The board asked"


def test_business_owner_signs_and_a_change_makes_it_stale(client, kpi, business_owner, by):
    client.force_login(business_owner)
    page = client.get(f"{KPI}sign/")
    assert "I agree to version 1" in page.text
    assert "lacks definition, window, method and owner." in page.text
    begins = {name: page.context["form"][name].value() for name in ("version", "version_number")}

    signed = client.post(f"{KPI}sign/", begins, follow=True)

    assert said(signed) == ["Handling time is signed, version 1."]
    assert "Signed by Sina on Wed 18 Nov, version 1." in signed.text
    edit_kpis([KpiEdit(kpi=kpi, fields={"window_days": 30}, reason="Agreed late")], by=by)
    changed = client.get(KPI).text
    assert (
        "Changed since it was signed on Wed 18 Nov (window not known → 30 days): Sina signed version 1."
        in changed
    )
    assert "Agreed late" in changed


def test_definition_that_moved_while_somebody_read_it_is_shown_before_it_is_signed(
    client, kpi, business_owner, by
):
    client.force_login(business_owner)
    edit_kpis([KpiEdit(kpi=kpi, fields={"window_days": 30})], by=by)
    version = Pilot.objects.get(key="CLM-1").version

    refused = client.post(f"{KPI}sign/", {"version": version, "version_number": 1})
    assert "Version 2 is in force, and this is version 1." in refused.text
    assert refused.context["form"]["version_number"].value() == "2"
    client.post(f"{KPI}sign/", {"version": version, "version_number": 2})

    assert SignOff.objects.get().version.number == 2


def test_manager_notes_paper(send, client, kpi, business_owner):
    owner = Owner.objects.get(name="Sina")
    fields = {"version_number": 1, "signer": owner.pk, "signed_on": "26 Oct 2026"}

    bare = send(f"{KPI}sign/", **fields)
    noted = send(f"{KPI}sign/", **fields, link=PAPER)

    assert list(errors(bare)) == ["link"]
    assert "Signed by Sina on Mon 26 Oct, version 1." in noted.text


def test_nobody_to_sign_is_said(client, manager, kpi):
    client.force_login(manager)

    assert "Nobody is named as its business owner" in client.get(f"{KPI}sign/").text


def test_primary_one_says_at_once_that_another_takes_its_place_first(client, manager, pilot, kpi, by):
    client.force_login(manager)

    alone = client.get(f"{KPI}retire/").text
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)
    drift = {"kind": "drift"}
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Drift 0.2 → 0.1"), fields=drift), by=by)
    page = client.get(f"{KPI}retire/").text

    assert "It is the primary KPI" in alone
    assert f"{PAGE}new/" in alone
    assert "Retire it" not in alone + page
    assert f'action="{PAGE}error-rate/primary/"' in page
    assert f"{PAGE}drift/primary/" not in page
    assert f"{KPI}retire/" in client.get(KPI).text
    assert "Retire it" in client.get(f"{PAGE}error-rate/retire/").text


@pytest.mark.parametrize(
    ("fields", "hours", "said"),
    [
        ({"target": Decimal(10)}, -1, "By the target of Wed 18 Nov, which is younger than the reading."),
        ({"baseline": Decimal(15)}, -1, "By the baseline of Wed 18 Nov, which is younger than the reading."),
        ({"target": Decimal(10)}, 1, ""),
        ({"method": "Median"}, -1, ""),
    ],
)
def test_reading_older_than_the_target_says_by_which_it_is_told(
    client, manager, kpi, by, fields, hours, said
):
    edit_kpis([KpiEdit(kpi=kpi, fields=fields)], by=by)
    at = NOW + timedelta(hours=hours)
    Measurement.objects.create(
        kpi=kpi, value=Decimal(12), provenance="live", measured_at=at, entry="form", recorded_at=NOW
    )
    client.force_login(manager)

    page, tab = client.get(KPI).text, client.get(PAGE).text

    assert ("which is younger than the reading" in page) is bool(said)
    assert said in page
    assert ("By the " in tab) is bool(said)
    assert ('href="#versions"' in page) is bool(said)
    assert 'id="versions"' in page


def test_what_nobody_knows_is_not_known(client, manager, kpi):
    client.force_login(manager)

    page = client.get(KPI).text

    assert '<span class="unknown">not known</span>' in page
    assert ">unknown<" not in page


def test_target_that_moved_since_it_was_signed_is_told(client, kpi, business_owner, by):
    client.force_login(business_owner)
    client.post(f"{KPI}sign/", {"version": Pilot.objects.get().version, "version_number": 1})

    edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal(10), "method": "Median"})], by=by)

    assert "(target 9 min → 10 min, method): Sina signed version 1." in client.get(KPI).text


def test_primary_retired_restored_removed(send, client, pilot, kpi, by):
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)

    assert said(send(f"{PAGE}error-rate/primary/")) == ["Error rate is the primary KPI now."]
    assert said(send(f"{PAGE}error-rate/primary/")) == ["It is the primary KPI already."]
    assert said(send(f"{KPI}retire/", reason="Not counted")) == [
        "Handling time is retired. Its readings stay."
    ]
    assert "measured no longer" in client.get(KPI).text
    assert said(send(f"{KPI}restore/")) == ["Handling time is measured again."]
    refused = send(f"{PAGE}error-rate/retire/")
    assert errors(refused)["__all__"] == [
        "It is the primary KPI, the one the pilot is judged by. Make another one primary first."
    ]
    assert said(send(f"{KPI}remove/")) == ["Handling time is removed."]
    assert list(Kpi.objects.values_list("code", flat=True)) == ["error-rate"]
    assert client.get(f"{KPI}edit/").status_code == 404


@pytest.mark.parametrize(
    ("person", "pages"),
    [
        ("manager", ["edit", "sign", "retire", "remove"]),
        ("contributor", ["edit", "retire", "remove"]),
        ("viewer", []),
    ],
)
def test_page_offers_what_the_reader_may_do(client, request, pilot, kpi, by, person, pages):
    second = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)
    address = f"{PAGE}{second.code}/"
    client.force_login(request.getfixturevalue(person))

    shown = client.get(address).text

    offered = [page for page in ("edit", "sign", "retire", "remove") if f'"{address}{page}/"' in shown]
    assert offered == pages
    for page in {"edit", "sign", "retire", "remove"} - set(pages):
        assert client.get(f"{address}{page}/").status_code == 403


def test_history_tells_definitions_among_the_numbers(client, send, kpi, business_owner):
    send(
        f"{KPI}sign/",
        version_number=1,
        signer=Owner.objects.get(name="Sina").pk,
        signed_on="18 Nov 2026",
        text="x",
    )

    shown = client.get("/pilots/CLM-1/history/", {"kind": "numbers"}).text

    assert "noted that Sina signed “Handling time”, version 1" in shown
