"""What a mapping file says: which column means what, and what was decided about doubtful cells.

The format is described in docs/mapping-file.md. Mappings that ship with Headway are in `mappings/`.
"""

import codecs
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from portfolio.exchange.cells import DateStyle, ShortMonth, Slashes
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.folding import fold
from portfolio.exchange.toml_table import TomlTable

SHIPPED = Path(__file__).parent / "mappings"
REFUSE = "refuse"
UNKNOWN = "unknown"

Meaning = TypeVar("Meaning", bound=StrEnum)


class Ambiguous(StrEnum):
    """What becomes of a row that may be one of several known ones."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave-out"


class TooLong(StrEnum):
    """What becomes of a text that does not fit."""

    REFUSE = "refuse"
    SHORTEN = "shorten"


class BadMapping(CannotImport):
    """The mapping cannot be used; the message is a sentence that names the keys."""


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
class Mapping:
    """A mapping file, checked."""

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

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns it speaks of, once each."""
        single = [self.program, self.prefix, self.reference, self.title_column, self.stage.column]
        valued = [values.column for values in (self.risk, self.how_built) if values]
        several = [*self.unit, *self.problem, *self.vendor, *self.contract]
        dated = [column.column for column in self.dates]
        left = [rule.column for rule in self.leave_out]
        return tuple(dict.fromkeys(name for name in [*single, *several, *valued, *dated, *left] if name))


def shipped() -> list[Mapping]:
    return [load(path) for path in sorted(SHIPPED.glob("*.toml"))]


def find(name: str) -> Mapping:
    """Return the shipped mapping of this name, or the one in this file; raise `BadMapping`."""
    known = {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}
    path = known.get(name) or Path(name)
    if not path.is_file():
        raise BadMapping(f"There is no mapping “{name}”. Name a file, or one of {', '.join(known)}.")
    return load(path)


def load(path: Path) -> Mapping:
    """Read and check a mapping file; raise `BadMapping` with everything that is wrong with it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadMapping(f"The mapping {path.name} is no TOML file: {error}.") from None
    complaints: list[str] = []
    mapping = _read(path.stem, TomlTable(data, complaints))
    if complaints:
        more = f", and {len(complaints) - 3} more" if len(complaints) > 3 else ""
        raise BadMapping(f"The mapping {path.name} cannot be used: {'; '.join(complaints[:3])}{more}.")
    return mapping


def recognise(mappings: Sequence[Mapping], header: Sequence[str]) -> list[Mapping]:
    """Return the mappings whose marks are all in a header, those with the most marks only."""
    present = {fold(name) for name in header}
    fitting = [item for item in mappings if all(fold(mark) in present for mark in item.headers)]
    most = max((len(item.headers) for item in fitting), default=0)
    return [item for item in fitting if len(item.headers) == most]


def _read(name: str, file: TomlTable) -> Mapping:
    program, pilot, dates = file.table("program"), file.table("pilot", required=True), file.table("dates")
    mapping = Mapping(
        name=name,
        title=file.text("title", required=True, most=200),
        register=file.text("register", required=True, most=60),
        headers=file.texts("recognised_by", required=True),
        as_of=file.day("as_of"),
        encoding=_encoding(file),
        ambiguous=file.choice("ambiguous", Ambiguous) or Ambiguous.REFUSE,
        too_long=file.choice("too_long", TooLong) or TooLong.REFUSE,
        empty=frozenset(fold(word) for word in file.texts("empty")),
        leave_out=tuple(_leave_out(item) for item in file.tables("leave_out")),
        program=program.text("column"),
        prefix=program.text("prefix"),
        program_names={fold(old): new for old, new in program.pairs("names").items()},
        program_when_blank=program.text("when_blank", most=200),
        unit=pilot.texts("unit"),
        reference=pilot.text("reference"),
        title_column=pilot.text("name", required=True),
        problem=pilot.texts("problem", required=True),
        problem_when_blank=pilot.text("problem_when_blank", most=4000),
        vendor=pilot.texts("vendor"),
        contract=pilot.texts("contract"),
        stage=_stage(file.table("stage", required=True)),
        risk=_values(file, "risk", RiskTier),
        how_built=_values(file, "how_built", HowBuilt),
        date_style=DateStyle(
            slashes=dates.choice("slashes", Slashes),
            short_months=dates.choices("short_months", ShortMonth),
            fiscal_year_begins=dates.number("fiscal_year_begins", (1, 4, 7, 10), 0),
        ),
        dates=tuple(_date_column(item) for item in dates.tables("column")),
    )
    _check_dates(mapping.dates, dates)
    for table in (program, pilot, dates, file):
        table.end()
    return mapping


def _encoding(file: TomlTable) -> str:
    named = file.text("encoding", most=40)
    try:
        if named:
            codecs.lookup(named)
    except LookupError:
        file.complain("encoding", f"is “{named}”, which is no encoding Python knows")
        return ""
    return named


def _leave_out(item: TomlTable) -> LeaveOut:
    column, words = item.text("column", required=True), item.texts("words", required=True)
    item.end()
    return LeaveOut(column=column, words=frozenset(fold(word) for word in words))


def _stage(table: TomlTable) -> StageRule:
    column = table.text("column", required=True)
    blank = table.text("when_blank")
    meanings = _meanings(table, Stage, extra=REFUSE)
    when_blank = None
    if blank and blank != REFUSE:
        when_blank = _meaning(table, "when_blank", blank, Stage)
    table.end()
    return StageRule(
        column=column,
        meanings={word: stage for word, stage in meanings.items() if stage is not None},
        when_blank=when_blank,
    )


def _values(file: TomlTable, key: str, kind: type[StrEnum]) -> Values | None:
    if not file.has(key):
        return None
    table = file.table(key)
    column = table.text("column", required=True)
    meanings = _meanings(table, kind, extra=UNKNOWN)
    table.end()
    return Values(column=column, meanings={**meanings})


def _meanings(table: TomlTable, kind: type[Meaning], *, extra: str) -> dict[str, Meaning | None]:
    """Read the table `values`; the word `extra` stands for no meaning at all."""
    found: dict[str, Meaning | None] = {}
    for word, meaning in table.pairs("values").items():
        found[fold(word)] = None if meaning == extra else _meaning(table, f"values.“{word}”", meaning, kind)
    if not found:
        table.complain("values", "is missing")
    return found


def _meaning(table: TomlTable, key: str, text: str, kind: type[Meaning]) -> Meaning | None:
    try:
        return kind(text)
    except ValueError:
        table.complain(key, f"is “{text}”, which is none of {', '.join(item.value for item in kind)}")
        return None


def _date_column(item: TomlTable) -> DateColumn:
    column = item.text("column", required=True)
    enters = item.choice("enters", Stage)
    if enters is None:
        item.complain("enters", "must name a stage")
    instead = {
        Stage(present): Stage(entered)
        for present, entered in item.pairs("instead").items()
        if _are_stages(item, present, entered)
    }
    item.end()
    return DateColumn(column=column, enters=enters or Stage.IDEA, instead=instead)


def _check_dates(columns: Sequence[DateColumn], table: TomlTable) -> None:
    """Complain where two columns would give the same stage two days."""
    for present in Stage:
        entered = [column.instead.get(present, column.enters) for column in columns]
        twice = next((stage for stage in entered if entered.count(stage) > 1), None)
        if twice:
            table.complain("column", f"says twice when a pilot comes to {twice.value}")
            return


def _are_stages(item: TomlTable, *names: str) -> bool:
    wrong = [name for name in names if name not in set(Stage)]
    for name in wrong:
        item.complain("instead", f"names “{name}”, which is no stage")
    return not wrong
