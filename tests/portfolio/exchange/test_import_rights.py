"""Which program a row lands in, and who may import into it."""

from datetime import date

import pytest

from pilots.access.models import Event, Membership, Program, Source
from pilots.actions.account import create_programs
from pilots.actions.by import By
from pilots.models import Pilot
from portfolio.exchange.findings import CannotImport
from tests.portfolio.exchange.conftest import NOW
from tests.portfolio.exchange.test_importing import counts, everything
from tests.portfolio.exchange.twin import (
    row_2024,
)


def test_rows_follow_their_agency_into_a_renamed_program(run):
    run([row_2024("Hail")])
    Program.objects.update(name="Weather")

    run([row_2024("Hail"), row_2024("Rain")])

    assert Program.objects.count() == 1
    assert Pilot.objects.get(name="Rain").key == "MOW-2"


def test_an_existing_program_of_that_name_is_used_and_a_taken_prefix_is_not(run, by_import):
    create_programs(
        [
            Program(name="MINISTRY of weather", slug="weather", prefix="WEA"),
            Program(name="Movers", slug="movers", prefix="TID"),
        ],
        by=by_import,
    )

    outcome = run([row_2024("Hail"), row_2024("Ebb", agency="Tides", abbreviation="TID")])

    assert [(item.name, item.prefix) for item in outcome.programs.fresh] == [("Tides", "TID2")]
    assert list(Pilot.objects.order_by("pk").values_list("key", flat=True)) == ["WEA-1", "TID2-1"]


@pytest.mark.parametrize(
    ("abbreviation", "agency", "prefix"),
    [
        ("b.t.", "X", "BT"),
        ("", "Board of Tides", "BOT"),
        ("", "Übersicht", "UBERSICH"),
        ("4711", "X", "REG"),
        ("x", "X", "XX"),
        ("Environment", "X", "ENVIRONM"),
        ("", "数据局", "REG"),
    ],
)
def test_prefixes_are_valid_whatever_the_agency_is_called(run, abbreviation, agency, prefix):
    run([row_2024("Hail", agency=agency, abbreviation=abbreviation)])

    assert Program.objects.get().prefix == prefix


def test_all_rows_go_into_a_named_program_and_a_register_of_their_own(run, program):
    run([row_2024("Hail")])

    outcome = run([row_2024("Hail")], program="claims")

    assert counts(outcome) == (1, 1, 0, 0, 0)
    assert list(Pilot.objects.order_by("pk").values_list("key", "unit")) == [
        ("MOW-1", "Forecasts"),
        ("CLM-1", "Ministry of Weather, Forecasts"),
    ]
    assert counts(run([row_2024("Hail")], program="CLM")) == (1, 0, 0, 1, 0)


def test_a_manager_imports_into_their_program_and_nowhere_else(run, by, program):
    assert counts(run([row_2024("Hail")], program="Claims AI", by=by)) == (1, 1, 0, 0, 0)
    assert Event.objects.filter(verb="pilot.imported").values_list("actor", flat=True).get() == by.user.pk

    with pytest.raises(CannotImport) as refusal:
        run([row_2024("Hail")], by=by)

    assert str(refusal.value) == (
        "Only an administrator can open the programs this file needs: Ministry of Weather. "
        "A manager imports into a program of their own, named with --program."
    )


@pytest.mark.parametrize("apply", [True, False])
def test_nobody_imports_into_a_program_of_others(run, by, program, other_program, contributor, apply):
    at_others = row_2024("Hail", agency="Finance AI")
    with pytest.raises(CannotImport, match=r"^The file has rows of programs that are not yours\."):
        run([at_others], by=by, apply=apply)
    with pytest.raises(CannotImport, match=r"^There is no program “Finance AI”\."):
        run([at_others], by=by, program="Finance AI", apply=apply)
    helper = By(user=contributor, at=NOW, source=by.source)
    with pytest.raises(CannotImport, match=r"^cora@example\.com may not import into Claims AI: a manager"):
        run([row_2024("Hail")], by=helper, program="Claims AI", apply=apply)

    assert not Pilot.objects.exists()


def test_rows_known_in_a_foreign_program_are_out_of_reach_too(run, by, program):
    run([row_2024("Hail")])
    before = everything()

    with pytest.raises(CannotImport, match=r"^The file has rows of programs that are not yours\."):
        run([row_2024("Hail", "Retired")], by=by, as_of=date(2025, 12, 1))

    assert everything() == before


def test_an_administrator_opens_programs_but_changes_no_confidential_pilot(run, administrator):
    acting = By(user=administrator, at=NOW, source=Source.IMPORT)
    run([row_2024("Hail"), row_2024("Rain")], by=acting)
    Membership.objects.all().delete()  # whoever opens a program manages it, until somebody else does
    Pilot.objects.filter(name="Hail").update(is_confidential=True)

    outcome = run(
        [row_2024("Hail", "Retired"), row_2024("Rain", "Retired")],
        by=acting,
        as_of=date(2025, 12, 1),
    )

    assert counts(outcome) == (2, 0, 1, 1, 0)
    assert dict(Pilot.objects.values_list("name", "stage")) == {"Hail": "idea", "Rain": "retired"}
    assert [item.reason for item in outcome.plan.warnings] == [
        "It is known here, but not yours to change, so it is left as it is."
    ]


def test_the_sample_portfolio_takes_no_import(run, program):
    Program.objects.update(is_sample=True)

    with pytest.raises(CannotImport, match=r"^“Claims AI” holds the sample portfolio"):
        run([row_2024("Hail")], program="Claims AI")
    run([row_2024("Hail", agency="claims ai")])

    assert Pilot.objects.get().program != program
