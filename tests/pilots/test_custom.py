"""Values of custom fields: what is read, what is refused and why; nothing is lost on the way back."""

import string
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilots.custom import (
    LONGEST_LINK,
    LONGEST_TEXT,
    FieldKind,
    UnreadableValue,
    as_text,
    check_value,
    read_value,
    told,
)

TOOLS = ("Power BI", "Excel", "Other tool")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldKind.TEXT, "  two\r\nlines ", "two\nlines"),
        (FieldKind.NUMBER, "12.50", "12.5"),
        (FieldKind.NUMBER, "007", "7"),
        (FieldKind.NUMBER, "-0.0", "0"),
        (FieldKind.NUMBER, "−4", "-4"),
        (FieldKind.NUMBER, "1,234.56", "1234.56"),
        (FieldKind.NUMBER, "1.234,56", "1234.56"),
        (FieldKind.NUMBER, "1,234,567", "1234567"),
        (FieldKind.NUMBER, "-1.234.567", "-1234567"),
        (FieldKind.NUMBER, "1.234", "1.234"),
        (FieldKind.NUMBER, "12\u202f500", "12500"),
        (FieldKind.NUMBER, "12’500.75", "12500.75"),
        (FieldKind.MONEY, "1200.00", "1200"),
        (FieldKind.DATE, "5 Oct 2026", "2026-10-05"),
        (FieldKind.DATE, "2026-10-05", "2026-10-05"),
        (FieldKind.CHOICE, "power  bi", "Power BI"),
        (FieldKind.YES_NO, "Yes", True),
        (FieldKind.YES_NO, "0", False),
        (FieldKind.LINK, "https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        (FieldKind.LINK, "HTTP://Example.com:8080", "HTTP://Example.com:8080"),
        *[(kind, " \n ", None) for kind in FieldKind],
    ],
)
def test_what_people_write_is_read(kind, text, value):
    assert read_value(kind, text, TOOLS) == value


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (FieldKind.NUMBER, "12,50", "“12,50” can be read in two ways. Write 12.50, or 1250."),
        (FieldKind.NUMBER, "1,250", "“1,250” can be read in two ways. Write 1.250, or 1250."),
        (FieldKind.NUMBER, "1e400", "“1e400” is not a number."),
        (FieldKind.NUMBER, "NaN", "“NaN” is not a number."),
        (FieldKind.NUMBER, "Infinity", "“Infinity” is not a number."),
        (FieldKind.NUMBER, "٣", "“٣” is not a number."),
        (FieldKind.NUMBER, "12 50", "“12 50” is not a number."),
        (FieldKind.NUMBER, "9" * 40, "A number has at most 14 digits before the point and 6 after it."),
        (FieldKind.NUMBER, "0.1234567", "A number has at most 14 digits"),
        (FieldKind.MONEY, "€ 12", "Write the amount alone, such as 12500.50; “€ 12” also names a currency."),
        (FieldKind.MONEY, "12 USD", "Write the amount alone"),
        (FieldKind.DATE, "October 2026", "October 2026 names no single day."),
        (FieldKind.DATE, "03/04/2026", "“03/04/2026” can be read in two ways."),
        (FieldKind.DATE, "1 Jan 1889", "“1 Jan 1889” is outside 1990 to 2100."),
        (FieldKind.CHOICE, "Tableau", "“Tableau” is not in the list. It has Power BI, Excel, Other tool."),
        (FieldKind.YES_NO, "maybe", "“maybe” is neither yes nor no."),
        (FieldKind.LINK, "javascript:alert(1)", "“javascript:alert(1)” is no link to a page of the web."),
        (FieldKind.LINK, "data:text/html,x", "“data:text/html,x” is no link to a page of the web."),
        (FieldKind.LINK, "//example.com", "“//example.com” is no link to a page of the web."),
        (FieldKind.LINK, "https://", "“https://” is no link to a page of the web."),
        (FieldKind.LINK, "www.example.com", "“www.example.com” is no link to a page of the web."),
        (FieldKind.LINK, "https://a.example b", "“https://a.example b” is not one address."),
        (FieldKind.LINK, "https://a.example/\u202ex", "is not one address."),
        (FieldKind.LINK, "https://bank.example@evil.example", "holds a name or password before its host."),
        (FieldKind.LINK, "https://[::1", "“https://[::1” is no address."),
        (FieldKind.LINK, "https://a.example:x", "“https://a.example:x” is no address."),
        (FieldKind.LINK, "https://a.example/" + "x" * LONGEST_LINK, "A link has at most 500 characters"),
        (FieldKind.TEXT, "x" * (LONGEST_TEXT + 1), "Write at most 4,000 characters; these are 4,001."),
        (FieldKind.TEXT, "a\x00b", "This text holds a NUL character. Remove it."),
        (FieldKind.TEXT, "a\ud800b", "This text holds half of a character. Type it again."),
    ],
)
def test_what_is_no_value_is_refused_in_words(kind, text, sentence):
    with pytest.raises(UnreadableValue) as refused:
        read_value(kind, text, TOOLS)

    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (FieldKind.TEXT, " a ", "a"),
        (FieldKind.NUMBER, "12.50", "12.5"),
        (FieldKind.DATE, "2026-10-05", "2026-10-05"),
        (FieldKind.CHOICE, "Excel", "Excel"),
        (FieldKind.YES_NO, False, False),
        (FieldKind.TEXT, "", None),
        (FieldKind.LINK, None, None),
    ],
)
def test_what_a_program_sends_is_kept(kind, value, kept):
    assert check_value(kind, value, TOOLS) == kept


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldKind.TEXT, 5),
        (FieldKind.TEXT, ["a"]),
        (FieldKind.NUMBER, 12.5),
        (FieldKind.NUMBER, "1,234.5"),
        (FieldKind.NUMBER, True),
        (FieldKind.DATE, "5 Oct 2026"),
        (FieldKind.CHOICE, "excel"),
        (FieldKind.YES_NO, "yes"),
        (FieldKind.YES_NO, 1),
        (FieldKind.LINK, {}),
    ],
)
def test_a_program_sends_exact_types(kind, value):
    with pytest.raises(UnreadableValue, match=r"^Send "):
        check_value(kind, value, TOOLS)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (FieldKind.NUMBER, "2024", "2024"),
        (FieldKind.NUMBER, "12500.5", "12,500.5"),
        (FieldKind.MONEY, "1200", "1,200"),
        (FieldKind.MONEY, "1200.5", "1,200.50"),
        (FieldKind.MONEY, "0.125", "0.125"),
        (FieldKind.DATE, "2026-10-05", "Mon 5 Oct 2026"),
        (FieldKind.YES_NO, False, "no"),
        (FieldKind.TEXT, "as it is", "as it is"),
        (FieldKind.NUMBER, None, ""),
    ],
)
def test_values_in_words(kind, value, words):
    assert told(kind, value) == words


_numbers = st.decimals(-(10**13), 10**13, allow_nan=False, allow_infinity=False, places=6)
_hosts = st.text(string.ascii_lowercase, min_size=1, max_size=20)
WRITTEN = st.one_of(
    st.tuples(st.just(FieldKind.TEXT), st.text(max_size=60)),
    st.tuples(st.sampled_from([FieldKind.NUMBER, FieldKind.MONEY]), _numbers.map(lambda it: f"{it:f}")),
    st.tuples(st.just(FieldKind.DATE), st.dates(date(1990, 1, 1), date(2100, 12, 31)).map(str)),
    st.tuples(st.just(FieldKind.CHOICE), st.sampled_from(TOOLS)),
    st.tuples(st.just(FieldKind.YES_NO), st.sampled_from(["yes", "no", "true", "n"])),
    st.tuples(st.just(FieldKind.LINK), st.builds("https://{}.example/{}".format, _hosts, _hosts)),
)


@given(WRITTEN)
@settings(max_examples=150, deadline=None)
def test_a_value_written_back_is_read_as_itself(written):
    kind, text = written
    try:
        value = read_value(kind, text, TOOLS)
    except UnreadableValue:
        assert kind is FieldKind.TEXT  # NUL, or half of a character
        return
    assert read_value(kind, as_text(kind, value), TOOLS) == value
    assert check_value(kind, value, TOOLS) == value
    if kind in {FieldKind.NUMBER, FieldKind.MONEY}:
        assert Decimal(value) == Decimal(text)
        assert "E" not in value
