import pytest
import time_machine

from tests.conftest import NOW


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def stuck(make_pilot, make_flag):
    def make(name="Stuck", *, rule="R-01", health="stalled", pilot=None, **fields):
        of = {
            key: fields.pop(key) for key in ("program", "owner", "is_confidential", "stage") if key in fields
        }
        pilot = pilot or make_pilot(name, **of)
        make_flag(pilot, rule=rule, health=health, **fields)
        return pilot

    return make
