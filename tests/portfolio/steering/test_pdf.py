"""PDF is an extra: its absence is told and costs nothing else. CI installs it for those marked `pdf`."""

import sys
import zlib

import pytest

from pilots.access.models import Event
from portfolio.health.doctor import examine
from portfolio.steering.out import pdf
from portfolio.steering.out.made import paper_styles, pdf_html
from portfolio.steering.out.said import compose
from portfolio.steering.out.views import pack_file_name
from tests.conftest import NOW
from tests.portfolio.steering.content import frozen as by_hand


class WithoutPango:
    """Stands where Python looks for modules: WeasyPrint is there, the library it opens is not."""

    def find_spec(self, name, *_):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")


@pytest.fixture(params=["package", "system"])
def absent(request, monkeypatch):
    if request.param == "package":
        monkeypatch.setitem(sys.modules, "weasyprint", None)
        return "weasyprint is not installed"
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [WithoutPango(), *sys.meta_path])
    return "not the system’s Pango"


def test_absence_is_told_with_what_to_do(absent, frozen, manager, client):
    row = frozen()
    client.force_login(manager)

    page = client.get(f"/steering-pack/{row.pk}/pdf/")
    assert page.status_code == 409
    html = page.content.decode()
    assert absent in html
    assert "Print the pack from the browser" in html
    assert f"/steering-pack/{row.pk}/print/" in html
    told = client.get(f"/api/v1/steering-packs/{row.pk}/pdf/")
    assert told.status_code == 409
    assert absent in told.json()["detail"]
    assert not Event.objects.filter(verb="list.exported").exists()
    [line] = [line for line in examine(NOW) if line.name == "PDF"]
    assert (line.verdict.value, absent in line.words) == ("ok", True)


def test_print_and_powerpoint_need_nothing_more(frozen, manager, client):
    row = frozen(title="Gruppe Ä: <b>November</b>")
    client.force_login(manager)

    page = client.get(f"/steering-pack/{row.pk}/print/")
    assert page.status_code == 200
    assert "&lt;b&gt;November" in page.content.decode()
    for address in (f"/steering-pack/{row.pk}/pptx/", f"/api/v1/steering-packs/{row.pk}/pptx/"):
        file = client.get(address)
        assert file.content[:2] == b"PK"
        assert file["Content-Disposition"] == (
            "attachment; filename*=utf-8''headway-gruppe-%C3%A4-bnovemberb-2026-11-18.pptx"
        )
        assert "no-store" in file["Cache-Control"]
    exported = Event.objects.filter(verb="list.exported").values_list("subject", "after__format")
    assert list(exported) == [("steering pack", "pptx")] * 2


def test_the_page_says_all_that_the_document_says():
    document = compose(by_hand())
    html = pdf_html(document)

    drawn_only = "95 % band"  # the edges of a band are drawn, and their numbers stand in the table
    assert [text for text in document.texts() if text not in html and drawn_only not in text] == []


def test_files_have_names_that_stay():
    assert (
        pack_file_name("Steering, Q4 / 2026", NOW.date(), "pdf") == "headway-steering-q4-2026-2026-11-18.pdf"
    )
    assert pack_file_name("…", NOW.date(), "pptx") == "headway-steering-pack-2026-11-18.pptx"


@pytest.mark.pdf
def test_pdf_is_made_and_fetches_nothing(monkeypatch):
    asked = []
    monkeypatch.setattr(pdf.Refuse, "__call__", lambda self, url: asked.append(url) or refuse(url))

    def refuse(url):
        raise pdf.Fetched(url)

    document = compose(by_hand(title="Steering <b>group</b>"))
    made = pdf.pdf_bytes(pdf_html(document), paper_styles())
    assert made.startswith(b"%PDF-")
    assert asked == []
    assert pages(made) >= 3

    outside = '<img src="file:///etc/passwd"><img src="http://127.0.0.1:9/x"><link rel="stylesheet" href="file:///x.css">'
    assert pdf.pdf_bytes(outside, "@import url(file:///etc/hosts);").startswith(b"%PDF-")
    assert sorted(asked) == [
        "file:///etc/hosts",
        "file:///etc/passwd",
        "file:///x.css",
        "http://127.0.0.1:9/x",
    ]


@pytest.mark.pdf
def test_pdf_is_sent_and_written_down(frozen, manager, client):
    row = frozen(title="Steering")
    client.force_login(manager)

    for address in (f"/steering-pack/{row.pk}/pdf/", f"/api/v1/steering-packs/{row.pk}/pdf/"):
        file = client.get(address)
        assert (file.status_code, file["Content-Type"]) == (200, "application/pdf")
        assert file["Content-Disposition"] == 'attachment; filename="headway-steering-2026-11-18.pdf"'
        assert file.content.startswith(b"%PDF-")
    assert Event.objects.filter(verb="list.exported", after__format="pdf").count() == 2
    [line] = [line for line in examine(NOW) if line.name == "PDF"]
    assert line.words == "steering packs can be taken as PDF"


def pages(made):
    """Count the pages; they stand in streams that are packed."""
    found = made.count(b"/Type /Page\n") + made.count(b"/Type /Page ")
    for stream in made.split(b"stream\n")[1:]:
        try:
            plain = zlib.decompressobj().decompress(stream)
        except zlib.error:
            continue
        found += plain.count(b"/Type /Page/") + plain.count(b"/Type /Page ") + plain.count(b"/Type /Page\n")
    return found
