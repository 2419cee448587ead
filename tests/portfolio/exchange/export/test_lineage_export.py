import csv
import io

import pytest

from pilots.access.models import Event
from pilots.actions.connection import NewConnection, add_connection
from pilots.design import ConnectionKind

PARTS = ("Key", "Connection", "Kind", "Origin", "Constraints", "Lineage parts known of 4", "The real thing")


@pytest.fixture
def listed(make_pilot, other_program, by_system):
    hidden = make_pilot("Hidden", program=other_program)
    for pilot, name, kind, fields in (
        (make_pilot(), "=Claims", ConnectionKind.SOURCE, {"origin": "@policy", "is_live": True}),
        (make_pilot("Second"), "Mail", ConnectionKind.API, {"constraints": "None"}),
        (hidden, "Ledger", ConnectionKind.SOURCE, {}),
    ):
        new = NewConnection(pilot=pilot, name=name, kind=kind, fields=fields)
        add_connection(new, by=by_system)


def _rows(client, address) -> list[tuple]:
    content = b"".join(client.get(address).streaming_content).decode("utf-8-sig")
    return [tuple(row[part] for part in PARTS) for row in csv.DictReader(io.StringIO(content))]


def test_lineage_of_a_pilot_and_of_a_program(client, manager, listed):
    client.force_login(manager)

    one = _rows(client, "/pilots/CLM-1/production/lineage/")
    program = _rows(client, "/pilots/lineage/?program=claims")
    everything = _rows(client, "/pilots/lineage/")

    claims = ("CLM-1", "'=Claims", "Data source", "'@policy", "", "1", "yes")
    assert one == [claims]
    assert program == everything == [claims, ("CLM-2", "Mail", "API", "", "None", "", "")]
    assert [
        (event.subject, event.after) for event in Event.objects.filter(verb="list.exported").order_by("id")
    ] == [
        ("lineage", {"rows": 1, "format": "csv", "asked": "clm-1"}),
        ("lineage", {"rows": 2, "format": "csv", "asked": "claims"}),
        ("lineage", {"rows": 2, "format": "csv", "asked": ""}),
    ]
    assert client.get("/pilots/FIN-1/production/lineage/").status_code == 404
    assert client.get("/pilots/lineage/?program=finance").status_code == 404
