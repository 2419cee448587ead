"""The table of imports: who brought which file when, what it did, and the one thing to do next."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils import timezone

from pilots.access.models import User
from pilots.calendar import Day
from pilots.web.spoken import spoken
from portfolio.exchange.models import Import, Step
from portfolio.exchange.pages.road import url_of

PER_PAGE = 20


@dataclass(frozen=True)
class Row:
    """One import. `did` is a sentence; `next_label` is "" where nothing is left to do."""

    import_: Import
    url: str
    into: str
    by: str
    when: str
    step: str
    did: str
    next_label: str = ""
    next_url: str = ""


def history(user: User, asked: QueryDict) -> Page[Import]:
    """Return a page of the imports somebody may see, newest first."""
    imports = Import.objects.visible_to(user).select_related("program", "made_by").defer("packed", "details")
    return Paginator(imports.order_by("-made_at", "-pk"), PER_PAGE).get_page(asked.get("page"))


def rows(page: Page[Import], *, now: datetime) -> list[Row]:
    return [_row(import_, now) for import_ in page]


def _row(import_: Import, now: datetime) -> Row:
    today = timezone.localdate(now)
    label, place = _next(import_)
    return Row(
        import_=import_,
        url=import_.get_absolute_url(),
        into=import_.program.name if import_.program else "Programs named in the file",
        by=import_.made_by.name if import_.made_by else "Headway",
        when=spoken(timezone.localdate(import_.made_at), today),
        step=import_.at_step.label,
        did=did(import_),
        next_label=label,
        next_url=url_of(import_, place) if label else "",
    )


def _next(import_: Import) -> tuple[str, str]:
    match import_.at_step:
        case Step.CHOOSING | Step.PREVIEWED:
            return "Go on", "detail"
        case Step.APPLIED:
            return "Undo…", "undo"
        case _:
            return "", ""


def did(import_: Import) -> str:
    """Return “31 new, 4 changed, 12 the same”: what an import did, would do, or did and took back."""
    if import_.at_step is Step.DROPPED:
        return "Nothing"
    summary = import_.summary
    if not summary or import_.at_step is Step.CHOOSING:
        return "Nothing yet"
    words = [
        f"{summary[key]:,} {word}"
        for key, word in (("new", "new"), ("changed", "changed"), ("same", "the same"))
        if summary.get(key)
    ]
    counts = ", ".join(words) or "nothing new"
    match import_.at_step:
        case Step.PREVIEWED:
            return f"Preview: {counts}"
        case Step.UNDONE:
            return f"Taken back: {counts}"
        case _:
            return counts[:1].upper() + counts[1:]


def as_of(import_: Import) -> str:
    return str(Day(import_.as_of))
