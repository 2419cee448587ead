"""Reads mappings: the shipped ones, files of people, and those the browser keeps.

Mappings that ship with Headway are in `mappings/`.
"""

import codecs
import tomllib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from portfolio.exchange.cells import DateStyle, ShortMonth, Slashes
from portfolio.exchange.choices import Decimal, Sections
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.folding import fold
from portfolio.exchange.mapping import (
    Ambiguous,
    CustomColumn,
    DateColumn,
    KpiColumns,
    Layout,
    LeaveOut,
    Mapping,
    MilestoneColumns,
    MoreSheet,
    OwnerColumns,
    StageRule,
    TooLong,
    Values,
)
from portfolio.exchange.toml_table import TomlTable

SHIPPED = Path(__file__).parent / "mappings"
REFUSE = "refuse"
UNKNOWN = "unknown"
YES = frozenset({"yes", "y", "true", "x", "1", "ja", "oui", "si", "sí"})
NO = frozenset({"no", "n", "false", "0", "nein", "non"})


class Several(StrEnum):
    """Who is named where a cell holds several people for a role of one."""

    FIRST = "first"
    NOBODY = "nobody"


Meaning = TypeVar("Meaning", bound=StrEnum)


class BadMapping(CannotImport):
    """The mapping cannot be used; the message is a sentence that names the keys."""


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
    except (RecursionError, ValueError):  # brackets by the thousand, numbers of thousands of digits
        raise BadMapping(
            f"The mapping {path.name} is nested too deep, or a number in it is too long."
        ) from None
    return from_plain(path.stem, data, called=path.name)


def from_plain(name: str, plain: AnyMapping[str, Any], *, called: str = "") -> Mapping:
    """Check a mapping that is there as a dict; days are `date` or ISO text. Raises `BadMapping`."""
    complaints: list[str] = []
    mapping = _read(name, TomlTable(plain, complaints))
    if complaints:
        more = f", and {len(complaints) - 3} more" if len(complaints) > 3 else ""
        raise BadMapping(f"The mapping {called or name} cannot be used: {'; '.join(complaints[:3])}{more}.")
    return mapping


def recognise(mappings: Sequence[Mapping], header: Sequence[str]) -> list[Mapping]:
    """Return the mappings whose marks are all in a header, those with the most marks only."""
    present = {fold(name) for name in header}
    fitting = [item for item in mappings if all(fold(mark) in present for mark in item.headers)]
    most = max((len(item.headers) for item in fitting), default=0)
    return [item for item in fitting if len(item.headers) == most]


def _read(name: str, file: TomlTable) -> Mapping:
    program, pilot, dates = file.table("program"), file.table("pilot", required=True), file.table("dates")
    numbers = file.table("numbers")
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
        problem=pilot.texts("problem"),
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
            serials=dates.yes_or_no("serials"),
        ),
        dates=tuple(_date_column(item) for item in dates.tables("column")),
        layout=_layout(file.table("file")),
        decide_by=pilot.text("decide_by"),
        tags=pilot.texts("tags"),
        confidential=pilot.text("confidential"),
        yes=frozenset(fold(word) for word in file.texts("yes")) or YES,
        no=frozenset(fold(word) for word in file.texts("no")) or NO,
        decimal=numbers.choice("decimal", Decimal),
        owners=tuple(_owner(item) for item in file.tables("owner")),
        kpis=tuple(_kpi(item) for item in file.tables("kpi")),
        milestones=tuple(_milestone(item) for item in file.tables("milestone")),
        custom=tuple(_custom(item) for item in file.tables("custom")),
        more=tuple(_more(item) for item in file.tables("sheet")),
    )
    _check_dates(mapping.dates, dates)
    if not mapping.problem and not mapping.problem_when_blank:
        pilot.complain("problem", "is missing, and so is problem_when_blank")
    numbers.end()
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


def _layout(table: TomlTable) -> Layout:
    layout = Layout(
        sheet=table.text("sheet", most=100),
        header=table.count("header"),
        sections=table.choice("sections", Sections) or Sections.ROWS,
        ignored=table.texts("ignored"),
    )
    table.end()
    return layout


def _owner(item: TomlTable) -> OwnerColumns:
    role = item.choice("role", OwnerRole)
    if role is None:
        item.complain("role", f"must be one of {', '.join(role.value for role in OwnerRole)}")
    found = OwnerColumns(
        role=role or OwnerRole.PRODUCTION_OWNER,
        name=item.text("name"),
        email=item.text("email"),
        takes_first=item.choice("several", Several) is Several.FIRST,
    )
    if not any(found.columns):
        item.complain("name", "is missing")
    item.end()
    return found


def _kpi(item: TomlTable) -> KpiColumns:
    texts = {key: item.text(key) for key in ("line", "called", "name", "baseline", "target", "unit")}
    found = KpiColumns(**texts)
    if found.line and any(text for key, text in texts.items() if key != "line"):
        item.complain("line", "says all of a KPI, so no other key may stand beside it")
    if not found.line and bool(found.called) == bool(found.name):
        item.complain("name", "or called must say what the KPI is called, and not both")
    if not found.line and not found.target:
        item.complain("target", "is missing")
    item.end()
    return found


def _milestone(item: TomlTable) -> MilestoneColumns:
    found = MilestoneColumns(**{key: item.text(key) for key in ("called", "title", "due", "done", "owner")})
    if bool(found.called) == bool(found.title):
        item.complain("title", "or called must say which milestone it is, and not both")
    if found.called and not (found.due or found.done):
        item.complain("due", "or done is missing")
    item.end()
    return found


def _custom(item: TomlTable) -> CustomColumn:
    found = CustomColumn(field=item.text("field", required=True), column=item.text("column", required=True))
    item.end()
    return found


def _more(item: TomlTable) -> MoreSheet:
    found = MoreSheet(
        name=item.text("name", required=True, most=100),
        header=item.count("header"),
        pilot=item.text("pilot", required=True),
        kpi=_kpi(item.table("kpi")) if item.has("kpi") else None,
        milestone=_milestone(item.table("milestone")) if item.has("milestone") else None,
        ignored=item.texts("ignored"),
    )
    if found.kpi is None and found.milestone is None:
        item.complain("kpi", "or milestone is missing")
    item.end()
    return found


def _leave_out(item: TomlTable) -> LeaveOut:
    column, words = item.text("column", required=True), item.texts("words", required=True)
    item.end()
    return LeaveOut(column=column, words=frozenset(fold(word) for word in words))


def _stage(table: TomlTable) -> StageRule:
    column = table.text("column")
    blank = table.text("when_blank")
    meanings = _meanings(table, Stage, extra=REFUSE) if column else {}
    when_blank = None
    if blank and blank != REFUSE:
        when_blank = _meaning(table, "when_blank", blank, Stage)
    if not column and when_blank is None:
        table.complain("column", "is missing, and so is when_blank")
    if column and not meanings and when_blank is None:
        table.complain("values", "is missing, and so is when_blank")
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
    # A column that was blank in every row has no words yet; those of a later file are doubts of theirs.
    meanings = _meanings(table, kind, extra=UNKNOWN)
    table.end()
    return Values(column=column, meanings={**meanings})


def _meanings(table: TomlTable, kind: type[Meaning], *, extra: str) -> dict[str, Meaning | None]:
    """Read the table `values`; the word `extra` stands for no meaning at all."""
    found: dict[str, Meaning | None] = {}
    for word, meaning in table.pairs("values").items():
        found[fold(word)] = None if meaning == extra else _meaning(table, f"values.“{word}”", meaning, kind)
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
