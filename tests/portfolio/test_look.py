"""Components and fragments, rendered through the product's own template engine."""

import re
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, TemplateDoesNotExist, engines
from django.template.loader import render_to_string
from django_cotton.compiler_regex import CottonCompiler

from portfolio.templatetags.look import known, page_numbers

ROOT = Path(__file__).resolve().parents[2]
INLINE = re.compile(r"\sstyle=|<style|\son[a-z]+=|javascript:", re.IGNORECASE)


class CheckForm(forms.Form):
    name = forms.CharField(help_text="As people call it.")
    note = forms.CharField(required=False)
    how = forms.ChoiceField(
        label="How is it going?", choices=[("m", "Moving"), ("b", "Blocked")], widget=forms.RadioSelect
    )
    quiet = forms.BooleanField(required=False)
    stage = forms.ChoiceField(choices=[("p", "Piloting")])
    problem = forms.CharField(widget=forms.Textarea(attrs={"class": "tall"}))


def _render(source: str, **context) -> str:
    compiled = CottonCompiler().process(source)
    return engines["django"].from_string(compiled).render(context)


def _flat(html: str) -> str:
    return re.sub(r"\s+", " ", html).strip()


@pytest.mark.parametrize("value", [None, ""])
def test_known_says_unknown(value):
    assert known(value) == '<span class="unknown">unknown</span>'


def test_known_says_other_words_where_a_page_has_them():
    assert known("", "not known") == '<span class="unknown">not known</span>'
    assert known(0, "not known") == 0


@pytest.mark.parametrize("value", [0, False, "x"])
def test_known_leaves_values_alone(value):
    assert known(value) == value


def test_known_value_is_escaped_in_a_page():
    assert _render("{% load look %}{{ value|known }}", value="<b>") == "&lt;b&gt;"


def test_page_numbers_leave_out_the_middle():
    assert page_numbers(Paginator(range(412), 50).page(5)) == [1, None, 4, 5, 6, None, 9]


def test_health_prints_shape_and_word():
    html = _render('<c-health code="on_hold" />')
    assert "h-on_hold" in html
    assert html.strip().endswith("On hold</span>")


def test_health_without_a_claim_prints_nothing():
    assert _render('<c-health code="{{ health }}" />', health="").strip() == ""


@pytest.mark.parametrize("code", ["stopped", "retired"])
def test_stage_that_ended_has_no_ticks(code):
    assert "ticks" not in _render(f'<c-stage code="{code}" label="Ended" />')


def test_stage_on_hold_is_marked():
    assert 'class="ticks held" data-stage="proven"' in _render(
        '<c-stage code="proven" label="Proven" :held="True" />'
    )


def test_stepper_fills_the_current_bar_by_attribute():
    steps = [
        {"label": "Idea", "note": "4 Mar", "state": "done", "share": 100},
        {"label": "Approved", "note": "day 38 of 90", "state": "now", "share": 42},
        {"label": "Piloting", "note": "no date yet", "state": "later", "share": 0},
    ]
    html = _render('<c-stepper :steps="steps" />', steps=steps)
    assert html.count("<rect") == 2
    assert '<rect width="42%"' in html
    assert html.count('aria-current="step"') == 1


def test_component_escapes_what_it_is_given():
    html = _render(
        '<c-row title="{{ name }}" action="See" action-href="/x/">{{ name }}</c-row>', name='"><script>'
    )
    assert "<script>" not in html


def test_unknown_icon_stops_the_page():
    with pytest.raises(TemplateDoesNotExist):
        _render('<c-icon name="no-such-icon" />')


def test_field_says_needed_and_points_to_its_hint():
    html = _flat(CheckForm()["name"].as_field_group())
    assert '<span class="need">needed</span>' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert '<div class="hint" id="id_name_helptext">As people call it.</div>' in html


def test_field_that_may_stay_empty_says_nothing():
    assert "need" not in CheckForm()["note"].as_field_group()


def test_field_with_an_error_is_marked_and_points_to_it():
    html = _flat(CheckForm({})["name"].as_field_group())
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert '<div id="id_name_error"><p class="error">' in html


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("name", "input"),
        ("quiet", "check"),
        ("how", "radio"),
        ("stage", "select"),
        ("problem", "area tall"),
    ],
)
def test_control_carries_the_class_of_its_kind(name, classes):
    assert f'class="{classes}"' in str(CheckForm()[name])


def test_question_with_several_answers_is_a_fieldset():
    html = _flat(CheckForm()["how"].as_field_group())
    assert html.startswith('<fieldset class="field">')
    assert html.count('<label class="choice"') == 2


def test_field_component_adds_unit_note_and_echo():
    html = _flat(
        _render(
            '<c-field :field="field" :wide="True" unit="hours" note="or “none yet”"><p>echo</p></c-field>',
            field=CheckForm()["note"],
        )
    )
    assert '<div class="field wide">' in html
    assert "<span>hours</span>" in html
    assert '<span class="need">or “none yet”</span>' in html
    assert "<p>echo</p>" in html


def test_form_without_errors_has_no_summary():
    assert render_to_string("partials/form_errors.html", {"form": CheckForm()}).strip() == ""


def test_form_summary_links_to_each_wrong_field():
    form = CheckForm({"name": "x", "how": "m", "stage": "p"})
    html = render_to_string("partials/form_errors.html", {"form": form})
    assert re.findall(r'href="([^"]+)"', html) == ["#id_problem"]
    assert "One field needs another look:" in html


def test_form_summary_shows_what_concerns_the_whole_form():
    form = CheckForm({"name": "x", "how": "m", "stage": "p", "problem": "y"})
    form.add_error(None, "A pilot that is stopped cannot be held.")
    html = render_to_string("partials/form_errors.html", {"form": form})
    assert "A pilot that is stopped cannot be held." in html
    assert "another look" not in html


def test_table_head_names_the_sorted_column():
    columns = [
        {"name": "key", "label": "Key", "number": False, "url": "?ordering=key", "sorted": ""},
        {
            "name": "moved",
            "label": "Last moved",
            "number": True,
            "url": "?ordering=moved",
            "sorted": "descending",
        },
        {"name": "plan", "label": "Plan", "number": False, "url": "", "sorted": ""},
    ]
    html = _flat(render_to_string("partials/table_head.html", {"columns": columns}))
    assert '<th scope="col" class="num" aria-sort="descending">' in html
    assert html.count("<a ") == 2
    assert html.count('<col class="col-') == 3


def test_pager_keeps_the_other_filters(rf):
    request = rf.get("/pilots/?program=claims&page=2")
    html = render_to_string(
        "partials/pager.html", {"page": Paginator(range(412), 50).page(2), "order": "worst first"}, request
    )
    assert "51–100 of 412, worst first" in html
    assert 'href="?program=claims&amp;page=3" aria-label="Next page"' in html


def test_pager_of_one_page_has_no_links(rf):
    html = render_to_string("partials/pager.html", {"page": Paginator(range(8), 50).page(1)}, rf.get("/"))
    assert "<a " not in html


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_last_resort_pages_need_no_context(name):
    html = engines["django"].get_template(name).template.render(Context())
    assert 'href="/static/css/tokens.css"' in html


def test_last_resort_pages_link_files_that_exist():
    for name in ("400.html", "500.html"):
        for file in re.findall(r'(?:href|src)="/static/([^"]+)"', (ROOT / "templates" / name).read_text()):
            assert (ROOT / "static" / file).is_file()


def test_every_stylesheet_is_linked():
    linked = "".join(
        file.read_text()
        for folder in ("templates", "portfolio", "pilots", "kpis")
        for file in (ROOT / folder).rglob("*.html")
    )
    unused = [
        file.name
        for file in (ROOT / "static" / "css").rglob("*.css")
        if f"css/{file.relative_to(ROOT / 'static' / 'css')}" not in linked
    ]
    assert unused == []


def test_templates_hold_nothing_inline():
    found = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "templates").rglob("*.html")
        if INLINE.search(file.read_text()) and "mail" not in file.parts  # mail readers load no stylesheet
    ]
    assert found == []


def test_templates_hold_no_script_bodies():
    bodies = re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE)
    found = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "templates").rglob("*.html")
        if bodies.search(file.read_text())
    ]
    assert found == []


def _written(*patterns: str) -> str:
    """Return what the product's own files say, those of the tests left out."""
    rooms = [ROOT / name for name in ("kpis", "pilots", "portfolio", "static", "templates")]
    return "\n".join(
        path.read_text() for room in rooms for pattern in patterns for path in room.rglob(pattern)
    )


def test_every_token_is_used():
    tokens = (ROOT / "static/css/tokens.css").read_text()
    defined = set(re.findall(r"(--[a-z0-9-]+)(?::| +\{)", tokens))
    used = set(re.findall(r"(--[a-z0-9-]+)[),\"']", _written("*.css", "*.js", "*.html", "*.py")))
    assert defined - used == set()


def test_every_component_is_used():
    components = {path.stem.replace("_", "-") for path in (ROOT / "templates/cotton").glob("*.html")}
    assert components - set(re.findall(r"<c-([a-z-]+)", _written("*.html"))) == set()


def test_every_icon_is_named_somewhere():
    icons = {path.stem for path in (ROOT / "templates/icons").glob("*.svg")}
    assert icons - set(re.findall(r"[\"']([a-z-]+)[\"']", _written("*.html", "*.py"))) == set()
