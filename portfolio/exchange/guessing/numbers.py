"""Works out from its cells whether a file writes decimals with a comma or a point."""

import re
from collections.abc import Sequence

from portfolio.exchange.choices import Decimal
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.profiles import Cell
from portfolio.exchange.guessing.shapes import NUMBERS, Doubt
from portfolio.exchange.guessing.spelling import shortened

_NUMBER = re.compile(r"\d[\d.,'’ \u00a0\u202f]*")


def guess_decimal(columns: Sequence[Contents]) -> tuple[Decimal | None, tuple[Doubt, ...]]:
    """Return which sign parts the decimals in columns of figures; None while nothing proves it."""
    proofs: dict[Decimal, Cell] = {}
    either: Cell | None = None
    for cell in (cell for contents in columns for cell in contents.said):
        for number in _NUMBER.findall(cell.text):
            sign = _decimal_sign(number)
            if sign is not None:
                proofs.setdefault(sign, cell)
            elif re.search(r"\d[.,]\d", number):
                either = either or cell
    if len(proofs) == 2:
        comma, point = proofs[Decimal.COMMA], proofs[Decimal.POINT]
        says = f"{_told(comma)} has a decimal comma, {_told(point)} a decimal point. Choose one."
        return None, (Doubt(NUMBERS, says),)
    if proofs:
        return next(iter(proofs)), ()
    if either is not None:
        says = f"{_told(either)}: thousands or decimals? Nothing in the file proves it; please choose."
        return None, (Doubt(NUMBERS, says),)
    return None, ()


def _decimal_sign(number: str) -> Decimal | None:
    """Return the sign that can only be the decimal one, or None: `1,234` may be thousands."""
    signs = re.findall(r"[.,]", number.rstrip(" .,'’\u00a0\u202f"))
    if not signs:
        return None
    last, behind = signs[-1], re.split(r"[.,]", number.rstrip(" .,'’\u00a0\u202f"))[-1]
    is_decimal = (len(set(signs)) == 2 and signs.count(last) == 1) or (len(signs) == 1 and len(behind) != 3)
    if is_decimal:
        return Decimal.COMMA if last == "," else Decimal.POINT
    if len(signs) > 1 and len(set(signs)) == 1:
        return Decimal.POINT if last == "," else Decimal.COMMA
    return None


def _told(cell: Cell) -> str:
    return f"“{shortened(cell.text)}” in line {cell.line}"
