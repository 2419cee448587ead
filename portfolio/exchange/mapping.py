"""What a mapping says: which column means what, and what was decided about doubtful cells.

The format is described in docs/mapping-file.md; `mapping_reader` reads it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from portfolio.exchange.cells import DateStyle
from portfolio.exchange.choices import Decimal, Sections


class Ambiguous(StrEnum):
    """What becomes of a row that may be one of several known ones."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave-out"


class TooLong(StrEnum):
    """What becomes of a text that does not fit."""

    REFUSE = "refuse"
    SHORTEN = "shorten"


@dataclass(frozen=True, kw_only=True)
class Values:
    """What the words in a column mean; None stands for unknown. Words are compared folded."""

    column: str
    meanings: dict[str, StrEnum | None]


@dataclass(frozen=True, kw_only=True)
class StageRule:
    column: str
    meanings: dict[str, Stage]
    when_blank: Stage | None


@dataclass(frozen=True, kw_only=True)
class DateColumn:
    """A column of dates and the stage a pilot enters on them; `instead` names it per present stage."""

    column: str
    enters: Stage
    instead: dict[Stage, Stage]


@dataclass(frozen=True, kw_only=True)
class LeaveOut:
    """Rows with one of these words in a column are none of the register's business."""

    column: str
    words: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the register lies in its file. `sheet` "" and `header` 0 mean: to be found."""

    sheet: str = ""
    header: int = 0
    sections: Sections = Sections.ROWS
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OwnerColumns:
    """Where somebody stands who answers for something; one of the two columns may be "".

    With `takes_first` the first of several people is taken where only one can hold the role.
    """

    role: OwnerRole
    name: str
    email: str
    takes_first: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.name, self.email)


@dataclass(frozen=True, kw_only=True)
class KpiColumns:
    """A KPI in one line, or in parts, where either `called` or the column `name` says what it is called."""

    line: str = ""
    called: str = ""
    name: str = ""
    baseline: str = ""
    target: str = ""
    unit: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.line, self.name, self.baseline, self.target, self.unit)


@dataclass(frozen=True, kw_only=True)
class MilestoneColumns:
    """A milestone; either `called` or the column `title` says which."""

    called: str = ""
    title: str = ""
    due: str = ""
    done: str = ""
    owner: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.title, self.due, self.done, self.owner)


@dataclass(frozen=True, kw_only=True)
class CustomColumn:
    """The column of a program's own field, by the field's code."""

    field: str
    column: str


@dataclass(frozen=True, kw_only=True)
class MoreSheet:
    """A second sheet: the column `pilot` holds the identifier or the name of the pilot a row belongs to."""

    name: str
    header: int
    pilot: str
    kpi: KpiColumns | None
    milestone: MilestoneColumns | None
    ignored: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        parts = [part.columns for part in (self.kpi, self.milestone) if part]
        return _once([self.pilot, *(name for columns in parts for name in columns)])


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A mapping file, checked. `yes` and `no` are folded words; `decimal` None: such numbers are in doubt."""

    name: str
    title: str
    register: str
    headers: tuple[str, ...]
    as_of: date | None
    encoding: str
    ambiguous: Ambiguous
    too_long: TooLong
    empty: frozenset[str]
    leave_out: tuple[LeaveOut, ...]
    program: str
    prefix: str
    program_names: dict[str, str]
    program_when_blank: str
    unit: tuple[str, ...]
    reference: str
    title_column: str
    problem: tuple[str, ...]
    problem_when_blank: str
    vendor: tuple[str, ...]
    contract: tuple[str, ...]
    stage: StageRule
    risk: Values | None
    how_built: Values | None
    date_style: DateStyle
    dates: tuple[DateColumn, ...]
    layout: Layout
    decide_by: str
    tags: tuple[str, ...]
    confidential: str
    yes: frozenset[str]
    no: frozenset[str]
    decimal: Decimal | None
    owners: tuple[OwnerColumns, ...]
    kpis: tuple[KpiColumns, ...]
    milestones: tuple[MilestoneColumns, ...]
    custom: tuple[CustomColumn, ...]
    more: tuple[MoreSheet, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the first sheet it speaks of, once each."""
        return _once(self._named())

    def _named(self) -> Iterator[str]:
        yield from (self.program, self.prefix, self.reference, self.title_column, self.stage.column)
        yield from (*self.unit, *self.problem, *self.vendor, *self.contract)
        yield from (values.column for values in (self.risk, self.how_built) if values)
        yield from (self.decide_by, *self.tags, self.confidential)
        yield from (item.column for item in self.dates)
        yield from (item.column for item in self.custom)
        yield from (item.column for item in self.leave_out)
        for owner in self.owners:
            yield from owner.columns
        for kpi in self.kpis:
            yield from kpi.columns
        for milestone in self.milestones:
            yield from milestone.columns


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
