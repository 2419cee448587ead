"""Writes the numbers of a workbook as people write them: no exponent, no trailing zeros."""

from decimal import Decimal, InvalidOperation

KEPT_DIGITS = 15  # what spreadsheet programs keep of a number
LARGEST_EXPONENT = 330  # beyond it a number of a workbook is infinite


def number_text(value: float) -> str:
    """Return a number with the digits a spreadsheet program would show at most."""
    return plain(f"{value + 0.0:.{KEPT_DIGITS}g}")  # the sum is no zero below zero


def plain(text: str) -> str:
    """Return a number written with an exponent or trailing zeros without them; other text as it is."""
    number = _decimal(text)
    if number is None:
        return text
    if number == number.to_integral_value():
        return format(number.quantize(Decimal(1)) if number.adjusted() < KEPT_DIGITS else number, "f").lstrip(
            "+"
        )
    return format(number.normalize(), "f")


def is_long(text: str) -> bool:
    """Whether it is a whole number of more digits than spreadsheet programs keep."""
    if len(text) <= KEPT_DIGITS:
        return False
    number = _decimal(text)
    return number is not None and number == number.to_integral_value() and number.adjusted() >= KEPT_DIGITS


def percent(text: str) -> str:
    """Return 25% for 0.25."""
    number = _decimal(text)
    return text if number is None else f"{number_text(float(number * 100))}%"


def _decimal(text: str) -> Decimal | None:
    """Return the number, or None for other text and for what no workbook can mean."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= LARGEST_EXPONENT else None
