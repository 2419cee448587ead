"""Numbers of KPIs as pages write them."""

from decimal import Decimal


def plain_number(value: Decimal) -> str:
    """Return a stored number without the zeros its column adds: 1400.500000 is “1,400.5”."""
    whole, _, decimals = f"{value:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0')}".removesuffix(".").replace("-", "−")


def with_unit(value: Decimal, unit: str) -> str:
    """Return a stored number and its unit: 14.000000 min is 14 min."""
    return f"{plain_number(value)} {unit}".strip()


def counted(number: int, what: str) -> str:
    """Return “1 case” or “412 cases”."""
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"
