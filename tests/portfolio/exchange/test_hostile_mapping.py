"""What comes in as a mapping or an answer and is as large as nobody writes it."""

import pytest
from django.core.files.base import ContentFile
from rest_framework.exceptions import ValidationError

from portfolio.exchange.api.imports import read_toml
from portfolio.exchange.api.shapes import AnswersField
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.pages.mapping import read_mapping


@pytest.mark.parametrize("text", ["a=" + "[" * 5000, "a=" + "9" * 5000])
def test_mapping_that_python_cannot_read_is_refused_in_words(text):
    with pytest.raises(ValidationError, match="nested too deep"):
        read_toml(text)
    with pytest.raises(CannotImport, match="nested too deep"):
        read_mapping(ContentFile(text.encode()))


def test_question_about_the_longest_title_can_be_answered():
    answers = {f"conflict:CLM-123456:milestone.{'x' * 200}:0123456789ab": "here"}

    assert AnswersField().run_validation(answers) == answers
