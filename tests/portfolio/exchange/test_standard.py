"""What Headway wrote itself comes back in without a mapping."""

from datetime import date

import pytest

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.oneline import read_kpi
from pilots.access.roles import OwnerRole
from pilots.actions.owner import Contact
from pilots.actions.owner_set import OwnersOf, set_owners
from pilots.actions.pilot import Edit, edit_pilots
from pilots.lifecycle import Stage
from pilots.models import Ownership, Pilot
from portfolio.exchange import importing
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.importing import Order
from portfolio.exchange.standard import is_standard, standard_plain
from tests.conftest import NOW


@pytest.fixture
def bring(tmp_path, program, by_import):
    """Import a file that came as the answer of a page; return the outcome."""

    def go(response, name, *, answers=None, apply=False):
        path = tmp_path / name
        path.write_bytes(response if isinstance(response, bytes) else b"".join(response.streaming_content))
        order = Order(file=path, into=program, as_of=date(2026, 11, 1), answers=answers)
        prepared = importing.prepare(order, user=None, today=NOW.date(), say=lambda _: None)
        run = importing.apply if apply else importing.preview
        return run(prepared, by=by_import, **({"say": lambda _: None} if apply else {}))

    return go


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_comes_back_as_what_it_was(bring, client, manager, make_pilot, by_system, form):
    hail = make_pilot(
        "Hail", problem="=1+1, dents", unit="Claims", tags=("roofs", "cars"), decide_by=date(2026, 12, 24),
        since=date(2026, 5, 1), is_confidential=True,
    )  # fmt: skip
    make_pilot("Rain", stage=Stage.PRODUCTION)
    sponsors = (Contact(name="Ann Lee", email="ann@x.org"), Contact(name="Bo Ek"))
    set_owners([OwnersOf(pilot=hail, role=OwnerRole.SPONSOR, contacts=sponsors)], by=by_system)
    define_kpi(NewKpi(pilot=hail, line=read_kpi("Handling time 14.5 → 9 min")), by=by_system)
    client.force_login(manager)

    outcome = bring(client.get(f"/pilots/export/?format={form}"), f"export.{form}", answers={})

    assert [item.how.value for item in outcome.plan.known] == ["key", "key"]
    assert (outcome.plan.refused, outcome.plan.warnings, outcome.plan.questions) == ([], [], [])
    assert (len(outcome.plan.new), len(outcome.plan.changed)) == (0, 0)


def test_an_export_that_was_edited_asks_and_then_changes_its_pilots(
    bring, client, manager, make_pilot, by_system
):
    pilot = make_pilot("Hail")
    edit_pilots([Edit(pilot=pilot, fields={"vendor": "Acme"})], by=by_system)
    client.force_login(manager)
    csv = b"".join(client.get("/pilots/export/?format=csv").streaming_content).replace(b"Acme", b"Globex")

    outcome = bring(csv, "export.csv", answers={})
    assert [(item.here, item.there) for item in outcome.plan.questions] == [("Acme", "Globex")]
    assert bring(csv, "export.csv", answers={"conflict:*": "file"}, apply=True).applied
    pilot.refresh_from_db()
    assert pilot.vendor == "Globex"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_is_known_by_its_header(bring, client, manager, program, form):
    client.force_login(manager)
    empty = client.get(f"/pilots/template/?format={form}&program={program.slug}")
    with pytest.raises(CannotImport, match="a header and no rows"):
        bring(empty, f"template.{form}")


def test_a_filled_in_template_imports_without_a_mapping(bring):
    csv = (
        "Key,Name,Problem,Stage,Reached Piloting,Production owner,KPI,KPI target,Note of ours\r\n"
        ",Hail,Counts dents,piloting,2026-05,Ann Lee,Handling time,9,x\r\n"
    )
    outcome = bring(csv.encode(), "list.csv", apply=True)

    pilot = Pilot.objects.get()
    assert (pilot.name, pilot.stage, str(pilot.since)) == ("Hail", "piloting", "May 2026")
    assert Ownership.objects.get().owner.name == "Ann Lee"
    assert outcome.prepared.not_imported == ("Note of ours",)


def test_another_list_is_not_taken_for_our_own():
    assert not is_standard(["Key", "Name", "Stage"])
    assert is_standard(["stage", "PROBLEM ", "Name", "Key"])
    assert standard_plain(["Key", "Name", "Problem", "Stage"])["pilot"] == {
        "reference": "Key",
        "name": "Name",
        "problem": ["Problem"],
    }
