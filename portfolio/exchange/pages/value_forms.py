"""The form of the page of values: a field for everything that is asked of this file, and nothing else."""

import calendar
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms

from pilots.forms.fields import LongWords
from portfolio.exchange.cells import ShortMonth, Slashes
from portfolio.exchange.choices import Chosen, Decimal
from portfolio.exchange.pages.occurring import Dates
from portfolio.exchange.pages.value_blocks import REFUSE, STAGES, UNKNOWN, Asked, WordBlock

LONGEST_PROBLEM = 4000
FISCAL_MONTHS = (1, 4, 7, 10)


class ValuesForm(forms.Form):
    """Fields by block: `stage-0` is the first word of the stages, `slashes` the order of dates, …"""

    def __init__(self, asked: Asked, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for block in (asked.stages, asked.risks, asked.how_builts, asked.yes_or_no):
            if block is not None and not block.has_too_many:
                self._add_words(block)
        self._add_blanks()
        self._add_dates(asked.dates)
        self._add_others()

    def _add_words(self, block: WordBlock) -> None:
        for place, word in enumerate(block.words):
            choices = [*block.meanings, *block.others]
            if not any(code == "" for code, _ in choices):
                choices = [("", "Choose"), *choices]
            self.fields[f"{block.name}-{place}"] = forms.ChoiceField(
                label=word.text,
                choices=choices,
                required=block.is_needed,
                initial=block.given[word.text],
                error_messages={
                    "required": f"Say which stage “{word.text}” is, or refuse these rows.",
                    "invalid_choice": "This is none of the list. Choose again.",
                },
            )

    def _add_blanks(self) -> None:
        # Where no column says it, rows cannot be told apart: one answer holds for all of them.
        columns = self.asked.chosen.columns.values()
        refusing = [(REFUSE, "Refuse these rows")] if "stage" in columns else []
        if self.asked.without_stage.count:
            self.fields["stage_when_blank"] = forms.ChoiceField(
                label="Their stage",
                choices=[("", "Choose"), *STAGES, *refusing],
                initial=self.asked.brought.import_.mapping.get("stage", {}).get("when_blank", ""),
                error_messages={
                    "required": "Say which stage these pilots are in, or refuse the rows.",
                    "invalid_choice": "This is none of the list. Choose again.",
                },
            )
        if self.asked.without_problem.count:
            self.fields["problem_when_blank"] = LongWords(
                label="Their problem, in one sentence",
                required="problem" not in columns,
                rows=2,
                max_length=LONGEST_PROBLEM,
                initial=self.asked.chosen.problem_when_blank,
                help_text="Such as “Not written down in the register.”"
                + (" Left empty, these rows are refused." if "problem" in columns else ""),
                error_messages={"required": "Write one sentence, or choose a column under Columns."},
            )

    def _add_dates(self, dates: Dates) -> None:
        chosen = self.asked.chosen
        # Whoever looked at a preview before has said that nobody knows.
        nobody_knows = UNKNOWN if self.asked.brought.import_.summary else None
        if dates.slashed:
            self.fields["slashes"] = forms.ChoiceField(
                label="Which number comes first?",
                choices=[
                    (Slashes.DAY_FIRST.value, "The day"),
                    (Slashes.MONTH_FIRST.value, "The month"),
                    (UNKNOWN, "Nobody knows: these dates stay unknown"),
                ],
                widget=forms.RadioSelect,
                initial=chosen.slashes.value if chosen.slashes else nobody_knows,
                error_messages=dict.fromkeys(
                    ("required", "invalid_choice"), "Say whether the day or the month comes first."
                ),
            )
        if dates.short_months:
            self.fields["short_months"] = forms.MultipleChoiceField(
                label="Short dates",
                choices=[
                    (style.value, f"“{example.text}” (line {example.line}) is {example.day_first}")
                    for style, example in dates.short_months.items()
                ],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=[ShortMonth(style).value for style in chosen.short_months],
            )
        if dates.serial:
            self.fields["serials"] = forms.BooleanField(
                label=f"“{dates.serial.text}” (line {dates.serial.line}) is {dates.serial.day_first}: "
                "spreadsheets count days",
                required=False,
                initial=chosen.serials,
            )
        if dates.fiscal:
            self.fields["fiscal_year_begins"] = forms.TypedChoiceField(
                label="The fiscal year begins in",
                choices=[(0, "Not known"), *((month, calendar.month_name[month]) for month in FISCAL_MONTHS)],
                coerce=int,
                required=False,
                initial=chosen.fiscal_year_begins,
                help_text=f"“{dates.fiscal.text}” in line {dates.fiscal.line} names a fiscal quarter.",
            )

    def _add_others(self) -> None:
        chosen = self.asked.chosen
        if several := self.asked.several_owners:
            self.fields["first_owner"] = forms.ChoiceField(
                label=f"A pilot has one production owner; “{several.text}” (line {several.line}) are several",
                choices=[("", "Name nobody, and decide later"), ("first", "Take the first of them")],
                widget=forms.RadioSelect,
                required=False,
                initial="first" if chosen.first_owner else "",
            )
        if self.asked.number:
            text, line = self.asked.number.text, self.asked.number.line
            self.fields["decimal"] = forms.ChoiceField(
                label=f"What parts the decimals, as in “{text}” (line {line})?",
                choices=[
                    (Decimal.COMMA.value, "A comma: 1.234,5"),
                    (Decimal.POINT.value, "A point: 1,234.5"),
                ],
                widget=forms.RadioSelect,
                initial=chosen.decimal.value if chosen.decimal else None,
                error_messages=dict.fromkeys(
                    ("required", "invalid_choice"), "Say whether a comma or a point parts the decimals."
                ),
            )
        if self.asked.empty:
            present = {word.casefold() for word in chosen.empty}
            self.fields["empty"] = forms.MultipleChoiceField(
                label="Nothing is known where the file says",
                choices=[
                    (word.text, f"“{word.text}”, {_times(word.count)}, first in line {word.line}")
                    for word in self.asked.empty
                ],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=[word.text for word in self.asked.empty if word.text.casefold() in present],
            )
        if self.asked.totals:
            said = " and ".join(f"“{total.text}” (line {total.line})" for total in self.asked.totals)
            one = len(self.asked.totals) == 1
            self.fields["leave_out_totals"] = forms.BooleanField(
                label=f"Leave out {said}: {'it adds' if one else 'they add'} up and "
                f"{'is no pilot' if one else 'are no pilots'}",
                required=False,
                initial=True,
            )
        if self.asked.too_long or self.asked.was_too_long or chosen.shorten:
            self.fields["shorten"] = forms.BooleanField(
                label="Shorten texts that do not fit, and keep the whole text in the pilot’s history",
                required=False,
                initial=chosen.shorten,
            )

    def leave_out(self) -> list[dict[str, Any]]:
        """Return the rules of the mapping about rows that are left out, with those for totals."""
        kept = self.asked.brought.import_.mapping.get("leave_out", [])
        rules: list[dict[str, Any]] = [
            {"column": total.column, "words": [total.text]} for total in self.asked.totals
        ]
        others = [rule for rule in kept if rule not in rules]
        return [*others, *rules] if self.cleaned_data.get("leave_out_totals") else others

    def chosen(self) -> Chosen:
        """Return what holds after these answers; the form must be valid."""
        before, cleaned = self.asked.chosen, self.cleaned_data
        after = replace(
            before,
            stages={**before.stages, **self._meant(self.asked.stages)},
            risks={**before.risks, **self._meant(self.asked.risks)},
            how_builts={**before.how_builts, **self._meant(self.asked.how_builts)},
            stage_when_blank=cleaned.get("stage_when_blank", before.stage_when_blank),
            problem_when_blank=cleaned.get("problem_when_blank", before.problem_when_blank),
            serials=cleaned.get("serials", before.serials),
            shorten=cleaned.get("shorten", before.shorten),
            fiscal_year_begins=cleaned.get("fiscal_year_begins", before.fiscal_year_begins),
            first_owner=bool(cleaned.get("first_owner", before.first_owner)),
        )
        if self.asked.yes_or_no is not None:
            said = self._meant(self.asked.yes_or_no)
            yes, no = (
                tuple(word for word, meant in said.items() if meant == which) for which in ("yes", "no")
            )
            after = replace(after, yes=yes, no=no)
        return self._with_lists(after)

    def _with_lists(self, after: Chosen) -> Chosen:
        cleaned = self.cleaned_data
        if "slashes" in cleaned:
            said = cleaned["slashes"]
            after = replace(after, slashes=None if said == UNKNOWN else Slashes(said))
        if "short_months" in cleaned:
            after = replace(after, short_months=frozenset(map(ShortMonth, cleaned["short_months"])))
        if "decimal" in cleaned:
            after = replace(after, decimal=Decimal(cleaned["decimal"]))
        if "empty" in cleaned:
            offered = {word.text.casefold() for word in self.asked.empty}
            kept = [word for word in after.empty if word.casefold() not in offered]
            after = replace(after, empty=(*kept, *cleaned["empty"]))
        return after

    def _meant(self, block: WordBlock | None) -> dict[str, str]:
        if block is None or block.has_too_many:
            return {}
        given = {
            word.text: self.cleaned_data[f"{block.name}-{place}"] for place, word in enumerate(block.words)
        }
        return {word: meant for word, meant in given.items() if meant}

    def fields_of(self, names: Sequence[str]) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
