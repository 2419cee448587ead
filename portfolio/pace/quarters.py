"""Calendar quarters, as forecasts name them. Plain rules, no clock."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, known by its first day."""

    first: date

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(date(day.year, 3 * ((day.month - 1) // 3) + 1, 1))

    @property
    def next(self) -> "Quarter":
        return Quarter.of(self.first + timedelta(days=100))

    @property
    def before(self) -> "Quarter":
        return Quarter.of(self.first - DAY)

    def back(self, quarters: int) -> "Quarter":
        """The quarter so many before it."""
        months = 12 * self.first.year + self.first.month - 1 - 3 * quarters
        return Quarter(date(months // 12, months % 12 + 1, 1))

    @property
    def last(self) -> date:
        return self.next.first - DAY

    @property
    def kept_from(self) -> date:
        """The first day of the month before it: from then on its forecast is kept."""
        return (self.first - DAY).replace(day=1)

    def __str__(self) -> str:
        return f"Q{(self.first.month + 2) // 3} {self.first.year}"


def quarter_to_keep(day: date) -> Quarter | None:
    """Return the quarter whose forecast is kept on a day; None where its last month is still to come."""
    coming = Quarter.of(day).next
    return coming if day >= coming.kept_from else None
