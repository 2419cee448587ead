"""Faults are made, not imagined: real processes, really killed, on whichever engine the suite runs."""

from contextlib import ExitStack

import pytest

from tests.faults.place import Engine, Place


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
            made = Place(tmp_path, stack.enter_context(engine.database(people, pilots)))
            stack.callback(made.clear_away)
            return made

        yield make
