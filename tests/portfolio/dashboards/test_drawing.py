"""The parts of figures: whatever is built of them is a figure that plotly draws."""

import json

import plotly.graph_objects as go
import pytest

from portfolio.dashboards.drawing import (
    TALL,
    Axis,
    Word,
    a_line,
    apart,
    band,
    bars,
    dots,
    figure,
    line,
    neat_ticks,
    rule,
    share_ticks,
    step_line,
    zone,
)
from portfolio.dashboards.figures import plain
from tests.portfolio.dashboards.test_charts import resolved

X, Y = Axis(18, [(0, "0"), (18, "18")], title="months"), Axis(0.6, share_ticks(0.55))


def everything():
    traces = [
        *band([0, 9, 18], [0, 0.1, 0.2], [0.1, 0.3, 0.5], name="95 % interval"),
        step_line([0, 9, 18], [0, 0.2, 0.4], name="Stopped", colour="--chart-2"),
        line([0, 18], [0, 0.1], name="trend", hover=["a", "b"], urls=["/a/", "/b/"], dash="dot"),
        dots([3], [0.3], name="open", is_hollow=True),
        dots([4], [0.3], name="late", symbol="diamond", hover=[plain("<b>x</b>")], urls=["/pilots/A-1/"]),
        bars([1, 2], [0.1, 0.2], name="arrived", is_hatched=True),
        bars([0.5], [0.2], name="open", is_horizontal=True, base=[1], width=0.05, hover=["5 open"]),
    ]
    words = [Word(18, 0.4, "Stopped 40 %", is_end=True, is_strong=True), Word(3, 0.1, "half", only="wide")]
    shapes = [zone((0, 1), (0, 0.2)), rule((0, 18), (0.3, 0.3))]
    return figure(traces, X, Y, height=TALL, words=words, shapes=shapes, right=150, barmode="overlay")


def test_figure_is_one_that_plotly_draws():
    made = go.Figure(resolved(everything()))

    assert [trace.type for trace in made.data] == ["scatter"] * 6 + ["bar"] * 2
    assert made.data[1].fill == "tonexty"
    assert made.data[2].line.shape == "hv"
    assert [word.name for word in made.layout.annotations] == ["end", "wide"]
    assert (made.layout.height, made.layout.margin.r) == (TALL, 150)


def test_words_with_a_key_move_above_a_narrow_plot():
    words = [
        Word(18, 0.4, "Stopped 40 %", is_end=True, key="--chart-2"),
        Word(18, 0.4, "as above", is_end=True),
    ]

    assert figure([], X, Y, words=words)["layout"]["meta"] == {"keys": {"Stopped 40 %": "--chart-2"}}
    kept = figure([], X, Y, words=words, meta={"widens": True})["layout"]["meta"]
    assert kept == {"widens": True, "keys": {"Stopped 40 %": "--chart-2"}}
    assert "meta" not in everything()["layout"]


def test_points_open_their_address_and_say_what_they_are():
    trend, late = everything()["data"][3], everything()["data"][5]

    assert (trend["hovertext"], trend["customdata"]) == (["a", "b"], ["/a/", "/b/"])
    assert late["hovertext"] == ["&lt;b&gt;x&lt;/b&gt;"]
    assert everything()["data"][0]["hoverinfo"] == "skip"


def test_figure_names_colours_that_exist(settings):
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    text = json.dumps(everything())
    used = {part.split('"')[0] for part in text.split('"--')[1:]}

    assert used >= {"chart-1", "chart-1-band", "chart-2", "chart-zone-1", "line", "font"}
    assert [name for name in used if f"--{name}:" not in tokens] == []
    assert "<" not in text
    assert "#" not in text


def test_page_keeps_room_for_every_height(settings):
    sheet = (settings.BASE_DIR / "static/css/components/figure.css").read_text()

    assert all(f".plot-box.h-{height} {{ height: {height}px" in sheet for height in (200, 320, 400))


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (0, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (47, ["0", "10", "20", "30", "40", "50"]),
        (290, ["0", "100", "200", "300"]),
        (12000, ["0", "2,500", "5,000", "7,500", "10,000", "12,500"]),
    ],
)
def test_ticks_are_round_and_hold_the_largest_value(last, words):
    assert [word for _, word in neat_ticks(last)] == words


def test_shares_say_percent_at_both_ends():
    assert share_ticks(0.55) == [
        (0, "0 %"),
        (0.1, "10"),
        (0.2, "20"),
        (0.3, "30"),
        (0.4, "40"),
        (0.5, "50"),
        (0.6, "60 %"),
    ]
    assert [word for _, word in share_ticks(0)] == ["0 %", "5 %"]
    assert [word for _, word in share_ticks(1)] == ["0 %", "20", "40", "60", "80", "100 %"]


def test_words_at_ends_are_moved_apart_and_keep_their_order():
    least = a_line(Axis(100), TALL)
    moved = apart([50, 50, 52, 90], 10)

    assert moved[3] == 90
    assert moved[0] < moved[1] < moved[2]
    assert [moved[1] - moved[0], moved[2] - moved[1]] == pytest.approx([10, 10])
    assert sum(moved[:3]) == pytest.approx(152)
    assert 4 < least < 6
    assert apart([], 10) == []
