"""What is answered where a file cannot be made: no file, status 400, and the sentences of the page."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pilots.web.list_shapes import Problem


def unmade(
    request: HttpRequest, page: str, *, form: object = None, problems: Iterable[Problem] = ()
) -> HttpResponse:
    """Answer 400, so that a script saves no page for data.

    `page`: the address that shows the same with what is wrong; `form`: the bound form of its filters.
    """
    context = {"page": page, "form": form, "problems": problems}
    return render(request, "exchange/unmade.html", context, status=400)
