"""What is let through at first sight is what the fields let through."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from pilots.actions.by import Refused
from pilots.actions.description import DESCRIPTION, check_description, is_plainly_valid
from pilots.models import HowBuilt, Pilot, RiskTier
from tests.conftest import NOW, TODAY

OTHERS = {field.name for field in Pilot._meta.fields} - set(DESCRIPTION)
texts = (
    st.text(max_size=8)
    | st.integers(0, 600).map(lambda size: "x" * size)
    | st.sampled_from(["", " ", "a\x00"])
)
codes = st.sampled_from(
    ["", *HowBuilt, *RiskTier, *map(str, HowBuilt), *map(str, RiskTier), "other", None, 3]
)
descriptions = st.fixed_dictionaries(
    {
        **dict.fromkeys(
            ("name", "problem", "unit", "vendor", "contract"), texts | st.sampled_from([None, 3])
        ),
        **dict.fromkeys(("how_built", "risk"), codes),
        "decide_by": st.none()
        | st.dates()
        | st.sampled_from(["2026-11-18", "soon", NOW, datetime(2026, 1, 1)]),
    }
)


@given(descriptions)
def test_whatever_is_let_through_at_first_sight_the_fields_let_through(fields):
    pilot = Pilot(**fields)
    is_plain = is_plainly_valid(pilot)

    try:
        pilot.clean_fields(exclude=OTHERS)
    except ValidationError:
        assert not is_plain
    if is_plain:
        assert {name: getattr(pilot, name) for name in fields} == fields


@pytest.mark.parametrize("name", ["name", "problem", "unit", "vendor", "contract"])
def test_nul_is_refused_and_never_plain(name):
    pilot = Pilot(**{"name": "Triage", "problem": "Slow.", name: "a\x00b"})

    with pytest.raises(Refused, match="NUL character"):
        check_description(pilot)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"problem": ""}, "problem"),
        ({"unit": "x" * 201}, "unit"),
        ({"vendor": "x" * 201}, "vendor"),
        ({"contract": "x" * 501}, "contract"),
        ({"how_built": "grown"}, "how_built"),
        ({"risk": "own"}, "risk"),
        ({"decide_by": "soon"}, "decide_by"),
    ],
)
def test_words_come_from_the_fields(fields, field):
    with pytest.raises(Refused) as refusal:
        check_description(Pilot(**{"name": "Triage", "problem": "Slow.", **fields}))

    assert [reason.field for reason in refusal.value.reasons] == [field]


def test_most_descriptions_are_plain():
    """Else every one of ten thousand would be asked field by field."""
    assert is_plainly_valid(
        Pilot(name="Triage", problem="Slow.", unit="Claims", how_built="own", risk="high", decide_by=TODAY)
    )
    assert is_plainly_valid(
        Pilot(name="x" * 200, problem="x" * 9000, contract="x" * 500, decide_by=date(2026, 1, 1))
    )
