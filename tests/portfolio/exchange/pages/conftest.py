"""A register as a file, an import that was begun with it, and a worker to do what was asked."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pilots.access.models import Role
from pilots.actions.account import add_member
from portfolio.exchange.models import Import
from portfolio.exchange.work import work_off

LIST = "/pilots/import/"
HEAD = "Pilot,Problem,State\n"
ROWS = HEAD + "Motor triage,Claims wait four days.,Piloting\nFraud letters,A letter takes a day.,Proven\n"


@pytest.fixture
def maren(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def upload(maren, program):
    """Send a file as the page does; return the response."""

    def send(text=ROWS, *, name="register.csv", client=maren, **fields):
        content = text.encode() if isinstance(text, str) else text
        posted = {"program": "claims", "as_of": "18 Nov 2026", "file": SimpleUploadedFile(name, content)}
        return client.post(LIST, {**posted, **fields})

    return send


@pytest.fixture
def begun(upload):
    """Begin an import of some text; return it and the address below which its pages are."""

    def begin(text=ROWS, **fields):
        response = upload(text, **fields)
        assert response.status_code == 302, response.context["form"].errors
        import_ = Import.objects.order_by("-pk").first()
        return import_, f"{LIST}{import_.pk}/"

    return begin


@pytest.fixture
def work(django_capture_on_commit_callbacks):
    """Let a worker do what is asked of it, and return the import as it stands then."""

    def do(import_):
        work_off(timezone.now)
        import_.refresh_from_db()
        return import_

    return do


@pytest.fixture
def previewed(maren, begun, work):
    """Begin an import, take every guess, and let it be looked through."""

    def begin(text=ROWS, **fields):
        import_, url = begun(text, **fields)
        page = maren.get(f"{url}columns/")
        form = page.context["form"]
        sent = {name: form[name].value() for name in form.fields if name != "remember"}
        assert maren.post(f"{url}columns/", sent).status_code == 302
        form = maren.get(f"{url}values/").context["form"]
        values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
        response = maren.post(f"{url}values/", values)
        assert response.status_code == 302, response.context["form"].errors
        return work(import_), url

    return begin


@pytest.fixture
def second_manager(make_user, other_program, by_system):
    user = make_user("fin@example.com")
    add_member(program=other_program, user=user, role=Role.MANAGER, by=by_system)
    return user
