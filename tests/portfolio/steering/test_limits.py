"""What a link may not show is not in the data any more, wherever it stood."""

import pytest

from portfolio.steering.out.limits import EVERYTHING, Field, limited, pilots_in, without_pilots
from portfolio.steering.out.said import compose
from tests.portfolio.steering.content import PERSON, SECRET, content, frozen


def said(*allowed):
    [left] = limited([content()], allowed)
    return "\n".join(compose(frozen(left)).texts())


def test_counts_alone_name_nobody():
    text = said()

    assert SECRET not in text
    assert PERSON not in text
    assert "CLM-1" not in text
    assert "Shall" not in text
    assert "27.8 % reached production, 16 undecided." in text
    assert "One pilot newly stalled since the last pack\n" in text
    assert "Ownership vacuum\n1" in text


def test_each_field_is_a_choice_of_its_own():
    assert (SECRET in said(Field.NAMES), PERSON in said(Field.NAMES)) == (True, False)
    assert (SECRET in said(Field.OWNERS), PERSON in said(Field.OWNERS)) == (False, True)
    asked = said(Field.DECISIONS)
    assert "Shall a pilot go on, somebody asks?" in asked
    assert SECRET not in asked
    assert PERSON not in asked


def test_all_fields_show_everything():
    assert limited([content()], EVERYTHING) == [content()]
    text = "\n".join(compose(frozen()).texts())
    assert f"Shall {SECRET} go on, {PERSON} asks?" in text
    assert f"{PERSON} names an owner." in text


def test_a_pilot_leaves_with_its_rows_and_its_name():
    assert pilots_in(content()) == {1, 2}
    [left] = without_pilots([content()], {1})

    text = "\n".join(compose(frozen(left)).texts())
    assert SECRET not in text
    assert "CLM-1" not in text
    assert "=2+5 (CLM-2)" in text
    assert left["changes"][0]["count"] == 2  # what was counted was counted
    assert left["decisions"] == []
    assert left["stalled"] == []


def test_nothing_is_taken_where_nobody_is_gone():
    assert without_pilots([content()], set()) == [content()]


@pytest.mark.parametrize("field", list(Field))
def test_fields_have_labels(field):
    assert field.label
