import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.charts.bullet import Bar, Label, Target, Words, bullet
from kpis.charts.run import PAGE, ROW, Change, Levels, Point, run
from kpis.charts.scale import Days, Values, spread
from kpis.terms import Provenance

TODAY = date(2026, 11, 18)
HOURS = Target(baseline=Decimal(31), end=Decimal(18))
WORDS = Words(value="24.5 h", baseline="31 baseline", target="18 target")

# --- Bullet --------------------------------------------------------------------------


def test_bullet_half_way_is_half_the_way_to_the_tick():
    drawn = bullet(HOURS, Decimal("24.5"), WORDS)

    assert drawn.track == Bar("0%", "76%")
    assert (drawn.bar, drawn.kind, drawn.target, drawn.beyond) == (Bar("0%", "38%"), "on", "76%", "")
    assert drawn.labels == [
        Label("38%", 12, "24.5 h", "middle", "value"),
        Label("0%", 52, "31 baseline", "start", "baseline"),
        Label("76%", 52, "18 target", "middle", "target"),
    ]
    assert drawn.height == 60


def test_right_is_better_whichever_the_direction():
    less = bullet(Target(Decimal(31), Decimal(18)), Decimal("24.5"), WORDS)
    more = bullet(Target(Decimal(-31), Decimal(-18)), Decimal("-24.5"), WORDS)

    assert less == more


@pytest.mark.parametrize(
    ("value", "bar", "kind", "beyond"),
    [
        pytest.param("31", Bar("0%", "0%"), "on", "", id="at the baseline"),
        pytest.param("18", Bar("0%", "76%"), "on", "", id="at the target"),
        pytest.param("15.4", Bar("0%", "91.2%"), "on", "", id="overshoot"),
        pytest.param("5", Bar("0%", "100%"), "on", "right", id="farther than the drawing"),
        pytest.param("32.3", Bar("10%", "6%"), "wrong", "", id="wrong way"),
        pytest.param("60", Bar("0%", "16%"), "wrong", "left", id="wrong way beyond the drawing"),
    ],
)
def test_bullet_draws_what_lies_beyond_either_end(value, bar, kind, beyond):
    drawn = bullet(HOURS, Decimal(value), WORDS)

    assert (drawn.bar, drawn.kind, drawn.beyond) == (bar, kind, beyond)
    assert drawn.track == (Bar("16%", "60%") if kind == "wrong" else Bar("0%", "76%"))


def test_bullet_without_a_reading_shows_the_way_there_is_to_go():
    drawn = bullet(HOURS, None, replace(WORDS, value=""))

    assert drawn.bar is None
    assert [label.kind for label in drawn.labels] == ["baseline", "target"]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(Target(None, Decimal(18)), id="baseline not known"),
        pytest.param(Target(Decimal(31), None), id="target not known"),
        pytest.param(Target(Decimal(18), Decimal(18)), id="the same"),
        pytest.param(Target(Decimal(30), Decimal(40), low=Decimal(20)), id="baseline in the range"),
        pytest.param(Target(None, Decimal(40), low=Decimal(20)), id="range without baseline"),
    ],
)
def test_bullet_is_not_drawn_without_a_distance(target):
    assert bullet(target, Decimal(25), WORDS) is None


def test_bullet_of_a_range_is_full_inside():
    reach = Target(Decimal(55), Decimal(40), low=Decimal(20))

    assert bullet(reach, Decimal(30), WORDS).bar == Bar("0%", "76%")
    assert bullet(reach, Decimal("47.5"), WORDS).bar == Bar("0%", "38%")


def test_bullet_shows_a_threshold_of_its_own_on_a_line_of_its_own():
    drawn = bullet(
        replace(HOURS, threshold=Decimal(20)), Decimal("24.5"), replace(WORDS, threshold="20 threshold")
    )

    assert drawn.threshold == "64.31%"
    assert [(label.text, label.y) for label in drawn.labels[1:]] == [
        ("31 baseline", 52),
        ("18 target", 52),
        ("20 threshold", 68),
    ]
    assert drawn.height == 76
    assert bullet(replace(HOURS, threshold=Decimal(18)), None, WORDS).threshold == ""
    assert bullet(replace(HOURS, threshold=Decimal(90)), None, WORDS).threshold == ""


def test_long_labels_stand_below_each_other():
    drawn = bullet(
        Target(Decimal(0), Decimal(1)),
        Decimal("0.99"),
        Words("12,345,678,901.5 EUR", "10,000,000,000 baseline", "12,500,000,000 target"),
    )

    assert [(label.x, label.y, label.anchor) for label in drawn.labels] == [
        ("100%", 12, "end"),
        ("0%", 52, "start"),
        ("100%", 68, "end"),
    ]


# --- Run -----------------------------------------------------------------------------


def point(day, value, provenance="shadow"):
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Point(at, day, Decimal(value), Provenance(provenance))


LEVELS = Levels(
    {"target": Decimal(18), "baseline": Decimal(31)},
    {"target": "18 target", "baseline": "31 baseline"},
)


def drawing(points, *, changes=(), size=ROW, levels=LEVELS):
    return run(points, levels=levels, changes=changes, size=size, today=TODAY)


def test_no_readings_no_chart():
    assert drawing([]) is None


def test_one_reading_is_a_symbol_in_the_middle_and_no_line():
    drawn = drawing([point(date(2026, 10, 26), "24.5")])

    assert drawn.lines == []
    assert [(symbol.x, symbol.kind) for symbol in drawn.symbols] == [("50.00%", "shadow")]
    assert [(tick.x, tick.label) for tick in drawn.days] == [("50%", "26 Oct")]


def test_two_readings_are_a_line_from_edge_to_edge():
    drawn = drawing([point(date(2026, 10, 26), "18"), point(date(2026, 8, 3), "31")])

    # From 16.96 to 32.04 with air, 18 to 68 px from the top.
    assert [(line.points, line.kind) for line in drawn.lines] == [("40.0,21.4 960.0,64.6", "real")]
    assert [(level.kind, level.y, level.label) for level in drawn.levels] == [
        ("target", "64.6", "18 target"),
        ("baseline", "21.4", "31 baseline"),
    ]
    assert [tick.label for tick in drawn.days] == ["3 Aug", "Oct", "26 Oct"]


def test_prepared_and_real_readings_never_join():
    days = [date(2026, month, 1) for month in range(4, 10)]
    kinds = ["demo", "curated", "shadow", "curated", "limited", "live"]

    drawn = drawing([point(day, "25", kind) for day, kind in zip(days, kinds, strict=True)])

    assert [(line.kind, line.points.count(",")) for line in drawn.lines] == [("prepared", 3), ("real", 3)]
    assert [symbol.kind for symbol in drawn.symbols] == kinds


def test_a_new_definition_breaks_the_line():
    days = [date(2026, 8, 1) + timedelta(days=7 * week) for week in range(6)]
    change = Change(date(2026, 8, 22), "new definition", breaks=True, at=datetime(2026, 8, 22, 9, tzinfo=UTC))

    drawn = drawing([point(day, "25") for day in days], changes=[change])

    assert [line.points.count(",") for line in drawn.lines] == [3, 3]
    assert [(mark.label, mark.kind) for mark in drawn.marks] == [("new definition", "definition")]


def test_a_definition_newer_than_all_readings_stands_at_the_right_edge():
    days = [date(2026, 8, 1), date(2026, 9, 1)]
    changes = [
        Change(date(2026, 9, 2), "new definition", breaks=True),
        Change(date(2026, 11, 2), "new definition", breaks=True),
        Change(date(2026, 11, 2), "model v3"),
    ]

    drawn = drawing([point(day, "25") for day in days], changes=changes)

    assert [(mark.x, mark.label) for mark in drawn.marks] == [("99.00%", "new definition")]
    assert len(drawn.lines) == 1


def test_versions_of_the_model_are_labelled_where_there_is_room():
    points = [point(date(2026, 8, 1), "25"), point(date(2026, 11, 1), "24")]
    changes = [
        Change(date(2026, 7, 1), "model v1"),
        Change(date(2026, 9, 1), "model v2"),
        Change(date(2026, 9, 3), "model v3"),
        Change(date(2026, 10, 31), "<b>A & B</b>"),
    ]

    row, page = drawing(points, changes=changes), drawing(points, changes=changes, size=PAGE)

    assert [(mark.label, mark.text, mark.anchor) for mark in row.marks] == [
        ("model v2", "model v2", "start"),
        ("", "model v3", "start"),
        ("<b>A & B</b>", "<b>A & B</b>", "end"),
    ]
    assert [(mark.label, mark.label_y) for mark in page.marks][:2] == [("model v2", 10), ("model v3", 24)]


def test_labels_that_would_meet_on_a_phone_are_left_to_wide_screens():
    points = [point(date(2026, 8, 1), "25"), point(date(2026, 11, 9), "24")]
    changes = [
        Change(date(2026, 8, 5), "model 30"),
        Change(date(2026, 8, 20), "model 31"),
        Change(date(2026, 11, 8), "model 32"),
    ]

    marks = drawing(points, changes=changes, size=PAGE).marks

    assert [(mark.label, mark.label_y, mark.is_roomy) for mark in marks] == [
        ("model 30", 10, False),
        ("model 31", 10, True),
        ("model 32", 10, False),
    ]


@pytest.mark.parametrize("size", [ROW, PAGE])
def test_five_hundred_readings_keep_the_extremes_and_the_last(size):
    first = date(2025, 7, 1)
    points = [point(first + timedelta(days=day), 20 + day * 37 % 11) for day in range(500)]
    points[250] = point(first + timedelta(days=250), "99")
    points[251] = point(first + timedelta(days=251), "1")

    drawn = drawing(points, size=size)

    assert drawn.is_thinned
    assert drawn.count == 500
    assert drawn.symbols == []
    (dots,) = drawn.dots
    places = re.findall(r"M([0-9.]+) ([0-9.]+)h0", dots.path)
    assert len(places) == drawn.drawn <= size.columns * 3
    heights = [float(y) for _, y in places]
    assert (min(heights), max(heights)) == pytest.approx(
        (
            size.top + (size.bottom - size.top) * 0.08 / 1.16,
            size.bottom - (size.bottom - size.top) * 0.08 / 1.16,
        ),
        abs=0.1,
    )
    assert places[-1][0] == "960.0"
    assert (dots.kind, dots.is_hollow) == ("shadow", True)


def test_everything_equal_stands_in_the_middle():
    drawn = drawing([point(date(2026, 8, day), "0") for day in (1, 2, 3)], levels=Levels())

    assert {symbol.y for symbol in drawn.symbols} == {f"{(ROW.top + ROW.bottom) / 2:.1f}"}


def test_days_are_named_with_their_year_where_it_is_another():
    drawn = drawing([point(date(2025, 11, 3), "25"), point(date(2026, 11, 3), "24")], size=PAGE)

    assert [tick.label for tick in drawn.days] == [
        "3 Nov 2025",
        "Jan",
        "Apr",
        "Jul",
        "Oct",
        "3 Nov",
    ]


def test_values_are_named_at_round_steps():
    drawn = drawing(
        [point(date(2026, 8, 1), "-0.2"), point(date(2026, 9, 1), "1")], size=PAGE, levels=Levels()
    )

    assert [tick.label for tick in drawn.values] == ["0", "0.5", "1"]


def test_huge_values_are_drawn():
    drawn = drawing(
        [point(date(2026, 8, 1), "99999999999999"), point(date(2026, 9, 1), "-99999999999999")], size=PAGE
    )

    assert [tick.label for tick in drawn.values] == [
        "−100,000,000,000,000",
        "−50,000,000,000,000",
        "0",
        "50,000,000,000,000",
        "100,000,000,000,000",
    ]


def test_long_labels_get_the_wide_columns():
    long = Levels({"baseline": Decimal(10**13)}, {"baseline": "10,000,000,000,000 baseline"})
    points = [point(date(2026, 8, 1), "99999999999999")]

    short, wide = drawing(points, size=PAGE), drawing(points, levels=long, size=PAGE)

    assert (short.has_long_labels, short.has_long_values) == (False, True)
    assert (wide.has_long_labels, wide.levels[0].is_squeezed) == (True, True)
    assert drawing([point(date(2026, 8, 1), "9")], size=PAGE).has_long_values is False


# --- Scales --------------------------------------------------------------------------


def test_labels_are_moved_apart_within_the_ends():
    assert spread([50, 52], gap=14, low=10, high=90) == [50, 64]
    assert spread([80, 88], gap=14, low=10, high=90) == [76, 90]
    assert spread([5, 5, 60], gap=14, low=10, high=90) == [10, 24, 60]


def test_a_scale_of_days_finds_the_beginnings_of_months():
    days = Days.of([date(2026, 1, 15), date(2026, 12, 15)])

    assert days.months(6) == [date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)]
    assert Days.of([date(2026, 1, 5), date(2026, 1, 9)]).months(6) == []
    assert len(Days.of([date(1990, 1, 1), date(2026, 1, 1)]).months(2)) <= 2


def test_a_scale_of_values_puts_the_larger_higher():
    values = Values.of([10.0, 20.0], top=0, bottom=116)

    assert (values.place(20), values.place(10)) == (8, 108)
