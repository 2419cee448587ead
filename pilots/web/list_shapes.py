"""The small parts a list of pilots is made of: tabs, heads of columns, what is not understood."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    url: str
    count: int
    is_current: bool

    @property
    def count_said(self) -> str:
        return f"{self.count:,}"


@dataclass(frozen=True)
class ShownAs:
    """One choice of the switch; its address shows the same pilots another way."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Head:
    """One head of the table; `sorted` is “ascending”, “descending” or empty."""

    name: str
    label: str
    url: str = ""
    sorted: str = ""
    number: bool = False

    @property
    def css(self) -> str:
        """What its width goes by: the columns of custom fields, whose names hold points, are all alike."""
        return "more" if "." in self.name else self.name


@dataclass(frozen=True)
class Problem:
    """Something in the address that cannot be read, and the address without it."""

    sentence: str
    url: str
