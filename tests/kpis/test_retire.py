"""The primary KPI, those that are measured no longer, and those that were a mistake."""

from decimal import Decimal

import pytest
import time_machine

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, define_kpis, edit_kpis
from kpis.actions.remove import remove_kpi, remove_kpis
from kpis.actions.retire import make_primary, retire_kpi, unretire_kpi
from kpis.models import Kpi, KpiVersion, Measurement, SignOff
from kpis.oneline import read_kpi
from pilots.access.models import Event
from pilots.actions.by import Refused
from pilots.models import Owner, Pilot
from pilots.web.told import tell
from tests.conftest import NOW, TODAY


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


def new(pilot, line="Handling time 14 → 9 min", **fields):
    return NewKpi(pilot=pilot, line=read_kpi(line), fields=fields)


@pytest.fixture
def pair(make_pilot, by):
    pilot = make_pilot()
    return define_kpis([new(pilot), new(pilot, "Error rate 4 → 2 %")], by=by)


def primaries():
    return list(Kpi.objects.filter(is_primary=True).values_list("name", flat=True))


def told(verb):
    return tell(Event.objects.get(verb=verb)).what


def test_primary_one_is_replaced(pair, by):
    make_primary(pair[1], by=by)

    assert primaries() == ["Error rate"]
    assert told("kpi.made_primary") == "made “Error rate” the primary KPI in place of “Handling time”"


def test_only_a_business_kpi_in_use_becomes_primary(pair, by):
    latency = define_kpi(new(pair[0].pilot, "Latency 900 → 500 ms", kind="latency"), by=by)
    retire_kpi(pair[1], by=by)

    for kpi, code in ((pair[0], "primary"), (latency, "not-business"), (pair[1], "retired")):
        with pytest.raises(Refused) as refusal:
            make_primary(kpi, by=by)
        assert [reason.code for reason in refusal.value.reasons] == [code]
    assert primaries() == ["Handling time"]


def test_retired_kpi_keeps_its_row_and_comes_back(pair, by):
    retire_kpi(pair[1], by=by, reason=" Nobody counts errors any longer ")

    retired = Kpi.objects.get(pk=pair[1].pk)
    assert retired.retired_on == TODAY
    assert list(Kpi.objects.in_use()) == [pair[0]]
    event = Event.objects.get(verb="kpi.retired")
    assert (tell(event).what, tell(event).words) == (
        "retired the KPI “Error rate”",
        "Nobody counts errors any longer",
    )
    with pytest.raises(Refused, match="retired already"):
        retire_kpi(pair[1], by=by)

    unretire_kpi(pair[1], by=by)
    assert Kpi.objects.get(pk=pair[1].pk).retired_on is None
    assert told("kpi.restored") == "brought the KPI “Error rate” back"
    with pytest.raises(Refused, match="not retired"):
        unretire_kpi(pair[1], by=by)


def test_primary_one_is_not_retired(pair, by):
    with pytest.raises(Refused, match="Make another one primary first"):
        retire_kpi(pair[0], by=by)

    remove_kpi(pair[1], by=by)
    with pytest.raises(Refused, match="Agree another business KPI"):
        retire_kpi(pair[0], by=by)
    assert Kpi.objects.get().retired_on is None


def test_retired_kpi_lets_go_of_its_name_until_it_comes_back(pair, by):
    retire_kpi(pair[1], by=by)
    again = define_kpi(new(pair[0].pilot, "Error rate 40 → 20 ppm"), by=by)

    assert again.code == "error-rate-2"
    with pytest.raises(Refused, match="another KPI called Error rate"):
        unretire_kpi(pair[1], by=by)
    edit_kpis([KpiEdit(kpi=again, fields={"name": "Errors"})], by=by)
    unretire_kpi(pair[1], by=by)
    assert Kpi.objects.in_use().count() == 3


def test_removed_kpi_takes_its_versions_along_and_leaves_an_heir(pair, by):
    version = Pilot.objects.get(pk=pair[0].pilot_id).version

    remove_kpi(pair[0], by=by, version=version)

    assert list(KpiVersion.objects.values_list("kpi", flat=True)) == [pair[1].pk]
    assert primaries() == ["Error rate"]
    assert told("kpi.removed") == "removed the KPI “Handling time”; “Error rate” is the primary one now"


def test_heir_is_a_business_kpi_in_use(pair, by):
    define_kpi(new(pair[0].pilot, "Latency 900 → 500 ms", kind="latency"), by=by)
    retire_kpi(pair[1], by=by)

    remove_kpi(pair[0], by=by)

    assert primaries() == []


def test_what_has_readings_or_a_signature_is_not_removed(pair, by, program):
    Measurement.objects.create(
        kpi=pair[0],
        measured_at=NOW,
        value=Decimal(12),
        provenance="live",
        entry="form",
        recorded_at=NOW,
        is_current=False,
    )
    SignOff.objects.create(
        version=KpiVersion.objects.get(kpi=pair[1]),
        signer=Owner.objects.create(program=program, name="Sina"),
        signed_on=TODAY,
        recorded_at=NOW,
    )

    with pytest.raises(Refused) as refusal:
        remove_kpis(pair, by=by)

    assert [reason.sentence for reason in refusal.value.reasons] == [
        "Handling time has readings, and readings are kept. Retire it instead.",
        "Error rate was signed, and signatures are kept. Retire it instead.",
    ]
    assert Kpi.objects.count() == 2
    assert not Event.objects.filter(verb="kpi.removed").exists()


@pytest.mark.parametrize("act", [make_primary, retire_kpi, unretire_kpi, remove_kpi])
def test_kpi_that_is_gone_is_an_error(pair, by, act):
    remove_kpi(pair[1], by=by)
    gone = Kpi(pk=pair[1].pk or 999, pilot_id=pair[0].pilot_id)

    with pytest.raises(Kpi.DoesNotExist):
        act(gone, by=by)
