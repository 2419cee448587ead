"""The mapping as a file: to keep it, to give it to the command line, or to bring one instead of choosing."""

import json
import tomllib
from typing import Any

from django.contrib import messages
from django.core.files import File
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from pilots.actions.by import Refused
from pilots.web.http import UserRequest, by_web
from portfolio.exchange import runs
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.mapping_file import as_toml
from portfolio.exchange.mapping_reader import from_plain
from portfolio.exchange.models import Import
from portfolio.exchange.pages.brought import Brought
from portfolio.exchange.pages.road import COLUMNS, OVER, url_of
from portfolio.exchange.pages.step import of_import

MOST_BYTES = 500_000


@require_http_methods(["GET", "HEAD", "POST"])
@of_import
def import_mapping(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Give the mapping as it stands; or take one and read the file by it."""
    if request.method != "POST":
        return _file(import_)
    if import_.at_step in OVER:
        return redirect(import_)
    try:
        plain = read_mapping(request.FILES.get("mapping"))
        plain["file"] = {**_place(import_), **plain.get("file", {})}
        runs.choose(import_, plain, by=by_web(request))
    except (CannotImport, Refused) as trouble:
        messages.error(request, str(trouble))
    else:
        messages.success(request, f"The columns are read as “{plain['title']}” says. Look them over.")
    return redirect(url_of(import_, COLUMNS))


def _file(import_: Import) -> HttpResponse:
    brought = Brought(import_) if "pilot" not in import_.mapping and import_.packed else None
    plain = brought.plain(brought.chosen) if brought else import_.mapping
    response = HttpResponse(as_toml(plain), content_type="application/toml; charset=utf-8")
    name = f"{slugify(str(plain.get('title', ''))) or 'mapping'}.toml"
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def _place(import_: Import) -> dict[str, Any]:
    """Return where the table lies in this file, for mappings that leave it to be found."""
    chosen = Brought(import_).chosen
    return {"sheet": chosen.sheet, "header": chosen.header} if chosen.sheet else {"header": chosen.header}


def read_mapping(file: "File[bytes] | None") -> dict[str, Any]:
    """Return a mapping file's plain form, days as text. Raises `CannotImport` with the reason."""
    if file is None:
        raise CannotImport("Choose a mapping file first.")
    if (file.size or 0) > MOST_BYTES:
        raise CannotImport("The mapping file is too large: a mapping has a few hundred lines.")
    try:
        read = tomllib.loads(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CannotImport("The mapping file is no text in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise CannotImport(f"The mapping file is no TOML: {error}.") from None
    except (RecursionError, ValueError):  # brackets by the thousand, numbers of thousands of digits
        raise CannotImport("The mapping file is nested too deep, or a number in it is too long.") from None
    plain: dict[str, Any] = json.loads(json.dumps(read, default=str))
    from_plain("this file", plain)
    return plain
