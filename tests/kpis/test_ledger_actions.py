"""Money is written down whole or not at all, checked by somebody else, and told in the history."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.ledger import (
    MOST_AT_ONCE,
    BudgetDecision,
    Check,
    EntryEdit,
    NewEntry,
    RemoveEntry,
    add_entries,
    add_entry,
    check_benefit,
    decide_budget,
    edit_entry,
    remove_entry,
)
from kpis.models import LedgerEntry
from kpis.money.terms import Basis, Commitment, Finding, LedgerKind, MoneyPhase
from kpis.oneline import read_kpi
from pilots.access.models import Event, Role, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.by import By, Forbidden, Refused, Stale
from pilots.models import Owner, Ownership, Pilot
from pilots.web.history import kind_of
from pilots.web.told import tell
from tests.conftest import NOW, TODAY

OCTOBER = {"period_from": date(2026, 10, 1), "period_to": date(2026, 10, 31)}


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def by_contributor(contributor) -> By:
    return By(user=contributor, at=NOW, source=Source.WEB)


def new(pilot, kind=LedgerKind.COST, **fields):
    category = {LedgerKind.COST: "compute", LedgerKind.BENEFIT: "efficiency", LedgerKind.BUDGET: ""}[kind]
    basis = Basis.PLANNED if kind is LedgerKind.BUDGET else Basis.ACTUAL
    known = {
        "category": category,
        "basis": basis,
        "phase": MoneyPhase.PILOT,
        "amount": Decimal(12000),
        "currency": "EUR",
        **OCTOBER,
    }
    return NewEntry(pilot=pilot, kind=kind, **known | fields)


def told():
    event = Event.objects.latest("pk")
    return event.verb, tell(event).what


def test_an_entry_is_written_down_with_who_entered_it_and_raises_the_version(pilot, by_contributor):
    row = add_entry(new(pilot, note="  Invoice 4411.  "), by=by_contributor)

    row.refresh_from_db()
    assert (row.amount, row.currency, row.note, row.entered_by) == (
        Decimal("12000.00"),
        "EUR",
        "Invoice 4411.",
        by_contributor.user,
    )
    assert Pilot.objects.get().version == pilot.version + 1
    assert told() == ("ledger.added", "wrote down a cost: EUR 12,000 of compute for the pilot")
    assert kind_of("ledger.added") == "money"


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        pytest.param({"amount": Decimal(-1)}, "amount", "negative", id="negative"),
        pytest.param({"amount": Decimal("0.001")}, "amount", "digits", id="three-decimals"),
        pytest.param({"amount": Decimal(10**15)}, "amount", "digits", id="10^15"),
        pytest.param({"amount": Decimal(10**13)}, "amount", "digits", id="more-than-15-digits"),
        pytest.param({"amount": Decimal("NaN")}, "amount", "digits", id="nan"),
        pytest.param({"amount": Decimal("Infinity")}, "amount", "digits", id="infinity"),
        pytest.param({"amount": Decimal("1e400")}, "amount", "digits", id="1e400"),
        pytest.param({"amount": Decimal("1" * 40)}, "amount", "digits", id="40-digits"),
        pytest.param({"currency": "eur"}, "currency", "currency", id="small-letters"),
        pytest.param({"currency": "EURO"}, "currency", "currency", id="four-letters"),
        pytest.param({"currency": "ZZZ"}, "currency", "currency", id="no-currency"),
        pytest.param({"category": "efficiency"}, "category", "category", id="category-of-benefits"),
        pytest.param({"category": ""}, "category", "category", id="no-category"),
        pytest.param({"period_to": date(2026, 9, 30)}, "period_to", "order", id="ends-before-it-begins"),
        pytest.param({"period_to": date(2036, 10, 1)}, "period_to", "long", id="ten-years"),
        pytest.param({"period_from": date(1989, 12, 31)}, "period_from", "year", id="before-1990"),
        pytest.param(
            {"period_from": TODAY + timedelta(days=1), "period_to": TODAY + timedelta(days=9)},
            "period_from",
            "future",
            id="actual-in-the-future",
        ),
        pytest.param({"note": "x" * 501}, "note", "length", id="long-note"),
        pytest.param({"note": "\x00"}, "note", "null-character", id="nul"),
        pytest.param(
            {"kind": LedgerKind.BUDGET, "category": "", "basis": Basis.ACTUAL},
            "basis",
            "budget",
            id="spent-budget",
        ),
        pytest.param(
            {"kind": LedgerKind.BUDGET, "basis": Basis.PLANNED}, "category", "category", id="budget"
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(pilot, by, fields, field, code):
    with pytest.raises(Refused) as refused:
        add_entry(
            new(pilot, **fields) if "kind" not in fields else NewEntry(**vars(new(pilot)) | fields), by=by
        )

    assert (field, code) in [(reason.field, reason.code) for reason in refused.value.reasons]
    assert not LedgerEntry.objects.exists()


def test_planned_money_may_lie_ahead_and_actual_money_may_end_there(pilot, by):
    ahead = {"period_from": date(2027, 1, 1), "period_to": date(2027, 12, 31)}

    add_entries(
        [
            new(pilot, basis=Basis.PLANNED, **ahead),
            new(pilot, period_from=TODAY, period_to=date(2027, 11, 17)),
        ],
        by=by,
    )

    assert LedgerEntry.objects.count() == 2


def test_a_kpi_of_another_pilot_is_refused(pilot, make_pilot, by):
    own = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    other = define_kpi(NewKpi(pilot=make_pilot("Call summaries"), line=read_kpi("Calls 14 → 9 min")), by=by)

    add_entry(new(pilot, LedgerKind.BENEFIT, kpi=own), by=by)
    with pytest.raises(Refused, match="“Calls” is a KPI of another pilot") as refused:
        add_entry(new(pilot, LedgerKind.BENEFIT, kpi=other), by=by)

    assert [reason.field for reason in refused.value.reasons] == ["kpi"]
    assert LedgerEntry.objects.get().kpi == own


def test_several_are_written_down_or_none(pilot, by):
    with pytest.raises(Refused) as refused:
        add_entries([new(pilot), new(pilot, amount=Decimal(-1)), new(pilot, currency="x")], by=by)

    assert refused.value.rows.keys() == {1, 2}
    assert refused.value.rows[1][0].code == "negative"
    assert not LedgerEntry.objects.exists()


def test_more_than_500_at_once_are_refused(pilot, by):
    with pytest.raises(Refused, match="At most 500 entries at a time; these are 501") as refused:
        add_entries([new(pilot)] * (MOST_AT_ONCE + 1), by=by)

    assert refused.value.reasons[0].code == "too-many"


def test_40_cost_as_many_queries_as_one(make_pilot, by):
    counts = []
    for number in (1, 40):
        pilot = make_pilot(f"Pilot of {number}")
        with CaptureQueriesContext(connection) as queries:
            add_entries([new(pilot)] * number, by=by)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert LedgerEntry.objects.count() == 41


def test_an_edit_writes_what_is_named_and_nothing_leaves_no_trace(pilot, by):
    row = add_entry(new(pilot), by=by)
    version = Pilot.objects.get().version

    edit_entry(EntryEdit(entry=row, fields={"amount": Decimal("12000.00")}), by=by)
    assert Pilot.objects.get().version == version

    edit_entry(EntryEdit(entry=row, fields={"amount": Decimal("12500.50"), "note": "Corrected."}), by=by)
    row.refresh_from_db()
    assert (row.amount, row.note) == (Decimal("12500.50"), "Corrected.")
    assert told() == ("ledger.edited", "changed a cost: EUR 12,500.50 of compute for the pilot")
    assert [(one.label, one.before, one.after) for one in tell(Event.objects.latest("pk")).differences] == [
        ("Amount", "12000.00", "12500.50"),
        ("Note", "", "Corrected."),
    ]


def test_an_edit_is_refused_as_a_new_entry_is(pilot, by):
    row = add_entry(new(pilot), by=by)

    with pytest.raises(Refused, match="no less than 0"):
        edit_entry(EntryEdit(entry=row, fields={"amount": Decimal(-5)}), by=by)
    with pytest.raises(ValueError, match="Not editable: kind"):
        edit_entry(EntryEdit(entry=row, fields={"kind": "benefit"}), by=by)
    with pytest.raises(Stale):
        edit_entry(EntryEdit(entry=row, fields={"note": "x"}, version=1), by=by)

    row.refresh_from_db()
    assert (row.amount, row.note) == (Decimal(12000), "")


def test_a_removed_entry_stays_in_the_history(pilot, by):
    row = add_entry(new(pilot), by=by)
    gone = LedgerEntry.objects.get()

    remove_entry(RemoveEntry(entry=row), by=by)

    assert not LedgerEntry.objects.exists()
    assert told() == ("ledger.removed", "removed a cost: EUR 12,000 of compute for the pilot")
    with pytest.raises(LedgerEntry.DoesNotExist):
        remove_entry(RemoveEntry(entry=gone), by=by)


# --- Checking ------------------------------------------------------------------------


@pytest.fixture
def claim(pilot, by_contributor) -> LedgerEntry:
    return add_entry(new(pilot, LedgerKind.BENEFIT), by=by_contributor)


def verify(entry, by, finding=Finding.VERIFIED, note="Seen in the accounts."):
    return check_benefit(Check(entry=entry, finding=finding, note=note), by=by)


def test_somebody_else_verifies_a_benefit(claim, by):
    verify(claim, by)

    claim.refresh_from_db()
    assert (claim.finding, claim.checked_by, claim.checked_on, claim.checked_note) == (
        "verified",
        by.user,
        TODAY,
        "Seen in the accounts.",
    )
    assert told() == ("ledger.checked", "verified a benefit: EUR 12,000 of efficiency for the pilot")
    assert tell(Event.objects.latest("pk")).words == "Seen in the accounts."


def test_a_rejection_says_why(claim, by):
    with pytest.raises(Refused, match="Write why it is rejected") as refused:
        verify(claim, by, Finding.REJECTED, note=" ")
    assert [reason.field for reason in refused.value.reasons] == ["checked_note"]

    verify(claim, by, Finding.REJECTED, note="Counted twice.")
    assert LedgerEntry.objects.get().finding == "rejected"


def test_nobody_checks_what_they_entered(pilot, by):
    own = add_entry(new(pilot, LedgerKind.BENEFIT), by=by)

    with pytest.raises(Forbidden, match="Nobody checks what they entered themselves"):
        verify(own, by)
    assert LedgerEntry.objects.get().finding == ""


def test_nobody_checks_an_amount_they_changed(claim, by):
    edit_entry(EntryEdit(entry=claim, fields={"amount": Decimal(900000)}), by=by)

    with pytest.raises(Forbidden, match="Nobody checks what they entered themselves"):
        verify(claim, by)


def test_whoever_changed_only_the_note_may_check(claim, by):
    edit_entry(EntryEdit(entry=claim, fields={"note": "From the accounts."}), by=by)

    assert verify(claim, by).finding == "verified"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        pytest.param(LedgerKind.COST, {}, id="cost"),
        pytest.param(LedgerKind.BUDGET, {}, id="budget"),
        pytest.param(LedgerKind.BENEFIT, {"basis": Basis.PLANNED}, id="planned"),
    ],
)
def test_only_a_benefit_that_came_can_be_checked(pilot, by, by_contributor, kind, fields):
    row = add_entry(new(pilot, kind, **fields), by=by_contributor)

    with pytest.raises(Refused, match="Only a benefit that is said to have come"):
        verify(row, by)


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": Decimal(13000)},
        {"currency": "USD"},
        {"category": "cost_saving"},
        {"period_to": date(2026, 10, 30)},
        {"period_from": date(2026, 9, 30)},
        {"basis": Basis.PLANNED},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_finding_falls_with_what_was_checked(claim, by, by_contributor, fields):
    verify(claim, by)

    edit_entry(EntryEdit(entry=claim, fields=fields), by=by_contributor)

    row = LedgerEntry.objects.get()
    assert (row.finding, row.checked_by, row.checked_on, row.checked_note) == ("", None, None, "")
    assert told()[1].endswith("; that it was verified counts no longer")


def test_a_note_leaves_the_finding(claim, by, by_contributor):
    verify(claim, by)

    edit_entry(EntryEdit(entry=claim, fields={"note": "More."}), by=by_contributor)

    assert LedgerEntry.objects.get().finding == "verified"


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("manager", True),
        ("executive", True),
        ("sponsor", True),
        ("business_owner", True),
        ("another_contributor", False),
        ("viewer", False),
        ("production_owner", False),
    ],
)
def test_who_may_check(claim, pilot, request, make_user, program, by_system, who, may):
    if who in {"manager", "executive", "viewer"}:
        user = request.getfixturevalue(who)
    elif who == "another_contributor":
        user = make_user("cole@example.com")
        add_member(program=program, user=user, role=Role.CONTRIBUTOR, by=by_system)
    else:
        user = make_user("own@example.com")
        owner = Owner.objects.create(program=program, name="Own", email=user.email, user=user)
        Ownership.objects.create(
            pilot=pilot, owner=owner, role=OwnerRole(who).value, since=TODAY, accepted_on=TODAY
        )
    acting = By(user=user, at=NOW, source=Source.WEB)

    if may:
        assert verify(claim, acting).finding == "verified"
    else:
        with pytest.raises(Forbidden, match="check benefits here"):
            verify(claim, acting)


@pytest.mark.parametrize(
    ("who", "may"), [("contributor", True), ("manager", True), ("viewer", False), ("executive", False)]
)
def test_who_may_write_money_down(pilot, request, who, may):
    acting = By(user=request.getfixturevalue(who), at=NOW, source=Source.WEB)

    if may:
        add_entry(new(pilot), by=acting)
    else:
        with pytest.raises(Forbidden, match="write down money here"):
            add_entry(new(pilot), by=acting)


# --- Budgets -------------------------------------------------------------------------


@pytest.fixture
def budget(pilot, by) -> LedgerEntry:
    return add_entry(new(pilot, LedgerKind.BUDGET, phase=MoneyPhase.PRODUCTION), by=by)


def decision(budget, commitment=Commitment.REDIRECTED, **fields):
    known = {"decided_on": TODAY, "decided_by": "Board", "because": "ROI not shown."}
    return BudgetDecision(entry=budget, commitment=commitment, **known | fields)


def test_what_became_of_a_budget_is_written_down(budget, by):
    decide_budget(decision(budget), by=by)

    row = LedgerEntry.objects.get()
    assert (row.commitment, row.decided_on, row.decided_by, row.decided_because) == (
        "redirected",
        TODAY,
        "Board",
        "ROI not shown.",
    )
    assert told() == (
        "ledger.decided",
        "redirected a budget: EUR 12,000 for the way to production, decided by Board",
    )
    assert Event.objects.latest("pk").movement == "moved"

    decide_budget(decision(budget, Commitment.COMMITTED, because=""), by=by)
    assert LedgerEntry.objects.get().commitment == "committed"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"decided_by": " "}, "decided_by", id="nobody"),
        pytest.param({"because": ""}, "decided_because", id="no-reason"),
        pytest.param({"decided_on": TODAY + timedelta(days=1)}, "decided_on", id="future"),
        pytest.param({"because": "x" * 501}, "decided_because", id="long"),
    ],
)
def test_a_decision_has_a_day_somebody_and_a_reason(budget, by, fields, field):
    with pytest.raises(Refused) as refused:
        decide_budget(decision(budget, **fields), by=by)

    assert [reason.field for reason in refused.value.reasons] == [field]
    assert LedgerEntry.objects.get().commitment == ""


def test_contributors_write_budgets_down_and_commit_none(budget, contributor, by):
    """A committed budget opens gate G8, so whoever answers for the pilot says so (S1-7)."""
    with pytest.raises(Forbidden):
        decide_budget(
            decision(budget, Commitment.COMMITTED, because=""),
            by=By(user=contributor, at=by.at, source=by.source),
        )

    budget.refresh_from_db()
    assert budget.commitment == ""


def test_only_a_budget_is_decided_about(claim, by):
    with pytest.raises(Refused, match="Only a budget"):
        decide_budget(decision(claim), by=by)


def test_a_decision_falls_with_what_it_was_about(budget, by):
    decide_budget(decision(budget, Commitment.COMMITTED, because=""), by=by)

    edit_entry(EntryEdit(entry=budget, fields={"note": "For two teams."}), by=by)
    assert LedgerEntry.objects.get().commitment == "committed"
    edit_entry(EntryEdit(entry=budget, fields={"amount": Decimal(50000)}), by=by)
    assert LedgerEntry.objects.get().commitment == ""
    assert told()[1] == (
        "changed a budget: EUR 50,000 for the way to production; that it was committed counts no longer"
    )
