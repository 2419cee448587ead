"""Proposes how a file nobody here has seen is to be read. Plain functions: no database, no clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from portfolio.exchange.choices import Chosen
from portfolio.exchange.guessing.cautions import cautions
from portfolio.exchange.guessing.columns import guess_columns
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.dates import guess_dates
from portfolio.exchange.guessing.more_sheets import more_sheets
from portfolio.exchange.guessing.numbers import guess_decimal
from portfolio.exchange.guessing.rows import judge_sections
from portfolio.exchange.guessing.shapes import STAGES, Doubt, Proposal, once
from portfolio.exchange.guessing.sheets import choose_sheet
from portfolio.exchange.guessing.values import (
    WordGuess,
    guess_empty,
    guess_how_built,
    guess_risks,
    guess_stages,
    guess_yes_and_no,
)
from portfolio.exchange.mapping_reader import REFUSE
from portfolio.exchange.workbook import Workbook

OF_DAYS = ("date:", "decide_by", "milestone_due", "milestone_done", "go_live_due")
OF_FIGURES = ("kpi_baseline", "kpi_target", "kpi_line")
DATES_FROM = 0.4

Columns = Mapping[str, Contents]


def propose(
    workbook: Workbook, *, custom: Iterable[tuple[str, str]] = (), sheet: str = "", header: int = 0
) -> Proposal:
    """Return a guess for every choice; `sheet` and `header` are what a person has chosen already.

    `custom` are codes and labels of the program's own fields.
    """
    register, about_sheet = choose_sheet(workbook, name=sheet, line=header)
    guessed, about_columns = guess_columns(register.columns, custom=custom)
    codes = {item.key: item.code for item in guessed}
    columns = {contents.profile.key: contents for contents in register.columns}
    more, about_more = more_sheets(workbook, register, codes)
    read = [(codes, columns), *((item.chosen.columns, item.columns) for item in more)]

    sections, about_sections = judge_sections(register.layout, has_unit="unit" in codes.values())
    stages = _words(codes, columns, "stage", guess_stages)
    risks = _words(codes, columns, "risk", guess_risks)
    how_builts = _words(codes, columns, "how_built", guess_how_built)
    days = _bearing(read, OF_DAYS)
    dates = guess_dates([*days, *_dated(register.columns, besides=days)], days)
    decimal, about_numbers = guess_decimal(_bearing(read, OF_FIGURES))
    empty, about_empty = guess_empty([columns[key] for key, code in codes.items() if code])
    yes, no = guess_yes_and_no(_bearing([(codes, columns)], ("confidential",)))
    return Proposal(
        chosen=Chosen(
            sheet=register.sheet.name,
            header=register.header,
            sections=sections,
            columns=codes,
            stages=stages.words,
            risks=risks.words,
            how_builts=how_builts.words,
            empty=empty,
            yes=yes,
            no=no,
            slashes=dates.style.slashes,
            short_months=frozenset(dates.style.short_months),
            serials=dates.style.serials,
            decimal=decimal,
            more=tuple(item.chosen for item in more),
        ),
        columns=guessed,
        doubts=once(
            [
                *about_sheet,
                *register.layout.doubts,
                *about_sections,
                *_no_stage(codes),
                *about_columns,
                *(doubt for item in guessed if item.code for doubt in cautions(item, columns[item.key])),
                *stages.doubts,
                *risks.doubts,
                *how_builts.doubts,
                *dates.doubts,
                *about_numbers,
                *about_empty,
                *about_more,
            ]
        ),
        refused=tuple(word for word, stage in stages.words.items() if stage == REFUSE),
    )


def _bearing(read: Iterable[tuple[Mapping[str, str], Columns]], wanted: tuple[str, ...]) -> list[Contents]:
    """Return the columns whose codes begin so, of all sheets that are read."""
    return [columns[key] for codes, columns in read for key, code in codes.items() if code.startswith(wanted)]


def _dated(columns: Sequence[Contents], *, besides: Sequence[Contents]) -> list[Contents]:
    """Return further columns that look like days; they bear witness to how this file writes them."""
    return [contents for contents in columns if contents.dates >= DATES_FROM and contents not in besides]


def _words(
    codes: Mapping[str, str], columns: Columns, code: str, guess: Callable[[Contents], WordGuess]
) -> WordGuess:
    key = next((key for key, given in codes.items() if given == code), None)
    return WordGuess(words={}) if key is None else guess(columns[key])


def _no_stage(codes: Mapping[str, str]) -> list[Doubt]:
    if "stage" in codes.values():
        return []
    return [
        Doubt(STAGES, "No column was recognised as the stage. Choose one, or say one stage for all rows.")
    ]
