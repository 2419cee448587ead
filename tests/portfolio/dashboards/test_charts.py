import json
import subprocess
import sys
from decimal import Decimal

import plotly.graph_objects as go
import pytest

from pilots.lifecycle import Stage
from portfolio.dashboards.charts import Mark, funnel_figure, segments
from portfolio.dashboards.funnel import Funnel
from tests.portfolio.dashboards.test_words import DRAWN

COLOURS = {"--font": "sans-serif"}


def figure(groups=tuple(DRAWN), mark=None):
    bars = Funnel(Stage.PILOTING, groups, {}).bars
    drawn = [segments(bar, lambda bar, part: f"/pilots/?{bar.stage}-{part}") for bar in bars]
    return funnel_figure(drawn, [bar.stage.label for bar in bars], mark)


def resolved(value):
    """Put a colour in the place of each custom property, as the browser does."""
    if isinstance(value, str) and value.startswith("--"):
        return COLOURS.get(value, "rgb(1, 2, 3)")
    if isinstance(value, list):
        return [resolved(inner) for inner in value]
    if isinstance(value, dict):
        return {key: resolved(inner) for key, inner in value.items()}
    return value


@pytest.mark.parametrize("mark", [None, Mark(3, Decimal("0.12"), "published: 12 %")])
def test_figure_is_one_that_plotly_draws(mark):
    made = go.Figure(resolved(figure(mark=mark)))

    assert [trace.type for trace in made.data] == ["bar"] * 4


def test_figure_stacks_the_parts_of_each_bar():
    made = figure()

    assert [trace["name"] for trace in made["data"]] == [
        "moved on",
        "still open here",
        "on hold",
        "stopped or retired",
    ]
    assert [trace["x"] for trace in made["data"]] == [
        [24, 9, 6, 2, 0],
        [1, 8, 2, 3, 2],
        [1, 2, 0, 0, 0],
        [10, 5, 1, 1, 0],
    ]
    assert made["data"][0]["text"] == ["24", "9", "6", "2", ""]
    assert made["data"][2]["text"] == [""] * 5  # the hatch would cross the number
    assert made["data"][1]["hovertext"][1] == "Proven: 8 still open here"
    assert made["data"][3]["customdata"][0] == "/pilots/?piloting-ended"
    assert made["layout"]["xaxis"]["range"] == [0, 36]


def test_guides_lead_from_each_dark_end_to_the_next_bar():
    guides = [(shape["x0"], shape["y0"], shape["y1"]) for shape in figure()["layout"]["shapes"]]

    assert guides == [(24, 0.5, 1), (9, 1.5, 2), (6, 2.5, 3), (2, 3.5, 4)]


def test_mark_stands_at_the_published_share_of_the_cohort():
    made = figure(mark=Mark(3, Decimal("0.12"), "published: 12 %"))["layout"]

    mark = made["shapes"][-1]
    assert (mark["name"], mark["x0"], mark["x1"], mark["y0"]) == ("mark", 4.32, 4.32, 3)
    assert [(note["text"], note["x"]) for note in made["annotations"]] == [("published: 12 %", 6)]


def test_figure_is_plain_json_of_custom_properties():
    made = figure(mark=Mark(3, Decimal("0.12"), "published: 12 %"))
    text = json.dumps(made)

    assert "<" not in text  # markup in a label would need inline styles
    assert "#" not in text.replace("#funnel", "")  # no colour of its own


def test_every_custom_property_of_the_figure_exists(settings):
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text()

    def named(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            return {name for inner in value for name in named(inner)}
        return {value} if isinstance(value, str) and value.startswith("--") else set()

    used = named(figure(mark=Mark(3, Decimal("0.12"), "published: 12 %")))
    assert used >= {"--chart-1", "--chart-hatch", "--bg"}
    assert [name for name in used if f"{name}:" not in tokens] == []


def test_dashboards_do_not_load_plotlys_python_at_run_time():
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'portfolio.settings'; django.setup();"
        "import portfolio.dashboards.views, portfolio.api.funnel;"
        "sys.exit('plotly.graph_objects' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_page_keeps_plotlys_own_sheet_for_maps_out(settings):
    """plotly.js writes that sheet inline, which the policy reports, unless an element of its id exists."""
    script = next(
        path for prefix, path in (entry for entry in settings.STATICFILES_DIRS if isinstance(entry, tuple))
    )
    source = (script / "plotly.min.js").read_text()
    template = (settings.BASE_DIR / "templates/dashboards/partials/drawing.html").read_text()

    guarded = source.split('if(!document.getElementById("')[1].split('"')[0]
    assert source.count("maplibregl-map{font") == 1
    assert f'<template id="{guarded}"></template>' in template
