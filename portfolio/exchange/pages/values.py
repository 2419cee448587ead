"""What the words, dates and numbers of the file mean; only what occurs in it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.forms import BoundField
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from pilots.actions.by import Refused
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import add_refusal
from portfolio.exchange import runs
from portfolio.exchange.guessing import shapes
from portfolio.exchange.models import Import, Wanted
from portfolio.exchange.pages import drafts
from portfolio.exchange.pages.brought import Brought
from portfolio.exchange.pages.occurring import Word
from portfolio.exchange.pages.road import PREVIEW, VALUES
from portfolio.exchange.pages.step import context_of, going_to, has_left, of_import, pressed
from portfolio.exchange.pages.value_blocks import Asked, Blanks, WordBlock
from portfolio.exchange.pages.value_forms import ValuesForm

MOST_PEOPLE = 24
MOST_LINES = 5
LONGEST_NAME = 60


@dataclass(frozen=True)
class Line:
    """One word, its field, and the first row it stands in."""

    word: Word
    field: BoundField
    example: str
    hint: str = ""


@dataclass(frozen=True)
class Block:
    """The words of one column."""

    title: str
    column: str
    lines: list[Line]
    too_many: str


@require_http_methods(["GET", "HEAD", "POST"])
@of_import
def import_values(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Ask what the words mean; then let the worker look through the file."""
    if has_left(import_, VALUES):
        return redirect(import_)
    asked = Asked(Brought(import_))
    if request.method != "POST":
        return _page(request, asked, ValuesForm(asked, drafts.take(request, import_, VALUES)))
    form = ValuesForm(asked, request.POST)
    if form.is_valid() and _kept(request, asked, form):
        return redirect(going_to(request, import_, otherwise=PREVIEW))
    if "to" in request.POST:
        drafts.keep(request, import_, VALUES)
        return redirect(going_to(request, import_, otherwise=PREVIEW))
    return _page(request, asked, form)


def _kept(request: UserRequest, asked: Asked, form: ValuesForm) -> bool:
    import_, by = asked.brought.import_, by_web(request)
    remember = drafts.is_remembered(request, import_)
    plain = {**asked.brought.plain(form.chosen()), "leave_out": form.leave_out()}
    try:
        runs.choose(import_, plain, by=by, remember=remember)
        if pressed(request, otherwise=PREVIEW) == PREVIEW:
            runs.ask(import_, Wanted.PREVIEW, by=by)
    except Refused as refused:
        add_refusal(form, refused)
        return False
    return True


def _page(request: UserRequest, asked: Asked, form: ValuesForm) -> TemplateResponse:
    brought = asked.brought
    names = brought.names
    stage_doubts = brought.proposal.at(shapes.STAGES)
    people = asked.people
    context = {
        **context_of(brought.import_, VALUES, heading="What do the words mean?", says=_says(asked)),
        "form": form,
        "blocks": [
            _block(form, block, names, stage_doubts if block is asked.stages else ())
            for block in (asked.stages, asked.risks, asked.how_builts, asked.yes_or_no)
            if block is not None
        ],
        "without_stage": _without(asked.without_stage, "stage", names),
        "without_problem": _without(asked.without_problem, "problem", names),
        "asked": asked,
        "date_doubts": brought.proposal.at(shapes.DATES),
        "number_doubts": brought.proposal.at(shapes.NUMBERS),
        "date_fields": form.fields_of(["short_months", "serials", "fiscal_year_begins"]),
        "slashes": form["slashes"] if "slashes" in form.fields else None,
        "other_fields": form.fields_of(["leave_out_totals", "decimal", "empty", "shorten"]),
        "people": people,
        "first_owner": form["first_owner"] if "first_owner" in form.fields else None,
        "shown_people": people.found[:MOST_PEOPLE],
        "more_people": max(0, len(people.found) - MOST_PEOPLE),
        "too_long": [
            f"The longest {word.text} has {word.count:,} characters (line {word.line})."
            for word in asked.too_long
        ],
    }
    return TemplateResponse(request, "exchange/import_values.html", context)


def _says(asked: Asked) -> str:
    if asked.is_nothing:
        return "Nothing in this file needs a decision. Look at the preview."
    return "Only what stands in this file is asked, with the place where it stands first."


def _block(form: ValuesForm, block: WordBlock, names: Mapping[int, str], doubts: Sequence[str]) -> Block:
    too_many = ""
    if block.has_too_many:
        too_many = (
            f"“{block.column}” holds {block.distinct:,} different texts, too many to be asked about. "
            "Look whether another column holds them, under Columns; else they stay as they were understood."
        )
    lines = [] if block.has_too_many else _lines(form, block, names, doubts)
    return Block(block.title, block.column, lines, too_many)


def _lines(form: ValuesForm, block: WordBlock, names: Mapping[int, str], doubts: Sequence[str]) -> list[Line]:
    lines = []
    for place, word in enumerate(block.words):
        field = form[f"{block.name}-{place}"]
        # What was decided is in no doubt, and an error says it already.
        hint = "" if field.value() or field.errors else _about(word, doubts)
        lines.append(Line(word, field, _example(word.line, names), hint))
    return lines


def _about(word: Word, doubts: Sequence[str]) -> str:
    """Return what Headway says of one word."""
    return " ".join(doubt for doubt in doubts if f"“{word.text}”" in doubt)


def _example(line: int, names: Mapping[int, str]) -> str:
    name = " ".join(names.get(line, "").split())
    return f"line {line}{f', {name[:LONGEST_NAME]}' if name else ''}"


def _without(blanks: Blanks, what: str, names: Mapping[int, str]) -> str:
    """Return “Three rows say no stage: line 7, Letter drafts; …”, or ""."""
    if not blanks.count:
        return ""
    rows = "One row says" if blanks.count == 1 else f"{blanks.count:,} rows say"
    shown = "; ".join(_example(line, names) for line in blanks.lines[:MOST_LINES])
    rest = blanks.count - MOST_LINES
    return f"{rows} no {what}: {shown}{f' and {rest:,} more' if rest > 0 else ''}."
