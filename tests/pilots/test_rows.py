"""Rows written by one prepared statement hold what `bulk_create` and `save` would have written."""

import uuid
from datetime import date

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event
from pilots.models import Pilot, PilotTag, StageTransition
from pilots.rows import find_ids, insert_known, insert_new, insert_rows, update_rows
from tests.conftest import NOW


def columns_of(row, *apart):
    return {name: value for name, value in vars(row).items() if name not in {"_state", "id", *apart}}


def test_inserted_row_reads_as_one_that_django_wrote(by):
    told = {
        "at": NOW,
        "actor_id": by.user.pk,
        "source": "import",
        "verb": "pilot.imported",
        "after": {"name": "Größe “x”", "days": [1, None, True]},
        "batch": uuid.UUID(int=7),
    }

    insert_rows(Event, [told])
    insert_new(Event, [Event(**told)])
    Event.objects.bulk_create([Event(**told)])

    first, second, third = Event.objects.filter(verb="pilot.imported").order_by("pk")
    # Only the number of the transaction is the database's own, and all three are of one.
    assert columns_of(first) == columns_of(second) == columns_of(third)


def test_column_nobody_knows_and_constraint_that_breaks_are_errors(make_pilot):
    pilot = make_pilot()

    with pytest.raises(ValueError, match="PilotTag has no column colour, pilot"):
        insert_rows(PilotTag, [{"pilot": pilot, "colour": "red"}])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(PilotTag, [{"pilot_id": pilot.pk, "name": "claims"}] * 2)
    with pytest.raises(KeyError):
        insert_rows(PilotTag, [{"pilot_id": pilot.pk, "name": "a"}, {"pilot_id": pilot.pk}])
    assert not PilotTag.objects.exists()


def test_inserted_instances_know_their_ids_in_their_order(make_pilot):
    pilot = make_pilot()
    tags = [PilotTag(pilot=pilot, name=name) for name in ("b", "ä “,{}”", "a\\'")]

    insert_known(PilotTag, tags)

    stored = PilotTag.objects.in_bulk()
    assert [columns_of(stored[tag.pk]) for tag in tags] == [columns_of(tag) for tag in tags]
    assert not any(tag._state.adding for tag in tags)


def test_instances_that_break_a_column_are_errors_and_cut_nothing(make_pilot):
    pilot = make_pilot()

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_known(PilotTag, [PilotTag(pilot=pilot, name="claims") for _ in range(2)])
    if connection.vendor == "postgresql":  # SQLite keeps texts of any length
        with pytest.raises(DataError), transaction.atomic():
            insert_known(PilotTag, [PilotTag(pilot=pilot, name="x" * 10_000)])
    assert not PilotTag.objects.exists()


def test_nothing_to_write_asks_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows(PilotTag, [])
        insert_new(PilotTag, [])
        insert_known(PilotTag, [])
        update_rows(PilotTag, [], ["name"])
        find_ids(Pilot, [], by="key")


def test_update_writes_the_named_fields_of_each_row(make_pilot):
    early, late = make_pilot("Early"), make_pilot("Late")
    early.name, early.decide_by, early.custom = "Earlier", date(2027, 1, 1), {"cost": "12"}
    early.problem = "Not written"

    update_rows(Pilot, [early, late], ["name", "decide_by", "custom"])

    assert list(Pilot.objects.order_by("pk").values_list("name", "decide_by", "custom")) == [
        ("Earlier", date(2027, 1, 1), {"cost": "12"}),
        ("Late", None, {}),
    ]
    assert not Pilot.objects.filter(problem="Not written").exists()


def test_guards_hold_for_prepared_statements_too(make_pilot):
    row = make_pilot().transitions.get()
    row.latest_on = date(2026, 1, 1)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        update_rows(StageTransition, [row], ["latest_on"])


def test_any_number_of_rows_is_one_statement(make_pilot):
    pilot = make_pilot()

    with CaptureQueriesContext(connection) as queries:
        insert_rows(PilotTag, [{"pilot_id": pilot.pk, "name": f"tag {number}"} for number in range(3000)])

    assert len(queries) == 1
    assert PilotTag.objects.count() == 3000
