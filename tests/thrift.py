"""What makes every test cheaper and changes none of them.

Measured on CPython 3.11 with the tests of the matrix: the first saves a twelfth of the processor's time,
the second a twentieth. Both are hooks of pytest, which `conftest.py` takes in. `unwritten` is for tests of
what is settled before a page is written.
"""

import gc
from contextlib import contextmanager

import pytest
from django.template.backends.django import Template

# Objects that come into being before garbage is looked for; Python's own 700 is meant for little memory.
PATIENCE = (50_000, 20, 20)
SPACE = 40_000  # local variables: with them, the chunk of the stack is 512 KB instead of 16


def pytest_collection_finish():
    """What is loaded by now stays, so the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*PATIENCE)


def _make_roomy():
    """Return a function that calls another one, with room for its stack.

    The interpreter keeps the frames of Python functions in chunks, each taken from the kernel when a call
    does not fit and given back when that call returns. A loop at the edge of a chunk does this each time
    round: 7,000 times in an average test of the matrix. A frame as large as this one makes its chunk so
    large that the edge is out of reach. The variables stand after the return and are never set.
    """
    names = " = ".join(f"v{number}" for number in range(SPACE))
    lines = ("def roomy(call, given):", "__tracebackhide__ = True", "return call(**given)", f"{names} = None")
    made: dict = {}
    exec("\n    ".join(lines), made)
    return made["roomy"]


_roomy = _make_roomy()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    test = pyfuncitem.obj

    def in_a_large_room(**given):
        __tracebackhide__ = True
        return _roomy(test, given)

    pyfuncitem.obj = in_a_large_room
    try:
        return (yield)
    finally:
        pyfuncitem.obj = test


@contextmanager
def unwritten():
    """Answer with empty pages, of which nothing is asked but their status and their context data."""
    render = Template.render
    Template.render = lambda *_args, **_kwargs: ""
    try:
        yield
    finally:
        Template.render = render
