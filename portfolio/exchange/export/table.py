"""A list on its way out: titled columns, and rows of plain values that each writer puts down its own way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Generic, TypeAlias, TypeVar

from pilots.calendar import Day, Precision

# Text is made harmless, numbers stay numbers. A moment is in the reader's zone and names none.
Value: TypeAlias = str | int | Decimal | Day | date | datetime | None
Item = TypeVar("Item")


@dataclass(frozen=True)
class Column(Generic[Item]):
    """A column by its title, and how its value is got from what a row is about."""

    title: str
    value: Callable[[Item], Value]


@dataclass(frozen=True)
class Table:
    """Rows are read once, while they are written."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Value]]


def table_of(title: str, columns: Sequence[Column[Item]], items: Iterable[Item]) -> Table:
    return Table(title, [column.title for column in columns], _rows(columns, items))


def _rows(columns: Sequence[Column[Item]], items: Iterable[Item]) -> Iterator[list[Value]]:
    getters = [column.value for column in columns]
    for item in items:
        yield [get(item) for get in getters]


def day_text(day: Day) -> str:
    """Return a day as exactly as it is known, in the form `pilots.calendar.read_day` reads back."""
    match day.precision:
        case Precision.DAY:
            return day.first.isoformat()
        case Precision.MONTH:
            return f"{day.first:%Y-%m}"
        case Precision.QUARTER | Precision.YEAR:
            return str(day)


def number_text(number: int | Decimal) -> str:
    """Return a number without exponent and without zeros at its end."""
    return format(Decimal(number).normalize(), "f")


def local(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment as the reader's clock showed it, to the minute."""
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
