"""Which page of a list an address asks for."""


def wanted_page(said: str, pages: int) -> int | None:
    """Return the page that was asked for, or None where there is none of that number."""
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
    return number if 1 <= number <= pages else None
