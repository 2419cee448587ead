"""Amounts and sums as people read them. Plain rules; what has no rate is always named."""

from collections.abc import Sequence
from decimal import Decimal

from kpis.money.sums import Total


def said_amount(amount: Decimal, currency: str) -> str:
    """Return “EUR 61,000”, or “EUR 61,000.50” where there are cents; “−EUR 5” below zero."""
    sign = "\u2212" if amount < 0 else ""
    whole = amount == amount.to_integral_value()
    number = f"{abs(amount):,.0f}" if whole else f"{abs(amount):,.2f}"
    return f"{sign}{currency} {number}"


def about(amount: Decimal, currency: str) -> str:
    """Return an estimate to two digits, such as “about EUR 92,000”: more would claim to be known."""
    rounded = amount.quantize(Decimal(1).scaleb(max(amount.adjusted() - 1, 0)))
    return f"about {said_amount(Decimal(f'{rounded:f}'), currency)}"


def said(total: Total) -> str:
    """Return a sum, such as “EUR 5,000 (and USD 12,000, no rate entered)”; “not known” for no entry."""
    if not total.count:
        return "not known"
    if not total.unconverted:
        return said_amount(total.amount, total.currency)
    apart = f"{apart_of(total)}, no rate entered"
    if not total.amount:
        return f"{apart_of(total)} (no rate entered)"
    return f"{said_amount(total.amount, total.currency)} (and {apart})"


def apart_of(total: Total) -> str:
    """Return what a sum could not add: “GBP 300 and USD 12,000”; empty where it added everything."""
    return in_a_row([said_amount(amount, currency) for currency, amount in total.unconverted.items()])


def in_a_row(parts: Sequence[str]) -> str:
    """Return “a, b and c”."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
