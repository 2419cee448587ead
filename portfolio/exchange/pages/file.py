"""The first step: the file, its program and its day; and the table of all imports."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.forms import Form
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pilots.access.models import User
from pilots.actions.by import Refused
from pilots.calendar import Day
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import add_refusal, translating
from portfolio.exchange import runs
from portfolio.exchange.models import Import
from portfolio.exchange.pages import drafts, told
from portfolio.exchange.pages.access import require_importer
from portfolio.exchange.pages.brought import Brought
from portfolio.exchange.pages.file_forms import ANY_PROGRAM, LIMITS, TOO_BIG, AboutForm, UploadForm
from portfolio.exchange.pages.receiving import FIELD, OneFile, is_hopeless
from portfolio.exchange.pages.road import COLUMNS, FILE, SHEET, road, standing, url_of
from portfolio.exchange.pages.step import context_of, going_to, has_left, of_import


@csrf_exempt  # only until the handler below is set: reading the token reads the file
@require_http_methods(["GET", "HEAD", "POST"])
@translating
def import_list(request: UserRequest) -> HttpResponseBase:
    """Show what was imported, and take a file."""
    require_importer(request.user)
    if request.method == "POST" and is_hopeless(request):
        form = UploadForm(request.user, initial=_initial(request.user, ""))
        form.fields[FIELD].error_messages["required"] = TOO_BIG
        return _page(request, form, status=413, too_big=TOO_BIG)
    request.upload_handlers = [OneFile(request)]
    return _import_list(request)


@csrf_protect
def _import_list(request: UserRequest) -> HttpResponseBase:
    if request.method != "POST":
        initial = _initial(request.user, request.GET.get("program", ""))
        return _page(request, UploadForm(request.user, initial=initial))
    [handler] = request.upload_handlers
    assert isinstance(handler, OneFile)  # noqa: S101 -- for the type checker
    posted, files = request.POST, request.FILES  # this reads the file, and the handler counts it
    form = UploadForm(request.user, posted, files, is_too_big=handler.is_too_big)
    form.is_valid()
    import_ = _begun(request, form)
    if import_ is None:
        return _page(request, form)
    if form.errors:  # the file is kept, and what was typed too: only that is asked again
        drafts.keep(request, import_, FILE)
        return redirect(url_of(import_, FILE))
    return redirect(import_)


def _begun(request: UserRequest, form: UploadForm) -> Import | None:
    """Keep the file as soon as it can be read, even where the day has to be written again."""
    file, cleaned = form.cleaned_data.get(FIELD), form.cleaned_data
    if "program" not in cleaned or not isinstance(file, TemporaryUploadedFile):
        return None
    order = runs.NewImport(
        program=cleaned["program"],
        file_name=file.name or "",
        path=Path(file.temporary_file_path()),
        as_of=cleaned.get("as_of") or timezone.localdate(),
    )
    try:
        return runs.begin(order, by=by_web(request))
    except Refused as refused:
        add_refusal(form, refused)
    return None


def _initial(user: User, slug: str) -> dict[str, Any]:
    """Preselect the program of the address, of one's last import, or the first."""
    form = AboutForm(user)
    slugs = list(form.programs) or [ANY_PROGRAM]
    last = Import.objects.filter(made_by=user, program__isnull=False).order_by("-made_at", "-pk")
    wanted = [slug, *last.values_list("program__slug", flat=True)[:1], slugs[0]]
    return {"program": next(name for name in wanted if name in slugs), "as_of": Day(timezone.localdate())}


def _page(
    request: UserRequest, form: UploadForm, *, status: int = 200, too_big: str = ""
) -> TemplateResponse:
    page = told.history(request.user, request.GET)
    context = {
        "form": form,
        "limits": LIMITS,
        "too_big": too_big,
        "road": road(None, FILE),
        "page": page,
        "rows": told.rows(page, now=timezone.now()),
    }
    return TemplateResponse(request, "exchange/import_list.html", context, status=status)


@require_safe
@of_import
def import_detail(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Send to the step where the import waits; to the sheet only where its choice is in doubt."""
    place = standing(import_)
    brought = Brought(import_)
    if place == COLUMNS and brought.is_in_doubt:
        place = SHEET
    return redirect(url_of(import_, place))


@require_http_methods(["GET", "HEAD", "POST"])
@of_import
def import_file(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Change the program or the day; the file itself stays."""
    if has_left(import_, FILE):
        return redirect(import_)
    if request.method != "POST":
        draft = drafts.take(request, import_, FILE)
        initial = {
            "program": import_.program.slug if import_.program else ANY_PROGRAM,
            "as_of": Day(import_.as_of),
        }
        return _about_page(request, import_, AboutForm(request.user, draft, initial=initial))
    form = AboutForm(request.user, request.POST)
    if form.is_valid() and _amended(request, import_, form):
        return redirect(going_to(request, import_, otherwise="detail"))
    return _about_page(request, import_, form)


def _amended(request: UserRequest, import_: Import, form: AboutForm) -> bool:
    try:
        runs.amend(import_, **form.cleaned_data, by=by_web(request))
    except Refused as refused:
        add_refusal(form, refused)
        return False
    return True


def _about_page(request: UserRequest, import_: Import, form: Form) -> TemplateResponse:
    return TemplateResponse(
        request,
        "exchange/import_file.html",
        {**context_of(import_, FILE, heading="The file, and what it is about"), "form": form},
    )


@require_POST
@of_import
def import_drop(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Give an import up: what was read of the file is deleted, and nothing was written."""
    try:
        runs.drop(import_, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{import_.file_name} was given up. Nothing was written.")
    return redirect("exchange:import_list")
