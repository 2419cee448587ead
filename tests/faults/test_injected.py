"""Every write that any test makes, dead after each of its SQL statements (promise D6, at full length)."""

import os
import re
import subprocess
import sys
from collections import Counter

import pytest

from tests.faults.place import LONG
from tests.portfolio.conftest import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.long]

# Tests whose subject is a fault of their own making, or a request that reads the clock of the machine.
LEFT_OUT = "not test_six_at_once and not crash and not query_count"
WHERE = ["tests/pilots", "tests/api", "tests/kpis", "tests/portfolio/desk", "tests/portfolio/digests"]


# It sends every write of the suite once for each of its statements: too long for CI, where twelve addresses
# are walked (tests/promises/test_all_or_nothing.py).
@pytest.mark.skipif(not LONG, reason="at full length only: make faults")
def test_every_write_of_every_test_is_whole_or_not_there(tmp_path):
    told = tmp_path / "injected.txt"
    command = ["-p", "tests.promises.injecting", "-p", "no:cacheprovider", "-q", "-n", "2", "-k", LEFT_OUT]
    asked = subprocess.run(
        [sys.executable, "-m", "pytest", *command, "-m", "not journey and not faults", *WHERE],
        cwd=ROOT,
        env=os.environ | {"HEADWAY_INJECTED": str(told), "HEADWAY_LONG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    tried: Counter[str] = Counter()
    for line in told.read_text().splitlines():
        count, name = line.split(" ", 1)
        tried[name] += int(count)

    halves = re.findall(r"^E .*died after statement.*$", asked.stdout, re.MULTILINE)
    print(f"{sum(tried.values())} deaths at {len(tried)} addresses, {len(halves)} halves")
    assert halves == [], "\n".join(halves)
    assert len(tried) > 60, asked.stdout[-4000:]
