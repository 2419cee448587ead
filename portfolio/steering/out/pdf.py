"""Makes PDF with WeasyPrint, where it is installed: an extra, with Pango from the system.

It fetches nothing: not from the network, not from the disk. Whatever a page may ask for is refused.
"""

import logging
from typing import Any, Never

WITHOUT = (
    "This copy of Headway cannot make PDF: {reason}. Print the pack from the browser, which can save it as "
    "PDF, or ask whoever runs Headway to install the extra: make pdf, and Pango from the system "
    "(docs/steering-pack.md)."
)


class NoPdf(Exception):
    """PDF cannot be made here; the message says what is missing and what to do."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(WITHOUT.format(reason=reason))


class Fetched(Exception):
    """A page asked for something beside itself."""


def why_no_pdf() -> str:
    """Return what is missing for PDF, "" where it can be made."""
    try:
        _weasyprint()
    except NoPdf as missing:
        return missing.reason
    return ""


def pdf_bytes(html: str, styles: str) -> bytes:
    """Return a page as PDF. Raises `NoPdf` where that cannot be done."""
    weasyprint = _weasyprint()
    # It warns of every rule it does not know, which is no news to whoever reads the log.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    sheet = weasyprint.CSS(string=styles, url_fetcher=Refuse())
    page = weasyprint.HTML(string=html, url_fetcher=Refuse(), base_url=None)
    return bytes(page.write_pdf(stylesheets=[sheet]))


class Refuse:
    """Stands where WeasyPrint fetches. What it refuses is left out of the page."""

    _fail_on_errors = False  # WeasyPrint asks; a page with a hole is better than none

    def __call__(self, url: str, *_: Any, **__: Any) -> Never:
        raise Fetched(f"A pack needs nothing from elsewhere, and asked for {url[:80]}.")


def _weasyprint() -> Any:
    try:
        import weasyprint  # noqa: PLC0415 -- an extra, and a second of start-up for whoever has it
    except ModuleNotFoundError as missing:
        raise NoPdf(f"the Python package {missing.name} is not installed") from missing
    except OSError as missing:
        raise NoPdf("WeasyPrint is installed, but not the system’s Pango that it needs") from missing
    return weasyprint
