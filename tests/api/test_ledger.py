"""Money through the API: written down, checked, decided, and what it comes to."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import LedgerEntry, ProgramMoney, Rate
from kpis.oneline import read_kpi
from pilots.access.models import Event, Source
from pilots.actions.by import By
from pilots.models import Pilot
from tests.conftest import NOW

COST = {
    "pilot": "CLM-1",
    "kind": "cost",
    "category": "compute",
    "phase": "pilot",
    "basis": "actual",
    "amount": "4200.00",
    "currency": "EUR",
    "period_from": "2026-10-01",
    "period_to": "2026-10-31",
}
BENEFIT = COST | {"kind": "benefit", "category": "efficiency"}
BUDGET = {name: value for name, value in COST.items() if name not in {"category", "basis"}} | {
    "kind": "budget"
}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def contributing(make_api, contributor):
    return make_api(contributor)


def _by(user) -> By:
    return By(user=user, at=NOW, source=Source.API)


def _tag() -> str:
    return f'"v{Pilot.objects.get(key="CLM-1").version}"'


def test_an_entry_is_written_down_read_changed_and_removed(api, pilot, manager):
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=_by(manager))
    sent = COST | {"kpi": f"CLM-1/{kpi.code}", "note": "Invoice"}

    made = api.post("ledger/", sent, Idempotency_Key="a")
    again = api.post("ledger/", sent, Idempotency_Key="a")

    row = LedgerEntry.objects.get()
    address = f"ledger/{row.pk}/"
    shown = {
        "id": row.pk,
        **COST,
        "note": "Invoice",
        "kpi": "CLM-1/handling-time",
        "commitment": None,
        "decided_on": None,
        "decided_by": None,
        "decided_because": None,
        "finding": None,
        "checked_by": None,
        "checked_on": None,
        "checked_note": None,
        "entered_by": {"id": manager.pk, "name": "Maren"},
        "entered_at": "2026-11-18T09:00:00Z",
    }
    assert (made.status_code, made.data, again.data) == (201, shown, shown)
    assert made["Location"] == f"http://testserver/api/v1/{address}"
    assert (api.get(address).data, api.get(address)["ETag"]) == (shown, _tag())
    assert api.patch(address, {"amount": "1"}, If_Match='"v1"').status_code == 412
    patched = api.patch(address, {"amount": "4310.5", "kpi": None}, If_Match=_tag())
    assert patched.data == shown | {"amount": "4310.50", "kpi": None}
    assert api.send("DELETE", address).status_code == 428
    assert api.send("DELETE", address, If_Match=_tag()).status_code == 204
    assert api.get(address).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        pytest.param({"amount": "-1"}, 409, "/amount", id="negative"),
        pytest.param({"amount": "0.001"}, 409, "/amount", id="three-decimals"),
        pytest.param({"amount": "1000000000000000"}, 400, "/amount", id="10^15"),
        pytest.param({"amount": "10000000000000"}, 409, "/amount", id="10^13"),
        pytest.param({"amount": 4200}, 400, "/amount", id="number"),
        pytest.param({"amount": "NaN"}, 400, "/amount", id="nan"),
        pytest.param({"amount": "Infinity"}, 400, "/amount", id="infinity"),
        pytest.param({"amount": "1e400"}, 400, "/amount", id="1e400"),
        pytest.param({"amount": "1" * 40}, 400, "/amount", id="40-digits"),
        pytest.param({"amount": ""}, 400, "/amount", id="empty"),
        pytest.param({"amount": None}, 400, "/amount", id="null"),
        pytest.param({"currency": "eur"}, 409, "/currency", id="small-letters"),
        pytest.param({"currency": "EURO"}, 400, "/currency", id="four-letters"),
        pytest.param({"category": "efficiency"}, 409, "/category", id="category-of-benefits"),
        pytest.param({"category": "gifts"}, 400, "/category", id="no-category"),
        pytest.param({"category": None}, 409, "/category", id="without-category"),
        pytest.param({"kind": "gift"}, 400, "/kind", id="kind"),
        pytest.param({"period_to": "2026-09-30"}, 409, "/period_to", id="order"),
        pytest.param({"period_to": "30.9.2026"}, 400, "/period_to", id="day"),
        pytest.param(
            {"period_from": "2026-11-19", "period_to": "2026-11-20"}, 409, "/period_from", id="future"
        ),
        pytest.param({"kpi": "FIN-9/none"}, 400, "/kpi", id="kpi-unseen"),
        pytest.param({"pilot": "FIN-9"}, 400, "/pilot", id="pilot-unseen"),
        pytest.param({"verified": True}, 400, "/verified", id="unknown-field"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_pointer(api, pilot, change, status, pointer):
    refused = api.post("ledger/", COST | change)

    assert (refused.status_code, [fault["pointer"] for fault in refused.data["errors"]]) == (
        status,
        [pointer],
    )
    assert not LedgerEntry.objects.exists()


def test_several_are_written_down_or_none(api, pilot, make_pilot):
    make_pilot("Call summaries")
    entries = [COST, BENEFIT | {"pilot": "CLM-2"}, BUDGET]

    made = api.post("ledger/bulk/", {"entries": entries})
    assert (made.status_code, [row["pilot"] for row in made.data["entries"]]) == (
        201,
        ["CLM-1", "CLM-2", "CLM-1"],
    )

    refused = api.post("ledger/bulk/", {"entries": [COST, COST | {"amount": "-1"}]})
    assert (refused.status_code, [fault["pointer"] for fault in refused.data["errors"]]) == (
        409,
        ["/entries/1/amount"],
    )
    unread = api.post("ledger/bulk/", {"entries": [COST, COST | {"pilot": "CLM-9"}, COST | {"kpi": "x"}]})
    assert [fault["pointer"] for fault in unread.data["errors"]] == ["/entries/1/pilot"]
    unseen = api.post("ledger/bulk/", {"entries": [COST, COST | {"kpi": "CLM-1/none"}]})
    assert [fault["pointer"] for fault in unseen.data["errors"]] == ["/entries/1/kpi"]
    assert api.post("ledger/bulk/", {"entries": []}).status_code == 400
    assert api.post("ledger/bulk/", {"entries": [COST] * 501}).status_code == 400
    assert LedgerEntry.objects.count() == 3


def test_a_benefit_is_checked_by_somebody_else(api, contributing, pilot, manager):
    entry = contributing.post("ledger/", BENEFIT).data
    address = f"ledger/{entry['id']}/check/"

    assert contributing.post(address, {"finding": "verified"}).status_code == 403
    silent = api.post(address, {"finding": "rejected"})
    assert (silent.status_code, silent.data["errors"][0]["pointer"]) == (409, "/checked_note")
    checked = api.post(address, {"finding": "verified", "checked_note": "Seen."}, If_Match=_tag())

    assert checked.data == entry | {
        "finding": "verified",
        "checked_by": {"id": manager.pk, "name": "Maren"},
        "checked_on": "2026-11-18",
        "checked_note": "Seen.",
    }


def test_nobody_checks_their_own_entry(api, pilot):
    entry = api.post("ledger/", BENEFIT).data

    refused = api.post(f"ledger/{entry['id']}/check/", {"finding": "verified"})

    assert (refused.status_code, refused.data["detail"]) == (
        403,
        "Nobody checks what they entered themselves: ask another of those who may.",
    )
    assert LedgerEntry.objects.get().finding == ""


def test_a_budget_is_decided_about(api, pilot):
    entry = api.post("ledger/", BUDGET).data
    address = f"ledger/{entry['id']}/decide/"

    silent = api.post(address, {"commitment": "deferred", "decided_by": "Board"})
    assert (silent.status_code, silent.data["errors"][0]["pointer"]) == (409, "/decided_because")
    decided = api.post(
        address, {"commitment": "deferred", "decided_by": "Board", "decided_because": "ROI not shown."}
    )

    assert decided.data == entry | {
        "commitment": "deferred",
        "decided_on": "2026-11-18",
        "decided_by": "Board",
        "decided_because": "ROI not shown.",
    }


def test_filters_keep_what_they_say(api, contributing, pilot):
    contributing.post(
        "ledger/bulk/", {"entries": [COST, BENEFIT, BENEFIT, BUDGET, COST | {"currency": "USD"}]}
    )
    rows = list(LedgerEntry.objects.order_by("pk"))
    api.post(f"ledger/{rows[1].pk}/check/", {"finding": "verified"})
    api.post(f"ledger/{rows[3].pk}/decide/", {"commitment": "committed", "decided_by": "Board"})
    places = {row.pk: place for place, row in enumerate(rows)}

    def kept(query):
        return sorted(places[row["id"]] for row in api.get(f"ledger/?{query}").data["results"])

    assert kept("kind=cost") == [0, 4]
    assert kept("category=efficiency") == [1, 2]
    assert kept("finding=verified") == [1]
    assert kept("finding=unchecked") == [2]
    assert kept("commitment=committed") == [3]
    assert kept("commitment=undecided") == []
    assert kept("currency=USD") == [4]
    assert kept("phase=run") == []
    assert kept("basis=planned") == [3]
    assert kept("from_day=2026-10-31") == [0, 1, 2, 3, 4]
    assert kept("from_day=2026-11-01") == []
    assert kept("to_day=2026-09-30") == []
    assert kept("pilot=CLM-1&program=claims") == [0, 1, 2, 3, 4]
    assert api.get("ledger/?kind=gift").status_code == 400
    assert api.get("ledger/?pilot=FIN-1").status_code == 400


def test_the_list_costs_the_same_for_any_number(api, pilot):
    counts = []
    for number in (1, 99):
        api.post("ledger/bulk/", {"entries": [BENEFIT] * number})
        with CaptureQueriesContext(connection) as queries:
            assert api.get("ledger/").status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_money_of_a_pilot(api, contributing, pilot):
    contributing.post(
        "ledger/bulk/",
        {
            "entries": [
                COST | {"amount": "120000"},
                BENEFIT | {"amount": "40000"},
                BENEFIT | {"amount": "80000"},
                BUDGET | {"amount": "5000"},
            ]
        },
    )
    benefit = LedgerEntry.objects.get(amount=40_000)
    api.post(f"ledger/{benefit.pk}/check/", {"finding": "verified"})

    in_euro = api.get("pilots/CLM-1/money/").data
    assert (in_euro["roi"], in_euro["verified_share"]) == ("-0.666667", "0.333333")
    assert in_euro["payback_month"] is None

    contributing.post("ledger/", COST | {"amount": "12000", "currency": "USD"})
    money = api.get("pilots/CLM-1/money/").data

    assert money["currency"] == "EUR"
    assert money["cost"]["actual"] == {"amount": "120000.00", "unconverted": {"USD": "12000.00"}}
    assert (money["roi"], money["verified_share"], money["payback_month"]) == (None, "0.333333", None)
    assert money["benefits"]["verified"] == {"amount": "40000.00", "unconverted": {}}
    assert money["benefits"]["rejected"] == {"amount": None, "unconverted": {}}
    assert money["budgets"] == {"pilot": {"undecided": {"amount": "5000.00", "unconverted": {}}}}
    assert money["unconverted"] == {"USD": "12000.00"}
    assert money["delay"]["missing"] == "It is not shown to work yet, so nothing waits for it."


def test_who_does_not_see_a_pilot_sees_no_money_of_it(make_api, make_user, pilot, api):
    entry = api.post("ledger/", COST).data
    stranger = make_api(make_user("stranger@example.com"))

    assert stranger.get("pilots/CLM-1/money/").status_code == 404
    assert stranger.get(f"ledger/{entry['id']}/").status_code == 404
    assert stranger.get("ledger/").data["results"] == []


# --- Currency and rates ----------------------------------------------------------------

RATE = {"currency": "USD", "rate": "0.92", "since": "2026-10-01", "note": "Central bank"}
MONEY = "programs/claims/money/"


def test_a_program_has_a_currency_and_rates(api, program):
    assert api.get(MONEY).data == {"currency": "EUR", "rates": []}

    made = api.post(f"{MONEY}rates/", RATE)
    row = Rate.objects.get()
    shown = {"id": row.pk, **RATE}
    assert (made.status_code, made.data) == (201, shown)
    kept = api.patch(MONEY, {"currency": "CHF"})
    assert (kept.status_code, kept.data["errors"][0]["pointer"]) == (409, "/currency")
    assert api.send("DELETE", f"{MONEY}rates/{row.pk}/", If_Match="*").status_code == 204
    assert api.patch(MONEY, {"currency": "CHF"}).data == {"currency": "CHF", "rates": []}

    assert ProgramMoney.objects.get().currency == "CHF"
    verbs = list(Event.objects.order_by("pk").values_list("verb", flat=True))[-3:]
    assert verbs == ["rate.added", "rate.removed", "program.currency_set"]


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        pytest.param({"rate": "0"}, 409, "/rate", id="zero"),
        pytest.param({"rate": "-1"}, 400, "/rate", id="negative"),
        pytest.param({"rate": 0.92}, 400, "/rate", id="number"),
        pytest.param({"rate": "NaN"}, 400, "/rate", id="nan"),
        pytest.param({"rate": "1e400"}, 400, "/rate", id="1e400"),
        pytest.param({"rate": "99999999.99999999"}, 409, "/rate", id="16-digits"),
        pytest.param({"since": "2026-11-19"}, 409, "/since", id="future"),
        pytest.param({"currency": "EUR"}, 409, "/currency", id="own"),
        pytest.param({"currency": "ZZZ"}, 409, "/currency", id="unknown"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(api, program, change, status, pointer):
    refused = api.post(f"{MONEY}rates/", RATE | change)

    assert (refused.status_code, [fault["pointer"] for fault in refused.data["errors"]]) == (
        status,
        [pointer],
    )
    assert not Rate.objects.exists()


def test_a_rate_is_entered_once_a_day(api, program):
    api.post(f"{MONEY}rates/", RATE)

    refused = api.post(f"{MONEY}rates/", RATE | {"rate": "0.93"})

    assert (refused.status_code, refused.data["errors"][0]["pointer"]) == (409, "/since")
    assert Rate.objects.get().rate == Decimal("0.92")


def test_who_may_set_the_currency(make_api, contributor, administrator, program):
    assert make_api(contributor).get(MONEY).status_code == 200
    assert make_api(contributor).patch(MONEY, {"currency": "CHF"}).status_code == 403
    assert make_api(contributor).post(f"{MONEY}rates/", RATE).status_code == 403
    assert make_api(administrator).patch(MONEY, {"currency": "CHF"}).status_code == 200
