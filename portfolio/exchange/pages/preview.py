"""What an import would do, row by row; questions only a person can answer; the button that writes it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from pilots.actions.by import Refused
from pilots.web.http import UserRequest, by_web
from pilots.web.spoken import number_word
from portfolio.exchange import runs
from portfolio.exchange.export.answer import wanted_kind
from portfolio.exchange.export.findings import ReportLine, write_findings
from portfolio.exchange.models import Import, Step, Wanted
from portfolio.exchange.pages.findings import LABELS, QUESTION, Findings, Found
from portfolio.exchange.pages.road import PREVIEW, url_of
from portfolio.exchange.pages.step import context_of, has_left, of_import
from portfolio.exchange.pages.still import still_working
from portfolio.exchange.waiting import waiting

CHANGED = "changed"


@require_http_methods(["GET", "HEAD", "POST"])
@of_import
def import_preview(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Show the preview, or how far the worker is; take answers; let it be written."""
    if request.htmx:  # a page that waits
        return still_working(request, import_) or HttpResponseClientRedirect(import_.get_absolute_url())
    if has_left(import_, PREVIEW):
        return redirect(import_)
    if request.method != "POST":
        return _page(request, import_)
    try:
        _act(request, import_)
    except Refused as refused:
        import_.refresh_from_db()
        codes = {reason.code for reason in refused.reasons}
        status = 409 if CHANGED in codes else 200
        return _page(request, import_, said=str(refused), status=status)
    return redirect(request.get_full_path())


def _act(request: UserRequest, import_: Import) -> None:
    by = by_web(request)
    if "apply" in request.POST:
        runs.ask(import_, Wanted.APPLY, by=by, data_version=request.POST.get("data_version", ""))
        return
    if "answers" in request.POST:
        findings = _findings(request, import_)
        runs.answer(import_, findings.answers_in(request.POST), by=by)
    runs.ask(import_, Wanted.PREVIEW, by=by)


def _findings(request: UserRequest, import_: Import) -> Findings:
    details = runs.details_of(import_, request.user)
    return Findings(details, request.GET, answers=import_.answers)


def _page(request: UserRequest, import_: Import, *, said: str = "", status: int = 200) -> TemplateResponse:
    working = waiting(import_, timezone.now())
    is_made = import_.at_step is Step.PREVIEWED and not working
    context: dict[str, Any] = {
        **context_of(import_, PREVIEW, heading="What the import will do", form_id=""),
        "working": working,
        "is_made": is_made,
        "address": url_of(import_, PREVIEW),
        "said": said or import_.last_error,
        "summary": import_.summary,
        "findings": _findings(request, import_) if is_made else None,
        "against": against(import_) if is_made else [],
        "writes": writes(import_),
    }
    return TemplateResponse(request, "exchange/import_preview.html", context, status=status)


def against(import_: Import) -> list[str]:
    """Return in words why nothing can be written yet."""
    summary = import_.summary
    reasons = []
    if refused := summary.get("refused", 0):
        rows = f"{number_word(refused).capitalize()} {'row is' if refused == 1 else 'rows are'}"
        reasons.append(
            f"{rows} refused. Correct the file and bring it again, or choose otherwise in the steps before."
        )
    if unanswered := summary.get("open_questions", 0):
        are = "question is" if unanswered == 1 else "questions are"
        questions = f"{number_word(unanswered).capitalize()} {are}"
        reasons.append(f"{questions} open, under “{LABELS[QUESTION]}”.")
    return reasons


def writes(import_: Import) -> int:
    """Return how many pilots an import would log or change."""
    summary = import_.summary
    return int(summary.get("new", 0)) + int(summary.get("changed", 0))


@require_safe
@of_import
def import_report(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Give all that there is to say about rows and cells as a file."""
    details = runs.details_of(import_, request.user)
    slug = import_.program.slug if import_.program else ""
    return write_findings(_report(details), wanted_kind(request.GET), program=slug)


def _report(details: Sequence[Found]) -> list[ReportLine]:
    return [
        ReportLine(
            line=item["line"],
            column=item["column"],
            text=item["text"] or item["name"],
            reason=item["reason"],
            kind=LABELS.get(str(item["kind"]), ""),
        )
        for item in details
    ]
