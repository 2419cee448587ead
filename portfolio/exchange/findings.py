"""What an import has to say about single cells and rows, for the person who brought the file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CellWarning:
    """A cell that was not taken as it stands. `row` is the line of the file on which its row begins."""

    row: int
    column: str
    text: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    """A row that cannot be imported; while there is one, nothing is written."""

    row: int
    reason: str


class CannotImport(Exception):
    """Something is wrong with the file, the mapping or the call; the message is a sentence that says what."""
