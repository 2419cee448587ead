"""What the columns mean: a guess with its reason beside each, and what nobody said yet on top."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BoundField
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pilots.actions.by import Refused
from pilots.lifecycle import Stage
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import add_refusal
from portfolio.exchange import runs
from portfolio.exchange.choices import Chosen
from portfolio.exchange.chosen import complaints
from portfolio.exchange.guessing import Certainty, ColumnProfile, profile, shapes
from portfolio.exchange.meanings import meanings, meanings_of_more
from portfolio.exchange.models import Import, Wanted
from portfolio.exchange.pages import drafts
from portfolio.exchange.pages.brought import Brought
from portfolio.exchange.pages.column_forms import ColumnsForm, field_of
from portfolio.exchange.pages.road import COLUMNS, PREVIEW, VALUES
from portfolio.exchange.pages.step import context_of, going_to, has_left, of_import, pressed
from portfolio.exchange.workbook import Sheet

MOST_SAMPLES = 3
LONGEST_SAMPLE = 80
MOST_NAMED = 8
_SURE = {Certainty.CERTAIN: "Certain", Certainty.LIKELY: "Likely", Certainty.DOUBT: "Check this"}


@dataclass(frozen=True)
class Line:
    """One column as the page shows it. `sure` is a word, `why` a sentence; "" where nothing was guessed."""

    key: str
    field: BoundField
    samples: list[str]
    sure: str = ""
    why: str = ""
    is_doubt: bool = False
    is_off: bool = False


@dataclass(frozen=True)
class More:
    """A sheet beside the pilots' own."""

    name: str
    rows: str
    lines: list[Line]
    doubts: tuple[str, ...]
    is_taken: bool


@require_http_methods(["GET", "HEAD", "POST"])
@of_import
def import_columns(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Show what Headway takes the columns for, and take what they mean."""
    if has_left(import_, COLUMNS):
        return redirect(import_)
    brought = Brought(import_)
    if request.method != "POST":
        draft = drafts.take(request, import_, COLUMNS)
        return _page(request, brought, _form(request, brought, draft))
    form = _form(request, brought, request.POST)
    if form.is_valid() and _kept(request, brought, form):
        return redirect(going_to(request, import_, otherwise=VALUES))
    if "to" in request.POST:
        drafts.keep(request, import_, COLUMNS)
        return redirect(going_to(request, import_, otherwise=VALUES))
    return _page(request, brought, form)


def _form(request: UserRequest, brought: Brought, posted: QueryDict | None) -> ColumnsForm:
    keys = [column.key for column in brought.columns]
    more = _more(brought)
    initial: dict[str, Any] = {"remember": drafts.is_remembered(request, brought.import_)}
    initial |= {field_of(place): brought.chosen.columns.get(key, "") for place, key in enumerate(keys)}
    taken = {sheet.sheet: sheet for sheet in brought.chosen.more}
    for number, (name, _, columns) in more.items():
        meant = taken[name].columns if name in taken else {}
        initial |= {field_of(place, number): meant.get(key, "") for place, key in enumerate(columns)}
    custom = [(field.code, field.label) for field in brought.custom]
    return ColumnsForm(
        keys,
        meanings(custom),
        posted,
        more=more,
        meanings_of_more=meanings_of_more(),
        initial=initial,
    )


def _more(brought: Brought) -> dict[int, tuple[str, int, Sequence[str]]]:
    """Return the other sheets people see that have rows below a first one, by their place in the file."""
    found: dict[int, tuple[str, int, Sequence[str]]] = {}
    for number, sheet in enumerate(brought.workbook.sheets):
        if sheet == brought.sheet or sheet.is_hidden or len(sheet.rows) < 2:
            continue
        header = _header_of(brought, sheet)
        found[number] = (sheet.name, header, [column.key for column in profile(sheet, header)])
    return found


def _header_of(brought: Brought, sheet: Sheet) -> int:
    named = [*brought.chosen.more, *brought.proposal.chosen.more]
    return next((more.header for more in named if more.sheet == sheet.name), sheet.rows[0].line)


def _kept(request: UserRequest, brought: Brought, form: ColumnsForm) -> bool:
    """Keep what was chosen; say what is missing and return False where a file cannot be read so."""
    keys = [column.key for column in brought.columns]
    chosen = replace(_renewed(brought.chosen, form.meant(keys)), more=form.more_sheets())
    for sentence in complaints(_asked_later(chosen)):
        form.add_error(None, sentence)
    if form.errors:
        return False
    remember, by = form.cleaned_data["remember"], by_web(request)
    drafts.remember(request, brought.import_, wanted=remember)
    is_whole = not complaints(chosen)
    try:
        runs.choose(brought.import_, brought.plain(chosen), by=by, remember=remember and is_whole)
        if pressed(request, otherwise=VALUES) == PREVIEW:
            runs.ask(brought.import_, Wanted.PREVIEW, by=by)
    except Refused as refused:
        add_refusal(form, refused)
        return False
    return True


def _asked_later(chosen: Chosen) -> Chosen:
    """Return the choice without what the next page asks: the stage and the problem of rows that say none."""
    return replace(
        chosen,
        stage_when_blank=chosen.stage_when_blank or Stage.IDEA.value,
        problem_when_blank=chosen.problem_when_blank or "asked",
    )


def _renewed(chosen: Chosen, meant: dict[str, str]) -> Chosen:
    """Drop the words of a column that does not hold stages, risks or builds any longer."""

    def kept(code: str, words: dict[str, str]) -> dict[str, str]:
        before = [key for key, given in chosen.columns.items() if given == code]
        return words if before == [key for key, given in meant.items() if given == code] else {}

    return replace(
        chosen,
        columns=meant,
        stages=kept("stage", chosen.stages),
        risks=kept("risk", chosen.risks),
        how_builts=kept("how_built", chosen.how_builts),
    )


def _page(request: UserRequest, brought: Brought, form: ColumnsForm) -> TemplateResponse:
    import_ = brought.import_
    lines = [_line(brought, form, place, column) for place, column in enumerate(brought.columns)]
    context = {
        **context_of(import_, COLUMNS, heading="What do the columns mean?", says=_read_as(brought)),
        "form": form,
        "lines": lines,
        "missing": [] if form.is_bound else _missing(brought),
        "notes": brought.workbook.notes,
        "off": _off(lines),
        "fields_url": _fields_url(brought.import_),
        "more": [_more_of(brought, form, number) for number in form.more],
        "custom": brought.custom,
    }
    return TemplateResponse(request, "exchange/import_columns.html", context)


def _missing(brought: Brought) -> list[str]:
    """Return what stands in the way before anybody chose anything."""
    empty = [] if brought.lines else ["There are no rows below the headings. Is it another sheet?"]
    return [*empty, *complaints(brought.chosen)]


def _read_as(brought: Brought) -> str:
    count = len(brought.lines)
    rows = "One row" if count == 1 else f"{count:,} rows"
    sheet = f" of the sheet “{brought.sheet.name}”" if brought.sheet.name else ""
    return f"{rows} below line {brought.chosen.header}{sheet}. Correct what Headway took for something else."


def _line(brought: Brought, form: ColumnsForm, place: int, column: ColumnProfile) -> Line:
    field = form[field_of(place)]
    value = field.value() or ""
    guessed = next((item for item in brought.proposal.columns if item.key == column.key), None)
    samples = [_short(text) for text in column.samples[:MOST_SAMPLES]]
    if guessed is None or guessed.code != value:
        was = brought.chosen.columns.get(column.key) == value and brought.is_chosen
        why = "As it was chosen." if was and value else ""
        return Line(column.key, field, samples, why=why, is_off=not value)
    doubts = brought.proposal.at(shapes.column(column.key))
    is_doubt = bool(doubts) or guessed.certainty is Certainty.DOUBT
    sure = _SURE[Certainty.DOUBT if doubts else guessed.certainty] if value or is_doubt else ""
    why = " ".join(doubts) or guessed.why
    return Line(column.key, field, samples, sure=sure, why=why, is_doubt=is_doubt, is_off=not value)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SAMPLE else f"{line[: LONGEST_SAMPLE - 1]}…"


def _off(lines: Sequence[Line]) -> str:
    """Return “Not imported: Comments, Cost centre and 3 more.”, or ""."""
    names = [line.key for line in lines if line.is_off]
    if not names:
        return ""
    rest = len(names) - MOST_NAMED
    named = ", ".join(names[:MOST_NAMED])
    return f"Not imported: {named}{f' and {rest} more' if rest > 0 else ''}."


def _fields_url(import_: Import) -> str:
    """Return where fields are made for columns Headway has no place for; "" without a program."""
    return reverse("desk:settings_fields", args=[import_.program.slug]) if import_.program else ""


def _more_of(brought: Brought, form: ColumnsForm, number: int) -> More:
    name, header, keys = form.more[number]
    sheet = brought.workbook.sheets[number]
    columns = profile(sheet, header)
    lines = [
        Line(
            key,
            form[field_of(place, number)],
            [_short(text) for text in column.samples[:MOST_SAMPLES]],
            is_off=not form[field_of(place, number)].value(),
        )
        for place, (key, column) in enumerate(zip(keys, columns, strict=True))
    ]
    count = sum(1 for row in sheet.rows if row.line > header)
    return More(
        name,
        f"{count:,} row{'' if count == 1 else 's'}",
        lines,
        brought.proposal.at(shapes.sheet_place(name)),
        any(not line.is_off for line in lines) or any(line.field.errors for line in lines),
    )
