"""Every definition a KPI ever had is kept, and nothing changes or removes it."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, define_kpis, edit_kpis
from kpis.definition import digest_of, parts_of
from kpis.models import Kpi, KpiVersion, SignOff
from kpis.oneline import read_kpi
from kpis.versions import current_versions, signed_kpis
from pilots.actions.by import Refused
from pilots.models import Owner
from tests.conftest import TODAY


def new(pilot, line="Handling time 14 → 9 min"):
    return NewKpi(pilot=pilot, line=read_kpi(line))


def sign(version, owner, by):
    return SignOff.objects.create(version=version, signer=owner, signed_on=TODAY, recorded_at=by.at)


def test_new_kpi_has_its_first_version(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    version = KpiVersion.objects.get()
    assert (version.kpi, version.number, version.since, version.made_by, version.reason) == (
        kpi,
        1,
        by.at,
        by.user,
        "",
    )
    assert version.parts == {
        "name": "Handling time",
        "kind": "business",
        "unit": "min",
        "direction": "lower",
        "baseline": "14",
        "target": "9",
    }
    assert version.digest == digest_of(parts_of(Kpi.objects.get()))


def test_each_change_of_a_signed_part_makes_a_version(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    edit_kpis([KpiEdit(kpi=kpi, fields={"window_days": 30}, reason=" The board asked ")], by=by)
    edit_kpis([KpiEdit(kpi=kpi, fields={"window_days": 30, "target": Decimal("9.0")})], by=by)
    edit_kpis([KpiEdit(kpi=kpi, fields={"method": "Median"}, scope_reason="Found out")], by=by)

    rows = list(KpiVersion.objects.order_by("number"))
    assert [(row.number, row.reason) for row in rows] == [(1, ""), (2, "The board asked"), (3, "Found out")]
    assert [row.parts.get("window_days") for row in rows] == [None, 30, 30]
    assert rows[2].parts == parts_of(Kpi.objects.get())


def test_two_edits_of_one_kpi_at_once_make_one_version(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    edit_kpis(
        [KpiEdit(kpi=kpi, fields={"window_days": 30}), KpiEdit(kpi=kpi, fields={"method": "Median"})], by=by
    )

    newest = current_versions([kpi.pk])[kpi.pk]
    assert (newest.number, newest.parts["window_days"], newest.parts["method"]) == (2, 30, "Median")


def test_reason_that_is_too_long_is_refused(make_pilot, by):
    kpi = define_kpi(new(make_pilot()), by=by)

    with pytest.raises(Refused) as refusal:
        edit_kpis([KpiEdit(kpi=kpi, fields={"unit": "h"}, reason="x" * 501)], by=by)

    assert [reason.field for reason in refusal.value.reasons] == ["reason"]
    assert KpiVersion.objects.count() == 1


def test_versions_and_signatures_cannot_be_rewritten(make_pilot, by, program):
    kpi = define_kpi(new(make_pilot()), by=by)
    version = KpiVersion.objects.get(kpi=kpi)
    row = sign(version, Owner.objects.create(program=program, name="Sina"), by)

    for rows, fields in ((KpiVersion, {"number": 2}), (SignOff, {"text": "other"})):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.objects.update(**fields)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.delete()


def test_what_is_in_force_and_signed_is_read_in_one_query_each(make_pilot, by, program):
    owner = Owner.objects.create(program=program, name="Sina")
    pilot = make_pilot()
    signed, changed, unsigned = define_kpis(
        [new(pilot), new(pilot, "Error rate 4 → 2 %"), new(pilot, "Cost 40 → 30 EUR")], by=by
    )
    for version in KpiVersion.objects.filter(kpi__in=[signed, changed]):
        sign(version, owner, by)
    edit_kpis([KpiEdit(kpi=changed, fields={"method": "Median"})], by=by)
    ids = [signed.pk, changed.pk, unsigned.pk]

    with CaptureQueriesContext(connection) as queries:
        numbers = {pk: version.number for pk, version in current_versions(ids).items()}
        found = signed_kpis(ids)

    assert numbers == {signed.pk: 1, changed.pk: 2, unsigned.pk: 1}
    assert found == {signed.pk}
    assert len(queries) == 2
    assert (current_versions([]), signed_kpis([])) == ({}, set())
