import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.exchange.formulas import as_meant, harmless

STARTS = "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"]
)
def test_text_that_starts_like_a_formula_gets_one_apostrophe_that_goes_again(text):
    assert harmless(text) == f"'{text}"
    assert as_meant(f"'{text}") == text


@pytest.mark.parametrize("text", ["", "a=1", "'", "'s", "Claims triage", " =1", "2024-05", "''"])
def test_other_text_stays_as_it_is_both_ways(text):
    assert harmless(text) == as_meant(text) == text


def test_text_that_begins_with_apostrophes_itself_comes_back_whole():
    assert harmless("'=1+1") == "''=1+1"
    assert as_meant("''=1+1") == "'=1+1"


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝a1 "), max_size=6))
def test_every_text_comes_back_and_none_goes_out_as_a_formula(text):
    out = harmless(text)

    assert as_meant(out) == text
    assert out[:1] not in set(STARTS)
