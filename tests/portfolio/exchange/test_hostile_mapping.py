"""What comes in as a mapping or an answer and is as large as nobody writes it."""

import pytest
from django.core.files.base import ContentFile
from rest_framework.exceptions import ValidationError

from portfolio.exchange.api.imports import read_toml
from portfolio.exchange.api.shapes import AnswersField
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.mapping_reader import BadMapping, from_plain, load
from portfolio.exchange.pages.mapping import read_mapping


@pytest.mark.parametrize("text", ["a=" + "[" * 5000, "a=" + "9" * 5000])
def test_mapping_that_python_cannot_read_is_refused_in_words(text):
    with pytest.raises(ValidationError, match="nested too deep"):
        read_toml(text)
    with pytest.raises(CannotImport, match="nested too deep"):
        read_mapping(ContentFile(text.encode()))


@pytest.mark.parametrize("text", ["a=" + "[" * 5000, "a=" + "9" * 5000])
def test_mapping_file_of_the_command_is_refused_in_words(tmp_path, text):
    path = tmp_path / "hostile.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadMapping, match="nested too deep"):
        load(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"file": "oops"}, {"file": []}, {"pilot": 3}, {"stage": {"values": ["x"]}}, {"owner": {"role": "x"}},
        {"owner": ["x"]}, {"dates": {"serials": ["yes"]}}, {"dates": {"column": "x"}}, {"kpi": [[]]},
        {"sheet": [{"name": {}, "pilot": 1}]}, {"file": {"header": [1]}}, {"yes": {"x": 1}}, {"as_of": 1},
    ],
)  # fmt: skip
def test_mapping_of_a_wrong_shape_is_refused_in_words(wrong):
    plain = {
        "title": "List", "register": "list", "recognised_by": ["Tool"],
        "pilot": {"name": "Tool", "problem": ["Why"]}, "stage": {"when_blank": "idea"},
    }  # fmt: skip
    assert from_plain("list", plain).title == "List"
    with pytest.raises(BadMapping, match="cannot be used"):
        from_plain("list", plain | wrong)


def test_question_about_the_longest_title_can_be_answered():
    answers = {f"conflict:CLM-123456:milestone.{'x' * 200}:0123456789ab": "here"}

    assert AnswersField().run_validation(answers) == answers
