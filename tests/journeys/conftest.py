"""A real Chromium against the running site. Every page it opens is held to the same promises."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from pilots.access.models import Source, User
from pilots.actions.by import By
from tests.conftest import PASSWORD

# Playwright's synchronous driver keeps an event loop in this thread, which Django takes for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


def acting(user: User) -> By:
    """Somebody at the browser, now by the clock of the test."""
    return By(user=user, at=timezone.now(), source=Source.WEB)


def fill(page: Page, answers: dict[str, str]) -> None:
    """Write into fields by how their labels begin."""
    for label, text in answers.items():
        page.get_by_label(re.compile(f"^{re.escape(label)}")).fill(text)


def choose(page: Page, answers: dict[str, str]) -> None:
    """Choose from lists by how their labels begin."""
    for label, option in answers.items():
        page.get_by_label(re.compile(f"^{re.escape(label)}")).select_option(label=option)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state("load")


class Visitor:
    """A person at the browser. Complaints of the page (errors, CSP, dialogs) fail the test at its end."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", lambda line: line.type == "error" and self.complaints.append(line.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        self.look()
        return self.page

    def look(self, *, besides: Iterable[str] = (), only: Iterable[str] = ()) -> None:
        """Hold the page to accessibility: no violation of any of axe's rules, or any besides those named.

        With `only`, of those rules and no other: where nothing but the colours changed.

        A click returns when the next page begins to arrive; what is looked at has to be all there.
        """
        self.page.wait_for_load_state("load")
        options: dict[str, Any] = {"rules": {rule: {"enabled": False} for rule in besides}}
        if only:
            options = {"runOnly": {"type": "rule", "values": list(only)}}
        found = Axe().run(self.page, options=options).response["violations"]
        details = [
            f"{self.page.url}: {rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found
        ]
        assert details == []

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.open("/accounts/login/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_load_state()


@pytest.fixture
def make_visitor(browser, live_server):
    contexts, visitors = [], []

    def make(viewport=WIDE, scheme="light", **options) -> Visitor:
        context = browser.new_context(viewport=viewport, color_scheme=scheme, **options)
        contexts.append(context)
        visitors.append(Visitor(context.new_page(), live_server.url))
        return visitors[-1]

    yield make
    for context in contexts:
        context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture
def visitor(make_visitor) -> Visitor:
    return make_visitor()
