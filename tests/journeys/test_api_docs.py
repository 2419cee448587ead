"""The API laid out for people: drawn from our own files under the strict policy, and it can be tried."""

import pytest

from pilots.models import LogEntry

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_operations_are_shown_and_can_be_tried(make_visitor, manager, make_pilot):
    make_pilot()
    visitor = make_visitor()
    visitor.sign_in(manager.email)
    page = visitor.page

    page.goto(f"{visitor.address}/api/v1/docs/")
    page.locator("#operations-tag-pilots").click()
    operation = page.locator("#operations-pilots-pilots_check_in")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator("input[placeholder=key]").fill("CLM-1")
    operation.locator(".execute").click()
    operation.locator(".live-responses-table").wait_for()

    assert page.locator(".opblock-tag").count() >= 20
    assert operation.locator(".live-responses-table .response-col_status").last.inner_text().startswith("200")
    assert LogEntry.objects.get().author == manager
