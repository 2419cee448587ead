import pytest
import time_machine

from tests.conftest import NOW


@pytest.fixture
def today():
    """Let it be the day on which the invented pilots live."""
    with time_machine.travel(NOW, tick=False):
        yield NOW.date()


@pytest.fixture
def visit(client, today):
    """Sign a person in and return what they see at an address."""

    def get(user, path="/funnel/", **headers):
        client.force_login(user)
        return client.get(path, headers=headers)

    return get
