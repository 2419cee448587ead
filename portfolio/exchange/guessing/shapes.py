"""What a guess is: a proposal for each choice, how sure it is, why, and what stays in doubt."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portfolio.exchange.choices import Chosen

# The places a doubt can stand at; `column:<key>` and `sheet:<name>` name one of several.
SHEET = "sheet"
HEADER = "header"
SECTIONS = "sections"
TOTALS = "totals"
STAGES = "stages"
DATES = "dates"
NUMBERS = "numbers"


class Certainty(StrEnum):
    """How sure a guess is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    DOUBT = "doubt"


@dataclass(frozen=True)
class Doubt:
    """Something a person should look at before the file is read. `place` says beside which choice."""

    place: str
    says: str


@dataclass(frozen=True, kw_only=True)
class GuessedColumn:
    """What a column was taken for; `code` "" stands for not imported. `why` is a sentence."""

    key: str
    code: str
    certainty: Certainty
    why: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """All guesses about a file. `columns` are those of the sheet with the pilots, in its order.

    `refused` are the words of the stage column no stage is known for, as the file spells them.
    """

    chosen: Chosen
    columns: tuple[GuessedColumn, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    refused: tuple[str, ...] = ()

    def at(self, place: str) -> tuple[str, ...]:
        """Return the doubts of one place."""
        return tuple(doubt.says for doubt in self.doubts if doubt.place == place)

    def not_imported(self) -> tuple[GuessedColumn, ...]:
        return tuple(column for column in self.columns if not column.code)


def column(key: str) -> str:
    """Return the place of doubts about a column."""
    return f"column:{key}"


def sheet_place(name: str) -> str:
    """Return the place of doubts about a second sheet."""
    return f"sheet:{name}"


def once(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    return tuple(dict.fromkeys(doubts))
