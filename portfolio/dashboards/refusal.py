"""What a dashboard shows while its address cannot be read: what is wrong, and the way back."""

from collections.abc import Sequence

from django.forms import BaseForm, BoundField
from django.http import QueryDict

from pilots.web.chips import without
from pilots.web.list_shapes import Problem


class Refusal:
    """The filters that need another look; all others stay as they are. `path`: the page without filters."""

    def __init__(self, asked: QueryDict, form: BaseForm, problems: Sequence[Problem], *, path: str) -> None:
        self._asked = asked
        self.form = form
        self.problems = problems
        self.path = path

    @property
    def wrong(self) -> list[BoundField]:
        return [field for field in self.form.visible_fields() if field.errors]

    @property
    def kept(self) -> dict[str, str]:
        """The hidden fields of the form that asks for the wrong ones alone."""
        wrong = self.form.errors
        return {name: str(text) for name, text in self._asked.items() if text and name not in wrong}

    @property
    def without(self) -> str:
        """The address without what is wrong."""
        return without(self._asked, *self.form.errors, path=self.path)
