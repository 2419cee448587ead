"""Promise I7: an import touches nothing outside its program, whatever its cells name."""

import random
from datetime import date

import pytest

from kpis.models import Kpi
from pilots.access.models import Event, Program, Role, User
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.models import Milestone, Owner, Ownership, Pilot, RegisterEntry, StageTransition
from portfolio.exchange.models import Import, Step
from tests.faults.place import LONG
from tests.portfolio.exchange.importer import PLAIN, Importer, as_csv

FILES = 200 if LONG else 40
AT_ONCE = 20  # files one after the other in one database
HEADER = ["ID", "Name", "Problem", "Stage", "Vendor", "Live since", "Program", "Owner", "Mail", "KPI", "Due"]
WITH_ALL = {
    **PLAIN,
    "pilot": {**PLAIN["pilot"], "unit": "Program"},
    "owner": [{"role": "sponsor", "name": "Owner", "email": "Mail"}],
    "kpi": [{"line": "KPI"}],
    "milestone": [{"called": "Go-live", "due": "Due"}],
}
OWN = "Claims AI"


@pytest.fixture
def others(other_program, make_user, by_system, tmp_path, program):
    """Another program with an imported list of its own, and people who are nobody here."""
    manager = make_user("fritz@example.com")
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    theirs = Importer(tmp_path, manager, other_program)
    rows = [[str(n), f"Ledger {n}", "Slow.", "Trial", "", "", "", "", "", "", ""] for n in range(1, 6)]
    assert theirs.write(as_csv(rows, HEADER), plain=WITH_ALL).step == Step.APPLIED
    pilot = Pilot.objects.get(name="Ledger 1")
    person = Contact(name="Fritz", email="fritz@example.com")
    add_owner(NewOwnership(pilot=pilot, contact=person, role=OwnerRole.SPONSOR), by=by_system)
    return other_program


def elsewhere(program):
    """Return all that is stored outside a program."""
    pilots = Pilot.objects.exclude(program=program)
    return [
        list(rows)
        for rows in (
            pilots.order_by("pk").values(),
            Owner.objects.exclude(program=program).order_by("pk").values(),
            Ownership.objects.filter(pilot__in=pilots).order_by("pk").values(),
            RegisterEntry.objects.filter(pilot__in=pilots).order_by("pk").values(),
            StageTransition.objects.filter(pilot__in=pilots).order_by("pk").values(),
            Kpi.objects.filter(pilot__in=pilots).order_by("pk").values(),
            Milestone.objects.filter(pilot__in=pilots).order_by("pk").values(),
            Event.objects.filter(pilot_id__in=pilots.values("pk")).order_by("pk").values(),
            Program.objects.exclude(pk=program.pk).order_by("pk").values(),
            User.objects.order_by("pk").values(),
        )
    ]


def hostile_row(dice, keys):
    """Return a row that names another program, its pilots, their identifiers and its people."""
    name = dice.choice([f"Ledger {dice.randint(1, 5)}", "Hail", "FIN-1", "=FIN-1"])
    return [
        dice.choice([*keys, *map(str, range(1, 6)), "1", "fin-2 ", f"import-{dice.randint(1, 9)}"]),
        name,
        "Taken over.",
        dice.choice(["Gone", "Live", "Proved"]),
        dice.choice(["FIN-1", ""]),
        dice.choice(["2026-03-04", ""]),
        dice.choice(["Finance AI", "finance", "FIN", OWN, ""]),
        dice.choice(["Fritz", "Somebody"]),
        dice.choice(["fritz@example.com", ""]),
        dice.choice(["Handling time 14 → 9 min", ""]),
        dice.choice(["2027-01-04", ""]),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(FILES // AT_ONCE))
def test_no_file_changes_anything_in_another_program(importer, others, program, seed):
    dice = random.Random(seed)
    keys = list(Pilot.objects.filter(program=others).values_list("key", flat=True))
    plans = [
        WITH_ALL,
        {**WITH_ALL, "register": "our list@FIN"},
        {**WITH_ALL, "program": {"column": "Program"}},
    ]
    before = elsewhere(program)
    written = 0
    for number in range(AT_ONCE):
        rows = [hostile_row(dice, keys) for _ in range(dice.randint(1, 3))]
        import_ = importer.preview(as_csv(rows, HEADER), plain=dice.choice(plans), as_of=date(2026, 11, 1))
        asked = importer.questions(import_)
        answers = {question["key"]: dice.choice(question["choices"])[0] for question in asked}
        written += importer.settle(import_, answers).step == Step.APPLIED

        assert elsewhere(program) == before, (seed, number, rows)
    assert written > AT_ONCE // 4
    assert Import.objects.filter(program=program).count() == AT_ONCE
