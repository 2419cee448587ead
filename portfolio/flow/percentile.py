"""Percentiles of whole numbers that were all seen. Of lives that go on, `KaplanMeier.day_by` knows better."""

from collections.abc import Sequence


def percentile(ascending: Sequence[int], percent: int) -> int:
    """Return the smallest value that at least this share of the values does not exceed (nearest rank).

    It is always one of the values: “85 of 100 took 41 days or fewer” can be counted after. R. J. Hyndman and
    Y. Fan, “Sample quantiles in statistical packages”, Am. Stat. 50 (1996), 361–365, definition 1.
    `ascending` are sorted; raises `ValueError` without any, or unless 0 < percent ≤ 100.
    """
    if not ascending or not 0 < percent <= 100:
        raise ValueError(f"There is no {percent}th percentile of {len(ascending)} values.")
    return ascending[-(-percent * len(ascending) // 100) - 1]
