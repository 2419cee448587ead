"""A KPI that money names stays: a benefit would lose what it is said to have come from."""

from decimal import Decimal

import pytest

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.ledger import EntryEdit, NewEntry, add_entry, edit_entry
from kpis.actions.remove import remove_kpi
from kpis.models import Kpi
from kpis.money.terms import Basis, LedgerKind, MoneyPhase
from kpis.oneline import read_kpi
from pilots.actions.by import Refused
from tests.conftest import TODAY


def test_kpi_that_money_names_is_not_removed(make_pilot, by):
    pilot = make_pilot()
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    benefit = add_entry(
        NewEntry(
            pilot=pilot,
            kind=LedgerKind.BENEFIT,
            category="efficiency",
            phase=MoneyPhase.RUN,
            basis=Basis.ACTUAL,
            amount=Decimal(500),
            currency="EUR",
            period_from=TODAY,
            period_to=TODAY,
            kpi=kpi,
        ),
        by=by,
    )

    with pytest.raises(Refused) as refused:
        remove_kpi(kpi, by=by)
    assert [(reason.code, reason.sentence) for reason in refused.value.reasons] == [
        ("has-money", "Money is written down for Handling time. Name another KPI there, or retire it.")
    ]

    edit_entry(EntryEdit(entry=benefit, fields={"kpi": None}), by=by)
    remove_kpi(kpi, by=by)
    assert not Kpi.objects.exists()
