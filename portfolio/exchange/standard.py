"""The mapping of lists Headway wrote itself: exports and the filled-in template. Nobody has to name it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from portfolio.exchange.choices import Chosen
from portfolio.exchange.chosen import plain_of
from portfolio.exchange.columns import meaning, titled
from portfolio.exchange.folding import fold
from portfolio.exchange.understanding import header_keys

TITLE = "Headway’s own list"
REGISTER = "headway"
NEEDED = frozenset(fold(meaning(code).title) for code in ("reference", "name", "problem", "stage"))


def is_standard(header: Sequence[str]) -> bool:
    """Return whether a header has the columns by which Headway's own lists are known."""
    return {fold(cell) for cell in header} >= NEEDED


def standard_plain(header: Sequence[str]) -> dict[str, Any]:
    """Return the mapping of a list with such a header, in the shape of a mapping file.

    Columns that Headway derives are left aside; those it does not know are told in the report.
    """
    keys = header_keys(header)
    known = {key: titled(key) for key in keys}
    chosen = Chosen(
        header=0,
        columns={key: column.meaning if column else "" for key, column in known.items()},
        stages=_words(Stage),
        risks=_words(RiskTier),
        how_builts=_words(HowBuilt),
    )
    plain = plain_of(chosen, title=TITLE, register=REGISTER, header=keys)
    derived = [key for key, column in known.items() if column and not column.meaning]
    return {**plain, "file": {"ignored": derived}} if derived else _without_file(plain)


def _without_file(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plain.items() if name != "file"}


def _words(kind: type[StrEnum]) -> dict[str, str]:
    """Return the codes of labels, and of the codes themselves."""
    labels = {item.label: item.value for item in kind}  # type: ignore[attr-defined]
    return {**labels, **{item.value: item.value for item in kind}}
