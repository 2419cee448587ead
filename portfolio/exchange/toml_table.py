"""Reads a table of a TOML file key by key, and says in sentences what is wrong with it."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class TomlTable:
    """One table; every complaint names its key as it is written in the file, such as `dates.slashes`."""

    def __init__(self, data: Mapping[str, Any], complaints: list[str], path: str = "") -> None:
        self._data = dict(data)
        self._complaints = complaints
        self._path = path

    def complain(self, key: str, what: str) -> None:
        self._complaints.append(f"{self._path}{key} {what}")

    def has(self, key: str) -> bool:
        return key in self._data

    def take(self, key: str) -> Any:
        return self._data.pop(key, None)

    def text(self, key: str, *, required: bool = False, most: int = 500) -> str:
        value = self.take(key)
        if value is None:
            if required:
                self.complain(key, "is missing")
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            self.complain(key, f"must be a text of 1 to {most} characters")
            return ""
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of texts; a single text stands for a list of one."""
        value = self.take(key)
        if value is None:
            if required:
                self.complain(key, "is missing")
            return ()
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
            self.complain(key, "must be a text or a list of texts")
            return ()
        return tuple(items)

    def choice(self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice | None:
        value = self.take(key)
        if value is None:
            return default
        return self._as_choice(key, value, kind) or default

    def choices(self, key: str, kind: type[Choice]) -> frozenset[Choice]:
        found = (self._as_choice(key, value, kind) for value in self.texts(key))
        return frozenset(item for item in found if item)

    def _as_choice(self, key: str, value: Any, kind: type[Choice]) -> Choice | None:
        try:
            return kind(value)
        except ValueError:
            self.complain(key, f"is “{value}”, which is none of {', '.join(item.value for item in kind)}")
            return None

    def number(self, key: str, allowed: tuple[int, ...], default: int) -> int:
        value = self.take(key)
        if value is None:
            return default
        if value not in allowed or isinstance(value, bool):
            self.complain(key, f"must be one of {', '.join(map(str, allowed))}")
            return default
        return int(value)

    def day(self, key: str) -> date | None:
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, str):
            value = _day_of(value)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.complain(key, "must be a day such as 2024-12-31")
            return None
        return value

    def yes_or_no(self, key: str) -> bool:
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            self.complain(key, "must be true or false")
        return value is True

    def count(self, key: str) -> int:
        """Return a number from 1 on, or 0 when nothing is said."""
        value = self.take(key)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.complain(key, "must be a whole number from 1 on")
            return 0
        return value

    def table(self, key: str, *, required: bool = False) -> "TomlTable":
        value = self.take(key)
        if value is None and required:
            self.complain(key, "is missing")
        elif value is not None and not isinstance(value, dict):
            self.complain(key, "must be a table")
            value = None
        return TomlTable(value or {}, self._complaints, f"{self._path}{key}.")

    def tables(self, key: str) -> list["TomlTable"]:
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.complain(key, f"must be written as [[{self._path}{key}]]")
            return []
        return [
            TomlTable(item, self._complaints, f"{self._path}{key}[{place}].")
            for place, item in enumerate(value, 1)
        ]

    def pairs(self, key: str) -> dict[str, str]:
        value = self.take(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            self.complain(key, "must be a table of texts")
            return {}
        return value

    def is_empty(self) -> bool:
        return not self._data

    def end(self) -> None:
        """Complain about every key nobody asked for: a misspelt key must not be silently without effect."""
        for key in self._data:
            self.complain(key, "is not a key this file can have here")


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
