"""Faults are made, not imagined: real processes, really killed, on whichever engine the suite runs."""

from contextlib import ExitStack

import pytest

from tests.faults.place import Engine, Place, Sink, wait_for


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    made = Engine(tmp_path_factory.mktemp("engine"))
    yield made
    made.drop()


@pytest.fixture
def make_place(engine, tmp_path):
    """Return a function that makes a copy of the product with so many members and pilots."""
    with ExitStack() as stack:

        def make(people, pilots=6):
            sink = Sink(tmp_path)  # it starts while the database is made
            stack.callback(sink.stop)
            database = stack.enter_context(engine.database(people, pilots))
            wait_for(sink.is_up, "the mail server")
            return Place(tmp_path, database, sink)

        yield make
