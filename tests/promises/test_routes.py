"""PUT and DELETE without If-Match are refused with 428, at every address that takes them (promise D3)."""

import pytest

from pilots.access.models import Event, Program
from pilots.models import Pilot
from tests.test_matrix import API, MATRIX, ROUTES, address, built, in_silence, world  # noqa: F401 -- fixtures

WRITTEN_WHOLE = [
    (route, method)
    for route in ROUTES
    if route.startswith(API) and route in MATRIX
    for method in MATRIX[route].methods
    if method in {"PUT", "DELETE"}
]


def browser_of(world, name):  # noqa: F811
    return world.browser(world.sessions[name])


def test_there_are_such_addresses():
    """An address that takes PUT or DELETE and stands in no row of the table fails in tests/test_matrix.py."""
    assert tuple(sorted({method for _, method in WRITTEN_WHOLE}, reverse=True)) == ("PUT", "DELETE")


@pytest.mark.parametrize(("route", "method"), WRITTEN_WHOLE)
def test_without_if_match_nothing_is_written(world, route, method):  # noqa: F811
    url = address(route, world.filled[world.pilots["ordinary"].pk])
    before = (Event.objects.count(), Pilot.objects.count(), Program.objects.count())
    answers = {
        name: browser_of(world, name).generic(method, url, b"{}", content_type="application/json").status_code
        for name in ("manager", "administrator")
    }

    assert 428 in answers.values(), answers
    assert set(answers.values()) <= {428, 403, 404}
    assert (Event.objects.count(), Pilot.objects.count(), Program.objects.count()) == before


@pytest.mark.parametrize(("route", "method"), WRITTEN_WHOLE)
def test_with_if_match_the_request_gets_further(world, route, method):  # noqa: F811
    """The control: it is the missing header that was refused."""
    url = address(route, world.filled[world.pilots["ordinary"].pk])
    answers = {
        browser_of(world, name)
        .generic(method, url, b"{}", content_type="application/json", headers={"If-Match": "*"})
        .status_code
        for name in ("manager", "administrator")
    }

    assert 428 not in answers
    assert all(answer < 500 for answer in answers), answers
