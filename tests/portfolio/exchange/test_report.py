"""The one sentence that says what an import will do, or did."""

from types import SimpleNamespace

import pytest

from portfolio.exchange.plan import Plan
from portfolio.exchange.programs import Programs
from portfolio.exchange.report import sentence


def outcome(
    *, new=0, changed=0, same=0, left_out=0, refused=0, waiting=0, applied=False, programs=("Claims AI",)
):
    plan = SimpleNamespace(
        new=[None] * new, changed=[None] * changed, same=same, left_out=left_out, refused=[None] * refused,
        open=lambda _: [None] * waiting,
    )  # fmt: skip
    where = Programs({name: SimpleNamespace(name=name) for name in programs})
    return SimpleNamespace(plan=plan, programs=where, applied=applied, prepared=SimpleNamespace(answers={}))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"new": 8, "left_out": 2}, "8 pilots will be logged in Claims AI and 2 rows are left out."),
        ({"new": 1}, "1 pilot will be logged in Claims AI."),
        ({"new": 2, "programs": ("A", "B")}, "2 pilots will be logged in 2 programs."),
        (
            {"new": 31, "changed": 4, "same": 12},
            "31 pilots will be logged in Claims AI, 4 will be changed and 12 stay as they are.",
        ),
        ({"same": 1}, "1 stays as it is."),
        ({}, "Nothing will change."),
        ({"applied": True}, "Nothing changed."),
        (
            {"new": 1, "changed": 1, "applied": True},
            "1 pilot was logged in Claims AI and 1 was changed.",
        ),
        (
            {"new": 1, "refused": 1, "waiting": 2},
            (
                "1 pilot will be logged in Claims AI. But 1 row is refused and 2 questions are open, "
                "so nothing can be written yet."
            ),
        ),
    ],
)
def test_the_sentence_says_what_happens_and_what_hinders(counts, said):
    assert sentence(outcome(**counts)) == said


def test_an_unattended_plan_has_no_open_question():
    assert Plan().open(None) == []
