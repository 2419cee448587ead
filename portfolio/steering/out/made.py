"""Makes the document of a pack for one reader, and the files from it."""

from collections.abc import Collection
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from pilots.access.models import User
from pilots.models import Pilot
from portfolio.steering.models import Pack
from portfolio.steering.out.document import Document
from portfolio.steering.out.drawn import PAGE
from portfolio.steering.out.limits import EVERYTHING, Field, limited, pilots_in, without_pilots
from portfolio.steering.out.paper import sheets
from portfolio.steering.out.said import Frozen, compose

STYLES = ("css/tokens.css", "css/components/drawn.css", "css/pages/paper.css")


def document_of(pack: Pack, reader: User | None, allowed: Collection[Field] = EVERYTHING) -> Document:
    """Return what a pack says to one of its readers, or by a link of theirs that shows `allowed`.

    As many queries for any pack. Pilots that are confidential by now, or hidden from the reader, are left
    out; totals stay as they were frozen, for they name nobody.
    """
    before = Pack.objects.visible_to(reader).filter(pk=pack.before_id).first() if pack.before_id else None
    contents = [{**row.content, "title": row.title} for row in (pack, before) if row is not None]
    named = set().union(*(pilots_in(content) for content in contents))
    shown = Pilot.objects.visible_to(reader).filter(pk__in=named, is_confidential=False)
    gone = named - set(shown.order_by().values_list("pk", flat=True))
    content, *then = limited(without_pilots(contents, gone), allowed)
    return compose(
        Frozen(
            title=content["title"],
            meeting_on=pack.meeting_on,
            frozen_at=pack.frozen_at,
            content=content,
            before=then[0] if then else None,
        )
    )


def pdf_html(document: Document) -> str:
    """Return the document as one HTML page with nothing to fetch; its styles go beside it."""
    context = {"document": document, "sheets": sheets(document.parts, [PAGE])}
    return render_to_string("steering/out/pdf.html", context)


def paper_styles() -> str:
    """Return the stylesheets of paper as one text, read from our own files."""
    found = []
    for name in STYLES:
        path = finders.find(name)
        if not isinstance(path, str):
            raise FileNotFoundError(f"{name} is not among the static files of Headway.")
        found.append(Path(path).read_text(encoding="utf-8"))
    return "\n".join(found)
