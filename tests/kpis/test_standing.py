from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kpis.actions.kpi import NewKpi, define_kpis
from kpis.actions.measurement import NewReading, WithdrawReading, record_readings, withdraw_reading
from kpis.models import Kpi
from kpis.oneline import read_kpi
from kpis.standing import standings_of
from kpis.terms import Entry, Provenance
from pilots.access.models import Program

TODAY = date(2026, 11, 18)


@pytest.fixture
def kpi(make_pilot, by_system):
    new = NewKpi(pilot=make_pilot(), line=read_kpi("Handling time 14 → 9 min"), fields={"cadence_days": 14})
    return define_kpis([new], by=by_system)[0]


@pytest.fixture
def measure(by):
    def measure(kpi, value, day, provenance="shadow", hour=12):
        new = NewReading(
            kpi=kpi,
            value=Decimal(value),
            provenance=Provenance(provenance),
            measured_at=datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
        )
        return record_readings([new], entry=Entry.API, by=by)[0].measurement

    return measure


def standing_of(kpi):
    return standings_of([Kpi.objects.get(pk=kpi.pk)], today=TODAY)[kpi.pk]


def test_without_readings_nothing_is_known(kpi):
    standing = standing_of(kpi)

    assert (standing.latest, standing.attainment, standing.overdue_days, standing.first_on) == (
        None,
        None,
        None,
        None,
    )
    assert standing.is_prepared_only is False


def test_the_newest_of_each_provenance_and_the_one_before(kpi, measure):
    first = measure(kpi, "13", date(2026, 9, 1))
    demo = measure(kpi, "9", date(2026, 9, 15), "demo")
    shadow = measure(kpi, "12", date(2026, 10, 1))
    live = measure(kpi, "11.5", date(2026, 10, 15), "live")
    curated = measure(kpi, "10", date(2026, 11, 1), "curated")

    standing = standing_of(kpi)

    assert standing.latest == standing.latest_prepared == curated
    assert standing.latest_by == {
        Provenance.DEMO: demo,
        Provenance.CURATED: curated,
        Provenance.SHADOW: shadow,
        Provenance.LIVE: live,
    }
    assert standing.previous_by == {Provenance.SHADOW: first}
    assert (standing.latest_real, standing.latest_used) == (live, live)
    assert (standing.attainment, standing.drop) == (Decimal("0.5"), Decimal("1.5"))
    assert (standing.first_on, standing.latest_on) == (date(2026, 9, 1), date(2026, 11, 1))


def test_shadow_is_real_but_not_in_use(kpi, measure):
    shadow = measure(kpi, "12", date(2026, 10, 1))

    assert (standing_of(kpi).latest_real, standing_of(kpi).latest_used) == (shadow, None)


def test_a_demo_alone_has_no_attainment(kpi, measure):
    measure(kpi, "9", date(2026, 10, 1), "demo")

    assert (standing_of(kpi).attainment, standing_of(kpi).is_prepared_only) == (None, True)


def test_what_was_withdrawn_does_not_count(kpi, measure, by):
    kept = measure(kpi, "12", date(2026, 10, 1))
    gone = measure(kpi, "9", date(2026, 10, 2))
    withdraw_reading(WithdrawReading(measurement=gone, reason="Wrong."), by=by)

    assert (standing_of(kpi).latest, standing_of(kpi).previous_by) == (kept, {})


@pytest.mark.parametrize(
    ("day", "overdue"),
    [(date(2026, 11, 18), 0), (date(2026, 11, 4), 0), (date(2026, 11, 3), 1), (date(2026, 10, 26), 9)],
)
def test_a_reading_is_overdue_after_its_cadence(kpi, measure, day, overdue):
    measure(kpi, "12", day, hour=8)

    assert standing_of(kpi).overdue_days == overdue


@pytest.mark.parametrize("fields", [{"cadence_days": None}, {"is_primary": False, "retired_on": TODAY}])
def test_without_cadence_or_in_retirement_nothing_is_overdue(kpi, measure, fields):
    measure(kpi, "12", date(2026, 9, 1))
    Kpi.objects.filter(pk=kpi.pk).update(**fields)

    assert standing_of(kpi).overdue_days is None


def test_days_are_those_of_the_program(kpi, measure):
    Program.objects.update(zone="Pacific/Auckland")
    measure(kpi, "12", date(2026, 11, 3), hour=23)

    assert (standing_of(kpi).latest_on, standing_of(kpi).overdue_days) == (date(2026, 11, 4), 0)


def test_all_standings_are_one_query(kpi, measure, by_system, django_assert_num_queries):
    lines = [NewKpi(pilot=kpi.pilot, line=read_kpi(f"Number {number} letters 9 → 1")) for number in range(10)]
    define_kpis(lines, by=by_system)
    kpis = list(Kpi.objects.order_by("pk"))
    for row in kpis:
        measure(row, "5", date(2026, 10, 1))

    with django_assert_num_queries(1):
        standings = standings_of(kpis, today=TODAY)
        names = [standing.latest.kpi.pilot.program.name for standing in standings.values()]

    assert len(names) == 11
    with django_assert_num_queries(0):
        assert standings_of([], today=TODAY) == {}
