import uuid
from datetime import date

import pytest

from pilots.access.models import Event
from pilots.actions.by import By, Forbidden
from pilots.actions.register import RegisterRow, remember_rows
from pilots.models import RegisterEntry

BATCH = uuid.UUID(int=7)


def said(pilot, reference, **more):
    fields = {
        "register": "list",
        "family": "f",
        "digest": "d",
        "as_of": date(2026, 6, 30),
        "values": {"a": "b"},
    }
    return RegisterRow(pilot=pilot, reference=reference, **fields | more)


def remember(rows, by):
    remember_rows(rows, by=by, subject="Tool list", counts={"rows": len(rows)}, batch=BATCH)


def test_rows_are_remembered_and_one_event_tells_of_it(make_pilot, by):
    one, two = make_pilot("One"), make_pilot("Two")

    remember([said(one, "a-1"), said(two, "a-2")], by)

    assert list(
        RegisterEntry.objects.order_by("pk").values_list("pilot", "register", "reference", "values")
    ) == [
        (one.pk, "list", "a-1", {"a": "b"}),
        (two.pk, "list", "a-2", {"a": "b"}),
    ]
    event = Event.objects.get(verb="register.imported")
    assert (event.subject, event.after, event.batch, event.actor) == (
        "Tool list",
        {"rows": 2},
        BATCH,
        by.user,
    )


def test_a_remembered_row_is_renewed_in_place(make_pilot, by):
    pilot = make_pilot()
    remember([said(pilot, "a-1")], by)
    entry = RegisterEntry.objects.get()

    remember([said(pilot, "a-9", entry=entry.pk, digest="e", as_of=date(2026, 9, 30), values={})], by)

    assert RegisterEntry.objects.values_list("pk", "reference", "digest", "as_of", "values").get() == (
        entry.pk,
        "a-9",
        "e",
        date(2026, 9, 30),
        {},
    )


def test_only_those_who_may_import_write_them(make_pilot, by, contributor):
    pilot = make_pilot()

    with pytest.raises(Forbidden, match="a manager or an administrator can"):
        remember([said(pilot, "a-1")], By(user=contributor, at=by.at, source=by.source))

    assert not RegisterEntry.objects.exists()
