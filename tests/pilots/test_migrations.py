"""Migrations with rows in their tables, and what older code may still write beside newer."""

from datetime import date
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from pilots.models import Decision, Milestone, Ownership, Phase
from tests.conftest import NOW, TODAY


@pytest.fixture
def models_at(db):
    """Return the models as they were after a migration, over the tables as they are now."""
    loader = MigrationLoader(connection)
    return lambda name: loader.project_state([("pilots", name)]).apps


def _phases(apps, pilot, titles: list[str], **more) -> None:
    plan = apps.get_model("pilots", "Plan").objects.create(
        pilot_id=pilot.pk, number=1, template="built", start=TODAY, made_at=NOW
    )
    for number, title in enumerate(titles, start=1):
        plan.phases.create(number=number, title=title, planned_start=TODAY, planned_end=TODAY, **more)


def test_older_code_still_writes_what_it_knows(models_at, make_pilot):
    """While one process is newer than another, the older one leaves out the columns it does not know."""
    apps, pilot = models_at("0006_custom_fields_and_milestones"), make_pilot()
    named = {"pilot_id": pilot.pk}
    owner = apps.get_model("pilots", "Owner").objects.create(program_id=pilot.program_id, name="Ines")

    apps.get_model("pilots", "Ownership").objects.create(
        **named, owner=owner, role="sponsor", since=date(2026, 11, 2)
    )
    _phases(apps, pilot, ["Scope and define"])
    apps.get_model("pilots", "Milestone").objects.create(**named, title="Shadow run")
    apps.get_model("pilots", "Decision").objects.create(
        **named, program_id=pilot.program_id, question="Shall it go on?", asked_at=NOW
    )

    row = Ownership.objects.get(role="sponsor")
    assert (row.authority, row.budget_authority, row.deliverable) == ("", "", "")
    assert Phase.objects.get().code == ""
    assert Milestone.objects.get().is_required is False
    assert Decision.objects.get().frozen == {}


def test_0008_names_the_kind_of_each_phase_by_its_title(models_at, make_pilot):
    apps = models_at("0007_a_pilots_life")
    _phases(apps, make_pilot(), ["Scope and define", "Evaluate and procure", "Our own phase"], code="")
    _phases(apps, make_pilot("Kept"), ["Ship and measure", "Build the pipeline"], code="scope")

    import_module("pilots.migrations.0008_kinds_of_phases").name_kinds(apps, None)

    assert list(Phase.objects.order_by("pk").values_list("code", flat=True)) == [
        "scope",
        "build",
        "",
        "scope",
        "scope",
    ]
