import pytest

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from portfolio.exchange.columns import STANDARD_COLUMNS, for_custom_field, meaning, titled
from portfolio.exchange.meanings import meanings


def test_no_two_columns_share_a_title_or_a_meaning():
    codes = [column.meaning for column in STANDARD_COLUMNS if column.meaning]
    titles = [column.title.casefold() for column in STANDARD_COLUMNS]

    assert sorted(codes) == sorted(set(codes))
    assert sorted(titles) == sorted(set(titles))


def test_every_meaning_is_one_an_import_knows():
    assert {column.meaning for column in STANDARD_COLUMNS} - {""} <= {item.code for item in meanings()}


def test_every_stage_and_role_has_its_column():
    assert [meaning(f"date:{stage.value}").title for stage in Stage] == [
        f"Reached {stage.label}" for stage in Stage
    ]
    for role in OwnerRole:
        assert meaning(f"owner_email:{role.value}").title == f"{meaning(f'owner:{role.value}').title} e-mail"


@pytest.mark.parametrize("title", ["Risk tier", "RISK  TIER", " risk tier\n"])
def test_column_is_known_by_its_title_however_it_is_spaced(title):
    assert titled(title) == meaning("risk")


def test_title_nobody_knows_is_no_column():
    assert titled("Colour") is None
    with pytest.raises(KeyError):
        meaning("colour")


def test_field_of_a_program_goes_by_its_label():
    column = for_custom_field("cost-centre", "Cost centre")

    assert (column.title, column.meaning, column.in_template) == ("Cost centre", "custom:cost-centre", True)
