"""What only the person who imports can decide, and the answers: plain values.

A key names the same doubt as long as file and mapping stay the same, so answers outlive a new preview.
An answer under `<kind>:*` stands for every question of that kind without one of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

NEW = "new"
LEAVE_OUT = "leave-out"
FROM_FILE = "file"
STAYS = "here"
BOTH = "both"
FIRST = "first"


class Kind(StrEnum):
    """What is in doubt."""

    ALIKE = "alike"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    TWIN = "twin"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Kind.ALIKE: "Looks like a pilot that is here already",
    Kind.AMBIGUOUS: "May be one of several",
    Kind.CONFLICT: "Changed in the file and here",
    Kind.TWIN: "Stands in the file twice",
}


@dataclass(frozen=True)
class Choice:
    """One answer and what it means, in words."""

    answer: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """A doubt about one row. `line` is where it begins; `here` and `there` are the texts of a conflict."""

    key: str
    kind: Kind
    line: int
    name: str
    says: str
    choices: tuple[Choice, ...]
    here: str = ""
    there: str = ""

    def answer(self, answers: Mapping[str, str]) -> str:
        """Return what was decided, or "" while nobody has."""
        given = answers.get(self.key) or answers.get(f"{self.kind.value}:*", "")
        return given if any(choice.answer == given for choice in self.choices) else ""
