"""What each column means: one select for every column, and what contradicts or is missing beside it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django import forms

from portfolio.exchange.choices import MoreSheet
from portfolio.exchange.meanings import NOT_IMPORTED, Meaning

Choices = list[tuple[str, Any]]


def choices_of(meanings: Iterable[Meaning]) -> Choices:
    """Return the meanings as a select's choices, under the headings of their groups."""
    by_group = sorted(meanings, key=lambda meaning: _place(meaning.group))
    grouped = [
        (group, [(meaning.code, meaning.label) for meaning in members])
        for group, members in groupby(by_group, key=lambda meaning: meaning.group)
    ]
    return [(NOT_IMPORTED, "Not imported"), *grouped]


_GROUPS = ("The pilot", "People", "Dates", "KPI", "Milestone", "Custom fields")


def _place(group: str) -> int:
    return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)


def field_of(place: int, sheet: int | None = None) -> str:
    """Return the name of a column's field: by place, because what stands in a header may be anything."""
    return f"column-{place}" if sheet is None else f"sheet-{sheet}-column-{place}"


class ColumnsForm(forms.Form):
    """One field for each column of the pilots' sheet, and for each of the sheets beside it.

    `more` are those sheets by their place in the file: name, line of the header, keys of the columns.
    """

    remember = forms.BooleanField(label="Remember this for the next file with these headings", required=False)

    def __init__(
        self,
        columns: Sequence[str],
        meanings: Sequence[Meaning],
        *args: Any,
        more: dict[int, tuple[str, int, Sequence[str]]],
        meanings_of_more: Sequence[Meaning],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.columns, self.meanings, self.more = columns, meanings, more
        self.meanings_of_more = meanings_of_more
        choices, more_choices = choices_of(meanings), choices_of(meanings_of_more)
        for place, key in enumerate(columns):
            self.fields[field_of(place)] = _select(key, choices)
        for number, (_, _, keys) in more.items():
            for place, key in enumerate(keys):
                self.fields[field_of(place, number)] = _select(key, more_choices)

    def clean(self) -> dict[str, Any]:
        self._refuse_twice(None, self.columns, self.meanings)
        for number, (_, _, keys) in self.more.items():
            self._refuse_twice(number, keys, self.meanings_of_more)
        return self.cleaned_data

    def _refuse_twice(self, sheet: int | None, columns: Sequence[str], meanings: Sequence[Meaning]) -> None:
        given = self.meant(columns, sheet)
        single = {meaning.code: meaning.label for meaning in meanings if not meaning.many}
        times = Counter(given.values())
        for place, key in enumerate(columns):
            code = given[key]
            if code in single and times[code] > 1:
                others = [f"“{other}”" for other, meant in given.items() if meant == code and other != key]
                sentence = f"{' and '.join(others)} says that too. Only one column can be “{single[code]}”."
                self.add_error(field_of(place, sheet), sentence)

    def meant(self, columns: Sequence[str], sheet: int | None = None) -> dict[str, str]:
        """Return the meaning that was chosen for each column."""
        return {
            key: self.cleaned_data.get(field_of(place, sheet), NOT_IMPORTED)
            for place, key in enumerate(columns)
        }

    def more_sheets(self) -> tuple[MoreSheet, ...]:
        """Return the sheets beside it of which any column means something."""
        found = []
        for number, (name, header, keys) in self.more.items():
            meant = self.meant(keys, number)
            if any(meant.values()):
                found.append(MoreSheet(sheet=name, header=header, columns=meant))
        return tuple(found)


def _select(key: str, choices: Choices) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=key,
        choices=choices,
        required=False,
        error_messages={"invalid_choice": "A column cannot mean this here. Choose again."},
    )
