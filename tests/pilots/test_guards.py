import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError

from pilots.access.guards import assert_guards, install_guards, missing_guards, permit_deletes
from pilots.access.models import Event
from pilots.actions.log import NewLine, check_in
from pilots.models import LogEntry, LogKind, Pilot, StageTransition


def drop(name, table):
    with connection.cursor() as cursor:
        cursor.execute(
            f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else "")
        )


def test_every_guard_is_laid_by_migrate(db):
    assert missing_guards() == []


def test_a_missing_guard_is_named_and_laid_again(db):
    drop("headway_access_event_update", "access_event")
    assert missing_guards() == ["headway_access_event_update"]
    with pytest.raises(ImproperlyConfigured, match=r"headway_access_event_update\. Run manage\.py migrate"):
        assert_guards()
    with pytest.raises(CommandError, match="1 faults found"):
        call_command("check_integrity")

    install_guards()
    assert_guards()


@pytest.mark.parametrize("model", [Event, StageTransition, LogEntry])
def test_append_only_models_refuse_update_and_delete(model, make_pilot, by):
    check_in(NewLine(pilot=make_pilot(), kind=LogKind.CHECK_IN, text="Going well."), by=by)
    column = {Event: "verb", StageTransition: "reason", LogEntry: "text"}[model]
    count = model.objects.count()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(**{column: "rewritten"})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.all()._raw_delete(using="default")
    assert model.objects.count() == count


def test_a_permit_opens_deletes_and_closes_again(make_pilot):
    make_pilot()

    with permit_deletes():
        Event.objects.all()._raw_delete(using="default")
    assert Event.objects.count() == 0

    make_pilot("Second")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.all()._raw_delete(using="default")


def test_integrity_check_finds_a_wrong_column_and_rebuild_mends_it(make_pilot, capsys):
    pilot = make_pilot()
    Pilot.objects.filter(pk=pilot.pk).update(stage="limited", reached_mask=63)

    with pytest.raises(CommandError, match="2 faults found"):
        call_command("check_integrity")
    assert "CLM-1: stage is 'limited', its history says 'piloting'." in capsys.readouterr().out

    call_command("rebuild_columns")
    call_command("check_integrity")
    assert Pilot.objects.get(pk=pilot.pk).stage == "piloting"


def test_integrity_check_finds_wrong_spans_and_rebuild_mends_them(make_pilot, capsys):
    pilot = make_pilot()
    pilot.spans.update(left_on="2026-10-01")

    with pytest.raises(CommandError, match="1 faults found"):
        call_command("check_integrity")
    assert "CLM-1: spans" in capsys.readouterr().out
    assert str(pilot.spans.get().left_on) == "2026-10-01"

    call_command("rebuild_columns")
    call_command("check_integrity")
    assert pilot.spans.get().left_on is None
