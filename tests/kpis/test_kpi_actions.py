from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, define_kpis, edit_kpis
from kpis.models import Kpi
from kpis.oneline import KpiLine, read_kpi
from pilots.access.guards import permit_deletes
from pilots.access.models import Event, Role
from pilots.access.permissions import Deed
from pilots.actions.account import add_member
from pilots.actions.by import By, Forbidden, Refused
from pilots.models import Pilot
from pilots.web.told import Difference, tell

TRIAGE = "Handling time 14 → 9 min"


def new(pilot, line=TRIAGE):
    return NewKpi(pilot=pilot, line=read_kpi(line))


def test_define_kpi_makes_the_first_one_primary(make_pilot, by):
    pilot = make_pilot()

    first = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    second = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)

    assert (first.code, first.is_primary, second.code, second.is_primary) == (
        "handling-time",
        True,
        "error-rate",
        False,
    )
    assert Event.objects.filter(verb="kpi.defined").count() == 2
    with pytest.raises(Refused, match="has a KPI called Handling time already"):
        define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 8 min")), by=by)
    assert Kpi.objects.count() == 2


@pytest.mark.parametrize("name", ["Handling time", "handling-time", "HANDLING  TIME"])
def test_name_that_reads_the_same_is_refused_and_the_set_is_all_or_nothing(make_pilot, by, name):
    pilot = make_pilot()

    with pytest.raises(Refused, match=r"has a KPI called .* already"):
        define_kpis([new(pilot), NewKpi(pilot=pilot, line=KpiLine(name, None, Decimal(9), "", None))], by=by)
    assert not Kpi.objects.exists()


def test_names_that_make_no_code_of_their_own_get_numbers(make_pilot, by):
    pilot = make_pilot()
    lines = [KpiLine(name, None, Decimal(9), "", None) for name in ("品質", "時間", "%")]

    kpis = define_kpis([NewKpi(pilot=pilot, line=line) for line in lines], by=by)

    assert [kpi.code for kpi in kpis] == ["kpi", "kpi-2", "kpi-3"]


@pytest.mark.parametrize(
    "target", [Decimal("9" * 40), Decimal("0.1234567"), Decimal("NaN"), Decimal("1E+999999999")]
)
def test_numbers_that_cannot_be_held_are_refused(make_pilot, by, target):
    pilot = make_pilot()
    kpi = define_kpi(new(pilot), by=by)

    with pytest.raises(Refused, match="at most 14 digits before the point"):
        edit_kpis([KpiEdit(kpi=kpi, fields={"target": target})], by=by)
    with pytest.raises(Refused, match="at most 14 digits before the point"):
        define_kpi(NewKpi(pilot=pilot, line=KpiLine("Cost", None, target, "", None)), by=by)


def test_edit_writes_what_is_named_and_the_direction_that_follows(make_pilot, by):
    pilot = make_pilot()
    kpi = define_kpi(new(pilot), by=by)
    version = Pilot.objects.get(pk=pilot.pk).version

    edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal("20.50"), "name": " Time  to answer"})], by=by)

    stored = Kpi.objects.get(pk=kpi.pk)
    assert (stored.name, stored.code, stored.baseline, stored.target, stored.unit, stored.direction) == (
        "Time to answer",
        "handling-time",
        Decimal(14),
        Decimal("20.5"),
        "min",
        "higher",
    )
    event = Event.objects.get(verb="kpi.edited")
    assert (event.before, event.after) == (
        {"kpi": "Handling time", "name": "Handling time", "direction": "lower", "target": "9"},
        {"kpi": "Handling time", "name": "Time to answer", "direction": "higher", "target": "20.5"},
    )
    told = tell(event)
    assert told.what == "changed the KPI “Handling time”"
    assert Difference("Target", "9", "20.5") in told.differences
    assert event.version == Pilot.objects.get(pk=pilot.pk).version == version + 1


def test_edit_that_changes_nothing_leaves_no_trace(make_pilot, by):
    pilot = make_pilot()
    kpi = define_kpi(new(pilot), by=by)
    version = Pilot.objects.get(pk=pilot.pk).version

    edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal("9.0"), "unit": "min "})], by=by)

    assert not Event.objects.filter(verb="kpi.edited").exists()
    assert Pilot.objects.get(pk=pilot.pk).version == version


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"baseline": Decimal("9.00")}, "target", "nothing would move"),
        ({"target": None}, "target", "needs a target"),
        ({"name": " "}, "name", "needs a name"),
        ({"name": "x" * 201}, "name", "at most 200 characters"),
        ({"unit": "x" * 41}, "unit", "at most 40 characters"),
        ({"unit": "a\x00b"}, "unit", "NUL character"),
        ({"name": "error rate"}, "name", "has a KPI called error rate already"),
    ],
)
def test_edit_refuses_with_field_and_sentence(make_pilot, by, fields, field, sentence):
    pilot = make_pilot()
    kpi, _ = define_kpis([new(pilot), new(pilot, "Error rate 4 → 2 %")], by=by)

    with pytest.raises(Refused, match=sentence) as refusal:
        edit_kpis([KpiEdit(kpi=kpi, fields=fields)], by=by)

    assert [reason.field for reason in refusal.value.reasons] == [field]
    assert str(Kpi.objects.get(pk=kpi.pk)) == "Handling time"


def test_baseline_nobody_knows_any_longer_takes_the_direction_away(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    edited = edit_kpis([KpiEdit(kpi=kpi, fields={"baseline": None})], by=by)[0]

    assert (edited.baseline, edited.direction) == (None, "")


def test_kpi_that_is_gone_or_not_to_be_edited_so_is_an_error(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    with pytest.raises(ValueError, match="Not editable: code"):
        edit_kpis([KpiEdit(kpi=kpi, fields={"code": "time"})], by=by)
    with permit_deletes():
        Kpi.objects.all().delete()
    with pytest.raises(Kpi.DoesNotExist):
        edit_kpis([KpiEdit(kpi=Kpi(pk=kpi.pk, pilot_id=kpi.pilot_id), fields={"unit": "h"})], by=by)


@pytest.mark.parametrize(("role", "may"), [(Role.CONTRIBUTOR, False), (Role.MANAGER, True)])
def test_an_import_asks_for_the_right_to_import(make_pilot, make_user, program, by_system, role, may):
    importer = make_user("imp@example.com")
    add_member(program=program, user=importer, role=role, by=by_system)
    acting = By(user=importer, at=by_system.at, source=by_system.source)
    pilot = make_pilot()
    batch = "6f0b5a34-6a0c-4f4e-9f1c-7c7a5f6f7a11"

    def import_all():
        kpis = define_kpis([new(pilot)], by=acting, deed=Deed.IMPORT, batch=batch)
        edit_kpis([KpiEdit(kpi=kpis[0], fields={"unit": "h"})], by=acting, deed=Deed.IMPORT, batch=batch)

    if may:
        import_all()
        assert {str(event.batch) for event in Event.objects.filter(verb__startswith="kpi.")} == {batch}
    else:
        with pytest.raises(Forbidden, match="import into this program"):
            import_all()


def test_queries_do_not_grow_with_kpis(make_pilot, by):
    counts = []
    for number in (1, 20):
        pilots = [make_pilot(f"Pilot {number} {place}") for place in range(number)]
        with CaptureQueriesContext(connection) as queries:
            kpis = define_kpis([new(pilot) for pilot in pilots], by=by)
            edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal(8)}) for kpi in kpis], by=by)
        counts.append(len(queries))

    assert counts[0] == counts[1]
