"""Throws what the description allows, and what it forbids, at every operation; a short run.

The application runs in this process. A longer run is `schemathesis run` against a running copy.
"""

import logging
import os
from datetime import date

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.oneline import read_kpi
from pilots.actions.account import create_token
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.owner import Contact
from portfolio.api.description import description

# Among the faults: it takes as long as hundreds of other tests, and CI makes them on both engines.
pytestmark = pytest.mark.faults

load_all_checks()
EXAMPLES = 200 if os.environ.get("HEADWAY_LONG") else 12
# Preconditions and repeated keys refuse sound requests too, which this check takes for a fault.
LEFT_OUT = CHECKS.get_by_names(["positive_data_acceptance"])
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429"]
CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            "missing_required_header": {"expected-statuses": ["4xx"]},
            # An If-Match that no version can have is refused as one that is not the newest: 412.
            "negative_data_rejection": {"expected-statuses": REFUSALS},
        }
    },
)


def operations():
    """Every operation of the description, by name."""
    schema = schemathesis.openapi.from_dict(description(), config=CONFIG)
    schema.app = get_wsgi_application()
    found = [result.ok() for result in schema.get_all_operations()]
    return [pytest.param(operation, id=operation.label, marks=marks_of(operation)) for operation in found]


def marks_of(operation):
    """Let pass that the client of these tests leaves the forms it sends open on disk; ours closes its own."""
    is_form = any(body.media_type == "multipart/form-data" for body in operation.body)
    ignored = "ignore::pytest.PytestUnraisableExceptionWarning"
    return [pytest.mark.filterwarnings(ignored)] if is_form else []


@pytest.fixture(autouse=True)
def in_silence():
    """Nobody reads a line for each of ten thousand requests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def one_connection():
    """Requests share the test's connection and transaction, so they must not close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(one_connection, make_pilot, manager, by, by_system):
    """A token that may do everything, and pilots for it to find."""
    pilot = make_pilot(owner=Contact(name="Tomasz", email="tomasz@example.com"), tags=("one",))
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    hold_pilot(NewHold(pilot=pilot, reason="x", agreed_by="y", review_on=date(2026, 12, 1)), by=by)
    make_pilot("Other", since=None)
    return create_token(user=manager, name="fuzz", scopes={"read", "write"}, by=by_system)[1]


@pytest.mark.parametrize("operation", operations())
def test_operation_keeps_what_its_description_promises(operation, key):
    cases = operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(GenerationMode.NEGATIVE)

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def throw(case):
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=LEFT_OUT)

    throw()
