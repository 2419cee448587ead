"""Guesses what the columns of a sheet mean, by their titles and by what stands in them.

The most plain meaning is given first, and what may be borne once is given once. The order of the
columns decides nothing.
"""

from collections.abc import Iterable, Sequence

from portfolio.exchange.guessing.by_content import give_by_content
from portfolio.exchange.guessing.candidates import candidates
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.giving import Giving
from portfolio.exchange.guessing.rounding_off import round_off
from portfolio.exchange.guessing.shapes import Doubt, GuessedColumn
from portfolio.exchange.meanings import meanings


def guess_columns(
    columns: Sequence[Contents], *, custom: Iterable[tuple[str, str]] = ()
) -> tuple[tuple[GuessedColumn, ...], tuple[Doubt, ...]]:
    """Return a guess for each column of the sheet with the pilots, in its order, and what is in doubt."""
    custom = tuple(custom)
    known = {meaning.code: meaning for meaning in meanings(custom)}
    giving = Giving(columns, known)
    for candidate in candidates(columns, known=known, custom=custom):
        giving.give(candidate)
    give_by_content(giving)
    round_off(giving)
    guessed = giving.guessed()
    return guessed, tuple(giving.doubts)
