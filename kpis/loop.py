"""What closes the loop between answers and outcomes, and what is only deployed without it. Plain rules.

Source: S0-14 to S0-17: without the three parts a production model is a pilot that happens to be deployed.
"""

from decimal import Decimal

DEPLOYED = "Deployed pilot"
GRACE_DAYS = 30  # after production, before the missing parts are named


def missing_loop_parts(
    *, truth_source: str, linkage_key: str, evaluates_itself: bool, retrain_every_days: int | None
) -> list[str]:
    """Return which of the three parts are missing, in the words of a sentence.

    `evaluates_itself`: a tool has sent a run of the evaluation of the version that is live.
    """
    parts = (
        ("outcomes linked to answers", bool(truth_source and linkage_key)),
        ("an evaluation that runs by itself", evaluates_itself),
        ("a rhythm for training anew", retrain_every_days is not None),
    )
    return [words for words, is_there in parts if not is_there]


def coverage(labelled: int | None, answered: int | None) -> Decimal | None:
    """Return the share of answers whose outcome is known, 0 to 1; None where nobody counted."""
    if labelled is None or not answered:
        return None
    return Decimal(labelled) / Decimal(answered)
