"""A manager keeps a field of their program's own, and closes a milestone: on a phone, in the dark."""

import pytest

from pilots.models import Milestone, Pilot
from tests.journeys.conftest import PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_field_and_milestone(make_visitor, manager, make_pilot):
    make_pilot()
    visitor = make_visitor(viewport=PHONE, scheme="dark")
    visitor.sign_in(manager.email)

    page = visitor.open("/settings/programs/claims/fields/")
    page.get_by_label("Label").fill("Wiki page")
    page.get_by_label("What it holds").select_option("link")
    page.get_by_role("button", name="Add field").click()
    page.get_by_text("Wiki page is a field of Claims AI now.").wait_for()
    visitor.look()

    page = visitor.open("/pilots/CLM-1/edit/")
    page.get_by_label("Wiki page").fill("javascript:alert(1)")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("is no link to a page of the web").wait_for()
    visitor.look()
    page.get_by_label("Wiki page").fill("https://example.com/wiki")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="https://example.com/wiki").wait_for()
    assert Pilot.objects.get().custom == {"wiki-page": "https://example.com/wiki"}

    page = visitor.open("/pilots/CLM-1/plan/milestones/new/")
    page.get_by_label("What is to be there").fill("Shadow run")
    page.get_by_label("Due on").fill("5 Oct 2025")
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("days late").wait_for()
    page.get_by_label("More for Shadow run").click()
    page.get_by_role("link", name="Remove…").wait_for()
    visitor.look()
    page.get_by_role("link", name="Done… Shadow run").click()
    visitor.look()
    page.get_by_role("button", name="It is done").click()
    page.get_by_text("“Shadow run” is done.").wait_for()
    assert Milestone.objects.get().done_on is not None
