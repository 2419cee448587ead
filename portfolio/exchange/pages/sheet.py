"""Which sheet the pilots stand on, in which row its headings are, and what rows with one filled cell are."""

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pilots.actions.by import Refused
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import add_refusal
from portfolio.exchange import runs
from portfolio.exchange.choices import Chosen, Sections
from portfolio.exchange.models import Import
from portfolio.exchange.pages.brought import Brought, cells_of
from portfolio.exchange.pages.road import COLUMNS, SHEET
from portfolio.exchange.pages.step import context_of, going_to, has_left, of_import
from portfolio.exchange.workbook import Row, Sheet, Workbook

MOST_LINES = 25  # shown; a header further down is named by its line
MOST_CELLS = 12
MOST_HEADER = 1_048_576


@dataclass(frozen=True)
class Line:
    """One row as it stands in the file."""

    line: int
    cells: list[str]
    more: int


class SheetForm(forms.Form):
    """The header's line and what single cells are; which sheet stands in the address."""

    header = forms.IntegerField(
        label="The row with the headings",
        error_messages=dict.fromkeys(
            ("required", "invalid"), "Choose the row that holds the headings of the columns."
        ),
    )
    sections = forms.ChoiceField(
        label="What is a row with one filled cell only?",
        choices=[(choice.value, choice.label) for choice in Sections],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, sheet: Sheet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = sheet

    def clean_header(self) -> int:
        line: int = self.cleaned_data["header"]
        if all(row.line != line for row in self.sheet.rows):
            raise forms.ValidationError("There is no such row. Choose one of the list.")
        if self.sheet.rows[-1].line == line:
            raise forms.ValidationError(
                "There are no rows below the headings. Choose a row further up, or another sheet."
            )
        return line

    def clean_sections(self) -> Sections:
        return Sections(self.cleaned_data["sections"] or Sections.ROWS)


@require_http_methods(["GET", "HEAD", "POST"])
@of_import
def import_sheet(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Show the first rows as they stand in the file, and take the choice."""
    if has_left(import_, SHEET):
        return redirect(import_)
    brought = Brought(import_)
    sheet = _sheet(brought, request.GET.get("sheet", ""))
    present = _present(brought, sheet)
    if request.method != "POST":
        return _page(request, brought, sheet, SheetForm(sheet, initial=_initial(present)))
    form = SheetForm(sheet, request.POST)
    if form.is_valid():
        chosen = _chosen(brought, sheet, form)
        try:
            runs.choose(import_, brought.plain(chosen), by=by_web(request))
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect(going_to(request, import_, otherwise=COLUMNS))
    return _page(request, brought, sheet, form)


def _sheet(brought: Brought, asked: str) -> Sheet:
    """Return the sheet of this place in the file, or the one that was chosen."""
    by_place = {str(place): sheet for place, sheet in enumerate(brought.workbook.sheets)}
    return by_place.get(asked, brought.sheet)


def _present(brought: Brought, sheet: Sheet) -> Chosen:
    """Return what holds for a sheet: the choice, or for another sheet than the chosen one a guess."""
    return brought.chosen if sheet == brought.sheet else brought.guess(sheet=sheet.name).chosen


def _initial(present: Chosen) -> dict[str, Any]:
    return {"header": present.header, "sections": present.sections.value}


def _chosen(brought: Brought, sheet: Sheet, form: SheetForm) -> Chosen:
    """Keep what was chosen for the columns while the header is the same; else begin with a guess."""
    header, sections = form.cleaned_data["header"], form.cleaned_data["sections"]
    if brought.is_chosen and sheet == brought.sheet and header == brought.chosen.header:
        return replace(brought.chosen, sections=sections)
    return replace(brought.guess(sheet=sheet.name, header=header).chosen, sections=sections)


def _page(request: UserRequest, brought: Brought, sheet: Sheet, form: SheetForm) -> TemplateResponse:
    shown = sheet.rows[:MOST_LINES]
    width = min(MOST_CELLS, max((len(row.cells) for row in shown), default=1))
    lines = [_line(row, width) for row in shown]
    header = _number(form["header"].value())
    context = {
        **context_of(brought.import_, SHEET, heading="Where do the headings stand?"),
        "form": form,
        "tabs": _tabs(brought.workbook, sheet, brought.import_.pk),
        "lines": lines,
        "header": header,
        "is_below": header > 0 and all(line.line != header for line in lines),
        "doubts": brought.doubts_of_place,
        "single": _single(sheet, header or 1),
    }
    return TemplateResponse(request, "exchange/import_sheet.html", context)


def _number(said: object) -> int:
    """Return a line somebody named, or 0 for what is none."""
    text = str(said or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _line(row: Row, width: int) -> Line:
    cells = list(cells_of(row))
    return Line(row.line, [*cells, *[""] * width][:width], max(0, len(cells) - width))


def _tabs(workbook: Workbook, current: Sheet, pk: int) -> list[dict[str, Any]]:
    if len(workbook.sheets) < 2:
        return []
    address = reverse("exchange:import_sheet", args=[pk])
    return [
        {
            "label": sheet.name,
            "is_hidden": sheet.is_hidden,
            "count": f"{len(sheet.rows):,}",
            "url": f"{address}?sheet={place}",
            "is_current": sheet == current,
        }
        for place, sheet in enumerate(workbook.sheets)
    ]


def _single(sheet: Sheet, header: int) -> str:
    """Return “Seven rows hold one cell only, such as “Claims” in line 4.”, or "" where there are none."""
    found = [
        (row.line, filled[0])
        for row in sheet.rows
        if row.line > header and len(filled := [cell for cell in cells_of(row) if cell]) == 1
    ]
    if not found or len(max(sheet.rows, key=lambda row: len(row.cells)).cells) < 2:
        return ""
    line, text = found[0]
    count = f"{len(found):,} rows hold" if len(found) > 1 else "One row holds"
    return f"{count} one filled cell only, such as “{text[:60]}” in line {line}."
