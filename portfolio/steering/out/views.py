"""The addresses at which a pack leaves the building: to print, as PDF, as PowerPoint."""

from collections.abc import Callable
from datetime import date, datetime
from importlib import import_module

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_safe

from pilots.access.models import User
from pilots.actions.by import By
from pilots.actions.export import Export, record_export
from pilots.web.http import UserRequest, by_web
from portfolio.steering.models import Pack
from portfolio.steering.out.document import Document
from portfolio.steering.out.made import document_of, paper_styles, pdf_html
from portfolio.steering.out.paper import sheets
from portfolio.steering.out.pdf import NoPdf, pdf_bytes

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
CONFLICT = 409  # as for all that is refused


@require_safe
def pack_print(request: UserRequest, pk: int) -> HttpResponseBase:
    """Show the pack as it looks on paper; the browser prints it."""
    row = find_pack(request.user, pk)
    document = document_of(row, request.user)
    context = {"pack": row, "document": document, "sheets": sheets(document.parts)}
    response = TemplateResponse(request, "steering/out/print.html", context)
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_GET
def pack_pdf(request: UserRequest, pk: int) -> HttpResponseBase:
    """Send the pack as PDF; where that cannot be made, a page that says what is missing."""
    row = find_pack(request.user, pk)
    try:
        return pdf_response(row, by=by_web(request))
    except NoPdf as missing:
        context = {"pack": row, "sentence": str(missing)}
        return TemplateResponse(request, "steering/out/no_pdf.html", context, status=CONFLICT)


@require_GET
def pack_pptx(request: UserRequest, pk: int) -> HttpResponseBase:
    """Send the pack as PowerPoint."""
    return pptx_response(find_pack(request.user, pk), by=by_web(request))


def find_pack(reader: User, pk: int) -> Pack:
    """Return a pack that somebody may read; 404 for any other."""
    return get_object_or_404(Pack.objects.visible_to(reader).select_related("program", "frozen_by"), pk=pk)


def pdf_response(pack: Pack, *, by: By) -> HttpResponse:
    """Return the pack as a file, and write down who took it. Raises `NoPdf`."""
    document = document_of(pack, by.user)
    return _sent(pack, "pdf", "application/pdf", pdf_bytes(pdf_html(document), paper_styles()), by=by)


def pptx_response(pack: Pack, *, by: By) -> HttpResponse:
    """Return the pack as a file, and write down who took it."""
    body = written_as_pptx(document_of(pack, by.user), at=pack.frozen_at)
    return _sent(pack, "pptx", PPTX, body, by=by)


def written_as_pptx(document: Document, *, at: datetime) -> bytes:
    """Return the file. The library is read in now: without it the product starts sooner."""
    write: Callable[..., bytes] = import_module("portfolio.steering.out.pptx_file").pptx_bytes
    return write(document, at=at)


def _sent(pack: Pack, kind: str, content_type: str, body: bytes, *, by: By) -> HttpResponse:
    asked = pack.query
    record_export(Export(list="steering pack", format=kind, rows=1, asked=asked, program=pack.program), by=by)
    response = HttpResponse(body, content_type=content_type)
    name = pack_file_name(pack.title, timezone.localdate(pack.frozen_at), kind)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    patch_cache_control(response, private=True, no_store=True)
    return response


def pack_file_name(title: str, frozen_on: date, kind: str) -> str:
    """Return such as `headway-steering-group-november-2026-11-21.pptx`; letters beyond ASCII stay."""
    told = slugify(title, allow_unicode=True)[:80].strip("-")
    return f"{'-'.join(filter(None, ['headway', told or 'steering-pack', frozen_on.isoformat()]))}.{kind}"
