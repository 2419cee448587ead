import pytest
import time_machine

from tests.conftest import NOW
from tests.portfolio.exchange.export.reading import body, csv_rows, records, sheets


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def exported(client):
    """Get an address as CSV; return its rows as dictionaries."""

    def get(address: str) -> list[dict]:
        return records(csv_rows(body(client.get(address))))

    return get


@pytest.fixture
def exported_sheet(client):
    """Get an address as XLSX; return the rows of its only sheet as dictionaries."""

    def get(address: str) -> list[dict]:
        (rows,) = sheets(body(client.get(address, {"format": "xlsx"}))).values()
        return records(rows)

    return get
