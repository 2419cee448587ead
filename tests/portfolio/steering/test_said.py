"""What print, PDF, PowerPoint and a link say of a frozen pack."""

from portfolio.steering.out.curves import age_part, time_part
from portfolio.steering.out.document import Bars, Paths, Rows, Words
from portfolio.steering.out.drawn import PAGE, PHONE, draw
from portfolio.steering.out.limits import limited
from portfolio.steering.out.made import pdf_html
from portfolio.steering.out.said import changes_part, compose, decisions_part
from tests.portfolio.steering.content import content, frozen


def block(part, kind):
    return next(block for block in part.blocks if isinstance(block, kind))


def test_a_table_without_names_has_no_column_of_commas():
    [left] = limited([content()], [])

    assert block(changes_part(left), Rows).head == ["Change", "Pilots"]
    assert block(changes_part(content()), Rows).rows[0][2].count(",") == 1


def test_parts_say_which_pilots_they_are_of():
    whole = compose(frozen())

    said = {part.code: part.sub for part in whole.parts}
    assert said["decisions"] == said["stalled"] == "All active pilots, whenever they came in."
    assert said["changes"] == "All pilots, whenever they came in."
    assert ("Known at", "18 Nov 2026, 09:00 UTC") in whole.facts


def test_what_is_not_shown_is_counted():
    for total, said in (
        (2, "One more decision is not shown here."),
        (9, "Eight more decisions are not shown here."),
    ):
        assert block(decisions_part(content(decisions_total=total)), Words).lines == [said]


def test_age_is_told_by_half_where_no_later_mark_is():
    given = content()["age"]
    first, second = given["numbers"]["stages"]
    first |= {"slow_by": None, "slowest_by": None, "above_85": None, "above_95": None, "above_half": 6}
    second |= {"moved_on": 12}
    for row in given["numbers"]["oldest"]:
        row["above"] = None
    part = age_part({"age": given})

    bars = block(part, Bars)
    assert {series.name: list(series.values) for series in bars.series} == {
        "Less than half take": [8, 0],
        "Longer than half take": [6, 0],
        "Not told yet": [0, 8],
    }
    [table] = [found for found in part.blocks if isinstance(found, Rows) and "oldest" in found.name]
    assert [row[-1] for row in table.rows] == ["half", "not told yet"]


def test_who_is_there_since_an_unknown_day_is_drawn_at_no_age():
    given = content()["age"]
    first, second = given["numbers"]["stages"]
    first |= {"open_day_unknown": 4}
    second |= {"open_day_unknown": 8}
    bars = block(age_part({"age": given}), Bars)
    assert {series.name: list(series.values) for series in bars.series} == {
        "Less than 85 % take": [7, 0],
        "Longer than 85 % take": [2, 0],
        "Longer than 95 %": [1, 0],
        "Day not known": [4, 8],
    }


def test_curves_jump_where_the_page_does_and_count_in_months():
    paths = block(time_part(content()), Paths)
    assert (paths.across, paths.tick) == ("Months since the entry", 1)
    made = next(path for path in paths.paths if path.name == "production 28 %")
    assert made.points == [(0.0, 0.0), (2.3, 0.1), (4.6, 0.28), (6.012, 0.28)]

    line = next(stroke for stroke in draw(paths, "t").strokes if stroke.kind == "main")
    corners = [tuple(map(float, corner.split(","))) for corner in line.points.split()]
    assert all(x == then or y == was for (x, y), (then, was) in zip(corners[1:], corners, strict=False))


def test_drawings_stay_within_their_width():
    for part in compose(frozen()).parts:
        for chart in (found for found in part.blocks if isinstance(found, Bars | Paths)):
            for room in (PAGE, PHONE):
                drawing = draw(chart, "t", room)
                assert drawing.width == room.width
                assert all(box.x >= 0 and box.x + box.width <= room.width for box in drawing.boxes)
                assert all(0 <= word.x <= room.width for word in drawing.words)


def test_paper_has_each_chart_once():
    html = pdf_html(compose(frozen()))

    assert html.count("drawn is-wide") == 3  # funnel, age, time
    assert "is-narrow" not in html
