"""What a definition may say: each contradiction is refused beside the part that is to blame."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, define_kpis, edit_kpis
from kpis.actions.kpi_rules import MOST_KPIS
from kpis.models import Kpi, KpiVersion, Measurement
from kpis.oneline import KpiLine, read_kpi
from pilots.access.models import Event, Program
from pilots.actions.account import create_programs
from pilots.actions.by import Refused
from pilots.actions.owner import Contact
from pilots.models import Owner
from tests.conftest import NOW

TRIAGE = "Handling time 14 → 9 min"
PARTS = {
    "definition": " From notice to decision ",
    "baseline_on": date(2026, 9, 30),
    "baseline_provenance": "live",
    "threshold": Decimal(11),
    "window_days": 30,
    "cadence_days": 7,
    "method": "Median",
    "owner": Contact(name="Grace"),
    "value_per_unit": Decimal("12.5"),
    "value_currency": "eur",
}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


def new(pilot, line=TRIAGE, **fields):
    return NewKpi(pilot=pilot, line=read_kpi(line), fields=fields)


def edited(kpi, by, **fields):
    return edit_kpis([KpiEdit(kpi=kpi, fields=fields)], by=by)[0]


def faults(refusal):
    return [(reason.field, reason.code) for reason in refusal.value.reasons]


def reading(kpi):
    return Measurement.objects.create(
        kpi=kpi, measured_at=NOW, value=Decimal(12), provenance="live", entry="form", recorded_at=NOW
    )


def test_all_parts_are_defined_at_once(make_pilot, by):
    kpi = define_kpi(new(make_pilot(), **PARTS), by=by)

    stored = Kpi.objects.select_related("owner").get(pk=kpi.pk)
    assert (stored.definition, stored.baseline_on, stored.threshold) == (
        "From notice to decision",
        date(2026, 9, 30),
        Decimal(11),
    )
    assert (stored.owner.name, stored.value_per_unit, stored.value_currency) == (
        "Grace",
        Decimal("12.5"),
        "EUR",
    )
    assert Event.objects.get(verb="kpi.defined").after == {
        "kpi": "Handling time, baseline 14 min, target 9 min, lower is better",
        "definition": "From notice to decision",
        "baseline_on": "2026-09-30",
        "baseline_provenance": "live",
        "threshold": "11",
        "window_days": 30,
        "method": "Median",
        "owner": "Grace",
        "cadence_days": 7,
        "value_per_unit": "12.5",
        "value_currency": "EUR",
    }


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        pytest.param({"direction": "higher"}, "target", "wrong-side", id="higher-but-target-below"),
        pytest.param(
            {"target": Decimal(20), "direction": "lower"}, "target", "wrong-side", id="lower-but-target-above"
        ),
        pytest.param(
            {"direction": "range", "target_low": Decimal(9)}, "target_low", "order", id="range-of-nothing"
        ),
        pytest.param(
            {"direction": "range", "target_low": Decimal(10)}, "target_low", "order", id="range-upside-down"
        ),
        pytest.param({"direction": "range"}, "target_low", "required", id="range-without-lower-end"),
        pytest.param(
            {"direction": "lower", "target_low": Decimal(3)}, "target_low", "no-range", id="low-without-range"
        ),
        pytest.param({"target": None}, "target", "required", id="neither-target-nor-threshold"),
        pytest.param({"kind": "latency"}, "kind", "primary", id="primary-that-is-no-business"),
        pytest.param({"baseline_on": date(2026, 11, 19)}, "baseline_on", "future", id="baseline-tomorrow"),
        pytest.param({"window_days": 0}, "window_days", "range", id="window-of-no-day"),
        pytest.param({"window_days": 3661}, "window_days", "range", id="window-too-long"),
        pytest.param({"cadence_days": -1}, "cadence_days", "range", id="cadence-backwards"),
        pytest.param({"cadence_days": 3661}, "cadence_days", "range", id="cadence-too-long"),
        pytest.param(
            {"value_per_unit": Decimal(0), "value_currency": "EUR"},
            "value_per_unit",
            "range",
            id="worth-zero",
        ),
        pytest.param({"value_per_unit": Decimal(5)}, "value_currency", "currency", id="worth-of-no-currency"),
        pytest.param(
            {"value_per_unit": Decimal(5), "value_currency": "EURO"},
            "value_currency",
            "currency",
            id="currency-of-four-letters",
        ),
        pytest.param({"value_currency": "EUR"}, "value_per_unit", "required", id="currency-of-nothing"),
        pytest.param({"threshold": Decimal("NaN")}, "threshold", "digits", id="threshold-no-number"),
        pytest.param({"target_low": Decimal("Infinity")}, "target_low", "digits", id="range-without-end"),
        pytest.param({"threshold": Decimal("1e400")}, "threshold", "digits", id="threshold-beyond-all"),
        pytest.param({"baseline": Decimal("9" * 40)}, "baseline", "digits", id="forty-digits"),
        pytest.param({"definition": "x" * 501}, "definition", "length", id="definition-too-long"),
        pytest.param({"method": "x" * 501}, "method", "length", id="method-too-long"),
        pytest.param({"method": "a\x00b"}, "method", "null-character", id="nul"),
    ],
)
def test_contradictions_are_refused_beside_their_part(make_pilot, by, fields, field, code):
    pilot = make_pilot()
    kpi = define_kpi(new(pilot), by=by)

    with pytest.raises(Refused) as refusal:
        edited(kpi, by, **fields)

    assert faults(refusal) == [(field, code)]
    assert all(reason.sentence.endswith(".") for reason in refusal.value.reasons)
    assert KpiVersion.objects.filter(kpi=kpi).count() == 1
    assert Kpi.objects.get(pk=kpi.pk).window_days is None


def test_wrong_side_says_which_numbers_contradict(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    with pytest.raises(Refused) as refusal:
        edited(kpi, by, direction="higher")

    assert str(refusal.value) == (
        "Higher is better here, so the target lies above the baseline: 9 does not lie above 14. "
        "Change the number, or which way is better."
    )


def test_range_is_kept_between_two_ends(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    edited(kpi, by, target_low=Decimal(5))
    ranged = Kpi.objects.get(pk=kpi.pk)
    edited(kpi, by, target_low=None)

    assert (ranged.direction, ranged.target_low, ranged.target) == ("range", Decimal(5), Decimal(9))
    assert Kpi.objects.get(pk=kpi.pk).direction == "lower"


def test_threshold_stands_in_place_of_a_target(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    edited(kpi, by, target=None, threshold=Decimal(11), direction="lower")

    stored = Kpi.objects.get(pk=kpi.pk)
    assert (stored.target, stored.threshold, stored.direction) == (None, Decimal(11), "lower")


def test_stated_direction_stands_until_both_numbers_are_known(make_pilot, by):
    pilot = make_pilot()
    line = KpiLine("Handling time", None, Decimal(9), "min", None)
    kpi = define_kpi(NewKpi(pilot=pilot, line=line, fields={"direction": "lower"}), by=by)

    edited(kpi, by, target=Decimal(8))
    assert Kpi.objects.get(pk=kpi.pk).direction == "lower"
    with pytest.raises(Refused) as refusal:
        edited(kpi, by, baseline=Decimal(5))
    assert faults(refusal) == [("target", "wrong-side")]
    edited(kpi, by, baseline=Decimal(14))

    assert Kpi.objects.get(pk=kpi.pk).direction == "lower"


def test_direction_that_is_kept_refuses_numbers_that_turn_it_round(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    with pytest.raises(Refused) as refusal:
        edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal(90)}, keeps_direction=True)], by=by)

    assert faults(refusal) == [("target", "wrong-side")]


def test_unit_stays_once_there_are_readings(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)
    edited(kpi, by, unit="h")
    reading(kpi)

    with pytest.raises(Refused) as refusal:
        edited(kpi, by, unit="min")
    edited(kpi, by, method="Median")

    assert faults(refusal) == [("unit", "has-readings")]
    assert str(refusal.value) == (
        "Handling time has readings, so its unit stays. "
        "Define another KPI in the new unit, and retire this one."
    )
    assert Kpi.objects.get(pk=kpi.pk).unit == "h"


def test_unit_nobody_wrote_down_may_still_be_named(make_pilot, by):
    kpi = define_kpi(new(make_pilot(), "Handling time 14 → 9"), by=by)
    reading(kpi)

    edited(kpi, by, unit="min")

    assert Kpi.objects.get(pk=kpi.pk).unit == "min"


def test_first_business_kpi_is_the_primary_one(make_pilot, by):
    pilot = make_pilot()

    kpis = define_kpis(
        [new(pilot, "Latency 900 → 500 ms", kind="latency"), new(pilot), new(pilot, "Error rate 4 → 2 %")],
        by=by,
    )

    assert [kpi.is_primary for kpi in kpis] == [False, True, False]


@pytest.mark.parametrize("code", ["new", "readings", "loop", "token", "export"])
def test_names_of_pages_are_no_codes(make_pilot, by, code):
    kpi = define_kpi(new(make_pilot(), f"{code.capitalize()} 14 → 9"), by=by)

    assert kpi.code == f"{code}-2"


def test_pilot_has_at_most_fifty(make_pilot, by):
    pilot = make_pilot()
    lines = [KpiLine(f"Number {number}", None, Decimal(2), "", None) for number in range(MOST_KPIS)]
    define_kpis([NewKpi(pilot=pilot, line=line) for line in lines], by=by)

    with pytest.raises(Refused, match="at most 50 KPIs"):
        define_kpi(new(pilot), by=by)
    assert Kpi.objects.count() == MOST_KPIS


def test_owner_is_of_the_same_program_and_in_use(make_pilot, by, by_system, program):
    kpi = define_kpi(new(make_pilot()), by=by)
    other = create_programs([Program(name="Other", slug="other", prefix="OTH")], by=by_system)[0]
    stranger = Owner.objects.create(program=other, name="Stranger")
    gone = Owner.objects.create(program=program, name="Gone", is_active=False)
    grace = Owner.objects.create(program=program, name="Grace")

    with pytest.raises(Refused) as elsewhere:
        edited(kpi, by, owner=stranger)
    with pytest.raises(Refused) as inactive:
        edited(kpi, by, owner=gone)
    edited(kpi, by, owner=Contact(name="grace"))

    assert faults(elsewhere) == [("owner", "other-program")]
    assert faults(inactive) == [("owner", "inactive")]
    assert Kpi.objects.get(pk=kpi.pk).owner == grace
    assert Event.objects.get(verb="kpi.edited").after == {"kpi": "Handling time", "owner": "Grace"}


def test_owner_and_cadence_are_no_part_of_what_is_signed(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    edited(kpi, by, owner=Contact(name="Grace"), cadence_days=7)

    assert KpiVersion.objects.filter(kpi=kpi).count() == 1
