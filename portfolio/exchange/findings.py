"""What an import has to say about single cells and rows, for the person who brought the file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CellWarning:
    """A cell that was not taken as it stands. `row` is the line of the file on which its row begins.

    One that is only noted was understood, and dealt with as somebody decided.
    """

    row: int
    column: str
    text: str
    reason: str
    is_noted: bool = False

    def as_dict(self) -> dict[str, int | str]:
        return {"row": self.row, "column": self.column, "text": self.text, "reason": self.reason}


@dataclass(frozen=True)
class Refusal:
    """A row that cannot be imported; while there is one, nothing is written."""

    row: int
    reason: str


class CannotImport(Exception):
    """Something is wrong with the file, the mapping or the call; the message is a sentence that says what."""
