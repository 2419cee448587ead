"""Conditions on pilots that a list can be narrowed by and that only an upper floor can tell.

Each floor registers its own when the site starts.
"""

from collections.abc import Callable

from django.db.models import Q


class Conditions:
    """A condition over pilots for each name."""

    def __init__(self) -> None:
        self._found: dict[str, Callable[[], Q]] = {}

    def add(self, name: str, condition: Callable[[], Q]) -> None:
        if name in self._found:
            raise ValueError(f"“{name}” has a condition already.")
        self._found[name] = condition

    def of(self, name: str) -> Q:
        return self._found[name]()


CONDITIONS = Conditions()
