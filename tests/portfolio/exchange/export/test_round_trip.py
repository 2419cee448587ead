"""What goes out comes back in with every guess accepted: no change at home, all of it elsewhere."""

import pytest

from pilots.access.models import Role
from pilots.actions.account import add_member
from pilots.actions.custom import NewField, define_fields
from pilots.actions.pilot import Edit, edit_pilot
from pilots.custom import FieldKind
from pilots.models import Pilot
from tests.portfolio.exchange.export.reading import body

OWN = (("Cost centre", FieldKind.TEXT), ("Budget", FieldKind.MONEY), ("Audited", FieldKind.DATE))


@pytest.fixture
def with_own_fields(full, program, other_program, manager, by_system):
    """The pilot with something in every column, with fields of its program that the other one has too."""
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    fields = [
        NewField(program=owner, label=label, kind=kind)
        for owner in (program, other_program)
        for label, kind in OWN
    ]
    codes = [field.code for field in define_fields(fields, by=by_system)][: len(OWN)]
    values = dict(zip(codes, ("00123", "12500.5", "2026-03-04"), strict=True))
    return edit_pilot(Edit(pilot=Pilot.objects.get(pk=full.pk), fields={"custom": values}), by=by_system)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_file_changes_nothing_where_it_came_from(client, with_own_fields, program, bring_in, kind):
    proposal, outcome = bring_in(body(client.get("/pilots/export/", {"format": kind})), kind, program)

    plan = outcome.plan
    assert proposal.doubts == ()
    assert (plan.same, plan.new, plan.changed, plan.refused, plan.warnings) == (1, [], [], [], [])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_file_brings_everything_into_another_program(
    client, exported, with_own_fields, other_program, bring_in, kind
):
    (there,) = exported("/pilots/export/?program=claims")

    _, outcome = bring_in(body(client.get("/pilots/export/", {"format": kind})), kind, other_program)

    assert outcome.applied
    assert [item.text for item in outcome.plan.warnings if not item.is_noted] == []
    (here,) = exported("/pilots/export/?program=finance")
    expected = there | {"Key": "FIN-1", "Program": "Finance AI", "Unit": "Claims AI, Motor claims"}
    derived = {"Health", "On hold since"}
    assert {title: text for title, text in here.items() if title not in derived} == {
        title: text for title, text in expected.items() if title not in derived
    }
