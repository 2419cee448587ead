"""What a reading may be, without a database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from kpis.reading import (
    MOST_CASES,
    Unreadable,
    looks_like_fraction,
    moment_of,
    plain,
    read_moment,
    read_number,
    read_one_day,
    wrongs,
)
from kpis.terms import Provenance

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Goal:
    unit: str = "%"
    baseline: Decimal | None = Decimal(60)
    target: Decimal | None = Decimal(91)
    target_low: Decimal | None = None
    threshold: Decimal | None = None


@dataclass(frozen=True)
class Sent:
    value: Decimal = Decimal(80)
    measured_at: datetime | date | None = None
    window_from: date | None = None
    sample_size: int | None = None
    provenance: str = Provenance.SHADOW
    source: str = ""
    external_id: str = ""
    note: str = ""
    is_meant: bool = False


def found(sent, goal=Goal(), zone=BERLIN):
    return [(wrong.field, wrong.code) for wrong in wrongs(sent, kpi=goal, zone=zone, now=NOW)]


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        pytest.param({"value": Decimal("NaN")}, ("value", "number"), id="NaN"),
        pytest.param({"value": Decimal("-Infinity")}, ("value", "number"), id="Infinity"),
        pytest.param({"value": Decimal("1e400")}, ("value", "digits"), id="1e400"),
        pytest.param({"value": Decimal("9" * 40)}, ("value", "digits"), id="40 digits"),
        pytest.param({"value": Decimal("0.0000001")}, ("value", "digits"), id="too fine"),
        pytest.param({"value": Decimal("0.91")}, ("value", "fraction"), id="fraction"),
        pytest.param({"value": Decimal(1)}, ("value", "fraction"), id="one"),
        pytest.param({"value": Decimal("-0.5")}, ("value", "fraction"), id="below zero"),
        pytest.param(
            {"measured_at": NOW + timedelta(minutes=5, seconds=1)},
            ("measured_at", "future"),
            id="minutes ahead",
        ),
        pytest.param({"measured_at": date(2026, 11, 19)}, ("measured_at", "future"), id="tomorrow"),
        pytest.param({"measured_at": date(1989, 12, 31)}, ("measured_at", "year"), id="before 1990"),
        pytest.param(
            {"measured_at": datetime(1, 1, 1, tzinfo=UTC)}, ("measured_at", "year"), id="the year 1"
        ),
        pytest.param(
            {"window_from": date(2026, 11, 19)}, ("window_from", "order"), id="window after its end"
        ),
        pytest.param({"window_from": date(1989, 1, 1)}, ("window_from", "year"), id="window before 1990"),
        pytest.param({"sample_size": 0}, ("sample_size", "sample"), id="no case"),
        pytest.param({"sample_size": -1}, ("sample_size", "sample"), id="fewer than none"),
        pytest.param({"sample_size": MOST_CASES + 1}, ("sample_size", "sample"), id="too many cases"),
        pytest.param({"provenance": "guess"}, ("provenance", "unknown"), id="provenance"),
        pytest.param({"note": "a\x00b"}, ("note", "null-character"), id="NUL"),
        pytest.param({"source": "x" * 61}, ("source", "length"), id="long source"),
        pytest.param({"external_id": "x" * 121}, ("external_id", "length"), id="long id"),
        pytest.param({"note": "x" * 1001}, ("note", "length"), id="long note"),
    ],
)
def test_what_no_reading_may_be(sent, wrong):
    assert found(Sent(**sent)) == [wrong]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"value": Decimal(0)},
        {"value": Decimal("1.01")},
        {"value": Decimal("99999999999999.9")},
        {"value": Decimal("0.91"), "is_meant": True},
        {"measured_at": NOW + timedelta(minutes=5)},
        {"measured_at": date(1990, 1, 1)},
        {"measured_at": date(2026, 11, 18), "window_from": date(2026, 11, 18)},
        {"sample_size": 1},
        {"sample_size": MOST_CASES},
        {"source": "x" * 60, "external_id": "x" * 120, "note": "x" * 1000},
    ],
)
def test_what_a_reading_may_be(sent):
    assert found(Sent(**sent)) == []


def test_everything_wrong_is_said_at_once():
    sent = Sent(
        value=Decimal("0.5"), measured_at=date(2027, 1, 1), sample_size=0, provenance="x", note="\x00"
    )

    assert [field for field, _ in found(sent)] == [
        "value",
        "measured_at",
        "sample_size",
        "provenance",
        "note",
    ]


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        (Goal(), True),
        (Goal(unit="percent of cases"), True),
        (Goal(unit="% of cases", baseline=None), True),
        (Goal(baseline=None, target=None, threshold=Decimal(90)), True),
        (Goal(baseline=Decimal("0.2"), target=Decimal("1.5")), False),
        (Goal(unit="min"), False),
        (Goal(unit=""), False),
    ],
)
def test_a_fraction_is_asked_about_where_percents_are_expected(goal, asked):
    assert looks_like_fraction(Decimal("0.91"), goal) is asked


def test_the_question_names_both_readings():
    asked = wrongs(Sent(value=Decimal("0.910")), kpi=Goal(), zone=UTC, now=NOW)[0]

    assert asked.sentence == "Do you mean 91 %? Write 91, or say that 0.91 % is meant."


@pytest.mark.parametrize(
    ("measured_at", "moment"),
    [
        (None, NOW),
        (NOW, NOW),
        (date(2026, 10, 26), datetime(2026, 10, 26, 12, tzinfo=BERLIN)),
        (date(2026, 11, 18), NOW),
    ],
    ids=["now", "a moment", "noon of a day there", "today before noon"],
)
def test_the_moment_a_reading_is_of(measured_at, moment):
    assert moment_of(measured_at, zone=BERLIN, now=NOW) == moment


def test_the_window_ends_on_the_day_it_is_there():
    """At 23:30 in London it is the next day in Berlin."""
    late = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)

    assert found(Sent(measured_at=late, window_from=date(2026, 10, 26)), zone=BERLIN) == []
    assert found(Sent(measured_at=late, window_from=date(2026, 10, 26)), zone=UTC) == [
        ("window_from", "order")
    ]


def test_the_edge_of_the_calendar_is_a_fault_and_no_crash():
    first = Sent(measured_at=datetime(1, 1, 1, tzinfo=UTC))

    assert found(first, zone=ZoneInfo("America/Los_Angeles")) == [("measured_at", "year")]


# --- As people write them ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9.4", "9.4"),
        ("9,4", "9.4"),
        (" −3 ", "-3"),
        ("0,125", "0.125"),
        ("1.234", "1.234"),
        ("1234567", "1234567"),
        ("007", "7"),
    ],
)
def test_numbers_people_write(text, number):
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,234", "“1,234” can be read in two ways. Write 1234, or 1.234."),
        ("-12,345", "“-12,345” can be read in two ways. Write -12345, or -12.345."),
        ("1.2.3", "“1.2.3” is no number Headway can read. Write it like 9.4."),
        ("1e5", "“1e5” is no number Headway can read. Write it like 9.4."),
        ("٣", "“٣” is no number Headway can read. Write it like 9.4."),
        ("", "“” is no number Headway can read. Write it like 9.4."),
        ("x" * 50, f"“{'x' * 40}…” is no number Headway can read. Write it like 9.4."),
    ],
)
def test_numbers_nobody_can_be_sure_of(text, why):
    with pytest.raises(Unreadable) as refusal:
        read_number(text)

    assert str(refusal.value) == why


@pytest.mark.parametrize("text", ["9" * 40, "9" * 10_000, "0.1234567", "123456789012345"])
def test_numbers_that_cannot_be_held(text):
    with pytest.raises(Unreadable, match="at most 14 digits before the point"):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-26", date(2026, 10, 26)),
        ("26 Oct 2026", date(2026, 10, 26)),
        ("30.06.2026", date(2026, 6, 30)),
        ("2026-10-26 14:30", datetime(2026, 10, 26, 14, 30, tzinfo=BERLIN)),
        ("2026-10-26T14:30:15Z", datetime(2026, 10, 26, 14, 30, 15, tzinfo=UTC)),
        ("2026-10-26T14:30+0200", datetime(2026, 10, 26, 12, 30, tzinfo=UTC)),
    ],
)
def test_days_and_moments_people_write(text, moment):
    assert read_moment(text, BERLIN) == moment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("03/04/2026", "“03/04/2026” can be 4 Mar 2026 or 3 Apr 2026. Write one of them like 2026-03-04."),
        ("31/31/2026", "is no day of the calendar"),
        ("2026-02-30", "is no day of the calendar"),
        ("2026-02-28 25:00", "is no moment of the calendar"),
        ("1989-12-31 10:00", "is outside 1990 to 2100"),
        ("October 2026", "is no one day"),
        ("soon", "is not a day Headway can read"),
    ],
)
def test_days_nobody_can_be_sure_of(text, why):
    with pytest.raises(Unreadable) as refusal:
        read_moment(text, BERLIN)

    assert why in str(refusal.value)


def test_a_day_alone_takes_no_time():
    with pytest.raises(Unreadable):
        read_one_day("2026-10-26 14:30")


@pytest.mark.parametrize(
    ("number", "text"),
    [("9.400000", "9.4"), ("100", "100"), ("1E+2", "100"), ("-0.0", "0"), ("-0.50", "-0.5")],
)
def test_numbers_are_written_without_zeros_behind(number, text):
    assert plain(Decimal(number)) == text
