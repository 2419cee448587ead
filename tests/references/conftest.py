"""The statistics against lifelines and scipy: without Django, in a virtual environment of its own.

`make references` runs this folder; `make test` leaves it out.
"""


def pytest_addoption(parser):
    parser.addoption("--write", action="store_true", help="write tests/portfolio/flow/reference.json anew")
