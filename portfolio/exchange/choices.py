"""What a person chooses when a file is imported in the browser: its sheet, its columns, its words.

`mapping` says the same in the shape of a mapping file; `chosen` turns one into the other.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from portfolio.exchange.cells import Slashes


class Sections(StrEnum):
    """What a row is that has one filled cell only, such as a merged title above a group of rows."""

    ROWS = "rows"
    LEAVE_OUT = "leave-out"
    UNIT = "unit"

    @property
    def label(self) -> str:
        return {
            "rows": "A row like any other",
            "leave-out": "A title that is left out",
            "unit": "The business unit of the rows below it",
        }[self.value]


class Decimal(StrEnum):
    """Which sign parts the decimals of a number."""

    POINT = "point"
    COMMA = "comma"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """All that was chosen. `columns` maps a column's key (`header_keys`) to the code of its meaning, or "".

    `stages` maps a word of the file to a stage's code or "refuse"; `risks` and `how_builts` to their codes or
    "unknown". `stage_when_blank` and `problem_when_blank` are "" while nobody decided: such rows are refused.
    With `first_owner` the first of several people in a cell is taken for production owner, else nobody.
    `header` is the line of the header row. `more` are the sheets of KPIs and milestones.
    """

    sheet: str = ""
    header: int = 1
    sections: Sections = Sections.ROWS
    columns: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    stage_when_blank: str = ""
    problem_when_blank: str = ""
    risks: dict[str, str] = field(default_factory=dict)
    how_builts: dict[str, str] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    slashes: Slashes | None = None
    short_months: frozenset[str] = frozenset()
    serials: bool = False
    fiscal_year_begins: int = 0
    decimal: Decimal | None = None
    shorten: bool = False
    first_owner: bool = False
    more: tuple["MoreSheet", ...] = ()


@dataclass(frozen=True, kw_only=True)
class MoreSheet:
    """A second sheet with KPIs or milestones; `columns` as above, one of them means `pilot`."""

    sheet: str
    header: int = 1
    columns: dict[str, str] = field(default_factory=dict)
