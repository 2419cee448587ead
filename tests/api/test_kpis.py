"""KPIs through the API: defined, changed, signed, retired; what contradicts itself is refused by pointer."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi, define_kpis
from kpis.models import Kpi, KpiVersion, Measurement, SignOff
from kpis.oneline import KpiLine, read_kpi
from pilots.access.models import Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.models import Owner, Pilot
from tests.conftest import NOW

KPI = "kpis/CLM-1/handling-time/"
BODY = {
    "pilot": "CLM-1",
    "name": "Handling time",
    "definition": "From notice to decision",
    "unit": "min",
    "baseline": "14.50",
    "baseline_on": "2026-09-30",
    "baseline_provenance": "live",
    "target": 9,
    "threshold": 11.5,
    "window_days": 30,
    "method": "Median",
    "cadence_days": 7,
    "owner": "Grace",
    "value_per_unit": "12.5",
    "value_currency": "EUR",
}
PAPER = "https://example.com/charter"


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
def business_owner(pilot, by, make_user):
    user = make_user("sina@example.com")
    contact = Contact(name="Sina", email="sina@example.com")
    row = add_owner(NewOwnership(pilot=pilot, contact=contact, role=OwnerRole.BUSINESS_OWNER), by=by)
    Owner.objects.filter(pk=row.owner_id).update(user=user)
    accept_ownership(row, by=By(user=user, at=NOW, source=Source.WEB))
    return user


def tag() -> str:
    return f'"v{Pilot.objects.get(key="CLM-1").version}"'


def faults(answer):
    return [(fault["pointer"], fault["code"]) for fault in answer.data["errors"]]


def test_kpi_is_defined_read_changed_and_removed(api, pilot):
    made = api.post("kpis/", BODY, Idempotency_Key="a")
    again = api.post("kpis/", BODY, Idempotency_Key="a")
    shown = {
        "id": "CLM-1/handling-time",
        "pilot": "CLM-1",
        "code": "handling-time",
        "name": "Handling time",
        "kind": "business",
        "definition": "From notice to decision",
        "unit": "min",
        "direction": "lower",
        "baseline": "14.5",
        "baseline_on": "2026-09-30",
        "baseline_provenance": "live",
        "target": "9",
        "target_low": None,
        "threshold": "11.5",
        "window_days": 30,
        "method": "Median",
        "cadence_days": 7,
        "owner": {"id": Owner.objects.get(name="Grace").pk, "name": "Grace"},
        "value_per_unit": "12.5",
        "value_currency": "EUR",
        "is_primary": True,
        "retired_on": None,
        "missing": [],
        "version": 1,
        "is_signed": False,
    }

    assert (made.status_code, {name: made.data[name] for name in shown}, again.data) == (
        201,
        shown,
        made.data,
    )
    assert made["Location"] == f"http://testserver/api/v1/{KPI}"
    read = api.get("kpis/clm-1/handling-time/")
    assert (read.data, read["ETag"], made["ETag"]) == (made.data, tag(), tag())
    stale = api.patch(KPI, {"window_days": 60}, If_Match='"v1"')
    patched = api.patch(KPI, {"window_days": 60, "owner": None, "reason": "Longer"}, If_Match=tag())
    assert (stale.status_code, patched.status_code) == (412, 200)
    assert patched.data == made.data | {"window_days": 60, "owner": None, "missing": ["owner"], "version": 2}
    versions = api.get(f"{KPI}versions/").data["results"]
    assert [(row["number"], row["reason"], row["parts"]["window_days"]) for row in versions] == [
        (1, None, 30),
        (2, "Longer", 60),
    ]
    assert api.send("DELETE", KPI).status_code == 428
    assert api.send("DELETE", KPI, If_Match=tag()).status_code == 204
    assert api.get(KPI).status_code == 404


def test_kpi_is_defined_in_one_line(api, pilot):
    made = api.post("kpis/", {"pilot": "CLM-1", "kpi": "Handling time 14 → 9 min", "window_days": 30})

    assert (made.status_code, made.data["target"], made.data["missing"]) == (
        201,
        "9",
        ["definition", "method", "owner"],
    )


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        ({"pilot": "CLM-1"}, 400, ("/name", "required")),
        ({"pilot": "CLM-1", "kpi": "better somehow"}, 400, ("/kpi", "kpi")),
        ({"pilot": "CLM-1", "kpi": "Time 14 → 9", "target": 8}, 400, ("/target", "doubled")),
        (BODY | {"pilot": "CLM-9"}, 400, ("/pilot", "does_not_exist")),
        (BODY | {"kind": "status"}, 400, ("/kind", "invalid_choice")),
        (BODY | {"baseline": "fourteen"}, 400, ("/baseline", "invalid")),
        (BODY | {"baseline": "NaN"}, 400, ("/baseline", "invalid")),
        (BODY | {"baseline": True}, 400, ("/baseline", "invalid")),
        (BODY | {"baseline": "1" * 40}, 400, ("/baseline", "digits")),
        (BODY | {"target": "0.1234567"}, 400, ("/target", "digits")),
        (BODY | {"window_days": 0}, 400, ("/window_days", "min_value")),
        (BODY | {"colour": "red"}, 400, ("/colour", "unknown-field")),
        (BODY | {"direction": "higher"}, 409, ("/target", "wrong-side")),
        (BODY | {"direction": "range", "target_low": "12"}, 409, ("/target_low", "order")),
        (BODY | {"target": None, "threshold": None}, 409, ("/target", "required")),
        (BODY | {"baseline_on": "2026-11-19"}, 409, ("/baseline_on", "future")),
        (BODY | {"value_per_unit": "-1"}, 409, ("/value_per_unit", "range")),
        # ISO 4217 keeps XXX for “no currency”.
        (BODY | {"value_currency": "XXX"}, 409, ("/value_currency", "currency")),
        (BODY | {"name": "handling  time"}, 409, ("/name", "repeated")),
    ],
)
def test_bad_definitions_are_refused_whole(api, kpi, body, status, fault):
    if fault != ("/name", "repeated"):
        body = body | ({"name": "Other"} if "name" in body else {})

    answer = api.post("kpis/", body)

    assert (answer.status_code, faults(answer)) == (status, [fault])
    assert list(Kpi.objects.all()) == [kpi]
    assert not Owner.objects.filter(name="Grace").exists()


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        ({"target": "20"}, 409, ("/target", "wrong-side")),
        ({"unit": "h"}, 409, ("/unit", "has-readings")),
        ({"kind": "drift"}, 409, ("/kind", "primary")),
        ({"name": None}, 400, ("/name", "null")),
        ({"cadence_days": 3661}, 400, ("/cadence_days", "max_value")),
    ],
)
def test_bad_changes_are_refused_by_pointer(api, kpi, body, status, fault):
    Measurement.objects.create(
        kpi=kpi, measured_at=NOW, value=Decimal(12), provenance="live", entry="api", recorded_at=NOW
    )

    answer = api.patch(KPI, body)

    assert (answer.status_code, faults(answer)) == (status, [fault])
    assert KpiVersion.objects.count() == 1
    assert api.send("DELETE", KPI, If_Match=tag()).status_code == 409


def test_kpis_are_filtered(api, pilot, make_pilot, by):
    other = make_pilot("Fraud")
    line = read_kpi("Handling time 14 → 9 min")
    define_kpis([NewKpi(pilot=pilot, line=line), NewKpi(pilot=other, line=line)], by=by)
    api.post("kpis/", BODY | {"name": "Whole", "kind": "latency"})
    api.post("kpis/CLM-1/whole/retire/", {"reason": "Enough"})

    def found(**query):
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return [row["id"] for row in api.get(f"kpis/?{asked}").data["results"]]

    assert found() == ["CLM-1/handling-time", "CLM-2/handling-time", "CLM-1/whole"]
    assert found(pilot="CLM-2") == ["CLM-2/handling-time"]
    assert found(program="claims", primary="false") == ["CLM-1/whole"]
    assert found(kind="latency") == found(complete="true") == found(retired="true") == ["CLM-1/whole"]
    assert found(complete="false") == found(retired="false") == found(primary="true")
    assert found(signed="true") == []
    assert api.get("kpis/?pilot=CLM-9").status_code == 400


def test_business_owner_signs_and_a_change_makes_it_stale(make_api, api, kpi, business_owner):
    owner = make_api(business_owner)

    signed = owner.post(f"{KPI}sign/", {"version": 1})
    again = owner.post(f"{KPI}sign/", {"version": 1})
    changed = api.patch(KPI, {"method": "Median"})
    old = owner.post(f"{KPI}sign/", {"version": 1})

    assert (signed.status_code, signed.data["is_signed"], signed["ETag"]) == (200, True, '"v5"')
    assert (again.status_code, faults(again)) == (409, [("/signer", "signed")])
    assert (changed.data["version"], changed.data["is_signed"]) == (2, False)
    assert old.status_code == 409
    row = SignOff.objects.get()
    listed = api.get("sign-offs/?pilot=CLM-1").data["results"]
    assert listed == [
        {
            "id": row.pk,
            "kpi": "CLM-1/handling-time",
            "version": 1,
            "is_current": False,
            "signer": {"id": row.signer_id, "name": "Sina"},
            "signed_on": "2026-11-18",
            "link": None,
            "text": None,
            "recorded_by": {"id": business_owner.pk, "name": "Sina"},
            "recorded_at": "2026-11-18T09:00:00Z",
        }
    ]
    assert api.get(f"sign-offs/{row.pk}/").data == listed[0]


def test_manager_notes_paper(api, kpi, business_owner):
    signer = Owner.objects.get(name="Sina").pk

    bare = api.post(f"{KPI}sign/", {"version": 1, "signer": signer})
    noted = api.post(
        f"{KPI}sign/", {"version": 1, "signer": signer, "signed_on": "2026-10-26", "link": PAPER}
    )

    assert (bare.status_code, faults(bare)) == (409, [("/link", "required")])
    assert noted.data["is_signed"] is True
    assert SignOff.objects.get().link == PAPER


@pytest.mark.parametrize(
    ("person", "edits", "signs"),
    [("manager", 200, 409), ("contributor", 200, 403), ("viewer", 403, 403), ("executive", 403, 403)],
)
def test_who_may_edit_and_who_may_sign(make_api, request, kpi, business_owner, person, edits, signs):
    caller = make_api(request.getfixturevalue(person))

    # Without a paper a manager notes nothing; whether they may is asked first.
    assert caller.post(f"{KPI}sign/", {"version": 1}).status_code == signs
    for verb in ("primary", "retire", "restore"):
        assert caller.post(f"{KPI}{verb}/", {}).status_code == (409 if edits == 200 else 403)
    assert caller.patch(KPI, {"cadence_days": 7}).status_code == edits
    assert not SignOff.objects.exists()


def test_kpis_of_pilots_one_cannot_see_are_not_there(make_api, make_user, kpi):
    stranger = make_api(make_user("stranger@example.com"))

    assert stranger.get("kpis/").data["results"] == []
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "sign/"), ("GET", "versions/")):
        assert stranger.send(method, f"{KPI}{path}", *([{}] if method != "GET" else [])).status_code == 404


def test_primary_retire_and_restore(api, kpi, pilot, by):
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)

    assert api.post("kpis/CLM-1/error-rate/primary/", {}).data["is_primary"] is True
    assert api.get(KPI).data["is_primary"] is False
    assert api.post(f"{KPI}retire/", {"reason": "Enough"}).data["retired_on"] == "2026-11-18"
    assert api.post(f"{KPI}retire/", {}).status_code == 409
    assert api.post(f"{KPI}restore/", {}).data["retired_on"] is None


@pytest.mark.parametrize("path", ["kpis/?limit=100", "pilots/?limit=100", "sign-offs/?limit=100"])
def test_queries_do_not_grow_with_kpis(api, make_pilot, by, program, path):
    owner = Owner.objects.create(program=program, name="Sina")
    counts = []
    for number in (1, 99):
        pilots = [make_pilot(f"Pilot {number} {place}") for place in range(number)]
        line = KpiLine("Handling time", Decimal(14), Decimal(9), "min", None)
        define_kpis([NewKpi(pilot=pilot, line=line, fields={"owner": owner}) for pilot in pilots], by=by)
        SignOff.objects.bulk_create(
            SignOff(version=version, signer=owner, signed_on=NOW.date(), recorded_at=NOW)
            for version in KpiVersion.objects.filter(kpi__pilot__in=pilots)
        )
        with CaptureQueriesContext(connection) as queries:
            found = api.get(path).data["results"]
        counts.append(len(queries))

    assert len(found) == 100
    assert counts[0] == counts[1]
