"""Holds the stored values that `make test` compares with against the libraries of today."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from portfolio.flow.lives import End
from tests.portfolio.flow.invented import REMISSION, invented_lives
from tests.references import libraries

STORED = Path(__file__).parent.parent / "portfolio" / "flow" / "reference.json"
CASES = [
    (REMISSION, "6-MP"),
    *((invented_lives(seed, 12 * seed + 5), f"seed {seed}") for seed in range(1, 9)),
]


def made():
    return {
        "made_by": {name: version(name) for name in ("lifelines", "scipy", "numpy")},
        "curves": [curves(lives, name) for lives, name in CASES],
        "percentiles": [
            [values, [int(np.quantile(values, share, method="inverted_cdf")) for share in (0.5, 0.85, 0.95)]]
            for values in ([4], [1, 9], list(range(3, 90, 4)), [0] * 7 + [5, 80])
        ],
        "wilson": [
            [hit, of, [float(end) for end in stats.binomtest(hit, of).proportion_ci(0.95, method="wilson")]]
            for hit, of in ((0, 4), (3, 4), (8, 10), (33, 33), (81, 100))
        ],
    }


def curves(lives, name):
    days = sorted({day for day, end in lives if end is not End.OPEN})
    told = {"name": name, "lives": sorted([day, end.value, count] for (day, end), count in lives.items())}
    for end in (End.ARRIVED, End.STOPPED):
        own = sorted({day for day, how in lives if how is end})
        told[end.value] = {
            "days": days,
            "incidence": libraries.incidence(lives, end, days),
            "own_days": own,
            "kaplan_meier": libraries.kaplan_meier(lives, end, own),
        }
    return told


def test_stored_values_are_those_of_the_libraries(request):
    if request.config.getoption("--write"):
        STORED.write_text(
            json.dumps(made(), indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n"
        )
    stored, today = json.loads(STORED.read_text()), made()
    # Newer libraries may stand beside the older values, as long as they say the same.
    stored.pop("made_by"), today.pop("made_by")

    assert flat(stored)[0] == flat(today)[0], (
        "The stored values are of other lives: make references ARGS=--write"
    )
    assert flat(stored)[1] == pytest.approx(flat(today)[1], abs=1e-12), "make references ARGS=--write"


def flat(told, at=""):
    """Return where numbers stand and everything that is no number, and the numbers, in the same order."""
    if isinstance(told, dict | list):
        items = told.items() if isinstance(told, dict) else enumerate(told)
        parts = [flat(part, f"{at}/{key}") for key, part in items]
        return [one for places, _ in parts for one in places], [
            one for _, numbers in parts for one in numbers
        ]
    return ([at], [told]) if isinstance(told, float) else ([f"{at}={told}"], [])
