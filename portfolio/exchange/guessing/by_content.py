"""Guesses what no title says, from the cells alone. All of these are doubtful."""

from collections.abc import Callable

from pilots.access.roles import OwnerRole
from portfolio.exchange.guessing.candidates import DOUBTFUL_FROM, Candidate
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.fitting import NO, fits
from portfolio.exchange.guessing.giving import Giving

MAIL_CODE = f"owner_email:{OwnerRole.PRODUCTION_OWNER.value}"


def _as_stage(cells: Contents) -> float:
    few = 0 < len(cells.words) <= 20 and (cells.different < 1 or cells.stages == 1)
    return cells.stages if few and cells.stages >= 0.6 else 0


def _as_identifier(cells: Contents) -> float:
    lettered = any(sign.isalpha() for text in cells.texts for sign in text)
    short = cells.length <= 20 and lettered and len(cells.said) > 1
    return cells.codes if short and cells.codes >= 0.95 and cells.repeated is None else 0


def _as_name(cells: Contents) -> float:
    if fits("name", cells) == NO or not 3 <= cells.length <= 100 or cells.codes > 0.5:
        return 0
    return cells.different * cells.filled if cells.different >= 0.8 and cells.filled >= 0.9 else 0


def _as_problem(cells: Contents) -> float:
    return cells.length if fits("problem", cells) > 0 and cells.length >= 25 and cells.filled >= 0.3 else 0


def _as_addresses(cells: Contents) -> float:
    return cells.addresses if cells.addresses >= 0.8 else 0


_LOOKS: tuple[tuple[str, Callable[[Contents], float], str], ...] = (
    ("stage", _as_stage, "Its words read like stages."),
    (MAIL_CODE, _as_addresses, "It holds addresses, but its title does not say whose."),
    ("reference", _as_identifier, "It holds a short code of its own in every row."),
    ("problem", _as_problem, "It holds the longest texts."),
    ("name", _as_name, "It holds a different short text in every row."),
)


def give_by_content(giving: Giving) -> None:
    """Give the meanings no title asked for to the columns that look most like them."""
    for code, looks, why in _LOOKS:
        if giving.has(code):
            continue
        if code == MAIL_CODE and any(
            given.code.startswith("owner_email:") for given in giving.given.values()
        ):
            continue
        best = max(giving.free, key=looks, default=None)
        if best is not None and looks(best) > 0:
            giving.give(Candidate(cells=best, code=code, points=DOUBTFUL_FROM, why=why))
